"""What the caps and the signs of too much credit keep out: `puhui bench caps --json`.

A simulated world tells its registry and its bureau month by month. On a few days, whoever stacks loans then, whoever
stands in a guarantee circle then, and as many honest firms ask for a line. Circle members bring as guarantor whom they
guarantee themselves; where that one is not there, because it has failed or closed already or is not founded yet, they
ask alone, and are counted apart. Who is not there does not ask. All ask twice, in two homes: the house as it is, and
with the caps off, which only this bench can do: it asks for no signs and no circles, and in its own process lets new
lines count in no cap. Who is lent to and who has defaulted within a year is counted, from the truth folder. A person
who is called lends to nobody here, so that the honest firms that a person would have to look at are told as well.

Of each circle member that is lent to, the simulator's own dates and the files that had come by that day say whether the
house could have known (`lent_to_because`, see `Sight`). Who was `in_the_files` has been missed by the house.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from puhui import days
from puhui.ids import EnterpriseId
from puhui.progress import Teller

FIRMS, MONTHS, SEED = 1_500, 32, 11
ASKED_AFTER_MONTHS = (8, 14, 20)
READ = ("registry", "enterprise_bureau")
CIRCLE = "guarantee_circle"
KINDS = ("stacked_loans", CIRCLE)
ALONE = ("", "_alone")
REPORTED = 92  # days: a report is of use so long, as exposure reads them
AMOUNT_FEN, PROOF = 500_000_00, "ab" * 32


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Simulate, deliver, ask with caps and without; `data` is not read, and there is one size."""
    with tempfile.TemporaryDirectory(prefix="puhui-caps-", ignore_cleanup_errors=True) as folder:
        from puhui.simulator import services

        world = Path(folder) / "world"
        with teller.step(f"simulate {FIRMS:,} firms × {MONTHS} months") as tell:
            services.simulate(world, seed=SEED, firms=FIRMS, months=MONTHS, tell=tell)
        found: dict[str, Any] = {}
        for switch in ("caps_on", "caps_off"):
            home = {**os.environ, "PUHUI_HOME": str(Path(folder) / switch), "PUHUI_DATABASE_URL": ""}
            command = [sys.executable, "-W", "ignore", str(Path(__file__).resolve()), str(world), switch]
            with teller.step(f"deliver, and ask for credit, {switch.replace('_', ' ')}"):
                done = subprocess.run(command, env=home, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-3000:]
            said = json.loads(done.stdout)
            found |= {**said, "books_balance": said["books_balance"] and found.get("books_balance", True)}
        return found


def ask_all(world: Path, switch: str) -> dict[str, Any]:
    """Everybody asks; what is counted, by kind. With the caps off a new line counts in no cap, and nobody looks."""
    from puhui.channels import services as channels
    from puhui.exposure import nightly, opening
    from puhui.governance import services as governance
    from puhui.governance.purposes import Basis, Purpose
    from puhui.ids import RequestId

    page = json.loads((world / "world.json").read_text(encoding="utf-8"))
    first = date.fromisoformat(page["first_day"])
    truth = _truth(world, "firms").to_pylist()
    default = {row["enterprise"]: row["default_day"] for row in truth}
    frauds = _truth(world, "frauds").to_pylist()
    links = _truth(world, "links").to_pylist()
    partners = {row["from"]: row["to"] for row in links if row["kind"] == "guarantee"}  # whom it brings, it guarantees
    sight = Sight(world, {row["enterprise"]: row["since"] for row in frauds if row["fraud"] == CIRCLE}, partners)
    for channel in READ:
        governance.grant(
            [EnterpriseId(each) for each in default], channels=[channel], purposes=[Purpose.MONITORING],
            basis=Basis.CONSENT, evidence="simulated", valid_from=first, request=RequestId(channel), by="bench",
        )  # fmt: skip
    files, counted, caps = sorted(_files(world)), Tally(), switch == "caps_on"
    if not caps:
        opening.keys_of = lambda *_: []  # the switch
    chance = random.Random(SEED)
    for months in ASKED_AFTER_MONTHS:
        day = days.add_months(first, months) - timedelta(days=1)
        while files and files[0][0] <= day:
            arrives, channel, file = files.pop(0)
            channels.deliver(channel, file, source=channel, on=arrives, by="bench")
            sight.read(channel, file)
        nightly.regroup_by_ties(on=day, at=_noon(day), by="bench", tell=lambda done, note="": None)
        there = {
            row["enterprise"]
            for row in truth
            if row["founded_on"] <= day
            and all(ended is None or ended > day for ended in (row["default_day"], row["closed_on"]))
        }
        for kind, firm, partner in _asking(there, frauds, partners, day, chance):
            failed = default[firm] is not None and default[firm] <= days.add_months(day, 12)
            no = _ask(firm, partner, day, caps=caps)
            counted.count(kind, no, failed=failed)
            if caps and kind.startswith(CIRCLE) and not no:
                counted.explain(kind, sight.of(firm, day))
    return {
        "firms": len(default),
        "asked_on": [str(days.add_months(first, months) - timedelta(days=1)) for months in ASKED_AFTER_MONTHS],
        switch: counted.told(),
        "books_balance": _balance(),
    }


