"""The whole life over HTTP: apply, consent, decide, agree, draw, repay, close; and what stops on the way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from calling import ROOT, Caller, token
from django.db import connections
from django.test import override_settings
from receiver import open_receiver
from signed_in import user
from small_bank import ON

from puhui import days
from puhui.governance.access import Role
from puhui.ids import EnterpriseId
from puhui.simulator.bank import Bank, open_bank
from puhui.simulator.offices import Office, identity, open_office, signing
from puhui.web import hooks
from puhui.web.api import progress

CLAIM = {"person": "the representative", "identity_number": "110101199003078515"}


@pytest.fixture
def outside() -> Iterator[tuple[Office, Bank]]:
    """The identity office, the signing office and the bank; time is played."""
    with open_office(identity()) as people, open_office(signing) as signatures, open_bank() as bank:
        at = {"identity": people.url, "signing": signatures.url, "bank": f"http://127.0.0.1:{bank.server_address[1]}"}
        with override_settings(OUTSIDE=at, PLAYED=True, PATIENCE_S=1):
            yield signatures, bank


class Owner(Caller):
    """A borrower whose calls happen on the small bank's day."""

    def __init__(self, role: Role = Role.BORROWER, **kind: object) -> None:
        super().__init__(token(role, **kind))
        self.headers |= {"Business-Date": ON.isoformat()}


def applied(owner: Owner, firm: EnterpriseId) -> dict:
    """An application taken as far as it goes by itself."""
    begun = owner.post(f"/firms/{firm}/applications", {"product": "tax_credit"})
    assert begun[0] == 201, begun
    number = begun[1]["number"]
    assert owner.post(f"/applications/{number}/consent", {"evidence": "pressed the button"})[1]["status"] == "consented"
    return owner.post(f"/applications/{number}/advance")[1]


def first_offered(owner: Owner, firms: list[EnterpriseId]) -> tuple[EnterpriseId, dict]:
    for firm in firms:
        owner.post(f"/controls/{firm}", CLAIM)
        if (found := applied(owner, firm))["status"] == "offered":
            return firm, found
    raise AssertionError("nobody was offered anything")


def test_a_firm_lives_its_whole_credit_over_http(firms: list[EnterpriseId], outside: tuple[Office, Bank]) -> None:
    signatures, bank = outside
    owner = Owner(branch="of-the-story")
    assert owner.post(f"/firms/{firms[0]}/applications", {"product": "tax_credit"})[1]["code"] == "NOT_YOUR_FIRM"
    firm, found = first_offered(owner, firms)
    number = found["number"]

    told = owner.client.get(f"{ROOT}/applications/{number}/events", headers=owner.headers)
    assert told.headers["Content-Type"] == "text/event-stream"
    events = iter(told.streaming_content)
    texts = [next(events).decode() for _ in range(6)]
    told.close()
    assert [json.loads(text.split("data: ")[1])["status"] for text in texts[1:]] == [
        "drafted", "consented", "pulling", "decided", "offered",
    ]  # fmt: skip
    again = owner.client.get(f"{ROOT}/applications/{number}/events", headers=owner.headers | {"Last-Event-ID": "3"})
    assert "offered" in [next(again.streaming_content).decode() for _ in range(2)][1]
    again.close()

    decision = owner.get(f"/decisions/{owner.get(f'/applications/{number}/steps')[1][3]['facts']['decision']}")[1]
    assert decision["outcome"] == "approved" and decision["limit_fen"] > 0
    offer = owner.get(f"/applications/{number}/offer")[1]
    contract = owner.get(f"/applications/{number}/contracts/{offer['contracts']['en']}")[1]
    assert base64.b64decode(contract["pdf_base64"]).startswith(b"%PDF")
    agreement = {"contract_sha256": offer["contracts"]["en"], "way": offer["ways"][0]}
    opened = owner.post(f"/applications/{number}/agreement", agreement, key="agree")
    assert opened[0] == 201 and owner.post(f"/applications/{number}/agreement", agreement, key="agree") == opened
    assert len(signatures.answers) == 1, "a double click signs once"
    line = f"/facilities/{opened[1]['facility']}"
    assert owner.post(f"{line}/draws", {"amount_fen": 10_000, "purpose": "stock", "payee": "a supplier"})[0] == 201
    assert bank.paid_fen == 10_000
    assert owner.post(f"{line}/closing")[1]["code"] == "STILL_OWED"
    assert owner.post(f"{line}/repayments", {"amount_fen": 10_000})[0] == 201
    assert owner.post(f"{line}/closing")[0] == 201
    assert owner.get(line)[1]["status"] == "closed"
    assert owner.get(f"/firms/{firm}/applications")[1]["items"][0]["status"] == "opened"

    auditor = Owner(Role.AUDITOR)
    assert auditor.get(f"/decisions/{decision['number']}/replay")[1]["same"]
    assert auditor.get(f"/decisions/{decision['number']}/evidence")[1]["inputs"]
    for stranger in (Owner(branch="another-street"), Owner(Role.RELATIONSHIP_MANAGER, branch="north")):
        assert stranger.get(f"/applications/{number}")[0] == 403
        assert stranger.get(f"/decisions/{decision['number']}")[0] == 403


