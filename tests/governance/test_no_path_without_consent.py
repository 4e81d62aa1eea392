"""Every way to read a firm's rows, tried without a consent: nothing of them comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from people import FIRM, ON, OTHER, PLANTED, consent
from typer.testing import CliRunner

from puhui import postgres
from puhui.channels import selectors, showing
from puhui.cli.verbs import app
from puhui.enterprises import dossier
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Role
from puhui.refusals import Refused
from puhui.variables import selectors as variables

pytestmark = pytest.mark.usefixtures("delivered")
DECISION = Purpose.CREDIT_DECISION
FACTS = ("示例食品有限公司", "18321140", "183211", "示例市示例路1号", "Rural Bank", "City Bank", "食品制造")


def lazily() -> object:
    return selectors.rows("registry", [FIRM], purpose=DECISION, as_of=ON, on=ON)


def in_a_batch() -> object:
    """Among firms that may be read."""
    consent(OTHER)
    refused = selectors.rows("registry", [FIRM, OTHER], purpose=DECISION, as_of=ON, on=ON)
    assert isinstance(refused, Refused)
    others = selectors.rows("registry", [FIRM, OTHER], purpose=DECISION, as_of=ON, on=ON, only_permitted=True)
    assert not isinstance(others, Refused)
    assert set(others.to_pyarrow()["enterprise"].to_pylist()) == {OTHER}
    return refused


def for_eyes() -> object:
    return [
        showing.shown(channel, [FIRM], role=role, purpose=DECISION, as_of=ON, on=ON, by="a test")
        for channel in ("registry", "bank_transactions", "owner_bureau")
        for role in Role
    ]


def as_variables() -> object:
    found = variables.values([FIRM], purpose=DECISION, as_of=ON, on=ON)
    assert {"registry", "bank_transactions", "owner_bureau"} <= set(found.refused)
    assert all(column.null_count == len(column) for column in found.table.columns[1:])
    return found.refused


def as_variables_of_one() -> object:
    found = variables.values_of_one(FIRM, purpose=DECISION, as_of=ON, on=ON)
    assert {"registry", "bank_transactions", "owner_bureau"} <= set(found.refused)
    assert set(found.values.values()) <= {None}
    return found.refused


def as_a_file() -> object:
    return dossier.enterprise_file(FIRM, purpose=DECISION, as_of=ON, on=ON, by="a test")


def _said(*words: str) -> str:
    return CliRunner().invoke(app, list(words)).output


PATHS: dict[str, Callable[[], object]] = {
    "library, lazily": lazily,
    "library, in a batch": in_a_batch,
    "library, for eyes": for_eyes,
    "variables": as_variables,
    "variables of one firm": as_variables_of_one,
    "the enterprise file": as_a_file,
    "puhui firm": lambda: _said("firm", FIRM, "--for", "quality", "--on", str(ON)),
    "puhui firm --json": lambda: _said("firm", FIRM, "--for", "credit_decision", "--on", str(ON), "--json"),
    "puhui accuracy": lambda: _said("accuracy", FIRM, "--on", str(ON), "--json"),
    "puhui consent list": lambda: _said("consent", "list", FIRM, "--on", str(ON)),
}


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_a_firm_comes_out_without_its_consent(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "open_book", lambda: None)  # the verbs read this test's book
    said = str(PATHS[path]())
    assert [fact for fact in (*FACTS, *PLANTED) if fact in said] == []


def test_the_same_facts_do_come_out_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the search above could have found them."""
    monkeypatch.setattr(postgres, "open_book", lambda: None)
    consent(purposes=(DECISION,))
    assert "示例食品有限公司" in str(for_eyes())
    assert "示例食品有限公司" in _said("firm", FIRM, "--for", "credit_decision", "--on", str(ON), "--json")
