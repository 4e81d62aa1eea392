"""A line's life from the terminal: every act, its refusals, and what a machine reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from paper_lines import OPENED, Line, noon
from typer.testing import CliRunner

from puhui import settings
from puhui.cli import rights, verbs
from puhui.cli.rights import Operator
from puhui.enterprises import services as enterprises
from puhui.governance.access import Actor, Role
from puhui.ids import EnterpriseId
from puhui.lending import services
from puhui.refusals import BadInput
from puhui.simulator.bank import open_bank

Run = Callable[..., tuple[int, Any]]
LATE = date(2026, 9, 1)
MANAGER = Actor("mei", frozenset(Role), firms=frozenset({EnterpriseId("E1")}))


@pytest.fixture
def run(book: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run `puhui line …` on a day as somebody with every right; the answer is its exit code and its JSON."""
    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)  # the test's own book is open
    everybody = Actor("mei", frozenset(Role), firms=frozenset({EnterpriseId("E1")}))

    def ran(words: str, *more: str, on: date = OPENED, by: Actor = everybody) -> tuple[int, Any]:
        monkeypatch.setattr(rights, "ask_as", lambda name: rights._asking.__setitem__(slice(None), [Operator(by)]))
        dated = [] if words.split(maxsplit=1)[0] in NO_DAY else ["--on", str(on)]
        group = [] if words.startswith("proposals ") else ["line"]
        done = CliRunner().invoke(verbs.app, [*group, *words.split(), *more, *dated, "--json"])
        if isinstance(done.exception, BadInput):
            raise done.exception
        return done.exit_code, json.loads(done.stdout) if done.stdout.strip() else done.stderr

    with open_bank() as bank:
        monkeypatch.setattr(settings, "PAYMENT_BANK", f"127.0.0.1:{bank.server_address[1]}")
        yield ran
    rights._asking.clear()


NO_DAY = {"show", "history", "resolve", "propose-write-off", "proposals"}


def test_a_line_lives_from_the_terminal(run: Run) -> None:
    line = Line(until=date(2026, 8, 20))
    draw = run(
        "draw 1 12,000.50 --purpose stock --way equal_principal --request d1", "--payee", "张三 6222020200111234"
    )
    assert draw == (0, {"act": "draw", "facility": 1, "facts": {"loan": 1, "status": "active", "fen": 12_000_50}})
    assert (
        run("draw 1 12000.50 --purpose stock --way equal_principal --request d1", "--payee", "张三 6222020200111234")
        == draw
    )
    assert run("quote 1", on=date(2026, 4, 11))[1]["total"] == 12_000_50 + 20_50
    assert run("repay 1 1000", on=date(2026, 4, 11))[1]["facts"]["principal"] == 979_50
    assert run("repay 1 500 --value-on 2026-04-05", on=date(2026, 4, 12))[0] == 0
    assert run("fee 1 1 20 --why court", on=date(2026, 4, 12))[1]["facts"] == {"loan": 1, "fen": 20_00}
    assert run("rate 1 5.85", on=date(2026, 4, 13))[1]["facts"] == {"rate": "0.0585"}
    assert run("freeze 1 --why look", on=date(2026, 4, 13))[1]["facts"] == {"status": "frozen"}
    assert run("unfreeze 1 --why seen", on=date(2026, 4, 13))[0] == 0
    assert run("account 1 6217000010001234567", on=date(2026, 4, 13))[0] == 0
    assert run("extend 1 2026-12-20", on=date(2026, 4, 14))[1]["facts"] == {"matures_on": "2026-12-20"}
    seen = run("show 1")[1]
    assert (seen["status"], seen["owed"]["fees"]) == ("open", 20_00)
    acts = run("history 1")[1]
    assert [each["act"] for each in acts][:2] == ["draw", "repay"]
    assert acts[0]["facts"]["payee"] == "张三 6222020200111234", "whole, for an auditor and for the firm itself"
    assert run("resolve")[1]["paid"] == 0
    assert run("close 1", on=date(2026, 4, 14))[0] == 3, "something is owed"
    assert line.facility == 1


