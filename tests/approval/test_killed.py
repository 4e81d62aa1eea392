"""A whole application, killed once after every commit of the book and around every call to another company.

The life is lived over the API with the same keys again and again, as a phone would ask again. Each process that lives
it is killed by SIGKILL at the first point at which none was killed before; the next one begins from the start. At the
end everything has been done, and each thing once. A kill before a commit leaves what the commit before it has left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from calling import token
from django.conf import settings
from django.db import connections
from small_bank import ON, noon

from puhui import postgres
from puhui.approval import selectors
from puhui.approval.models import AgreementRow, OfferRow
from puhui.approval.states import Status
from puhui.governance import selectors as governance
from puhui.governance import services as audit
from puhui.governance.access import Role
from puhui.governance.models import Control
from puhui.ids import EnterpriseId
from puhui.lending import selectors as lending
from puhui.lending.models import ActRow, FacilityRow, LoanRow
from puhui.simulator.bank import open_bank
from puhui.simulator.offices import identity, open_office, signing

POINTS = 25  # no fewer than these are in a life; a point is after a commit, or before or after a call out

# One process that knows the house forks one after another, each of which lives the life and is killed on its way.
LIVES = r'''
import http.client, json, os, pathlib, re, sys
import django; django.setup()
from puhui import postgres, settings as ours
told = json.loads(sys.argv[1])
from django.conf import settings
postgres.use(told["book"]); ours.LAKE = settings.LAKE = pathlib.Path(told["lake"])
settings.SOURCES, settings.SPOOL = settings.LAKE.parent / "sources.json", settings.LAKE.parent / "spool"
settings.OUTSIDE, settings.PLAYED, settings.CALLS_A_MINUTE, settings.PATIENCE_S = told["outside"], True, 10**6, 5
from django.db.backends.base.base import BaseDatabaseWrapper as Database
from django.db.backends.signals import connection_created
from datetime import timedelta
from django.test import Client
import puhui.web.urls, puhui.variables.ready, puhui.approval.services, puhui.documents.services
from puhui import days
from puhui.lending import services as lending
from puhui.web import outside
ROOT, FIRM = "/api/v1", told["firm"]
WRITES = re.compile(r'^\s*(?:insert into|update|delete from)\s+"?(\w+)', re.I)
act = ""

def point(label):
    """Die here, unless another has died here before."""
    label = f"{act}: {label}"
    died = pathlib.Path(told["died"])
    if label not in died.read_text().splitlines():
        with died.open("a") as book:
            book.write(label + "\n")
        os.kill(os.getpid(), 9)

def noted(execute, sql, params, many, context):
    written = WRITES.match(sql if isinstance(sql, str) else "")
    database = context["connection"]
    if not written or written[1] == "web_calls":  # how many calls a minute has seen is nobody's business
        return execute(sql, params, many, context)
    said = [str(each) for each in params or () if str(each) in told["states"]] if not many else []
    name = " ".join([written[1], *said])
    if not database.in_atomic_block:
        done = execute(sql, params, many, context)
        point(f"after the commit of {name}")
        return done
    database.written = [*getattr(database, "written", []), name]
    return execute(sql, params, many, context)

def commit(database, whole=Database.commit):
    names = ", ".join(dict.fromkeys(getattr(database, "written", [])))
    database.written = []
    whole(database)
    if names:
        point(f"after the commit of {names}")

def rollback(database, whole=Database.rollback):
    database.written = []
    whole(database)

def putrequest(link, method, url, *args, whole=http.client.HTTPConnection.putrequest, **more):
    link.asked = f"{method} {url.split('?')[0].rsplit('/', 1)[0] or url}"
    point(f"before {link.asked}")
    return whole(link, method, url, *args, **more)

def getresponse(link, whole=http.client.HTTPConnection.getresponse):
    answer = whole(link)
    point(f"after {link.asked}")
    return answer

Database.commit, Database.rollback = commit, rollback
http.client.HTTPConnection.putrequest, http.client.HTTPConnection.getresponse = putrequest, getresponse
connection_created.connect(lambda connection, **more: connection.execute_wrappers.append(noted), weak=False)

def live():
    global act
    phone = Client(SERVER_NAME="127.0.0.1")
    headers = {"Authorization": f"Bearer {told['token']}", "Business-Date": told["on"]}

    def ask(named, path, body, key=None):
        global act
        act = named.split("-")[0]
        given = headers | {"Idempotency-Key": key or named}
        answer = phone.post(ROOT + path, body, content_type="application/json", headers=given)
        assert answer.status_code in (200, 201), (named, answer.status_code, answer.content)
        return answer.json()

    ask("prove", f"/controls/{FIRM}", {"person": "the representative", "identity_number": "110101199003078515"})
    at = "/applications/" + ask("apply", f"/firms/{FIRM}/applications", {"product": "tax_credit"})["number"]
    ask("consent", f"{at}/consent", {"evidence": "pressed the button"})
    found = ask("advance", f"{at}/advance", {})
    assert found["status"] in ("offered", "agreed", "opened"), found
    act = "look"
    offer = phone.get(f"{ROOT}{at}/offer", headers=headers).json()
    agreement = {"contract_sha256": offer["contracts"]["en"], "way": offer["ways"][0]}
    line = "/facilities/" + str(ask("agree", f"{at}/agreement", agreement)["facility"])
    wanted = {"amount_fen": 10_000, "purpose": "stock", "payee": "a supplier"}
    for number in range(1, 9):
        drawn = ask(f"draw-{number}", f"{line}/draws", wanted)
        if drawn["facts"]["status"] == "pending":  # was the bank asked? the house enquires, later
            act = "clear"
            lending.resolve_draws(outside.rail(), at=days.now() + timedelta(days=2))
            drawn = ask(f"draw-{number}", f"{line}/draws", wanted)
        if drawn["facts"]["status"] == "active":
            break
        assert drawn["facts"]["status"] == "failed", drawn  # the bank has never been asked: once more, by another name
    ask("repay", f"{line}/repayments", {"amount_fen": 10_000})
    ask("close", f"{line}/closing", {})

for number in range(1, 200):
    child = os.fork()
    if child == 0:
        try:
            live()
        except BaseException:
            import traceback; traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ended = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(ended):
        print(json.dumps({"lives": number, "ended": os.waitstatus_to_exitcode(ended)}))
        break
'''


class Source(BaseHTTPRequestHandler):
    """A tax office that is up and has nothing new."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        """It says nothing."""


@pytest.fixture
def source() -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/rows"
    said = {"name": "tax", "channel": "tax_filings", "kind": "rest", "attempts": 1, "address": address}
    settings.SOURCES.write_text(json.dumps([said | {"timeout_seconds": 5}]))
    yield
    settings.SOURCES.unlink()
    server.shutdown()
    server.server_close()


def approved(firms: list[EnterpriseId]) -> EnterpriseId:
    """A firm that a decision of its own would approve: found by asking for it, and leaving no application behind."""
    from puhui.approval import services
    from puhui.governance.purposes import Basis, Purpose
    from puhui.ids import RequestId

    for number, firm in enumerate(firms):
        audit.grant(
            [firm], channels=["tax_filings", "registry"], purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT,
            evidence="a form", valid_from=ON, request=RequestId(f"look-{number}"), by="a test",
        )  # fmt: skip
        asked = services.Question(firm, "tax_credit", ON, ON, "a test")
        made = services.decide(asked, request=RequestId(f"look-{number}"), at=noon(ON))
        if made.outcome == "approved":
            return firm
    raise AssertionError("nobody would be approved")


def test_killed_at_every_commit_and_every_call_it_is_lived_to_its_end_and_each_thing_once(
    firms: list[EnterpriseId], source: None, tmp_path: Path
) -> None:
    firm, died = approved(firms), tmp_path / "died"
    died.write_text("")
    with open_office(identity()) as people, open_office(signing) as signatures, open_bank() as bank:
        told = {
            "book": postgres.url(), "lake": str(settings.LAKE), "firm": firm, "on": ON.isoformat(), "died": str(died),
            "token": token(Role.BORROWER, branch="of-the-killed"), "states": [str(each) for each in Status],
            "outside": {
                "identity": people.url, "signing": signatures.url, "bank": f"http://127.0.0.1:{bank.server_address[1]}"
            },
        }  # fmt: skip
        connections.close_all()
        done = subprocess.run(
            [sys.executable, "-c", LIVES, json.dumps(told)], env=os.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        ended, points = json.loads(done.stdout), died.read_text().splitlines()
        assert ended["ended"] == 0, done.stderr[-3000:]
        assert ended["lives"] == len(points) + 1 and len(points) >= POINTS, points
        _each_step_and_call_was_a_point(points)
        assert (len(people.answers), len(signatures.answers), bank.paid_fen) == (1, 1, 10_000)

    (application,) = selectors.applications(firm)
    steps = [step.status for step in selectors.steps(application.number)]
    assert steps == ["drafted", "consented", "pulling", "decided", "offered", "agreed", "opened"]
    assert len(selectors.decisions(application=application.number)) == 1
    assert Control.objects.filter(enterprise=firm).count() == 1
    assert (OfferRow.objects.filter(application=application.number).count(), AgreementRow.objects.count()) == (1, 1)
    line = FacilityRow.objects.get(enterprise=firm)
    assert lending.standing(line.pk).status == "closed"
    loans = Counter(LoanRow.objects.filter(facility=line.pk).values_list("status", flat=True))
    assert loans == {"failed": loans["failed"], "repaid": 1}, "what was killed before the bank was asked is free again"
    done = Counter(ActRow.objects.filter(facility=line.pk).values_list("kind", flat=True))
    assert (done["repay"], done["close"]) == (1, 1), done
    assert not lending.disagreements() and audit.verify().holds
    acts = Counter(each.act for each in governance.latest(10_000) if each.subject == application.number)
    assert acts and set(acts.values()) == {1}, f"something is on record twice: {acts}"


def _each_step_and_call_was_a_point(points: list[str]) -> None:
    """The points are found by what the house does; these must be among them."""
    text = "\n".join(points)
    for state in ("consented", "pulling", "decided", "offered", "agreed", "opened"):
        assert f"approval_step {state}" in text, state
    for call in ("POST /checks", "GET /rows", "POST /signatures", "POST /payments"):
        assert f"before {call}" in text and f"after {call}" in text, (call, points)
