"""Stage: lines are opened for firms, drawn on and repaid for months over a payment bank, and every day is closed.

Firms behave as firms do: most pay what is due, by themselves or from an account that the close collects from; some pay
late, a few stop paying. Leaves the facilities' numbers
(`list[FacilityId]`), of which the first is the one whose statement is told.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from puhui import days
from puhui.approval.signed import Approval
from puhui.ids import EnterpriseId, RequestId
from puhui.lending import selectors, services
from puhui.lending.acts.acting import Acted
from puhui.lending.correspondence import papers
from puhui.lending.facility import Component, FacilityId
from puhui.lending.rail import HttpRail
from puhui.money import Money
from puhui.progress import Step
from puhui.refusals import BadInput, Refused
from puhui.showcase.play import Play, Sheet, Stage, Told
from puhui.simulator.bank import open_bank
from puhui.words import Label

LINES, DAYS = 24, 110
TIERS = {1: "normal", 2: "special mention", 3: "substandard", 4: "doubtful", 5: "loss"}
PURPOSES = ("stock", "wages", "rent", "a machine")


@dataclass(frozen=True, slots=True)
class Borrower:
    """A line and the habit of its firm: it pays when due, lets the bank collect, pays late, or stops paying."""

    facility: FacilityId
    habit: str
    opened_on: date


@dataclass
class Played:
    """What was done so far: acts and fen by kind, and the refusals by their code."""

    acts: Counter[str] = field(default_factory=Counter)
    fen: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def collected(self, times: int, fen: int) -> None:
        """Count what a close took from the accounts that firms have named."""
        self.acts["collect"] += times
        self.fen["collect"] += fen

    def count(self, kind: str, fen: int, answer: Acted | Refused) -> None:
        """Count an answer."""
        if isinstance(answer, Refused):
            self.refused[answer.code.value] += 1
            return
        self.acts[kind] += 1
        self.fen[kind] += fen


def work(play: Play, tell: Step) -> Told:
    """Open, play day after day, and look at the books; in a book with closed days, from the day after the last."""
    closed = selectors.last_closed()
    first = play.world.lends_from if closed is None else max(play.world.lends_from, closed + timedelta(days=1))
    chance, played = random.Random(f"lines/{first}"), Played()  # noqa: S311  a play, not a secret
    lines = _agreed(play.left.get("approvals", []), first, play.by)
    lines += _open(play.left["variables"], first, chance)[: max(0, LINES - len(lines))]
    with open_bank() as bank:
        rail = HttpRail("127.0.0.1", bank.server_address[1])
        for number in range(DAYS):
            day = first + timedelta(days=number)
            for line in lines:
                _live(line, day, chance, rail, played)
            for closed_day in services.close_days(day, at=_noon(day), rail=rail, pass_on=True):
                played.collected(*closed_day.steps["collect"])
            tell((number + 1) / DAYS, f"{day}: {played.acts['draw']} draws, {played.acts['repay']} repayments")
    last, wrong = first + timedelta(days=DAYS - 1), selectors.disagreements()
    if wrong:
        raise BadInput("; ".join(wrong), then="the books must balance: this is a bug, report it")
    play.left["lines"] = [line.facility for line in lines]
    return _told(play, played, first, last, lines[0].facility)


def _agreed(applications: list[str], first: date, by: str) -> list[Borrower]:
    """The lines of firms that were approved and have agreed; each names an account from which what is due is taken."""
    opened = [services.open_from_agreement(number, on=first, at=_noon(first), by=by) for number in applications[:LINES]]
    lines = [Borrower(each.facility, "lets collect", first) for each in opened if isinstance(each, Acted)]
    for line in lines:
        request = RequestId(f"account-{line.facility}")
        services.name_settlement_account(
            line.facility, _account(line.facility), request=request, on=first, at=_noon(first)
        )
    return lines


def _account(of: int) -> str:
    return f"62260000{of:08}"


def _open(firms: list[EnterpriseId], first: date, chance: random.Random) -> list[Borrower]:
    """Lines of firms chosen by chance: of ten, one stops paying, one pays late, and four let the bank collect."""
    lines = list[Borrower]()
    for number, firm in enumerate(chance.sample(firms, min(LINES, len(firms)))):
        habit = {4: "stops", 7: "late"}.get(number % 10, "lets collect" if number % 2 else "pays")
        limit, rate = chance.randrange(10, 100) * 10_000_00, Decimal(chance.randrange(435, 900)).scaleb(-4)
        matures = days.add_months(first, 2 if habit == "stops" else 12)
        approval = Approval(f"show-{first:%Y%m%d}-{number}", firm, "any_time", limit, rate, first, matures)
        account = _account(number) if habit == "lets collect" else ""
        signed = approval.signed(settings.SECRET_KEY)
        opened = services.open_facility(signed, on=first, at=_noon(first), settlement_account=account)
        if isinstance(opened, Refused):
            raise BadInput(str(opened), then="play the world in a book of its own: PUHUI_HOME=FOLDER puhui bank …")
        lines.append(Borrower(opened.facility, habit, first))
    return lines


def _live(line: Borrower, day: date, chance: random.Random, rail: HttpRail, played: Played) -> None:
    """One firm's day: perhaps a draw, perhaps a repayment; what is due is paid, late, or never."""
    at, facility = _noon(day), line.facility
    if day == line.opened_on or chance.random() < 0.06:
        fen = chance.randrange(5_000_00, 150_000_00)
        request, purpose = RequestId(f"draw-{facility}-{day}"), chance.choice(PURPOSES)
        answer = services.draw(
            facility, Money(fen), purpose=purpose, payee=f"supplier {chance.randrange(90)}", rail=rail,
            request=request, on=day, at=at,
        )  # fmt: skip
        played.count("draw", fen, answer)
    pays_due = day.day == {"pays": 20, "late": 27}.get(line.habit, 0)
    if line.habit == "stops" or not (pays_due or chance.random() < 0.03):
        return
    owed = services.quote(facility, on=day, at=at)
    charges = owed.total - owed.parts[Component.PRINCIPAL]
    fen = charges if pays_due else min(owed.total, charges + chance.randrange(1_000_00, 80_000_00))
    if fen:
        request = RequestId(f"repay-{facility}-{day}")
        played.count("repay", fen, services.repay(facility, Money(fen), request=request, on=day, at=at))