class Tally:
    """Who asked, who got through and how that could be, who of those failed within a year, why the others did not."""

    def __init__(self) -> None:
        self.of: dict[str, Counter[str]] = {}
        self.why: dict[str, Counter[str]] = {}
        self.because: dict[str, Counter[str]] = {}

    def count(self, kind: str, no: str, *, failed: bool) -> None:
        """Count one answer; an empty one means that the money was paid out."""
        of = self.of.setdefault(kind, Counter())
        of["asked"] += 1
        of["lent_to"] += not no
        of["defaulted"] += failed and not no
        of["lost_yuan"] += AMOUNT_FEN // 100 if failed and not no else 0
        if no:
            self.why.setdefault(kind, Counter())[no] += 1

    def explain(self, kind: str, because: str) -> None:
        """Say how one of a kind could get through."""
        self.because.setdefault(kind, Counter())[because] += 1

    def told(self) -> dict[str, Any]:
        """The counts by kind."""
        return {
            kind: {
                **of,
                "kept_out_by": dict(self.why.get(kind, {})),
                **({"lent_to_because": dict(self.because[kind])} if kind in self.because else {}),
            }
            for kind, of in sorted(self.of.items())
        }


class Sight:
    """Whether a circle could be seen on a day: by the simulator's dates, and by the files that had come.

    The bureau names a guarantee at the end of a month in which both firms live. `partner_not_founded_yet`: there is no
    circle so far. `before_any_report`: no month's end at which both lived has passed since the circle began.
    `closed_in_order`: the partner closed without a default, and its guarantee ended with it. `never_told_overdue`: the
    partner failed, and no month's end between its failure and the end of both has passed. `came_late`: by the dates
    there was such a report, and no file that had come has it. `in_the_files`: there was one, it had come, and the house
    lent all the same.
    """

    def __init__(self, world: Path, since: dict[str, date], partners: dict[str, str]) -> None:
        firms = _truth(world, "firms").to_pylist()
        self.since, self.partners = since, partners
        self.default, self.closed, self.founded = (
            {row["enterprise"]: row[name] for row in firms} for name in ("default_day", "closed_on", "founded_on")
        )
        health = _truth(world, "health")
        members = pa.array(sorted({*since, *(partners[each] for each in since if each in partners)}))
        lived = health.filter(pc.and_(pc.is_in(health["enterprise"].cast(pa.string()), members),
                                      pc.greater(health["pulse"], 0)))  # fmt: skip
        self.lived = set(
            zip(lived["enterprise"].cast(pa.string()).to_pylist(), lived["month"].to_pylist(), strict=True)
        )
        self.come: dict[frozenset[str], list[date]] = {}

    def read(self, channel: str, file: Path) -> None:
        """A file has come: the guarantees that it tells of."""
        if channel == "enterprise_bureau":
            rows = pq.read_table(file, columns=["enterprise", "counterparty", "happened_on", "kind"])
            for row in rows.filter(pc.starts_with(rows["kind"], "guarantee")).to_pylist():
                self.come.setdefault(frozenset((row["enterprise"], row["counterparty"])), []).append(row["happened_on"])

    def of(self, firm: str, day: date) -> str:
        """How a member of a circle could be lent to on a day.

        A living partner's guarantee is of use as long as it reports; of one that failed, what it owed at the last
        report, for as long as the signs look back.
        """
        partner = self.partners[firm]
        failed, closed = self.default[partner], self.closed.get(partner)
        if self.founded[partner] > day:
            return "partner_not_founded_yet"
        if closed is not None and closed <= day:
            return "closed_in_order"
        gone = failed is not None and failed <= day
        told_since = max(self.since[firm], failed) if gone and failed is not None else self.since[firm]
        back = days.add_months(day, -12) if gone else day - timedelta(days=REPORTED)
        told = [
            end
            for number in range(13)
            if {(firm, month := days.add_months(day.replace(day=1), -number)), (partner, month)} <= self.lived
            and max(told_since, back + timedelta(days=1))
            <= (end := days.add_months(month, 1) - timedelta(days=1))
            <= day
        ]
        if not told:
            return "never_told_overdue" if gone else "before_any_report"
        come = set(self.come.get(frozenset((firm, partner)), []))
        return "in_the_files" if come & set(told) else "came_late"


