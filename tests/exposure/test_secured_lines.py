"""Stories of lines secured three ways: what each part carries, what freezes, who pays when nobody else does."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from paper_firms import DAY, Bank, Firm, drawn, noon, refused
from paper_security import PROOF, done, fund, workshop
from typer.testing import CliRunner

from puhui.enterprises.graph import table
from puhui.exposure import selectors, ties
from puhui.exposure.caps import CapKey, Counts, Scope
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.ledger import selectors as ledger
from puhui.lending import selectors as lending
from puhui.lending import services
from puhui.lending.rail import Outcome
from puhui.mitigation import acts, claims
from puhui.mitigation import selectors as security
from puhui.mitigation import services as mitigation
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.mitigation.parts import Part, Parts
from puhui.money import Money, yuan
from puhui.refusals import Code, Refused

pytestmark = pytest.mark.usefixtures("book")
FUND = EnterpriseId("F1")


def secured_line(**named: str) -> Firm:
    """2,000,000: a workshop carries 1,000,000, a fund four fifths of the rest up to 800,000."""
    workshop("P1", "B1", "2,000,000")
    done("P1", acts.Charge("L1", yuan("1,000,000")))
    fund("F1", "5,000,000")
    done("S1", promise("L1"))
    return Firm("B1", "2,000,000", mortgage="1,000,000", guarantee="800,000", number="L1", **named)


def promise(facility: str, counter: str = "") -> acts.Promise:
    return acts.Promise(
        facility, EnterpriseId("B1"), FUND, yuan("800,000"), Decimal("0.8"), Turn.PRO_RATA, False, PROOF, counter
    )


def test_a_property_backed_line_topped_up_by_a_guarantee_fund_is_drawn_part_by_part() -> None:
    firm = secured_line()
    drawn(firm.draw("600,000"))
    assert selectors.line("L1", on=DAY).used == Parts(mortgage=yuan("600,000"))
    drawn(firm.draw("900,000"))
    standing = selectors.line("L1", on=DAY)
    assert standing.used == Parts(yuan("100,000"), yuan("1,000,000"), yuan("400,000")), "the bank keeps a fifth"
    assert standing.loss_given_default == Decimal("0.2533333333333333333333333333")
    (borne,) = selectors.standings([CapKey(Scope.GUARANTOR, "F1", Counts.GUARANTEED)], on=DAY)
    assert (borne.used, borne.amount) == (yuan("400,000"), yuan("50,000,000"))
    drawn(firm.repay("100,000"))
    after = selectors.line("L1", on=DAY).used
    assert after == Parts(yuan("80,000"), yuan("1,000,000"), yuan("320,000")), "less is owed, so less is guaranteed"
    assert lending.disagreements() == []


def test_a_revaluation_shrinks_the_mortgage_part_and_freezes_the_excess() -> None:
    firm = secured_line()
    drawn(firm.draw("1,000,000"))
    done("P1", acts.Value(yuan("1,500,000"), "a valuer", PROOF))
    standing = selectors.line("L1", on=DAY)
    assert standing.carried.mortgage == yuan("750,000")
    assert standing.excess == Parts(mortgage=yuan("250,000"))
    assert refused(firm.draw("1,000,001")).code is Code.ABOVE_AVAILABLE
    drawn(firm.draw("1,000,000"))
    assert selectors.line("L1", on=DAY).used == Parts(yuan("200,000"), yuan("1,000,000"), yuan("800,000"))
    drawn(firm.repay("1,100,000"))
    assert refused(firm.draw("1,100,000")).code is Code.NOT_SECURED, "the shrunken part is not filled again"


def test_a_guarantor_in_default_counts_for_nothing_unless_another_stands_in_for_it() -> None:
    firm = secured_line()
    done("F1", acts.Fail("wound up"))
    assert selectors.line("L1", on=DAY).carried.guarantee == Money(0)
    assert refused(firm.draw("1,300,000")).code is Code.NOT_SECURED
    fund("F2", "9,000,000")
    done("F1", restated())
    done("S1", promise("L1", counter="F2"))
    done("F1", acts.Fail("wound up again"))
    assert selectors.line("L1", on=DAY).carried.guarantee == yuan("800,000")
    drawn(firm.draw("1,300,000"))
    (borne,) = selectors.standings([CapKey(Scope.GUARANTOR, "F2", Counts.GUARANTEED)], on=DAY)
    assert borne.used == yuan("240,000")


def restated() -> acts.Standing:
    return acts.Standing(Guarantor.FUND, yuan("5,000,000"), Money(0), Money(0), PROOF)


def test_a_guarantee_is_called_and_recovered_and_the_money_goes_to_its_part() -> None:
    firm = secured_line()
    drawn(firm.draw("1,500,000"))
    asked = {"request": RequestId("call"), "by": "a risk manager", "on": DAY, "at": noon(DAY)}
    called = mitigation.call("L1", yuan("500,000"), **asked)
    assert not isinstance(called, Refused)
    assert [(each.debtor, each.amount) for each in called] == [("F1", yuan("400,000"))]
    assert mitigation.call("L1", yuan("500,000"), **asked) == called, "asking twice claims once"

    def pays(amount: str) -> object:
        return services.recover_from_security(
            firm.facility, called[0].number, yuan(amount), request=RequestId(new_request()[:36]), on=DAY, at=noon(DAY)
        )

    drawn(pays("300,000"))
    assert claims.claims("L1")[0].open == yuan("100,000")
    assert selectors.line("L1", on=DAY).used.guarantee == yuan("100,000")
    assert refused(pays("100,000.01")).code is Code.EXCEEDS_DEBITS
    assert refused(firm.draw("1")).code is Code.FACILITY_NOT_OPEN, "nobody draws on what others had to pay"
    sold = mitigation.sell("P1", "L1", yuan("1,200,000"), **{**asked, "request": RequestId("sell")})
    assert not isinstance(sold, Refused)
    assert (sold.part, sold.amount) == (Part.MORTGAGE, yuan("1,000,000"))
    assert lending.disagreements() == []
    assert ledger.check().holds


def test_one_thing_takes_the_place_of_another_only_if_it_carries_as_much() -> None:
    secured_line()
    workshop("P2", "B1", "1,800,000")
    instead = acts.Substitute("P1", "L1", yuan("900,000"))
    no = mitigation.propose("P2", instead, on=DAY, request=RequestId("s"), by="an officer")
    assert refused(no).code is Code.CARRIES_LESS
    done("P2", acts.Value(yuan("2,200,000"), "a valuer", PROOF))
    done("P2", acts.Substitute("P1", "L1", yuan("1,000,000")))
    assert selectors.line("L1", on=DAY).carried.mortgage == yuan("1,000,000")
    done("P1", acts.Release("replaced"), date(2026, 4, 1))
    assert selectors.line("L1", on=DAY).carried.mortgage == yuan("1,000,000")


def test_a_draw_under_way_holds_its_guarantor_until_the_bank_has_refused_it() -> None:
    firm = secured_line()
    drawn(firm.draw("1,500,000", bank=Bank(Outcome.UNKNOWN)))
    key = CapKey(Scope.GUARANTOR, "F1", Counts.GUARANTEED)
    assert selectors.standings([key], on=DAY)[0].pending == yuan("400,000")
    services.resolve_draws(Bank(Outcome.REJECTED), at=noon(DAY))
    assert selectors.standings([key], on=DAY)[0].used == Money(0)


def proposed(subject: str, act: acts.Act) -> object:
    return mitigation.propose(subject, act, on=DAY, request=RequestId(new_request()), by="an officer")


def test_a_circle_that_only_the_bureau_knows_is_refused_and_shown() -> None:
    ties.keep(table([("guarantees", "B1", "E2", 0), ("guarantees", "E3", "F1", 0)]))
    fund("F1", "5,000,000")
    fund("E2", "5,000,000")
    done(
        "S0",
        acts.Promise("L9", EnterpriseId("E3"), EnterpriseId("E2"), yuan("1"), Decimal(1), Turn.PRO_RATA, False, PROOF),
    )
    no = refused(proposed("S1", promise("L1")))
    assert no.code is Code.GUARANTEE_CIRCLE, "through other lenders' reports, our own book, and reports again"
    assert no.details["circle"] == "F1 → B1 → E2 → E3 → F1"
    fund("F2", "5,000,000")
    assert isinstance(proposed("S1", promise_of("F2")), mitigation.Proposed)
    ties.keep(table([("guarantees", "B1", "E2", 0)]))
    assert isinstance(proposed("S1", promise("L1")), mitigation.Proposed), "the report says so no longer"


def promise_of(giver: str, cap: str = "800,000", counter: str = "") -> acts.Promise:
    return acts.Promise(
        "L1", EnterpriseId("B1"), EnterpriseId(giver), yuan(cap), Decimal("0.8"), Turn.PRO_RATA, False, PROOF, counter
    )


def test_a_guarantor_s_own_debts_and_what_it_guarantees_elsewhere_leave_it_less_to_promise() -> None:
    said = acts.Standing(Guarantor.FIRM, yuan("3,000,000"), yuan("400,000"), yuan("100,000"), PROOF)
    done("G1", said)
    assert capacity("G1") == yuan("2,500,000"), (
        "as stated: 3,000,000 less 400,000 guaranteed and 100,000 owed elsewhere"
    )
    drawn(Firm("G1", "1,000,000").draw("700,000"))
    assert capacity("G1") == yuan("1,800,000"), "it borrows here itself"
    relations = table([("guarantees", "G1", "E5", 0)]).append_column("fen", pa.array([yuan("900,000").fen]))
    ties.keep(relations)
    assert capacity("G1") == yuan("1,300,000"), "the bureau tells of more than it stated"
    no = refused(proposed("S1", promise_of("G1", "1,300,000.01")))
    assert (no.code, no.details["free"]) == (Code.ABOVE_GUARANTORS_CAPACITY, yuan("1,300,000"))
    done("S1", promise_of("G1", "1,000,000"))
    (cap,) = selectors.standings([CapKey(Scope.GUARANTOR, "G1", Counts.GUARANTEED)], on=DAY)
    assert cap.amount == yuan("1,300,000"), "and the cap that holds its draws is the same"


def capacity(guarantor: str) -> Money | None:
    return security.capacity(EnterpriseId(guarantor), on=DAY)


def test_who_stands_in_for_a_guarantor_is_held_against_its_own_means() -> None:
    fund("F1", "5,000,000")
    assert refused(proposed("S1", promise_of("F1", counter="C1"))).code is Code.GUARANTOR_UNKNOWN
    done("C1", acts.Standing(Guarantor.FIRM, yuan("900,000"), Money(0), Money(0), PROOF))
    done("S1", promise_of("F1", counter="C1"))
    assert capacity("C1") == yuan("100,000"), "what it may have to stand in for is promised"
    no = refused(proposed("S2", promise_of("F1", "100,000.01", counter="C1")))
    assert (no.code, no.details["guarantor"]) == (Code.ABOVE_GUARANTORS_CAPACITY, "C1")
    ties.keep(table([("guarantees", "B1", "C1", 0)]))
    assert refused(proposed("S3", promise_of("F1", "1", counter="C1"))).details["circle"] == "C1 → B1 → C1"


def test_the_terminal_shows_and_proposes_what_secures_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from puhui.cli import proposals
    from puhui.cli import security as verbs
    from puhui.cli.verbs import app

    for module in (verbs, proposals):
        monkeypatch.setattr(module, "open_book", lambda: None)  # the test's own book is open
    drawn(secured_line().draw("1,500,000"))

    def said(*words: str, among: str = "security") -> str:
        return " ".join(CliRunner().invoke(app, [among, *words], catch_exceptions=False).stdout.split())

    parts = said("line", "L1", "--on", "2026-04-01")
    assert "mortgage 抵押 │ 1,000,000.00 │ 1,000,000.00 │ 1,000,000.00 │ 0.00" in parts
    report = tmp_path / "report.pdf"
    report.write_bytes(b"a valuer's report")
    content = json.dumps({"value": yuan("1,500,000").fen, "valuer": "a valuer"})
    how = ["--content", content, "--document", str(report), "--on", "2026-04-01", "--json"]
    number = json.loads(said("propose", "P1", "value", *how))["proposal"]
    assert "rests on this paper" in said("document", str(report)), "proposed, and not agreed to yet"
    monkeypatch.setattr(proposals, "me", lambda: "another person")
    assert json.loads(said("judge", str(number), "--yes", "--json", among="proposals"))["agrees"]
    assert "value P1" in said("document", str(report))
    report.write_bytes(b"a valuer's report, altered")
    assert "No act rests on this paper" in said("document", str(report))
    shown = said("show", "P1", "--on", "2026-04-01")
    assert "750,000.00 CNY" in shown and "carries for line 所保额度 L1" in shown
    assert "value again 重新估值" in said("due", "--on", "2027-03-20")
