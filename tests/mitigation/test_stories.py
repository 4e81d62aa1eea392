"""Stories of security: two people behind each act, things that burn and lapse, guarantors who can bear no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, connection

from puhui import days, postgres
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.mitigation import acts, selectors, services, tasks
from puhui.mitigation.guarantees import Guarantor, Turn
from puhui.mitigation.parts import Part, Parts, blended, excess
from puhui.money import Money, yuan
from puhui.refusals import BadInput, Code, Refused

pytestmark = pytest.mark.usefixtures("book")

BORROWER, FUND, FRIEND = EnterpriseId("B1"), EnterpriseId("F1"), EnterpriseId("G1")
JAN = date(2026, 1, 5)
PROOF = "ab" * 32


def done(subject: str, act: acts.Act, on: date = JAN) -> int:
    """Proposed by one person and confirmed by another."""
    proposed = services.propose(subject, act, on=on, request=new_request(), by="an officer")
    assert isinstance(proposed, services.Proposed), proposed
    judged = services.confirm(proposed.proposal, request=new_request(), by="a manager")
    assert isinstance(judged, services.Judged), judged
    return proposed.proposal


def workshop(subject: str = "P1", *, value: str = "2,000,000", until: date = date(2026, 12, 31)) -> None:
    """A factory building, valued, registered and insured."""
    done(subject, acts.Register("industrial_property", BORROWER, f"title {subject}"))
    done(subject, acts.Value(yuan(value), "a valuer", PROOF))
    done(subject, acts.Perfect(PROOF))
    done(subject, acts.Insure(until, PROOF))


def standing(guarantor: EnterpriseId, worth: str, kind: Guarantor = Guarantor.FIRM) -> None:
    done(guarantor, acts.Standing(kind, yuan(worth), Money(0), Money(0), PROOF))


def promise(guarantor: EnterpriseId, cap: str, *, borrower: EnterpriseId = BORROWER, share: str = "1") -> acts.Promise:
    return acts.Promise(
        "L1", borrower, guarantor, yuan(cap), Decimal(share), Turn.PRO_RATA, joint=False, document=PROOF
    )


def refused(subject: str, act: acts.Act, request: str = "r") -> Refused:
    answer = services.propose(subject, act, on=JAN, request=RequestId(request), by="an officer")
    assert isinstance(answer, Refused), answer
    return answer


def test_a_property_backed_line_is_topped_up_by_a_guarantee_fund() -> None:
    workshop()
    done("P1", acts.Charge("L1", yuan("900,000")))
    standing(FUND, "5,000,000", Guarantor.FUND)
    done("S1", promise(FUND, "600,000", share="0.8"))
    behind = selectors.secured("L1", on=JAN)
    assert behind.mortgage == yuan("900,000")
    assert behind.guarantee(yuan("500,000")) == yuan("400,000")
    used = Parts(credit=yuan("100,000"), mortgage=behind.mortgage, guarantee=yuan("400,000"))
    assert blended(used, selectors.loss_given_default(on=JAN)) < selectors.loss_given_default(on=JAN)[Part.CREDIT]
    assert selectors.capacity(FUND, on=JAN) == yuan("49,400,000"), "ten times its net assets, less this promise"


def test_nothing_counts_before_a_second_person_has_confirmed_it() -> None:
    workshop()
    proposed = services.propose(
        "P1", acts.Charge("L1", yuan("500,000")), on=JAN, request=RequestId("c"), by="an officer"
    )
    assert isinstance(proposed, services.Proposed)
    assert selectors.secured("L1", on=JAN).things == ()
    own = services.confirm(proposed.proposal, request=RequestId("c2"), by="an officer")
    assert isinstance(own, Refused)
    assert own.code is Code.OWN_PROPOSAL
    assert [one.proposal for one in selectors.waiting()] == [proposed.proposal]
    assert services.confirm(proposed.proposal, request=RequestId("c3"), by="a manager") == services.Judged(
        proposed.proposal, confirmed=True
    )
    assert services.confirm(proposed.proposal, request=RequestId("c3"), by="a manager") == services.Judged(
        proposed.proposal, confirmed=True
    ), "asking twice gives the first answer"
    late = services.reject(proposed.proposal, "a doubt", request=RequestId("c4"), by="another")
    assert isinstance(late, Refused)
    assert late.code is Code.ALREADY_JUDGED
    assert selectors.secured("L1", on=JAN).mortgage == yuan("500,000")


def test_a_revaluation_shrinks_the_mortgage_part_and_leaves_an_excess() -> None:
    workshop(until=date(2027, 12, 31))
    done("P1", acts.Charge("L1", yuan("1,000,000")))
    drawn = Parts(mortgage=yuan("1,000,000"))
    june = date(2026, 6, 1)
    done("P1", acts.Value(yuan("1,500,000"), "a valuer", PROOF), june)
    limit = Parts(mortgage=selectors.secured("L1", on=june).mortgage)
    assert limit.mortgage == yuan("750,000")
    assert excess(limit, drawn).mortgage == yuan("250,000")
    assert selectors.secured("L1", on=date(2026, 5, 31)).mortgage == yuan("1,000,000"), "as of the day before"


def test_a_building_that_is_not_insured_or_not_valued_in_time_says_so() -> None:
    workshop(until=date(2026, 6, 30))
    done("P1", acts.Charge("L1", yuan("1,000,000")))
    july = selectors.secured("L1", on=date(2026, 7, 1))
    assert july.mortgage == Money(0)
    assert [label.en for label in july.things[0].worth.because] == ["it is not insured: only a part counts, if any"]
    done("P1", acts.Insure(date(2028, 1, 1), PROOF), date(2026, 7, 2))
    assert selectors.secured("L1", on=date(2026, 7, 2)).mortgage == yuan("1,000,000")
    stale = selectors.secured("L1", on=date(2027, 2, 1))
    assert stale.mortgage == yuan("500,000"), "half of the loan-to-value while the revaluation is overdue"
    assert [(one.subject, one.what.en) for one in selectors.due(on=date(2026, 12, 20))] == [("P1", "value again")]


def test_one_thing_is_not_pledged_twice_nor_beyond_its_worth() -> None:
    workshop()
    again = refused("P2", acts.Register("industrial_property", BORROWER, "title P1"))
    assert again.code is Code.THING_PLEDGED_ALREADY
    done("P1", acts.Senior(yuan("300,000")))
    done("P1", acts.Charge("L1", yuan("400,000")))
    beyond = refused("P1", acts.Charge("L2", yuan("300,000.01")))
    assert (beyond.code, beyond.details["free"]) == (Code.CHARGED_BEYOND_WORTH, yuan("300,000"))
    done("P1", acts.Charge("L2", yuan("300,000")))
    assert [selectors.secured(line, on=JAN).mortgage for line in ("L1", "L2")] == [yuan("400,000"), yuan("300,000")]
    assert refused("P9", acts.Charge("L1", yuan("1"))).code is Code.THING_UNKNOWN


def test_a_guarantee_circle_is_refused_and_shown() -> None:
    for firm in (FRIEND, BORROWER, FUND):
        standing(firm, "10,000,000")
    done("S1", promise(FRIEND, "100,000"))
    done("S2", promise(BORROWER, "100,000", borrower=FUND))
    round_trip = refused("S3", promise(FUND, "100,000", borrower=FRIEND))
    assert round_trip.code is Code.GUARANTEE_CIRCLE
    assert round_trip.details["circle"] == "F1 → G1 → B1 → F1"
    done("S2", acts.Release("repaid"), date(2026, 2, 1))
    later = services.propose(
        "S3", promise(FUND, "1,000", borrower=FRIEND), on=date(2026, 2, 2), request=RequestId("later"), by="an officer"
    )
    assert isinstance(later, services.Proposed)


def test_a_guarantor_bears_no_more_than_it_can_across_all_it_stands_for() -> None:
    assert refused("S1", promise(FRIEND, "1")).code is Code.GUARANTOR_UNKNOWN
    done(FRIEND, acts.Standing(Guarantor.FIRM, yuan("1,000,000"), yuan("300,000"), yuan("200,000"), PROOF))
    done("S1", promise(FRIEND, "400,000"))
    beyond = refused("S2", promise(FRIEND, "100,000.01"))
    assert (beyond.code, beyond.details["free"]) == (Code.ABOVE_GUARANTORS_CAPACITY, yuan("100,000"))
    done("S1", promise(FRIEND, "500,000"), JAN)
    assert selectors.capacity(FRIEND, on=JAN) == Money(0), "a promise renewed replaces the one before"


def test_two_proposals_that_fit_alone_do_not_both_pass() -> None:
    standing(FRIEND, "500,000")
    waiting = [
        services.propose(f"S{n}", promise(FRIEND, "300,000"), on=JAN, request=RequestId(f"p{n}"), by="an officer")
        for n in (1, 2)
    ]
    answers = [services.confirm(one.proposal, request=RequestId(f"v{one.proposal}"), by="a manager") for one in waiting]
    assert isinstance(answers[0], services.Judged)
    assert isinstance(answers[1], Refused)
    assert answers[1].code is Code.ABOVE_GUARANTORS_CAPACITY


def test_a_request_is_answered_once_and_history_stays() -> None:
    act = acts.Register("equipment", BORROWER, "serial 7")
    first = services.propose("E1", act, on=JAN, request=RequestId("once"), by="an officer")
    assert services.propose("E1", act, on=JAN, request=RequestId("once"), by="an officer") == first
    other = services.propose("E2", act, on=JAN, request=RequestId("once"), by="an officer")
    assert isinstance(other, Refused)
    assert other.code is Code.REQUEST_HAS_OTHER_CONTENT
    for statement in ("update mitigation_act set subject = 'x'", "delete from mitigation_act"):
        with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: acts.Register("gold", BORROWER, "bar 1"),
        lambda: acts.Register("equipment", BORROWER, " "),
        lambda: acts.Value(Money(-1), "a valuer", PROOF),
        lambda: promise(FRIEND, "1", share="1.01"),
        lambda: services.confirm(4711, request=RequestId("x"), by="a manager"),
        lambda: services.reject(1, " ", request=RequestId("x"), by="a manager"),
        lambda: services.propose("", acts.Perfect(PROOF), on=JAN, request=RequestId("x"), by="an officer"),
    ],
)
def test_nonsense_says_what_to_do(wrong) -> None:
    with pytest.raises(BadInput, match="To go on"):
        wrong()


def test_a_pledge_that_lost_its_value_is_called() -> None:
    done("W1", acts.Register("warehouse_receipt", BORROWER, "receipt 9"))
    done("W1", acts.Value(yuan("1,000,000"), "a valuer", PROOF))
    done("W1", acts.Perfect(PROOF))
    done("W1", acts.Insure(date(2027, 1, 1), PROOF))
    done("W1", acts.Charge("L1", yuan("600,000")))
    assert not selectors.due(on=JAN, ahead=timedelta(days=1))
    done("W1", acts.Value(yuan("700,000"), "a valuer", PROOF), date(2026, 1, 20))
    fell = date(2026, 1, 20)
    assert short(fell) == [("call for a top-up of the pledge", fell, yuan("300,000"))]
    wrong = services.propose("W1", acts.CallMargin(yuan("1"), fell), on=fell, request=RequestId("w"), by="an officer")
    assert isinstance(wrong, Refused) and wrong.code is Code.NOTHING_TO_CLAIM
    made = services.call_margins(on=fell, by="the scheduler")
    assert services.call_margins(on=fell, by="the scheduler") == made, "a night that is asked again calls once"
    assert short(fell)[0][0] == "call for a top-up of the pledge", "a person has not sent it yet"
    services.confirm(made[0].proposal, request=RequestId("sent"), by="a manager")
    assert services.call_margins(on=date(2026, 1, 21), by="the scheduler") == []
    assert short(fell) == [("top up the pledge", date(2026, 1, 25), yuan("300,000"))]
    assert short(date(2026, 1, 26)) == [("the pledge was not topped up in time", date(2026, 1, 25), yuan("300,000"))]
    done("W1", acts.Value(yuan("1,000,000"), "a valuer", PROOF), date(2026, 1, 26))
    assert short(date(2026, 1, 26)) == [], "more was put into the store, and valued"


def test_the_night_notes_what_falls_due_once_and_says_what_becomes_of_the_line() -> None:
    workshop("P1")
    done("P1", acts.Charge("L1", yuan("900,000")))
    done(FUND, acts.Standing(Guarantor.FUND, yuan("1,000,000"), yuan("0"), yuan("0"), PROOF))
    until = date(2026, 3, 1)
    given = acts.Promise("L1", BORROWER, FUND, yuan("200,000"), Decimal(1), Turn.PRO_RATA, False, PROOF)
    done("G1", replace(given, until=until))
    assert services.watch(on=date(2026, 1, 20), by="the scheduler") == services.Watched(0, 0, ())
    soon = date(2026, 2, 10)
    assert services.watch(on=soon, by="the scheduler") == services.Watched(1, 0, ())
    assert services.watch(on=soon, by="the scheduler") == services.Watched(0, 0, ()), "asked again, it is known"
    (due,) = selectors.due(on=date(2026, 2, 20))
    assert (due.what.en, due.by, due.late, due.lines, due.noted) == ("renew the guarantee", until, False, ("L1",), soon)
    assert selectors.secured("L1", on=until).guarantee(yuan("500,000")) == yuan("200,000"), "its last day is a day"
    after = date(2026, 3, 2)
    assert selectors.secured("L1", on=after).guarantees == (), "from then on it carries nothing"
    assert (FUND, BORROWER) not in selectors.standing_ties(on=after)
    assert services.watch(on=after, by="the scheduler") == services.Watched(0, 1, ())
    assert [each.late for each in selectors.due(on=after)] == [True]
    done("G1", given, after)
    assert selectors.due(on=after) == [], "renewed, it is off the list"
    done("G1", acts.Release("called back"), after)
    done("G1", replace(given, until=after), after)
    assert [each.what.en for each in selectors.due(on=after)] == ["renew the guarantee"], "watched again"
    done("G1", given, after)
    done(FUND, acts.Fail("insolvent"), after)
    (due,) = selectors.due(on=after)
    assert (due.what.en, due.by) == ("replace the guarantor in default", after)
    winter = sorted((each.what.en, each.late) for each in selectors.due(on=date(2027, 1, 3)))
    assert winter == [
        ("renew the insurance", True), ("replace the guarantor in default", False), ("value again", False),
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("update mitigation_watched set late = false")


def test_a_lien_out_of_rank_leaves_less_freezes_the_excess_and_is_told() -> None:
    workshop("P1")
    done("P1", acts.Charge("L1", yuan("900,000")))
    used = Parts(mortgage=yuan("700,000"))
    assert selectors.secured("L1", on=JAN).mortgage == yuan("900,000")
    assert selectors.due(on=JAN) == []
    done("P1", acts.Senior(yuan("600,000")))  # the extract of the registry names a claim before ours
    behind = selectors.secured("L1", on=JAN)
    assert behind.mortgage == yuan("400,000")
    assert [why.en for why in behind.things[0].worth.because] == ["others' claims rank before ours"]
    assert excess(Parts(mortgage=behind.mortgage), used).mortgage == yuan("300,000"), "drawn, and carried no longer"
    (due,) = selectors.due(on=JAN)
    assert (due.watch, due.lines) == (selectors.Watch.RANK, ("L1",))
    no = refused("P1", acts.Charge("L2", yuan("1")))
    assert no.code is Code.CHARGED_BEYOND_WORTH
    assert no.details["ranks_before_ours"] == yuan("600,000")
    assert selectors.would_carry("P1", on=JAN) == yuan("0"), "for an application it is worth nothing more"
    done("P1", acts.Senior(yuan("100,000")))  # who ranked before us has been paid, but for a rest
    assert (selectors.due(on=JAN), selectors.secured("L1", on=JAN).mortgage) == ([], yuan("900,000"))
    done("P1", acts.Senior(yuan("5,000,000")))
    assert selectors.secured("L1", on=JAN).mortgage == Money(0), "never below nothing"


def test_a_paper_is_kept_sealed_and_its_hash_is_checked_when_it_is_read() -> None:
    workshop("P1")
    content = "评估报告 P1".encode()
    firm = selectors.whose("P1", on=JAN)
    assert firm == BORROWER
    kept = {"firm": firm, "name": "report.pdf", "on": JAN, "by": "an officer"}
    sha256 = services.keep_paper(content, **kept)
    assert services.keep_paper(content, **kept) == sha256, "kept once"
    done("P1", acts.Value(yuan("1,000,000"), "a valuer", sha256))
    found = selectors.paper(sha256, by="an auditor")
    assert (found.content, found.name, found.firm) == (content, "report.pdf", BORROWER)
    assert [each.act for each in selectors.proved_by(sha256)] == ["value"]
    for wrong in (b"", bytes(20_000_001)):
        with pytest.raises(BadInput, match="is not kept"):
            services.keep_paper(wrong, **kept)
    with pytest.raises(BadInput, match="no paper"):
        selectors.paper("0" * 64, by="an auditor")
    with connection.cursor() as cursor:
        cursor.execute("select position(convert_to('评估', 'UTF8') in sealed) from mitigation_paper")
        assert cursor.fetchone() == (0,), "it does not lie in clear"
    with psycopg.connect(postgres.as_owner(postgres.url()), autocommit=True) as cursor:
        cursor.execute("alter table mitigation_paper disable trigger append_only")
        cursor.execute("update mitigation_paper set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)")
        cursor.execute("alter table mitigation_paper enable always trigger append_only")
    with pytest.raises(BadInput, match="altered"):
        selectors.paper(sha256, by="an auditor")


def test_the_job_of_the_night_is_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(services, "watch", lambda **told: asked.append(told))
    tasks.watch(0)
    assert asked == [{"on": days.today(), "by": "the scheduler"}]


def short(on: date) -> list[tuple[str, date, Money]]:
    return [(one.what.en, one.by, one.short) for one in selectors.due(on=on) if one.short]


def test_the_book_is_this_tests_own(book: Path) -> None:
    assert selectors.waiting() == []
    assert selectors.position(on=JAN).things == {}


def test_a_thing_that_another_has_replaced_carries_nothing_and_cannot_be_sold() -> None:
    for name in ("P1", "P2"):
        workshop(name)
    done("P1", acts.Charge("L1", yuan("900,000")))
    assert selectors.would_carry("P1", on=JAN) == yuan("100,000")
    done("P2", acts.Substitute("P1", "L1", yuan("900,000")))
    assert selectors.would_carry("P1", on=JAN) == yuan("1,000,000"), "it is free for another line"
    no = services.sell("P1", "L1", yuan("100,000"), request=RequestId("s"), by="an officer", on=JAN, at=days.now())
    assert isinstance(no, Refused) and no.code is Code.THING_UNKNOWN