def _asking(
    there: set[str], frauds: list[dict[str, Any]], partners: dict[str, str], day: date, chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Who asks on a day: the cheats of that day that are there, and as many honest firms."""
    partners = {firm: partner for firm, partner in partners.items() if partner in there}
    found = [
        (row["fraud"] + ALONE[row["fraud"] == CIRCLE and row["enterprise"] not in partners], row["enterprise"],
         partners.get(row["enterprise"], ""))
        for row in frauds
        if row["fraud"] in KINDS and row["enterprise"] in there
        and row["since"] <= day and (row["until"] is None or day < row["until"])
    ]  # fmt: skip
    yield from found
    honest = sorted(there - {row["enterprise"] for row in frauds})
    yield from (("honest", firm, "") for firm in chance.sample(honest, min(len(found), len(honest))))


def _ask(firm: str, partner: str, day: date, *, caps: bool) -> str:
    """Ask for a line and draw it whole; why not, or nothing. Without caps the house asks neither question."""
    from django.conf import settings

    from puhui.approval.signed import Approval
    from puhui.exposure import explaining
    from puhui.governance.purposes import Purpose
    from puhui.ids import RequestId
    from puhui.lending import services as lending
    from puhui.lending.acts.acting import Acted
    from puhui.money import Money

    number, of = f"{'on' if caps else 'off'}-{day}-{firm}", EnterpriseId(firm)
    if caps:
        told = explaining.explain(of, product="any_time", purpose=Purpose.MONITORING, as_of=day, on=day, by="bench")
        if told.signals:
            return "sign: " + told.signals[0].name
        if partner and (no := _guarantee(number, of, EnterpriseId(partner), day)):
            return no
    said = Approval(
        number, firm, "any_time", AMOUNT_FEN, Decimal("0.06"), day, days.add_months(day, 12),
        guarantee_fen=AMOUNT_FEN if caps and partner else 0,
    ).signed(settings.SECRET_KEY)  # fmt: skip
    opened = lending.open_facility(said, on=day, at=_noon(day))
    assert isinstance(opened, Acted), opened
    answer = lending.draw(
        opened.facility, Money(AMOUNT_FEN), purpose="stock", payee="a supplier", rail=Paying(),
        request=RequestId(number), on=day, at=_noon(day),
    )  # fmt: skip
    if isinstance(answer, Acted):
        return ""
    return f"{answer.code.value} {str(answer.details.get('cap', '')).split(' ')[0]}"


def _guarantee(line: str, borrower: EnterpriseId, giver: EnterpriseId, day: date) -> str:
    """Let two people keep a partner's guarantee of a line; why they may not, or nothing."""
    from puhui.ids import RequestId
    from puhui.mitigation import acts, services
    from puhui.mitigation.guarantees import Guarantor, Turn
    from puhui.money import Money

    means = acts.Standing(Guarantor.FIRM, Money(20 * AMOUNT_FEN), Money(0), Money(0), PROOF)
    promise = acts.Promise(line, borrower, giver, Money(AMOUNT_FEN), Decimal(1), Turn.PRO_RATA, False, PROOF)
    for subject, act in ((giver, means), (f"guarantee {line}", promise)):
        name = f"{line} {act.name}"
        made = services.propose(subject, act, on=day, request=RequestId(name), by="an officer")
        if not isinstance(made, services.Proposed):
            return str(made.code.value)
        judged = services.confirm(made.proposal, request=RequestId(f"yes {name}"), by="a manager")
        assert isinstance(judged, services.Judged), judged
    return ""


class Paying:
    """A payment bank that pays what it is asked to."""

    def pay(self, request: object, *, payee: str, fen: int) -> Any:
        """Paid."""
        from puhui.lending.rail import Outcome

        return Outcome.PAID

    enquire = pay


def _balance() -> bool:
    from puhui.lending import selectors

    return not selectors.disagreements()


def _truth(world: Path, name: str) -> pa.Table:
    return pa.concat_tables(pq.read_table(each) for each in sorted((world / "truth").glob(f"{name}*")))


def _files(world: Path) -> Iterator[tuple[date, str, Path]]:
    for channel in READ:
        for file in (world / "channels" / channel).iterdir():
            first = days.parse(f"{file.name[:7]}-01")
            yield days.add_months(first, 1) - timedelta(days=1), channel, file


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), UTC)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
    import django

    django.setup()
    from puhui import postgres

    postgres.open_book()
    print(json.dumps(ask_all(Path(sys.argv[1]), sys.argv[2])))
