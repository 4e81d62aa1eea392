"""The API: tokens, the table, keys, problems, pages, and the money on a line."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from calling import ROOT, Caller, token
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from paper_lines import approval
from signed_in import user

from puhui import dated, days
from puhui.governance import access, tokens, users
from puhui.governance import selectors as governance_selectors
from puhui.governance import services as governance
from puhui.governance.access import MAY, Act, Actor, Role, objection
from puhui.governance.models import Control
from puhui.governance.proposals import Matter, Proposal
from puhui.governance.tokens import SCOPES, Scope
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.lending import services as lending
from puhui.lending.acts.acting import Acted
from puhui.lending.models import LoanRow
from puhui.money import Money
from puhui.simulator.bank import Bank, open_bank
from puhui.simulator.offices import identity, open_office
from puhui.web.api.routes import ACTS, api

pytestmark = pytest.mark.usefixtures("module_book")
FIRM = "E1"
SALES = """企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态
E9,1,2019/1/2,B1,100,13,113,有效发票
E9,2,2019/13/2,B1,1,1,2,有效发票
"""


def line(firm: str) -> int:
    """An open line of a firm."""
    today = days.today()
    granted = replace(approval(firm=firm), opens_on=today, matures_on=today + timedelta(days=365))
    opened = lending.open_facility(granted.signed(settings.SECRET_KEY), on=today, at=days.now())
    assert isinstance(opened, Acted)
    return int(opened.facility)


@pytest.fixture(scope="module")
def facility(module_book: object) -> int:
    return line(FIRM)


@pytest.fixture(scope="module")
def walked(module_book: object) -> int:
    """A line to be walked over: somebody may close it."""
    return line("E2")


@pytest.fixture
def bank() -> Iterator[Bank]:
    with open_bank() as opened, override_settings(OUTSIDE={"bank": f"http://127.0.0.1:{opened.server_address[1]}"}):
        yield opened


def filled(path: str, facility: int) -> str:
    known = {"firm": "E2", "of_firm": "E2", "facility": str(facility), "channel": "vat_invoices", "number": "99999"}
    return re.sub(r"{(\w+)}", lambda found: known.get(found[1], "0"), path)


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_a_role_calls_what_the_table_gives_it(role: Role | None, walked: int) -> None:
    caller = Caller(token(role, firms=["E2"] if role is Role.BORROWER else ())) if role else Caller()
    for (method, path), act in ACTS.items():
        call = caller.get if method == "GET" else caller.post
        status, said = call(filled(path, walked))
        stopped = status in {401, 403} and said["code"] in {"NOT_SIGNED_IN", "NOT_ALLOWED"}
        assert stopped != (role in MAY[act]), f"{method} {path} as {role}: {status} {said}"
        assert status < 500 or said["code"] == "NOT_READY"
        if role is None:
            assert (status, said["code"]) == (401, "NOT_SIGNED_IN")


def test_a_scope_bounds_a_token_and_a_token_bounds_the_tokens_it_makes(facility: int) -> None:
    reads = Caller(token(Role.RELATIONSHIP_MANAGER, scopes=[Scope.READ]))
    assert reads.get(f"/facilities/{facility}")[0] == 200
    status, said = reads.post(f"/facilities/{facility}/freezing", {"why": "a doubt"})
    assert (status, said["code"]) == (403, "OUT_OF_SCOPE")
    admin = Caller(token(Role.ADMINISTRATOR, scopes=[Scope.MANAGE]))
    status, said = admin.post("/tokens", {"label": "more", "scopes": ["money"], "days": 1})
    assert (status, said["code"]) == (403, "OUT_OF_SCOPE")
    key = new_request()
    status, first = admin.post("/tokens", {"label": "less", "scopes": ["manage"], "days": 1}, key=key)
    again = admin.post("/tokens", {"label": "less", "scopes": ["manage"], "days": 1}, key=key)[1]
    assert first["token"].startswith("puhui_") and again == first | {"token": ""}, "shown once"
    made = Caller(first["token"])
    assert made.get("/tokens")[0] == 200
    assert admin.post(f"/tokens/{first['number']}/revocation")[1] == {"ended": True}
    assert made.get("/tokens")[0] == 401


def test_a_token_ends_and_what_is_kept_of_it_cannot_be_used() -> None:
    at = days.now()
    made = tokens.issue(
        user(Role.ANALYST).name, label="", scopes=[Scope.READ], lasts=timedelta(hours=1), at=at, by="a test"
    )
    assert isinstance(made, tokens.Issued)
    assert tokens.bearer(made.token, at=at) and not tokens.bearer(made.token, at=at + timedelta(hours=1))
    kept = tokens.of_user("analyst")[0]
    assert made.token not in repr(tokens.Token.objects.get(pk=kept.number).__dict__)
    for wrong in ({"scopes": []}, {"lasts": timedelta(0)}, {"lasts": timedelta(days=400)}, {"name": "nobody-such"}):
        given = {"name": "analyst", "label": "", "scopes": [Scope.READ], "lasts": timedelta(1), "at": at, "by": "x"}
        given |= wrong
        with pytest.raises(users.BadInput):
            tokens.issue(given.pop("name"), **given)


def test_every_act_but_a_visit_is_in_one_scope_at_least_and_every_operation_in_the_table() -> None:
    assert frozenset().union(*(acts for _, acts in SCOPES.values())) == set(Act) - {Act.VISIT}
    assert set(ACTS.values()) <= set(MAY)


def test_a_line_is_drawn_and_repaid_once_however_often_it_is_asked(facility: int, bank: Bank) -> None:
    owner, key = Caller(token(Role.BORROWER, firms=[FIRM])), new_request()
    assert [each["facility"] for each in owner.get(f"/firms/{FIRM}/facilities")[1]] == [facility]
    asked = {"amount_fen": 1_000_00, "purpose": "stock", "payee": "a supplier"}
    status, drawn = owner.post(f"/facilities/{facility}/draws", asked, key=key)
    assert (status, drawn["facts"]["status"]) == (201, "active")
    assert owner.post(f"/facilities/{facility}/draws", asked, key=key) == (201, drawn)
    assert bank.paid_fen == 1_000_00
    other = owner.post(f"/facilities/{facility}/draws", asked | {"amount_fen": 1}, key=key)
    assert (other[0], other[1]["code"]) == (409, "REQUEST_HAS_OTHER_CONTENT")
    beyond = owner.post(f"/facilities/{facility}/draws", asked | {"amount_fen": 10**12})
    assert (beyond[0], beyond[1]["code"], beyond[1]["facts"]["available"]) == (422, "ABOVE_AVAILABLE", 499_000_00)
    assert owner.get(f"/facilities/{facility}/quote")[1]["total"] == 1_000_00
    assert owner.post(f"/facilities/{facility}/repayments", {"amount_fen": 1_000_00})[0] == 201
    assert [each["act"] for each in owner.get(f"/facilities/{facility}/statement")[1]["items"]] == ["draw", "repay"]
    stranger = Caller(token(Role.BORROWER, branch="of-another-street"))
    status, said = stranger.post(f"/facilities/{facility}/draws", asked)
    assert (status, said["code"]) == (403, "NOT_YOUR_FIRM")


def test_another_branch_does_not_reach_the_firm(facility: int) -> None:
    users.place(EnterpriseId(FIRM), "north", by="a test", request=RequestId("placed"), at=days.now())
    for branch, status in (("north", 200), ("south", 403), ("", 200)):
        caller = Caller(token(Role.RELATIONSHIP_MANAGER, branch=branch))
        assert caller.get(f"/facilities/{facility}")[0] == status
        assert caller.get(f"/firms/{FIRM}/consents")[0] == status


def test_a_proposal_is_judged_by_another_person_with_the_right() -> None:
    made = governance.propose(
        Matter.MODEL, "m", before={}, after={"v": 2}, why="w", by="analyst", request=RequestId("pm"), at=days.now()
    )
    assert isinstance(made, Proposal)
    waiting = Caller(token(Role.RISK_MANAGER)).get("/proposals", kind="model")[1]
    assert [(each["number"], each["after"]) for each in waiting["items"]] == [(made.number, {"v": 2})]
    verdict = {"agrees": True, "why": "tested"}
    for role, status, code in (
        (Role.PRODUCT_MANAGER, 403, "NOT_ALLOWED"),
        (Role.RISK_MANAGER, 201, None),
        (Role.RISK_MANAGER, 409, "ALREADY_JUDGED"),
    ):
        found = Caller(token(role)).post(f"/proposals/{made.number}/verdict", verdict)
        assert (found[0], found[1].get("code")) == (status, code)
    assert Caller(token(Role.RISK_MANAGER)).post("/proposals/99999/verdict", verdict)[0] == 400


def test_a_write_off_is_agreed_to_within_an_authority_by_amount_and_by_branch() -> None:
    number, officer = line("E5"), Caller(token(Role.RELATIONSHIP_MANAGER))
    with open_bank() as paying, override_settings(OUTSIDE={"bank": f"http://127.0.0.1:{paying.server_address[1]}"}):
        owner = Caller(token(Role.BORROWER, firms=["E5"]))
        asked = {"amount_fen": 400_000_00, "purpose": "stock", "payee": "a supplier"}
        assert owner.post(f"/facilities/{number}/draws", asked)[0] == 201
    proposed = officer.post(f"/facilities/{number}/write-off-proposals", {"why": "the firm is gone"})
    assert proposed[0] == 201, proposed
    made, yes = proposed[1]["number"], {"agrees": True, "why": "seen"}
    least = dated.load(access.AUTHORITY, on=days.today()).whole("approve_write_off.approver")
    assert governance_selectors.proposal(made).amount == Money(400_000_00) < Money(least * 100)
    early = officer.post(f"/facilities/{number}/write-off", {"proposal": made})
    assert (early[0], early[1]["code"]) == (422, "NOT_AGREED")
    users.place(EnterpriseId("E5"), "north", by="a test", request=RequestId("placed-5"), at=days.now())
    away = Caller(token(Role.APPROVER, branch="south")).post(f"/proposals/{made}/verdict", yes)
    assert (away[0], away[1]["code"]) == (403, "OTHER_BRANCH")
    assert Caller(token(Role.APPROVER)).post(f"/proposals/{made}/verdict", yes)[0] == 201
    assert officer.post(f"/facilities/{number}/write-off", {"proposal": made})[1]["facts"]["fen"] >= 400_000_00
    assert officer.post(f"/facilities/{number}/recoveries", {"amount_fen": 100})[0] == 201
    much = governance.propose(
        Matter.OVERRIDE, "case 1", before={}, after={"limit_fen": 4_000_000_00, "rate_bp": 500}, why="w", by="risk",
        request=RequestId("much"), at=days.now(),
    )  # fmt: skip
    assert isinstance(much, Proposal) and much.amount == Money(4_000_000_00)
    refused = objection(
        Actor("a", frozenset({Role.APPROVER})), Act.APPROVE_OVERRIDE, amount=much.amount, on=days.today()
    )
    assert refused is not None and refused.code == "ABOVE_AUTHORITY"


def test_lists_come_in_pages_that_miss_nothing_and_repeat_nothing() -> None:
    auditor = Caller(token(Role.AUDITOR))
    seen, cursor = [], ""
    while True:
        told = auditor.get("/audit", limit="3", after=cursor)[1]
        assert 1 <= len(told["items"]) <= 3
        seen += [each["number"] for each in told["items"]]
        cursor = told["next"]
        if not cursor:
            break
    assert seen == list(range(1, len(seen) + 1)) and len(seen) > 6
    assert auditor.get("/audit", after="nonsense")[1]["code"] == "BAD_INPUT"
    assert auditor.post("/audit/verification")[1]["holds"]


def test_a_problem_says_the_rule_in_the_callers_language_and_what_to_do(facility: int) -> None:
    owner = Caller(token(Role.BORROWER, firms=[FIRM]))
    answer = owner.client.post(
        f"{ROOT}/facilities/{facility}/repayments",
        {"amount_fen": 10**9},
        content_type="application/json",
        headers=owner.headers | {"Idempotency-Key": "z", "Accept-Language": "zh-CN"},
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["title"]) == (422, "还款金额超过应还金额")
    assert answer.json()["type"] == "urn:puhui:problem:above-owed"
    for body, headers in (({}, {}), ({"amount_fen": -1}, {}), ({"amount_fen": 1}, {"Idempotency-Key": "\t"})):
        status, said = owner.post(f"/facilities/{facility}/repayments", body, **headers)
        assert (status, said["code"]) == (400, "BAD_INPUT") and said["errors"]
    assert Caller().client.get(f"{ROOT}/me").headers["WWW-Authenticate"] == 'Bearer realm="puhui"'
    no_bank = owner.post(f"/facilities/{facility}/draws", {"amount_fen": 1, "purpose": "p", "payee": "x"})
    assert (no_bank[0], no_bank[1]["code"]) == (503, "NOT_READY") and "PUHUI_BANK_URL" in no_bank[1]["then"]


def test_a_borrower_reaches_a_firm_once_the_identity_service_confirms_it() -> None:
    owner = Caller(token(Role.BORROWER, branch="the-new-street"))
    claim = {"person": "the representative", "identity_number": "110101199003078515"}
    with open_office(identity({"E7": "110101199003078515"})) as office:
        with override_settings(OUTSIDE={"identity": office.url}, PATIENCE_S=0.5):
            no = owner.post("/controls/E8", claim)
            late = owner.post("/controls/E7", claim | {"person": "silent"}, key="asked-again")
            still = owner.post("/controls/E7", claim | {"person": "nonsense"})
            timed_out = owner.post("/controls/E7", claim | {"person": "late but right"}, key="late")
            assert owner.post("/controls/E7", claim | {"person": "late but right"}, key="late") == timed_out
            assert owner.get("/firms/E7/facilities")[0] == 403
            proven = owner.post("/controls/E7", claim, key="k")
            assert owner.post("/controls/E7", claim, key="k") == proven
        assert len(office.answers) == 5, "under one key it is one question, however often it times out"
    assert (no[0], no[1]["code"]) == (422, "CONTROL_NOT_PROVEN")
    assert [(each[0], each[1]["code"]) for each in (late, still, timed_out)] == [(503, "IDENTITY_SERVICE_SILENT")] * 3
    assert proven[0] == 201 and owner.get("/firms/E7/facilities") == (200, [])
    kept = repr(governance_selectors.latest(50)) + repr(list(Control.objects.values()))
    assert "110101199003078515" not in kept, "what is told of a person is kept nowhere"


def test_too_many_calls_are_told_to_wait() -> None:
    caller = Caller(token(Role.ANALYST))
    with override_settings(CALLS_A_MINUTE=2):
        answers = [caller.client.get(f"{ROOT}/me", headers=caller.headers) for _ in range(6)]
    late = answers[-1]
    assert late.status_code == 429 and 0 < int(late.headers["Retry-After"]) <= 60
    assert Caller(token(Role.ANALYST)).get("/me")[0] == 200, "another token has its own count"


def test_a_file_is_delivered_and_its_quarantine_read() -> None:
    analyst = Caller(token(Role.ANALYST))
    key = new_request()
    told = []
    for _ in range(2):
        file = SimpleUploadedFile("sales_invoices.csv", SALES.encode())
        answer = analyst.client.post(
            f"{ROOT}/channels/vat_invoices/deliveries?source=office",
            {"file": file},
            headers=analyst.headers | {"Idempotency-Key": key},
        )
        told.append((answer.status_code, answer.json()))
    assert told[0][0] == 201 and (told[0][1]["accepted"], told[0][1]["quarantined"]) == (1, 1)
    delivery = told[0][1]["delivery"]
    assert analyst.get("/channels/vat_invoices/deliveries")[1]["items"][0]["delivery"] == delivery
    rows = analyst.get(f"/deliveries/{delivery}/quarantine")[1]["items"]
    assert len(rows) == 1 and rows[0]["reasons"] and rows[0]["raw"] is None, "no consent, so no row is shown"


def test_accounts_with_skills_and_branches_are_kept_over_the_api() -> None:
    admin, key = Caller(token(Role.ADMINISTRATOR)), new_request()
    asked = {"name": "ming", "email": "ming@example.org", "role": "approver", "branch": "north"}
    status, said = admin.post("/users", asked)
    assert (status, said["code"]) == (400, "BAD_INPUT") and "skill" in said["detail"]
    status, made = admin.post("/users", asked | {"skills": ["fraud", "credit"]}, key=key)
    assert (status, made["skills"]) == (201, ["credit", "fraud"]) and len(made["password"]) > 12
    assert admin.post("/users", asked | {"skills": ["fraud", "credit"]}, key=key)[1] == made | {"password": ""}
    assert admin.post("/users/ming/change", {"skills": ["property"]})[1]["skills"] == ["property"]
    assert admin.post("/users/ming/change", {"active": False})[1]["skills"] == ["property"]
    assert admin.post("/users/administrator/change", {"active": False})[0] == 400, "nobody changes one's own"
    seen, cursor = [], ""
    while cursor or not seen:
        told = admin.get("/users", limit="2", after=cursor)[1]
        seen, cursor = [*seen, *told["items"]], told["next"]
    assert [each["name"] for each in seen] == sorted(each.name for each, _ in users.listed())
    assert next(each for each in seen if each["name"] == "ming")["active"] is False
    assert admin.post("/firms/E77/branch", {"branch": "north"})[1] == {"branch": "north"}
    assert users.branch_of(EnterpriseId("E77")) == "north"


def test_a_line_is_held_and_its_papers_are_given_out_over_the_api(facility: int, bank: Bank) -> None:
    owner, officer = Caller(token(Role.BORROWER, firms=[FIRM])), Caller(token(Role.RELATIONSHIP_MANAGER))
    hold, asked = {"reference": "case 7", "why": "a doubt"}, {"amount_fen": 100, "purpose": "p", "payee": "x"}
    assert officer.post(f"/firms/{FIRM}/draw-holds", hold)[1]["holds"] == 1
    assert owner.post(f"/facilities/{facility}/draws", asked)[1]["code"] == "ON_HOLD"
    assert officer.post(f"/firms/{FIRM}/draw-holds/lifting", hold)[1]["holds"] == 1
    status, drawn = owner.post(f"/facilities/{facility}/draws", asked, key="paper")
    assert status == 201, drawn
    ahead = owner.get(f"/facilities/{facility}/instalments")[1]
    assert sum(each["principal"] for each in ahead if each["loan"] == drawn["facts"]["loan"]) == 100
    paper = owner.get(f"/facilities/{facility}/papers/instalments", form="csv")[1]
    content = base64.b64decode(paper["content_base64"])
    assert hashlib.sha256(content).hexdigest() == paper["sha256"] and paper["media"].startswith("text/csv")
    entry = owner.get(f"/facilities/{facility}/statement")[1]["items"][-1]
    sent = LoanRow.objects.get(pk=drawn["facts"]["loan"]).request
    confirmation = owner.get("/receipts", request=sent)[1]
    assert entry["act"] == "draw" and base64.b64decode(confirmation["content_base64"]).startswith(b"%PDF")
    stranger = Caller(token(Role.BORROWER, branch="of-another-street"))
    assert stranger.get("/receipts", request=sent)[1]["code"] == "NOT_YOUR_FIRM"
    lost = owner.post(f"/facilities/{facility}/draws", asked | {"payee": "silent"}, key="lost")[1]["facts"]
    under_way = owner.get("/receipts", request=LoanRow.objects.get(pk=lost["loan"]).request)
    assert (under_way[0], under_way[1]["code"]) == (409, "PAYMENT_UNDER_WAY")
    assert owner.get(f"/firms/{FIRM}/messages") == (200, {"items": [], "next": ""})
    assert owner.post(f"/facilities/{facility}/repayments", {"amount_fen": 100})[0] == 201


def test_a_quarantined_row_is_mended_and_sources_are_told_over_the_api() -> None:
    analyst = Caller(token(Role.ANALYST))
    broken = SALES.replace("E9,1,2019/1/2", "E9,7,2019/1/2").replace("E9,2,", "E9,8,")
    answer = analyst.client.post(
        f"{ROOT}/channels/vat_invoices/deliveries?source=desk",
        {"file": SimpleUploadedFile("sales_invoices.csv", broken.encode())},
        headers=analyst.headers | {"Idempotency-Key": new_request()},
    )
    delivery = answer.json()["delivery"]
    (row,) = analyst.get(f"/deliveries/{delivery}/quarantine")[1]["items"]
    still = analyst.post(f"/quarantine/{row['id']}/mending", {"changes": {"开票日期": "2019/14/2"}})
    assert (still[0], still[1]["code"]) == (422, "STILL_BROKEN")
    changes = {"开票日期": "2019/12/2", "金额": "1", "税额": "1", "价税合计": "2"}
    mended = analyst.post(f"/quarantine/{row['id']}/mending", {"changes": changes}, key="mend")
    assert mended[0] == 201 and mended[1]["accepted"] == 1, mended
    assert analyst.post(f"/quarantine/{row['id']}/mending", {"changes": changes}, key="mend") == mended
    assert analyst.get("/sources") == (200, []) and analyst.get("/doubts") == (200, [])
    assert analyst.post("/sources/nowhere/pull", {})[1]["code"] == "BAD_INPUT"


def test_every_write_asks_for_a_key_but_what_only_computes() -> None:
    for path, methods in api.get_openapi_schema(path_prefix="/")["paths"].items():
        for method, described in methods.items():
            asks = any(each["name"] == "Idempotency-Key" for each in described.get("parameters", []))
            assert asks == (method == "post" and path not in {"/schedules", "/audit/verification"}), (method, path)
