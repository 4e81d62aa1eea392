"""What happens is told to who asked, over real HTTP: signed, once, again after a failure, and never for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from calling import Caller, token
from django.test import override_settings
from paper_lines import OPENED, Line
from receiver import Receiver, open_receiver
from standardwebhooks import Webhook, WebhookVerificationError

from puhui import days
from puhui.governance import services as governance
from puhui.governance.access import Role
from puhui.governance.proposals import Matter
from puhui.ids import new_request
from puhui.refusals import BadInput
from puhui.web import hooks
from puhui.web.models import Message

pytestmark = pytest.mark.usefixtures("book")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as server:
        yield server


def happen() -> None:
    governance.propose(
        Matter.MODEL, "m", before={}, after={}, why="w", by="an analyst", request=new_request(), at=days.now()
    )


def work(at: datetime) -> None:
    hooks.gather(at=at)
    hooks.send_due(at=at)


def test_what_happens_is_told_once_signed_and_to_who_asked_for_it(receiver: Receiver) -> None:
    happen()
    made = hooks.add("administrator", receiver.url, [hooks.Kind.PROPOSED], at=days.now())
    hooks.add("administrator", receiver.url + "&other", [hooks.Kind.CONSENT_GIVEN], at=days.now())
    happen()
    for _ in range(2):
        work(days.now())
    (said,) = receiver.told(made.secret)
    assert (said["type"], said["data"]["subject"]) == ("proposal.made", "model m"), "what was before is not told"
    headers, body = receiver.got[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body.replace(b"model m", b"model n"), headers)
    assert made.secret not in repr(hooks.Hook.objects.values())


def test_acts_on_lines_are_told_with_their_facts(receiver: Receiver) -> None:
    line = Line()
    line.draw("1000", OPENED)
    made = hooks.add("administrator", receiver.url, [hooks.Kind.LINE], at=days.now())
    line.repay("1000", OPENED)
    for _ in range(2):
        work(days.now())
    (said,) = receiver.told(made.secret)
    assert (said["data"]["act"], said["data"]["facts"]["principal"]) == ("repay", 1_000_00)


def test_a_receiver_that_fails_is_told_again_under_the_same_name_and_then_the_message_is_dead(
    receiver: Receiver,
) -> None:
    made = hooks.add("administrator", receiver.url, [hooks.Kind.PROPOSED], at=days.now())
    happen()
    receiver.answers = 500
    at = days.now()
    for wait in (timedelta(0), *hooks.AGAIN):
        work(at + wait - timedelta(seconds=1)) if wait else None
        tries = len(receiver.got)
        at += wait
        work(at)
        assert len(receiver.got) == tries + 1
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert Message.objects.get().state == hooks.State.DEAD
    work(at + timedelta(days=30))
    assert len(receiver.got) == 1 + len(hooks.AGAIN)

    receiver.answers = 200
    admin = Caller(token(Role.ADMINISTRATOR))
    dead = admin.get(f"/webhooks/{made.number}/messages", state="dead")[1]["items"]
    assert [(each["tries"], each["said"]) for each in dead] == [(1 + len(hooks.AGAIN), "answered 500")]
    assert admin.get("/webhooks")[1][0]["dead"] == 1
    assert admin.post(f"/webhooks/messages/{dead[0]['number']}/replay")[1] == {"done": True}
    work(days.now())
    assert Message.objects.get().state == hooks.State.DELIVERED


def test_a_receiver_that_is_gone_or_says_so_is_left_alone(receiver: Receiver) -> None:
    gone = hooks.add("administrator", "http://127.0.0.1:9/", [hooks.Kind.PROPOSED], at=days.now())
    leaves = hooks.add("administrator", receiver.url, [hooks.Kind.PROPOSED], at=days.now())
    receiver.answers = 410
    happen()
    work(days.now())
    assert Message.objects.get(hook=gone.number).said == "ConnectionRefusedError"
    happen()
    work(days.now())
    assert len(receiver.got) == 1 and hooks.Hook.objects.get(pk=leaves.number).ended_at
    assert hooks.end(gone.number, at=days.now(), by="administrator")
    assert not hooks.end(gone.number, at=days.now(), by="administrator")


def test_in_production_nobody_is_called_inside_the_bank() -> None:
    for url in ("ftp://example.org", "http:///x", "nonsense", "https://[x", "https://a:b/", "https://a:0/"):
        with pytest.raises(BadInput):
            hooks.must_be_outside(url)
    with override_settings(PRODUCTION=True):
        for url in ("http://example.org", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/"):
            with pytest.raises(BadInput):
                hooks.must_be_outside(url)


def test_a_hook_is_made_over_the_api_and_its_secret_shown_once(receiver: Receiver) -> None:
    admin, key = Caller(token(Role.ADMINISTRATOR)), new_request()
    asked = {"url": receiver.url, "kinds": ["proposal.made"]}
    first = admin.post("/webhooks", asked, key=key)[1]
    assert admin.post("/webhooks", asked, key=key)[1] == first | {"secret": ""}
    happen()
    work(days.now())
    assert json.loads(receiver.got[0][1])["type"] == "proposal.made"
    assert Webhook(first["secret"]).verify(receiver.got[0][1], receiver.got[0][0])


def test_a_secret_is_rotated_and_for_a_while_two_are_valid(receiver: Receiver) -> None:
    admin, key, at = Caller(token(Role.ADMINISTRATOR)), new_request(), days.now()
    old = admin.post("/webhooks", {"url": receiver.url, "kinds": ["proposal.made"]})[1]
    status, new = admin.post(f"/webhooks/{old['number']}/rotation", {"overlap_hours": 2}, key=key)
    assert status == 201 and new["secret"] not in ("", old["secret"])
    assert admin.post(f"/webhooks/{old['number']}/rotation", {"overlap_hours": 2}, key=key)[1] == new | {"secret": ""}
    for after, valid in ((timedelta(hours=1), {"old", "new"}), (timedelta(hours=3), {"new"})):
        happen()
        work(at + after)
        headers, body = receiver.got[-1]
        held = {"old": old["secret"], "new": new["secret"]}
        assert {name for name, secret in held.items() if _verifies(secret, headers, body)} == valid
    leaked = admin.post(f"/webhooks/{old['number']}/rotation", {"overlap_hours": 0})[1]
    happen()
    work(days.now())
    assert not _verifies(new["secret"], *receiver.got[-1]) and _verifies(leaked["secret"], *receiver.got[-1])
    assert admin.post("/webhooks/999/rotation", {})[1]["code"] == "BAD_INPUT"


def _verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
