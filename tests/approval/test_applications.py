"""Lives of applications: from the first word to an open line, and each fault on the way ends in a designed state."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connections
from small_bank import ON, applied, noon, request

from puhui.approval import selectors, services, tasks
from puhui.approval.signed import Approval
from puhui.approval.states import NEXT, OPEN, WORDS, Status
from puhui.channels import selectors as lake
from puhui.channels import services as delivering
from puhui.channels.pulls import pulling
from puhui.enterprises import selectors as firms_known
from puhui.enterprises import services as enterprises
from puhui.enterprises.trade import Trade
from puhui.exposure import selectors as exposure
from puhui.exposure import services as caps
from puhui.exposure.headroom import CapStanding
from puhui.governance import selectors as governed
from puhui.governance import services as governance
from puhui.governance.access import Skill
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, digest
from puhui.lending import services as lending
from puhui.lending.acts.acting import Acted
from puhui.lending.engine.terms import Amortization
from puhui.lending.models import FacilityRow
from puhui.lending.rail import HttpRail, Outcome
from puhui.mitigation import acts
from puhui.mitigation import selectors as secured
from puhui.mitigation import services as security
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.money import Money, yuan
from puhui.products import services as products
from puhui.refusals import Refused
from puhui.simulator.bureau import open_bureau

PAPER = "ab" * 32


class Paying:
    """A payment bank that pays what it is asked to."""

    def pay(self, request: object, *, payee: str, fen: int) -> Outcome:
        return Outcome.PAID

    enquire = pay


@pytest.fixture(scope="module")
def sound(firms: list[EnterpriseId]) -> list[EnterpriseId]:
    """Firms that are approved."""
    found = []
    for firm in firms:
        done = applied(firm)
        services.withdraw(done.number, why="only asked", by="owner", on=ON, at=noon(ON))
        if selectors.decisions(firm)[-1].outcome == "approved":
            found.append(firm)
    assert len(found) >= 5
    return found


def agreed(number: str, *, on: object = ON, language: str = "en", way: str = "any_time") -> object:
    sha256 = selectors.offer(number).contracts[language]
    return services.agree(number, contract_sha256=sha256, way=way, by="owner", request=request(), on=on, at=noon(on))


def test_the_whole_life_to_an_open_line(sound: list[EnterpriseId]) -> None:
    done = applied(sound[0])
    offer = selectors.offer(done.number)
    assert done.status is Status.OFFERED
    for sha256 in offer.contracts.values():
        pdf = selectors.contract(sha256)
        assert pdf.startswith(b"%PDF")
        assert digest([pdf]) == sha256
    assert exposure.asked_lately(sound[0], on=ON)[-1].on == ON, "an application is a sign for its firm's affiliates"
    assert watched(sound[0]) == set(), "nobody watches before the contract"
    approval = agreed(done.number, language="zh", way="bullet")
    assert watched(sound[0]) == set(selectors.steps(done.number)[1].facts["channels"])
    place = {(each.key.scope.value): each.key.subject for each in headroom_of(sound[0])}
    assert (place["trade"] in set(Trade), place["region"]) == (True, sound[0][2:6]), "as its registry says"
    committed = {each.committed.fen for each in headroom_of(sound[0])}
    assert committed == {offer.limit_fen}, "approved, and not yet open: every cap of the firm has it committed"
    assert approval.is_signed(settings.SECRET_KEY)
    assert (approval.product, approval.ways) == ("tax_credit", ("bullet", "any_time"))
    assert (approval.limit_fen, approval.product_version) == (offer.limit_fen, 1)
    assert agreed(done.number) == approval, "a double click agrees once"
    assert selectors.to_open() == [done.number]
    opened = lending.open_from_agreement(done.number, on=ON, at=noon(ON), by="puhui")
    assert lending.open_from_agreement(done.number, on=ON, at=noon(ON), by="puhui").facility == opened.facility
    line = FacilityRow.objects.get(pk=opened.facility)
    assert (line.product, line.ways, line.limit_fen) == ("tax_credit", ["bullet", "any_time"], offer.limit_fen)
    told = {"purpose": "stock", "payee": "a supplier", "rail": HttpRail("127.0.0.1", 9), "on": ON, "at": noon(ON)}
    other = lending.draw(opened.facility, yuan(10_000), way=Amortization.EQUAL_PRINCIPAL, request=request(), **told)
    assert other.code == "WAY_NOT_APPROVED", "only the signed ways may be chosen"
    assert selectors.application(done.number).status is Status.OPENED
    assert [step.status for step in selectors.steps(done.number)] == [
        "drafted", "consented", "pulling", "decided", "offered", "agreed", "opened",
    ]  # fmt: skip
    assert services.withdraw(done.number, why="too late", by="owner", on=ON, at=noon(ON)).code == "STEP_NOT_POSSIBLE"
    lending.close_facility(opened.facility, request=request(), on=ON, at=noon(ON))
    assert watched(sound[0]) == set(), "the consent to watch ends with the line"


def headroom_of(firm: EnterpriseId) -> tuple[CapStanding, ...]:
    return exposure.headroom(firm, product="tax_credit", as_of=ON).caps


def watched(firm: EnterpriseId) -> set[str]:
    """The channels that may be read to watch a firm's loan."""
    return {channel for _, channel in governed.rights([firm], purpose=Purpose.MONITORING, on=ON).granted}


