"""Whose business a firm is: every operation, every page and every verb about it, from another branch and as a stranger.

The firm has one of everything: an application that was decided, a case that waits, a line, a proposal, a thing offered
as security. What the role may do is walked elsewhere; here the role is right and the person is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import signature

import pytest
from calling import Caller, token
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from paper_lines import approval
from signed_in import visitor
from small_bank import ON, applied, noon, request

from puhui import days
from puhui.approval import selectors, services
from puhui.approval.states import Status
from puhui.cli import rights
from puhui.enterprises.models import ReviewCase
from puhui.governance import users
from puhui.governance.access import MAY, Act, Actor, Role
from puhui.ids import EnterpriseId, new_request
from puhui.lending import services as lending
from puhui.mitigation import acts
from puhui.mitigation import selectors as security
from puhui.mitigation import services as mitigation
from puhui.web import doors, subjects, urls
from puhui.web.api.routes import ACTS

AWAY, NEAR = "south", "north"
OF_THE_HOUSE = {
    "audit",
    "ledger",
    "ledger_accounts",
    "ledger_account",
    "ledger_act",
}  # the record and the books are whole
Known = Mapping[str, str]


@pytest.fixture(scope="module")
def firm(firms: list[EnterpriseId]) -> EnterpriseId:
    return next(each for each in firms if applied(each).status is Status.DECIDED)


@pytest.fixture(scope="module")
def known(firm: EnterpriseId) -> Known:
    """One of everything of a firm that the branch in the north looks after."""
    (application,) = selectors.applications(firm)
    case = services.ask_for_person(
        application.number, why="look again", by="owner", request=request(), on=ON, at=noon(ON)
    )
    opened = lending.open_facility(approval(firm=firm).signed(settings.SECRET_KEY), on=approval().opens_on, at=noon(ON))
    proposed = lending.propose_write_off(opened.facility, why="gone", by="clerk", request=request(), at=noon(ON))
    shop = acts.Register("commercial_property", firm, "a title")
    made = mitigation.propose("a shop", shop, on=ON, request=request(), by="an officer")
    mitigation.confirm(made.proposal, request=request(), by="a manager")
    doubt = ReviewCase.objects.create(kind="likely_same", enterprise=firm, probability=0.6, evidence={}, run="a test")
    users.place(firm, NEAR, by="a test", request=request(), at=days.now())
    assert security.position(on=ON, of=["a shop"]).things["a shop"].owner == firm
    return {
        "firm": firm, "code": firm, "application": application.number, "decision": str(case.decision),
        "case": str(case.number), "facility": str(opened.facility), "proposal": str(proposed.number), "thing": "a shop",
        "doubt": str(doubt.pk),
    }  # fmt: skip


def one_who_may(act: Act, *, staff: bool = True) -> Role | None:
    """A role that the table gives an act: of the bank's people, one whose eyes go furthest."""
    if not staff:
        return Role.BORROWER if Role.BORROWER in MAY[act] else None
    return next((role for role in sorted(MAY[act]) if role is not Role.BORROWER), None)


@pytest.mark.parametrize("near", [False, True], ids=["away", "near"])
def test_no_operation_reaches_a_firm_from_another_branch_or_for_a_stranger(known: Known, near: bool) -> None:
    callers: dict[Role, Caller] = {}
    walked = 0
    for (method, path), act in ACTS.items():
        named = re.findall(r"{(\w+)}", path)
        about = [name for name in named if name in subjects.SUBJECTS]
        at = re.sub(r"{(\w+)}", lambda found: known.get(found[1], "0"), path)
        for role in filter(None, (one_who_may(act), one_who_may(act, staff=False))):
            if near and (role is Role.BORROWER or method != "GET" or not about or at.endswith(("events", "variables"))):
                continue
            branch = NEAR if near and role is not Role.BORROWER else AWAY
            caller = callers.setdefault(role, Caller(token(role, branch=branch)))
            status, said = (caller.get if method == "GET" else caller.post)(at, **_body(path, known))
            if near:
                assert status not in (401, 403), f"{method} {path} as {role}: {said}"
            elif about and "of_firm" not in named:
                code = {"NOT_YOUR_FIRM"} if role is Role.BORROWER else {"OTHER_BRANCH"}
                assert (status, {said["code"]}) == (403, code), f"{method} {path} as {role}: {status} {said}"
            elif path.strip("/") not in OF_THE_HOUSE:
                assert known["firm"] not in str(said), f"{method} {path} as {role} tells of the firm"
            walked += bool(about)
    assert walked > (15 if near else 50)