def test_every_step_is_told_to_who_asked_again_after_a_failure_and_once_more_on_a_replay(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    owner, admin = Owner(branch="of-the-told-story"), Caller(token(Role.ADMINISTRATOR))
    owner.post(f"/controls/{firms[1]}", CLAIM)
    with open_receiver() as receiver:
        hook = admin.post("/webhooks", {"url": receiver.url, "kinds": ["application.changed"]})[1]
        number = applied(owner, firms[1])["number"]
        owner.post(f"/applications/{number}/withdrawal", {"why": "only looking"})
        receiver.answers = 503
        hooks.gather(at=days.now())
        assert hooks.send_due(at=days.now()) == 0
        failed = receiver.told(hook["secret"])
        receiver.answers = 204
        hooks.send_due(at=days.now() + hooks.AGAIN[0])
        told = receiver.told(hook["secret"])[len(failed) :]
        steps = [step["status"] for step in owner.get(f"/applications/{number}/steps")[1]]
        assert [each["data"]["status"] for each in told] == steps and len(steps) >= 5
        assert {each["data"]["subject"] for each in told} == {number} and told == failed
        sent = admin.get(f"/webhooks/{hook['number']}/messages")[1]["items"]
        assert {(each["state"], each["tries"]) for each in sent} == {("delivered", 2)}
        assert admin.post(f"/webhooks/messages/{sent[-1]['number']}/replay")[1] == {"done": True}
        hooks.gather(at=days.now())
        assert hooks.send_due(at=days.now()) == 1, "what was told is told again, and nothing else"
        assert receiver.told(hook["secret"])[-1] == told[-1] and receiver.got[-1][0]["webhook-id"] == sent[-1]["name"]
        admin.post(f"/webhooks/{hook['number']}/end")


def test_an_owner_consents_channel_by_channel_and_what_is_needed_is_named(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    owner = Owner(branch="of-a-careful-story")
    owner.post(f"/controls/{firms[2]}", CLAIM)
    number = owner.post(f"/firms/{firms[2]}/applications", {"product": "tax_credit"})[1]["number"]
    asked = owner.get(f"/applications/{number}/consent")[1]
    needed = [each["channel"] for each in asked if each["needed"]]
    assert needed and len(needed) < len(asked)
    said = {"evidence": "pressed the button"}
    least = owner.post(f"/applications/{number}/consent", said | {"channels": needed[1:]})
    assert (least[0], least[1]["code"], least[1]["facts"]["channels"]) == (422, "CONSENT_NEEDED", needed[0])
    strange = owner.post(f"/applications/{number}/consent", said | {"channels": [*needed, "palmistry"]})
    assert (strange[0], strange[1]["code"]) == (400, "BAD_INPUT")
    assert owner.get(f"/applications/{number}")[1]["status"] == "drafted", "nothing was granted, and nothing is lost"
    given = owner.post(f"/applications/{number}/consent", said | {"channels": needed})[1]
    assert given["facts"]["channels"] == needed and set(given["facts"]["refused"]) == {
        each["channel"] for each in asked if not each["needed"]
    }
    owner.post(f"/applications/{number}/advance")
    decision = owner.get(f"/applications/{number}/steps")[1][3]["facts"]["decision"]
    channels = Owner(Role.AUDITOR).get(f"/decisions/{decision}/evidence")[1]["inputs"]["channels"]
    assert {name for name, of in channels.items() if of["refused"] == "NO_CONSENT"} == set(given["facts"]["refused"])


def test_a_silent_signing_service_signs_nothing_and_is_asked_again(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    user(Role.BORROWER, "silent")
    owner = Owner(branch="of-another-story")
    _, found = first_offered(owner, firms[::-1])
    number = found["number"]
    offer = owner.get(f"/applications/{number}/offer")[1]
    agreement = {"contract_sha256": offer["contracts"]["en"], "way": offer["ways"][0]}
    with override_settings(OUTSIDE={"signing": "http://127.0.0.1:9"}):
        silent = owner.post(f"/applications/{number}/agreement", agreement, key="once")
    assert (silent[0], silent[1]["code"]) == (503, "SIGNING_SERVICE_SILENT")
    assert owner.get(f"/applications/{number}")[1]["status"] == "offered"
    assert owner.post(f"/applications/{number}/agreement", agreement, key="once")[0] == 201


def test_two_tabs_agree_at_the_same_moment_and_open_one_line(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    owner = Owner(branch="of-two-tabs")
    firm, found = first_offered(owner, firms[3:])
    at, offer = f"/applications/{found['number']}", owner.get(f"/applications/{found['number']}/offer")[1]
    agreement = {"contract_sha256": offer["contracts"]["zh"], "way": offer["ways"][0]}

    def press(tab: int) -> tuple[int, dict]:
        try:
            return owner.post(f"{at}/agreement", agreement, key=f"tab-{tab}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as tabs:
        answers = list(tabs.map(press, range(3)))
    assert {status for status, _ in answers} == {201}, answers
    assert len({said["facility"] for _, said in answers}) == 1
    assert len(owner.get(f"/firms/{firm}/facilities")[1]) == 1
    assert [each["status"] for each in owner.get(f"{at}/steps")[1]][-2:] == ["agreed", "opened"]


def test_an_offer_that_cannot_be_agreed_to_is_not_signed(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    signatures, _ = outside
    owner = Owner(branch="of-a-late-story")
    _, found = first_offered(owner, firms[::-1])
    offer = owner.get(f"/applications/{found['number']}/offer")[1]
    late = {"Business-Date": (date.fromisoformat(offer["expires_on"]) + timedelta(days=1)).isoformat()}
    for contract, headers, code in (
        (offer["contracts"]["en"], late, "OFFER_EXPIRED"),
        ("0" * 64, {}, "CONTRACT_IS_ANOTHER"),
    ):
        agreement = {"contract_sha256": contract, "way": offer["ways"][0]}
        refused = owner.post(f"/applications/{found['number']}/agreement", agreement, **headers)
        assert refused[1]["code"] == code
    assert not signatures.answers, "nothing was signed that could not be agreed to"


def test_a_case_is_ruled_on_within_an_authority(firms: list[EnterpriseId], outside: tuple[Office, Bank]) -> None:
    owner, approver = Owner(branch="of-a-third-story"), Owner(Role.APPROVER)
    firm = firms[len(firms) // 2]
    owner.post(f"/controls/{firm}", CLAIM)
    found = applied(owner, firm)
    if found["status"] == "offered":
        owner.post(f"/applications/{found['number']}/withdrawal", {"why": "only looking"})
        pytest.skip("this firm was offered a line") if not (cases := approver.get("/cases")[1]["items"]) else None
    else:
        owner.post(f"/applications/{found['number']}/person", {"why": "the filings are late, not missing"})
        cases = approver.get("/cases")[1]["items"]
    case = cases[-1]["number"]
    much = {"approves": True, "limit_fen": 4_000_000_00, "rate_bp": 600, "why": "known for years"}
    beyond = approver.post(f"/cases/{case}/ruling", much)
    assert (beyond[0], beyond[1]["code"]) == (403, "ABOVE_AUTHORITY")
    assert owner.post(f"/cases/{case}/ruling", much)[1]["code"] == "NOT_ALLOWED"
    assert approver.post(f"/cases/{case}/ruling", {"approves": False, "why": "no filings"})[0] == 201


def test_few_streams_run_at_once_and_each_gives_its_place_back(
    firms: list[EnterpriseId], outside: tuple[Office, Bank]
) -> None:
    owner = Owner(branch="of-the-story")
    owner.post(f"/controls/{firms[0]}", CLAIM)
    number = owner.get(f"/firms/{firms[0]}/applications")[1]["items"][0]["number"]
    call = f"{ROOT}/applications/{number}/events"
    streams = [owner.client.get(call, headers=owner.headers) for _ in range(progress.AT_ONCE)]
    assert owner.client.get(call, headers=owner.headers).status_code == 429
    for stream in streams:
        stream.close()
    last = owner.client.get(call, headers=owner.headers)
    assert last.status_code == 200
    last.close()
