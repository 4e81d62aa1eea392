"""A client made from the served description, and used: what programs get by pointing a generator at the house."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from calling import token
from django.test import override_settings
from paper_lines import approval
from serving import served

from puhui import days
from puhui.governance.access import Role
from puhui.ids import new_request
from puhui.lending import services as lending
from puhui.lending.acts.acting import Acted
from puhui.simulator.offices import open_all


@pytest.fixture(scope="module")
def address(module_book: Path) -> Iterator[str]:
    with open_all() as outside, override_settings(OUTSIDE=outside), served() as at:
        yield at


@pytest.fixture(scope="module")
def made(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("client")
    told = folder / "config.yml"
    told.write_text("package_name_override: made_client\npost_hooks: []\n")
    words = ["generate", "--url", f"{address}/api/v1/openapi.json", "--meta", "none", "--config", str(told)]
    run = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *words, "--output-path", str(folder / "made_client")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and "Warning" not in run.stdout + run.stderr, run.stdout + run.stderr
    sys.path.insert(0, str(folder))
    yield "made_client"
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "made_client"]:
        del sys.modules[name]


def test_the_made_client_draws_and_repays(address: str, made: str) -> None:
    from dataclasses import replace

    from django.conf import settings

    today = days.today()
    granted = replace(approval(firm="E1"), opens_on=today, matures_on=today + timedelta(days=365))
    opened = lending.open_facility(granted.signed(settings.SECRET_KEY), on=today, at=days.now())
    assert isinstance(opened, Acted)
    number = int(opened.facility)
    house = importlib.import_module(made)
    models = importlib.import_module(f"{made}.models")

    def call(group: str, name: str):
        return importlib.import_module(f"{made}.api.{group}.{name}").sync

    with house.AuthenticatedClient(address, token(Role.BORROWER, firms=["E1"])) as client:
        assert call("people", "read_me")(client=client).firms == ["E1"]
        drawn = call("lines", "draw")(
            number,
            client=client,
            body=models.Draw(amount_fen=500_00, purpose="stock", payee="a supplier"),
            idempotency_key=new_request(),
        )
        assert (drawn.act, drawn.facts["status"]) == ("draw", "active")
        assert call("lines", "quote_payoff")(number, client=client).total == 500_00
        beyond = call("lines", "repay")(
            number, client=client, body=models.Repayment(amount_fen=501_00), idempotency_key=new_request()
        )
        assert isinstance(beyond, models.Problem) and (beyond.status, beyond.code) == (422, "ABOVE_OWED")
        call("lines", "repay")(
            number, client=client, body=models.Repayment(amount_fen=500_00), idempotency_key=new_request()
        )
        assert call("lines", "read_facility")(number, client=client).available_fen == 500_000_00