def test_no_other_step_than_the_table_s_is_possible(sound: list[EnterpriseId]) -> None:
    assert NEXT.keys() == WORDS.keys() == set(Status)
    begun = services.apply(sound[1], "tax_credit", by="owner", request=request(), on=ON, at=noon(ON))
    assert services.advance(begun.number, on=ON, at=noon(ON), by="owner").status is Status.DRAFTED, (
        "no consent, no look"
    )
    assert selectors.decisions(application=begun.number) == []
    assert services.agree(
        begun.number, contract_sha256="", way="any_time", by="owner", request=request(), on=ON, at=noon(ON)
    ).code == "STEP_NOT_POSSIBLE"  # fmt: skip
    again = services.apply(sound[1], "tax_credit", by="owner", request=request(), on=ON, at=noon(ON))
    assert again.code == "ALREADY_APPLIED"
    services.withdraw(begun.number, why="changed my mind", by="owner", on=ON, at=noon(ON))
    assert services.consent(begun.number, evidence="", by="owner", on=ON, at=noon(ON)).code == "STEP_NOT_POSSIBLE"


def test_an_offer_that_has_run_out_or_whose_product_is_gone_opens_nothing(sound: list[EnterpriseId]) -> None:
    done = applied(sound[2])
    late = selectors.offer(done.number).expires_on + timedelta(days=1)
    assert agreed(done.number, on=late).code == "OFFER_EXPIRED"
    assert services.expire(on=late, at=noon(late)) == [done.number]
    assert selectors.application(done.number).status is Status.EXPIRED
    other = applied(sound[3])
    assert agreed(other.number, way="barter").code == "WAY_NOT_OFFERED"
    wrong = services.agree(
        other.number, contract_sha256="0" * 64, way="any_time", by="owner", request=request(), on=ON, at=noon(ON)
    )
    assert wrong.code == "CONTRACT_IS_ANOTHER"
    gone = ON + timedelta(days=3)
    proposed = products.propose_retirement(
        "tax_credit", 1, on=gone, why="a new one comes", by="manager", request=request(), at=noon(ON)
    )
    governance.judge(proposed.number, agrees=True, why="", by="risk", request=request(), at=noon(ON))
    products.retire(proposed.number, by="manager", request=request(), at=noon(ON))
    assert agreed(other.number, on=gone).code == "PRODUCT_NOT_LIVE"
    fresh = services.apply(sound[4], "tax_credit", by="owner", request=request(), on=gone, at=noon(gone))
    assert fresh.code == "PRODUCT_NOT_LIVE"
    assert agreed(other.number).limit_fen > 0, "while it is live it can be agreed to"


