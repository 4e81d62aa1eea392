"""The sandbox beside the real house, played over HTTP: a whole line in it, and nothing of it in the real book."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from calling import Caller, token

from puhui.governance import selectors as governance
from puhui.governance.access import Role
from puhui.governance.models import User
from puhui.ids import new_request
from puhui.lending import selectors as lending
from puhui.simulator.bank import open_bank

# The sandbox as `PUHUI_SANDBOX=1 puhui serve` runs it, after an owner and a line were made in its book.
SERVES = """
import json, socket, sys
from dataclasses import replace
from datetime import timedelta
from puhui import days, postgres
postgres.open_book()
from django.conf import settings
sys.path[:0] = sys.argv[1].split(":")
from calling import token
from paper_lines import approval
from puhui.governance.access import Role
from puhui.lending import services as lending
from puhui.web import server
today = days.today()
granted = replace(approval(firm="E1"), opens_on=today, matures_on=today + timedelta(days=365))
opened = lending.open_facility(granted.signed(settings.SECRET_KEY), on=today, at=days.now())
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
owner = token(Role.BORROWER, firms=["E1"])
said = {"token": owner, "facility": opened.facility, "port": port, "home": str(settings.HOME)}
print(json.dumps(said), flush=True)
try:
    server.serve(port, None, lambda _: print("up", flush=True))
except KeyboardInterrupt:
    postgres.stop()
"""


@pytest.fixture
def sandbox(module_book: object) -> Iterator[tuple[dict, int]]:
    """A sandbox whose environment names the real house's bank and keys; what it is, and what the real bank paid."""
    with open_bank() as real, tempfile.TemporaryDirectory(prefix="puhui-tests-", ignore_cleanup_errors=True) as home:
        address = f"127.0.0.1:{real.server_address[1]}"
        named = {"HOME": home, "SANDBOX": "1", "BANK_URL": f"http://{address}", "PAYMENT_BANK": address}
        named |= {"SECRET_KEY": "the real house's", "KEYSET": "{}", "KEYSET_FILE": "/nowhere", "DATABASE_URL": "x://"}
        around = os.environ | {f"PUHUI_{name}": value for name, value in named.items()}
        here = Path(__file__).parents[1]
        paths = f"{here / 'web'}:{here / 'lending'}:{here}"
        with subprocess.Popen(
            [sys.executable, "-c", SERVES, paths], env=around, stdout=subprocess.PIPE, text=True
        ) as house:
            assert house.stdout is not None
            try:
                said = json.loads(house.stdout.readline())
                assert house.stdout.readline() == "up\n"
                yield said, real.paid_fen
                assert real.paid_fen == 0, "the real bank was asked for nothing"
            finally:
                house.send_signal(signal.SIGINT)
                house.wait(timeout=60)


def asked(said: dict, path: str, body: dict | None = None, *, by: str = "") -> tuple[int, dict]:
    """One call of the sandbox over HTTP."""
    headers = {"Authorization": f"Bearer {by or said['token']}", "Content-Type": "application/json"}
    headers |= {"Idempotency-Key": new_request()} if body is not None else {}
    text = json.dumps(body).encode() if body is not None else None
    call = Request(f"http://127.0.0.1:{said['port']}/api/v1{path}", text, headers)
    try:
        with urlopen(call, timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as wrong:
        return wrong.code, json.load(wrong)


def test_a_line_is_lived_in_the_sandbox_and_the_real_book_knows_nothing(sandbox: tuple[dict, int]) -> None:
    said, _ = sandbox
    assert said["token"].startswith("puhui_test_") and said["home"].endswith("/sandbox")
    real, before = token(Role.BORROWER, firms=["E1"]), (governance.last_number(), lending.last_act())
    users = User.objects.count()

    line = f"/facilities/{said['facility']}"
    drawn = asked(said, f"{line}/draws", {"amount_fen": 5_000, "purpose": "stock", "payee": "a supplier"})
    assert (drawn[0], drawn[1]["facts"]["status"]) == (201, "active"), "a simulated bank has paid"
    assert asked(said, f"{line}/repayments", {"amount_fen": 5_000})[0] == 201
    assert asked(said, f"{line}/closing", {})[0] == 201

    assert asked(said, "/me", by=real)[0] == 401, "a real token means nothing in the sandbox"
    assert Caller(said["token"]).get("/me")[0] == 401, "nor the sandbox's in the real house"
    assert (governance.last_number(), lending.last_act(), User.objects.count()) == (*before, users)
