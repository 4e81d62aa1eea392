"""What is at risk now, summed by whoever shares it: approved, committed, drawn, pending, expected, gross and net."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from puhui import dated
from puhui.exposure.caps import CATALOGUE, Scope
from puhui.money import Money

SUBJECT = {
    Scope.FIRM: "l.firm",
    Scope.OWNER: "p.owner",
    Scope.GROUP: 'p."group"',
    Scope.CIRCLE: "p.circle",
    Scope.TRADE: "p.trade",
    Scope.REGION: "p.region",
    Scope.PRODUCT: "l.product",
    Scope.BRANCH: "l.branch",
}


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What stands against the firms of one subject. `mortgaged` and `guaranteed` are the parts of the gross so secured.

    `expected` counts a share of what is committed and not drawn, by dated data.
    """

    scope: Scope
    subject: str
    firms: int
    lines: int
    approved: Money
    committed: Money
    drawn: Money
    pending: Money
    mortgaged: Money
    guaranteed: Money
    expected: Money

    @property
    def gross(self) -> Money:
        """Drawn and pending."""
        return self.drawn + self.pending

    @property
    def net(self) -> Money:
        """What neither a mortgage nor a guarantee stands behind."""
        return self.gross - self.mortgaged - self.guaranteed


def at_risk(scope: Scope, *, on: date, subject: str | None = None, most: int = 20) -> list[AtRisk]:
    """The subjects of a scope with most committed, at most so many; or one subject. A guarantor's is what it bears."""
    share = Decimal(dated.load(CATALOGUE / "caps.json", on=on).number("undrawn_counts"))
    with connection.cursor() as cursor:
        if scope is Scope.GUARANTOR:
            cursor.execute(BORNE, {"subject": subject, "most": most})
        else:
            cursor.execute(SUMMED.format(subject=SUBJECT[scope]), {"subject": subject, "most": most})
        rows = cursor.fetchall()
    found = []
    for name, firms, lines, *fen in rows:
        approved, committed, drawn, pending, mortgaged, guaranteed = (Money(int(each)) for each in fen)
        undrawn = max(Money(0), committed - drawn - pending)
        expected = drawn + pending + undrawn.times(share)
        found.append(
            AtRisk(scope, name, firms, lines, approved, committed, drawn, pending, mortgaged, guaranteed, expected)
        )
    return found


def _sum(array: str) -> str:
    return " + ".join(f"l.{array}[{place}]" for place in (1, 2, 3))


SUMMED = f"""select {{subject}}, count(distinct l.firm), count(*),
        coalesce(sum({_sum("limits")}) filter (where l.status = 'approved'), 0),
        coalesce(sum({_sum("limits")}) filter (where l.status = 'open'), 0),
        sum({_sum("drawn")}), sum({_sum("pending")}), sum(l.drawn[2] + l.pending[2]), sum(l.drawn[3] + l.pending[3])
    from exposure_line l left join exposure_place p on p.firm = l.firm
    where l.status <> 'ended' and {{subject}} <> '' and (%(subject)s::text is null or {{subject}} = %(subject)s::text)
    group by 1 order by 5 desc, 6 desc, 1 limit %(most)s"""
BORNE = """select c.subject, count(distinct l.firm), count(*), 0, c.committed_fen,
        sum(u.fen), 0, 0, sum(u.fen)
    from exposure_cap c join exposure_line l on c.id = any (l.caps) and l.status <> 'ended'
        cross join lateral (select l.used[array_position(l.caps, c.id)] as fen) u
    where c.scope = 'guarantor' and (%(subject)s::text is null or c.subject = %(subject)s::text)
    group by c.id order by 6 desc, 1 limit %(most)s"""