def _told(play: Play, played: Played, first: date, last: date, shown: FacilityId) -> Told:
    trial, tiers = selectors.trial_balance(), selectors.by_tier(last)
    folder = play.world.folder / "papers"
    folder.mkdir(exist_ok=True)
    for language in ("en", "zh-hans"):
        issued = services.issue_statement(
            shown, since=first, until=last, form="pdf", language=language, at=_noon(last), by=play.by
        )
        (folder / f"statement-{shown}-{language}.pdf").write_bytes(issued.content)
    rows = selectors.statement_rows(shown, since=first, until=last)
    difference = sum(debit - credit for _, debit, credit in trial)
    facts: dict[str, Any] = {
        "first": first,
        "last": last,
        "acts": dict(played.acts),
        "fen": dict(played.fen),
        "refused": dict(played.refused),
        "trial_balance_fen": difference,
        "tiers": {TIERS[tier]: {"loans": loans, "fen": fen} for tier, (loans, fen) in tiers.items()},
        "statement": rows,
        "papers": sorted(str(file) for file in folder.iterdir()),
    }
    return Told((_acts(played, first, last), _trial(trial), _tiers(tiers), _statement(shown, rows)), facts)


def _acts(played: Played, first: date, last: date) -> Sheet:
    rows = [(kind, count, Money(played.fen[kind])) for kind, count in sorted(played.acts.items())]
    rows += [(f"refused: {code}", count, Money(0)) for code, count in sorted(played.refused.items())]
    return Sheet(f"the lines from {first} to {last}, every day closed", ("act", "times", "yuan"), tuple(rows))


def _trial(trial: list[tuple[str, int, int]]) -> Sheet:
    rows = tuple((name, Money(debit), Money(credit)) for name, debit, credit in trial)
    total = ("difference", None, Money(sum(row[1] - row[2] for row in trial)))
    return Sheet("trial balance, yuan", ("account", "debit", "credit"), rows, total)


def _tiers(tiers: dict[int, tuple[int, int]]) -> Sheet:
    rows = tuple((TIERS[tier], loans, Money(fen)) for tier, (loans, fen) in sorted(tiers.items()))
    return Sheet("balance by tier, yuan", ("tier", "loans", "principal"), rows)


def _statement(facility: FacilityId, rows: list[dict[str, str]]) -> Sheet:
    heads = ("day", "act", "out", "in", "of_interest", "of_principal", "principal_owed")
    said = [row | {"act": papers.words(row["act"]).en.lower()} for row in rows]
    return Sheet(
        f"statement of facility {facility}, yuan",
        tuple(head.replace("_", " ") for head in heads),
        tuple(tuple(row[head] for head in heads) for row in said),
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


LABEL = Label("open lines, draw, repay and close days", "开立授信，提款、还款、日终")
STAGE = Stage("lines", LABEL, work, ("variables",))