def test_trouble_is_met_from_the_terminal(run: Run) -> None:
    Line(until=date(2026, 5, 20)).draw("60000", OPENED)
    assert run("misuse 1", on=date(2026, 4, 5))[0] == 0
    services.close_days(date(2026, 8, 31), at=noon(OPENED))
    assert run("restructure 1 2028-08-20 --why fire --way equal_principal --rate 3.5", on=LATE)[0] == 0
    proposal = run("propose-write-off 1 --why lost")[1]["number"]
    assert run(f"write-off 1 {proposal}", on=LATE)[0] == 3, "nobody has agreed yet"
    other = Actor("wang", frozenset({Role.RISK_MANAGER}))
    assert run(f"proposals judge {proposal} --why seen --yes", by=other)[0] == 0
    lost = run(f"write-off 1 {proposal}", on=LATE)[1]["facts"]["fen"]
    assert lost > 60_000_00
    assert run("recover 1 100", on=LATE) == (0, {"act": "recover", "facility": 1, "facts": {"fen": 100_00}})


def test_holds_stop_draws_and_a_stranger_reaches_nothing(run: Run) -> None:
    Line()
    enterprises.hold_draws(EnterpriseId("E1"), reference="case 1", why="sales fell", on=OPENED, by="watch")
    code, said = run("draw 1 10 --purpose p --payee x")
    assert code == 3 and "ON_HOLD" in said and "case 1" in said
    stranger = Actor("li", frozenset({Role.BORROWER}), firms=frozenset({EnterpriseId("E2")}))
    assert run("repay 1 10", by=stranger)[0] == 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("show 99", "there is no facility 99"),
        ("repay 1 much", "'much' is no amount"),
        ("repay 1 1.005", "finer than a fen"),
        ("rate 1 NaN", "'NaN' is no rate"),
        ("draw 1 10 --purpose p --payee x --way balloon", "no way of repaying 'balloon'"),
        ("extend 1 tomorrow", "write the day as 2020-02-29"),
    ],
)
def test_bad_words_are_refused_with_what_to_write(run: Run, words: str, says: str) -> None:
    Line()
    with pytest.raises(BadInput, match=says):
        run(words)


@pytest.mark.parametrize(
    "words", ["show 99", "history 99", "quote 99", "repay 99 1", "renew 99 A1", "propose-write-off 99 --why lost"]
)
def test_a_verb_finds_its_own_book(template_book: str, words: str) -> None:
    """In a process of its own, where nothing has been set up: what is not there is said, and nothing breaks."""
    asked = [str(Path(sys.executable).with_name("puhui")), "line", *words.split()]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("puhui: there is no facility 99")


def test_an_officer_reads_answers_in_yuan_and_refusals_in_both_languages(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)
    monkeypatch.setattr(rights, "ask_as", lambda name: rights._asking.__setitem__(slice(None), [Operator(MANAGER)]))
    Line().draw("1000", OPENED)

    def said(*words: str) -> str:
        done = CliRunner().invoke(verbs.app, ["line", *words])
        return done.stdout + done.stderr

    shown = said("show", "1")
    assert "499,000.00" in shown and "6.15 % a year" in shown and "pass 正常" in shown
    above = said("repay", "1", "2000", "--on", "2026-04-01")
    assert "asked 2,000.00, owed 1,000.00" in above and "还款金额超过应还金额" in above
    assert "amount 1,000.00" in said("history", "1")
    assert "lines since 2026-04-01: case 1, a doubt" in said(
        "hold", "E1", "--reference", "case 1", "--why", "a doubt", "--on", "2026-04-01"
    )
    assert "puhui proposals judge 1 --yes" in said("propose-write-off", "1", "--why", "lost")
    rights._asking.clear()
