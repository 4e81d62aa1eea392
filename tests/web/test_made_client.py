"""A client made from the served description, and used: what programs get by pointing a generator at the house."""

from __future__ import annotations

import importlib
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from calling import token
from django.test import override_settings
from serving import served
from small_bank import ON

from puhui.channels import selectors as lake
from puhui.governance.access import Role
from puhui.ids import new_request
from puhui.simulator.offices import open_all


@pytest.fixture(scope="module")
def address(bank: tuple[str, Path], book_like: Callable[..., AbstractContextManager[Path]]) -> Iterator[str]:
    """The house with firms that have filed their taxes, and simulated outside services; time is played."""
    with (
        book_like(*bank),
        open_all() as outside,
        override_settings(OUTSIDE=outside, PLAYED=True),
        served() as at,
    ):
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


class Made:
    """The made client at work: an operation by its group and name, a model by its name."""

    def __init__(self, package: str, address: str, bearer: str) -> None:
        house = importlib.import_module(package)
        self.package, self.models = package, importlib.import_module(f"{package}.models")
        self.client = house.AuthenticatedClient(address, bearer, headers={"Business-Date": ON.isoformat()})

    def ask(self, group: str, name: str, *about: object, **given: Any) -> Any:
        return importlib.import_module(f"{self.package}.api.{group}.{name}").sync(*about, client=self.client, **given)

    def do(self, group: str, name: str, *about: object, **content: Any) -> Any:
        if content:
            model = content.pop("model")
            content = {"body": getattr(self.models, model)(**content)}
        return self.ask(group, name, *about, idempotency_key=new_request(), **content)


def test_a_firm_lives_its_credit_through_the_made_client(address: str, made: str) -> None:
    owner = Made(made, address, token(Role.BORROWER))
    with owner.client:
        firm, number = _offered(owner, lake.firms("tax_filings"))
        assert firm in owner.ask("people", "read_me").firms
        told = owner.ask("applications", "list_steps", number)
        assert [step.status for step in told][-2:] == ["decided", "offered"]
        offer = owner.ask("applications", "read_offer", number)
        paper = owner.ask("applications", "read_contract", number, offer.contracts["zh"])
        assert b64decode(paper.pdf_base64).startswith(b"%PDF")
        agreement = {"model": "Agreement", "way": offer.ways[0]}
        other = owner.do("applications", "agree_to_offer", number, contract_sha256="0" * 64, **agreement)
        assert isinstance(other, owner.models.Problem) and (other.status, other.code) == (422, "CONTRACT_IS_ANOTHER")
        agreed = owner.do("applications", "agree_to_offer", number, contract_sha256=paper.sha256, **agreement)
        line = agreed.facility
        drawn = owner.do("lines", "draw", line, model="Draw", amount_fen=500_00, purpose="stock", payee="a supplier")
        assert (drawn.act, drawn.facts["status"]) == ("draw", "active")
        assert owner.ask("lines", "quote_payoff", line).total == 500_00
        beyond = owner.do("lines", "repay", line, model="Repayment", amount_fen=501_00)
        assert isinstance(beyond, owner.models.Problem) and (beyond.status, beyond.code) == (422, "ABOVE_OWED")
        owner.do("lines", "repay", line, model="Repayment", amount_fen=500_00)
        assert owner.ask("lines", "read_facility", line).available_fen == offer.limit_fen
        assert owner.do("lines", "close_facility", line).act == "close"
        first = owner.ask("lines", "read_statement", line, limit=2)
        rest = owner.ask("lines", "read_statement", line, limit=2, after=first.next_)
        assert [each.act for each in [*first.items, *rest.items]] == ["draw", "repay", "close"] and rest.next_ == ""


def _offered(owner: Made, firms: list[str]) -> tuple[str, str]:
    """A firm, and its application that was offered a line: the first of those that apply one after another."""
    claim = {"model": "Claim", "person": "the representative", "identity_number": "110101199003078515"}
    for firm in firms:
        owner.do("firms", "prove_control", firm, **claim)
        begun = owner.do("applications", "apply", firm, model="NewApplication", product="tax_credit")
        owner.do("applications", "consent_to_application", begun.number, model="Consent", evidence="pressed the button")
        if owner.do("applications", "advance_application", begun.number).status == "offered":
            return firm, begun.number
    raise AssertionError("nobody was offered anything")