def test_two_tabs_and_a_double_click_take_each_step_once(sound: list[EnterpriseId]) -> None:
    named = request()

    def whole(_: int) -> object:
        try:
            begun = services.apply(sound[4], "tax_credit", by="owner", request=named, on=ON, at=noon(ON))
            services.consent(begun.number, evidence="a form", by="owner", on=ON, at=noon(ON))
            services.advance(begun.number, on=ON, at=noon(ON), by="owner")
            return begun.number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(whole, range(4)))
    (number,) = numbers
    assert [step.status for step in selectors.steps(number)] == [
        "drafted",
        "consented",
        "pulling",
        "decided",
        "offered",
    ]
    assert len(selectors.decisions(application=number)) == 1


def test_a_person_decides_what_is_referred_and_what_a_firm_asks_to_be_looked_at(firms: list[EnterpriseId]) -> None:
    declined = next(each for firm in firms for each in selectors.decisions(firm) if each.outcome == "declined")
    done = applied(EnterpriseId(declined.firm))
    assert done.facts["outcome"] == "declined"
    case = services.ask_for_person(
        done.number, why="the tax was paid late only", by="owner", request=request(), on=ON, at=noon(ON)
    )
    assert case == services.ask_for_person(done.number, why="again", by="owner", request=request(), on=ON, at=noon(ON))
    assert case in selectors.queue()
    assert case in selectors.queue(skill=Skill(case.skill), most_fen=case.amount_fen)
    assert case not in selectors.queue(most_fen=case.amount_fen - 1)
    much, told = yuan(900_000), {"by": "approver", "request": request(), "on": ON, "at": noon(ON)}
    assert services.rule(
        case.number, approves=True, limit=yuan(90_000_000), rate_bp=500, why="sound", **told
    ).code == "ABOVE_WHAT_MAY_BE_LENT"  # fmt: skip
    assert services.rule(
        case.number, approves=True, limit=much, rate_bp=500, why="sound", **told
    ).code == "NEEDS_SECOND_PERSON"  # fmt: skip
    proposed = services.propose_override(
        case.number, limit=much, rate_bp=500, why="sound", by="approver", request=request(), at=noon(ON)
    )
    waits = services.rule(
        case.number, approves=True, limit=much, rate_bp=500, why="sound", proposal=proposed.number, **told
    )
    assert waits.code == "NEEDS_SECOND_PERSON"
    governance.judge(proposed.number, agrees=True, why="", by="risk", request=request(), at=noon(ON))
    other = services.rule(
        case.number, approves=True, limit=yuan(800_000), rate_bp=500, why="sound", proposal=proposed.number, **told
    )
    assert other.code == "NEEDS_SECOND_PERSON", "the second person agreed to another amount"
    ruled = services.rule(
        case.number, approves=True, limit=much, rate_bp=500, why="sound", proposal=proposed.number, **told
    )
    assert ruled.limit_fen == much.fen
    assert selectors.offer(done.number).limit_fen == much.fen
    late = services.rule(case.number, approves=False, why="no", by="other", request=request(), on=ON, at=noon(ON))
    assert late.code == "CASE_CLOSED"


def test_a_firm_that_applies_often_or_through_its_group_is_seen(sound: list[EnterpriseId]) -> None:
    from puhui.exposure.places import place

    for firm in sound[:3]:
        place(firm, request=request(), on=ON, at=noon(ON), by="analyst", group="G1")
    done = applied(sound[1])
    decision = selectors.decisions(application=done.number)[0]
    assert (decision.outcome, decision.rules) == ("referred", ("H02", "H05")), "and it is a sign of too much credit"
    assert selectors.queue()[-1].skill is Skill.FRAUD
    for _ in range(3):
        services.withdraw(applied(sound[-1]).number, why="again", by="owner", on=ON, at=noon(ON))
    often = selectors.decisions(application=applied(sound[-1]).number)[0]
    assert (often.outcome, often.rules) == ("referred", ("H01",))