def _body(path: str, known: Known) -> dict[str, object]:
    if path.endswith("{thing}/proposals"):
        return {"body": {"act": "perfect", "content": {"document": "ab" * 32}}}
    return {}


@pytest.mark.parametrize("staff", [True, False], ids=["another branch", "a stranger"])
def test_no_page_tells_of_a_firm_to_another_branch_or_a_stranger(known: Known, staff: bool) -> None:
    walked = set()
    for page in [(each.name, each.at) for each in urls.PAGES] + [(name, "") for name in urls.BESIDES]:
        name, at = page
        act = doors.NEEDS[name]
        role = one_who_may(act, staff=staff)
        if role is None or act is Act.VISIT or name in OF_THE_HOUSE:
            continue
        place = _address(name, known)
        if place is None:
            continue
        about = doors.ABOUT.get(name) or ("firm" if "<str:code>" in at else "")
        answer = visitor(role, branch=AWAY).get(place)
        assert known["firm"] not in answer.content.decode().replace(place, ""), f"{name} as {role} tells of the firm"
        if about:
            assert answer.status_code == 403, f"{name} ({place}) as {role}: {answer.status_code}"
            walked.add(name)
    assert len(walked) >= (15 if staff else 6), walked


def _address(name: str, known: Known) -> str | None:
    """Where a page about the firm lies, or a page about nothing of anybody's."""
    number = known.get(doors.ABOUT.get(name, ""), "1")
    for given in (
        {}, {"code": known["firm"]}, {"number": number}, {"number": number, "sha256": "0" * 64}, {"subject": "a shop"},
        {"case": number},
        {"code": known["firm"], "name": "tax_paid_12m"}, {"number": number, "sent": "x"},
    ):  # fmt: skip
        try:
            return reverse(name, kwargs=given)
        except NoReverseMatch:
            continue
    return None


def test_no_verb_reaches_a_firm_from_another_branch_or_for_a_stranger(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    from puhui.cli import verbs

    monkeypatch.setattr("puhui.postgres.open_book", lambda: None)  # the test's own book is open
    walked = 0
    for verb, info in rights._verbs(verbs.app):
        taken = signature(info.callback).parameters
        given = {name: known[name] for name in taken if name in known}
        if "case" in given and not verb.startswith("case "):
            continue  # a doubt about an identity, or a file
        for staff in (True, False):
            role = one_who_may(rights.NEEDS[verb], staff=staff)
            if role is None or not given:
                continue
            actor = Actor("somebody", frozenset({role}), AWAY)
            refused = rights.objection(verb, rights.Operator(actor), given)
            code = "OTHER_BRANCH" if staff else "NOT_YOUR_FIRM"
            assert refused is not None and refused.code == code, f"{verb} as {role}"
            near = Actor("somebody", frozenset({role}), NEAR, frozenset({EnterpriseId(known["firm"])}))
            assert rights.objection(verb, rights.Operator(near), given) is None, f"{verb} as {role}, of this firm"
            walked += 1
    assert walked > 30


def test_a_case_goes_to_who_has_the_skill_for_it(known: Known) -> None:
    case = selectors.case(int(known["case"]))
    other = next(each for each in users.Skill if each is not case.skill)
    ruling = {"approves": False, "why": "no filings"}
    for skills, status, code in (([other], 403, "LACKS_SKILL"), ([other, case.skill], 201, None)):
        name = f"approver.{NEAR}"
        caller = Caller(token(Role.APPROVER, branch=NEAR))
        users.change_user(name, skills=skills, by="an administrator")
        listed = [each["number"] for each in caller.get("/cases")[1]["items"]]
        assert (case.number in listed) == (case.skill in skills)
        answer = caller.post(f"/cases/{case.number}/ruling", ruling, key=new_request())
        assert (answer[0], answer[1].get("code")) == (status, code)