class Source(BaseHTTPRequestHandler):
    """A tax office that may be down."""

    def do_GET(self) -> None:
        self.send_response(503 if self.server.down else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        """It says nothing."""


def test_a_source_that_is_down_is_waited_for_told_and_goes_on_by_itself(
    sound: list[EnterpriseId], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("puhui.days.today", lambda: ON)  # the job goes by the clock
    server = HTTPServer(("127.0.0.1", 0), Source)
    server.down = True
    Thread(target=server.serve_forever, daemon=True).start()
    source = {
        "name": "tax", "channel": "tax_filings", "kind": "rest", "attempts": 1,
        "address": f"http://127.0.0.1:{server.server_port}/rows", "timeout_seconds": 2,
    }  # fmt: skip
    settings.SOURCES.write_text(json.dumps([source]))
    try:
        waits = applied(sound[-2])
        assert (waits.status, waits.waits_for) == (Status.PULLING, ("tax_filings",))
        assert selectors.application(waits.number).waits_for == ("tax_filings",)
        assert waits.number in services.waiting()
        tasks.go_on(0)
        assert selectors.application(waits.number).status is Status.PULLING, "it is asked again, and waits"
        server.down = False
        tasks.go_on(0)
        assert selectors.application(waits.number).status in (Status.OFFERED, Status.DECIDED)
        assert selectors.application(waits.number).waits_for == ()
    finally:
        settings.SOURCES.unlink()
        server.shutdown()
        server.server_close()


def test_an_offer_that_rests_on_another_firms_data_opens_nothing(sound: list[EnterpriseId]) -> None:
    """Somebody found that records of another house had been taken as the firm's, or the other way round."""
    firm = min(sound[3:], key=lambda each: len(selectors.applications(each)))
    for earlier in selectors.applications(firm):
        services.withdraw(earlier.number, why="", by="owner", on=ON, at=noon(ON))
    done = applied(firm)
    records = [{"source": "till", "record": "1", "code": firm}, {"source": "till", "record": "2", "name": "旧名茶行"}]
    enterprises.link(pa.Table.from_pylist(records), on=ON, by="a test")
    old = firms_known.firm_of("till", "2")
    enterprises.merge(firm, old, reason="renamed", on=ON, request=request(), by="a steward")
    assert agreed(done.number).code == "FIRM_HAS_CHANGED"
    assert services.expire(on=ON, at=noon(ON)) == [done.number]
    assert selectors.steps(done.number)[-1].facts == {"why": "the firm's identity was corrected after the decision"}
    assert services.apply(firm, "tax_credit", by="owner", request=request(), on=ON, at=noon(ON)).number != done.number


def test_a_bureau_that_is_down_late_or_speaks_twice_is_heard_once(sound: list[EnterpriseId], world: Path) -> None:
    """The bureau only helps tax credit: a decision does not wait for it, and hears it once it answers."""
    with open_bureau(world) as bureau:
        heard_of = [firm for firm in sound if any(firm in row.values() for row in bureau.rows)]
        firm = min(heard_of, key=lambda each: len(selectors.applications(each)))
        settings.SOURCES.write_text(json.dumps([bureau.source(timeout_seconds=0.5)]))
        try:
            for mood, outcome in (("down", "unreachable"), ("late", "unreachable"), ("twice", "done"), ("", "done")):
                bureau.mood = mood
                done = applied(firm)
                assert done.status in (Status.OFFERED, Status.DECIDED)
                (state,) = pulling.states()
                assert (state.outcome, bool(state.failures)) == (outcome, outcome == "unreachable")
                services.withdraw(done.number, why="only asked", by="owner", on=ON, at=noon(ON))
        finally:
            settings.SOURCES.unlink()
        kept = [each for each in lake.deliveries("enterprise_bureau") if each.accepted]
        assert len(kept) == 1 and 0 < kept[0].accepted <= len(bureau.rows), "what came twice is kept once"


def test_a_firm_whose_draws_are_on_hold_is_referred_and_the_decision_says_by_what(sound: list[EnterpriseId]) -> None:
    firm = free(sound)[-1]
    enterprises.hold_draws(firm, reference="case 12", why="sales fell by half", on=ON, by="watch")
    held = applied_and_left(firm)
    assert (held.outcome, "H06" in held.rules) == ("referred", True)
    assert any("case 12" in each["en"] and "case 12" in each["zh"] for each in held.reasons)
    assert services.replay(held.number).same
    enterprises.lift_draw_hold(firm, reference="case 12", why="explained", on=ON, by="watch")
    assert "H06" not in applied_and_left(firm).rules


def test_a_firm_whose_line_here_goes_ill_is_not_simply_approved_again(sound: list[EnterpriseId]) -> None:
    firm = free(sound)[-1]
    until, rate, number = date(ON.year + 1, ON.month, 1), Decimal("0.05"), "line that goes ill"
    granted = Approval(number, firm, "any_time", 100_000_00, rate, ON, until).signed(settings.SECRET_KEY)
    opened = lending.open_facility(granted, on=ON, at=noon(ON))
    assert isinstance(opened, Acted)
    assert "H07" not in applied_and_left(firm).rules, "a sound line is no reason"
    lending.freeze(opened.facility, why="to see", request=request(), on=ON, at=noon(ON))
    frozen = applied_and_left(firm)
    assert (frozen.outcome, "H07" in frozen.rules) == ("referred", True)
    told = [each for each in frozen.reasons if f"{opened.facility} here is frozen" in each["en"]]
    assert len(told) == 1 and "已冻结" in told[0]["zh"]
    assert services.replay(frozen.number).same
    lending.unfreeze(opened.facility, why="explained", request=request(), on=ON, at=noon(ON))
    assert "H07" not in applied_and_left(firm).rules


def test_an_owner_who_stacks_loans_at_five_banks_is_referred(sound: list[EnterpriseId], tmp_path: Path) -> None:
    alone = [each for each in free(sound) if not exposure.affiliates(each)]
    one, sister, *_ = sorted(alone, key=lambda each: len(selectors.applications(each)))
    assert "H05" not in applied_and_left(one).rules
    caps.place(one, owner="P1", request=request(), on=ON, at=noon(ON), by="night")
    caps.place(sister, owner="P1", request=request(), on=ON, at=noon(ON), by="night")
    head = "enterprise,record_number,happened_on,kind,institution,opened_on,limit,balance,overdue,overdue_days,tier,"
    loans = [(one, "Bank A"), (one, "Bank B"), (one, "Bank C"), (sister, "Bank D"), (sister, "Bank E")]
    rows = [f"{firm},{bank},2023-02-28,loan,{bank},2023-01-10,,40000,0,0,normal," for firm, bank in loans]
    file = tmp_path / "bureau.csv"
    file.write_text("\n".join([head + "counterparty", *rows]) + "\n")
    delivering.deliver("enterprise_bureau", file, on=ON, by="a test")
    last = applied_and_left(one)
    assert last.outcome == "referred"
    told = next(each for each in last.reasons if "Lenders of the firm" in each["en"])
    assert "from 5 on" in told["en"] and "多头授信" in told["zh"]
    assert "H05" in last.rules
    assert services.replay(last.number).same


def test_another_firms_property_secures_nothing_and_the_refusal_says_so(sound: list[EnterpriseId]) -> None:
    mine, other = free(sound)[:2]
    by_two(f"shop of {other}", acts.Register("commercial_property", other, "a title"))
    asked = {"property": f"shop of {other}", "by": "owner", "on": ON, "at": noon(ON)}
    refused = services.apply(mine, "property_loan", request=request(), **asked)
    assert refused.code == "NOT_ITS_PROPERTY"
    assert "another firm's" in refused.words("en")
    assert "其他企业" in refused.words("zh")
    assert not [each for each in selectors.applications(mine) if each.product == "property_loan"]
    question = services.Question(mine, "property_loan", ON, ON, "officer", property=f"shop of {other}")
    assert services.decide(question, request=request(), at=noon(ON)).code == "NOT_ITS_PROPERTY"
    begun = services.apply(other, "property_loan", request=request(), **asked)
    assert begun.status is Status.DRAFTED, "its owner may offer it"
    services.withdraw(begun.number, why="only asked", by="owner", on=ON, at=noon(ON))


def test_a_guarantee_that_is_brought_is_a_part_of_the_line_and_of_its_price(sound: list[EnterpriseId]) -> None:
    firm = min(free(sound), key=lambda each: (len(exposure.affiliates(each)), len(selectors.applications(each))))
    before = selectors.decisions(firm)[0]
    fund, name = EnterpriseId("a guarantee fund"), f"guarantee of {firm}"
    by_two(fund, acts.Standing(Guarantor.FUND, yuan(50_000), yuan(0), yuan(0), PAPER))
    promise = acts.Promise("", firm, fund, yuan(100_000), Decimal("0.8"), Turn.PRO_RATA, False, PAPER)
    by_two(name, promise)
    for stranger, named in ((sound[0], name), (firm, "guarantee that nobody gave")):
        assert secured.would_guarantee(named, borrower=stranger, on=ON) is None, "it counts for nothing"
    done = applied(firm, guarantee=name)
    offer = selectors.offer(done.number)
    assert offer.limit_fen == before.limit_fen, "tax and turnover carry it; the guarantor stands for a part"
    assert offer.guarantee_fen == min(100_000_00, offer.limit_fen * 8 // 10) // 10_000_00 * 10_000_00 > 0
    assert offer.rate_bp < before.rate_bp
    decision = selectors.decisions(firm)[-1]
    assert (decision.guarantee_fen, services.replay(decision.number).same) == (offer.guarantee_fen, True)
    by_two(name, acts.Release("changed its mind"))
    assert agreed(done.number).code == "SECURITY_NOT_PERFECTED"
    by_two(name, promise)
    approval = agreed(done.number)
    assert (approval.parts.guarantee.fen, approval.parts.credit.fen) == (
        offer.guarantee_fen, offer.limit_fen - offer.guarantee_fen,
    )  # fmt: skip
    opened = lending.open_from_agreement(done.number, on=ON, at=noon(ON), by="puhui").facility
    drawn = {"purpose": "stock", "payee": "a supplier", "rail": Paying(), "on": ON, "at": noon(ON)}
    assert lending.draw(opened, Money(approval.limit_fen), request=request(), **drawn).code == "NOT_SECURED"
    by_two(name, replace(promise, facility=approval.number))
    assert not isinstance(lending.draw(opened, yuan(50_000), request=request(), **drawn), Refused)
    used = exposure.line(approval.number, on=ON).used
    assert (used.guarantee, used.credit) == (yuan(40_000), yuan(10_000)), "four fifths, and the bank's fifth"
    assert secured.would_guarantee(name, borrower=firm, on=ON) is None, "it is of this line now, and of no other"


def by_two(subject: str, act: acts.Act) -> None:
    """An act on security that one person proposes and another agrees to."""
    made = security.propose(subject, act, on=ON, request=request(), by="officer")
    assert isinstance(security.confirm(made.proposal, request=request(), by="manager"), security.Judged)


def free(firms: list[EnterpriseId]) -> list[EnterpriseId]:
    """The firms none of whose applications is under way."""
    return [firm for firm in firms if not any(each.status in OPEN for each in selectors.applications(firm))]


def applied_and_left(firm: EnterpriseId) -> object:
    """The decision on an application that is then withdrawn."""
    done = applied(firm)
    services.withdraw(done.number, why="only asked", by="owner", on=ON, at=noon(ON))
    return selectors.decisions(firm)[-1]
