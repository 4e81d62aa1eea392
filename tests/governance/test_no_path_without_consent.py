"""Every way to read a firm's rows, tried without a consent: nothing of them comes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import people
import pytest
from calling import Caller, token
from django.db import connection
from people import FIRM, ON, OTHER, PLANTED, consent
from signed_in import visitor
from typer.testing import CliRunner

import puhui
from puhui import postgres
from puhui.approval import selectors as decisions
from puhui.approval import services as approval
from puhui.channels import at_once, selectors, services, showing
from puhui.cli.verbs import app
from puhui.enterprises import dossier
from puhui.enterprises import selectors as enterprises
from puhui.enterprises import services as enterprise_acts
from puhui.enterprises import tasks as trust_jobs
from puhui.exposure import tasks as exposure_jobs
from puhui.governance import holding
from puhui.governance.access import MAY, Role
from puhui.governance.purposes import Purpose
from puhui.ids import new_request
from puhui.products import services as products
from puhui.refusals import Code, Refused
from puhui.variables import selectors as variables
from puhui.variables import tasks as variables_jobs
from puhui.web.api.routes import ACTS
from puhui.web.urls import PAGES

DECISION, NOON = Purpose.CREDIT_DECISION, datetime(2024, 6, 30, 4, tzinfo=UTC)
FACTS = ("示例食品有限公司", "18321140", "183211", "示例市示例路1号", "Rural Bank", "City Bank", "食品制造")


@pytest.fixture(scope="module")
def shared_delivery(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The planted files delivered once: what is refused leaves nothing behind for the next."""
    for channel, path in people.write(tmp_path_factory.mktemp("suppliers")).items():
        services.deliver(channel, path, source="a supplier", on=ON, by="a test")
    yield


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


def several_at_once() -> object:
    """Channels read together, of a firm alone and beside one that may be read."""
    consent(OTHER)
    wanted = {name: [FIRM] for name in ("registry", "bank_transactions", "owner_bureau")}
    refused = at_once.rows(wanted, purpose=DECISION, as_of=ON, on=ON, by="a test")
    assert all(isinstance(no, Refused) for no in refused.values())
    both = at_once.rows({"registry": [FIRM, OTHER]}, purpose=DECISION, as_of=ON, on=ON, by="a test")
    assert isinstance(both["registry"], Refused)
    asked = {"registry": [FIRM, OTHER]}
    others = at_once.rows(asked, purpose=DECISION, as_of=ON, on=ON, by="a test", only_permitted=True)["registry"]
    assert not isinstance(others, Refused)
    assert set(others["enterprise"].to_pylist()) == {OTHER}
    return refused, both


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


def as_trust() -> object:
    """Its own rows, its partners' and its neighbours'."""
    asked = {"purpose": DECISION, "as_of": ON, "on": ON, "by": "a test"}
    trust, refused = enterprises.assessed(enterprises.keys_of([FIRM]), **asked)  # type: ignore[arg-type]
    bonds, unbound = enterprises.bound(enterprises.keys_of([FIRM]), **asked)  # type: ignore[arg-type]
    for table in (trust, bonds):
        assert all(column.null_count == 1 for column in table.columns[1:])
    checked = enterprise_acts.check(FIRM, [FIRM], **asked)  # type: ignore[arg-type]
    assert isinstance(checked, Refused) and checked.code is Code.NO_CONSENT
    return trust.to_pylist(), refused, bonds.to_pylist(), unbound, checked


def over_the_api() -> object:
    """Every operation that reads and names a firm, by somebody whose job it is."""
    said = []
    for (method, path), act in ACTS.items():
        if method == "GET" and "{firm}" in path:
            job = next(role for role in Role if role in MAY[act] and role is not Role.BORROWER)
            said.append(Caller(token(job)).get(path.replace("{firm}", FIRM), product="invoice_credit", as_of=str(ON)))
    assert len(said) >= 4
    return said


def on_the_pages() -> object:
    """Every page of the enterprise file, its frame and what is fetched into it, and the search."""
    desk = visitor(Role.AUDITOR)
    at = [page.at.replace("<str:code>", FIRM).replace("<str:name>", "firm_trust") for page in PAGES]
    at = ["search/?q=" + FIRM, "firms/", *(each for each in at if each.startswith(f"firms/{FIRM}"))]
    assert len(at) >= 7
    answers = [desk.get(f"/{each}", headers=how) for each in at for how in ({}, {"HX-Request": "true"})]
    assert {answer.status_code for answer in answers} <= {200, 400, 403}  # a what-if that asks for nothing is bad input
    return [answer.content.decode() for answer in answers]


def as_a_decision() -> object:
    """On the firm, by the library and the terminal; then a version is tested on what was decided."""
    products.install(at=NOON)
    made = approval.decide(approval.Question(FIRM, "invoice_credit", ON, ON, "a test"), request=new_request(), at=NOON)
    assert not isinstance(made, Refused)
    by_hand = _said("decide", FIRM, "--on", str(ON), "--json")
    assert '"outcome"' in by_hand
    tested = approval.backtest("invoice_credit", 1, on=ON, by="a test", request=new_request(), at=NOON)
    kept = [decisions.evidence(each.number) for each in decisions.decisions(FIRM)]
    assert len(kept) == 2
    beside = holding.held_of(FIRM)["applications and decisions"]
    assert [each["outcome"] for each in beside] == [each["answer"]["outcome"] for each in kept]
    return by_hand, kept, tested, beside


def in_the_night() -> object:
    """The jobs that read firms' rows, and all that they keep."""
    variables_jobs.make_all_ready.func(0)
    variables_jobs.make_arrived_ready.func(0)
    trust_jobs.recompute.func(0)
    exposure_jobs.regroup.func(0)
    tables = ("variables_ready", "enterprises_assessment", "exposure_tie")
    return [_rows_of(table) for table in tables]


def _rows_of(table: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {table}")
        return list(cursor.fetchall())


def in_the_portal() -> object:
    """Pages of the firm's owner, asked for by another firm's owner and by nobody."""
    at = ["my/", *(page.at.replace("<str:code>", FIRM) for page in PAGES if page.at.startswith("my/<str:code>"))]
    assert len(at) >= 4
    return [
        visitor(job).get(f"/{each}", headers=how).content.decode()
        for job in (Role.BORROWER, None)
        for each in at
        for how in ({}, {"HX-Request": "true"})
    ]


def _said(*words: str) -> str:
    return CliRunner().invoke(app, list(words)).output


PATHS: dict[str, Callable[[], object]] = {
    "library, lazily": lazily,
    "library, in a batch": in_a_batch,
    "library, several channels at once": several_at_once,
    "library, for eyes": for_eyes,
    "variables": as_variables,
    "variables of one firm": as_variables_of_one,
    "the enterprise file": as_a_file,
    "trust, bonds and a check": as_trust,
    "the API": over_the_api,
    "the workbench's pages": on_the_pages,
    "the portal": in_the_portal,
    "a decision, and a test of a version on it": as_a_decision,
    "jobs of the night": in_the_night,
    "puhui firm": lambda: _said("firm", FIRM, "--for", "quality", "--on", str(ON)),
    "puhui firm --json": lambda: _said("firm", FIRM, "--for", "credit_decision", "--on", str(ON), "--json"),
    "puhui accuracy": lambda: _said("accuracy", FIRM, "--on", str(ON), "--json"),
    "puhui identity assess": lambda: _said("identity", "assess", "--on", str(ON), "--json"),
    "puhui consent list": lambda: _said("consent", "list", FIRM, "--on", str(ON)),
}


@pytest.mark.usefixtures("shared_delivery")
@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_a_firm_comes_out_without_its_consent(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "open_book", lambda: None)  # the verbs read this test's book
    said = str(PATHS[path]())
    assert [fact for fact in (*FACTS, *PLANTED) if fact in said] == []


@pytest.mark.usefixtures("shared_delivery")
def test_the_same_facts_do_come_out_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the search above could have found them. It comes last, for the consent stays."""
    monkeypatch.setattr(postgres, "open_book", lambda: None)
    consent(purposes=(DECISION,))
    assert "示例食品有限公司" in str(for_eyes())
    assert "示例食品有限公司" in _said("firm", FIRM, "--for", "credit_decision", "--on", str(ON), "--json")
    assert "示例食品有限公司" in str(over_the_api())
    assert "示例食品有限公司" in str(on_the_pages())


OPENS_FILES = re.compile(r"read_parquet\(|strips_of\(|[^.\w]known\(|channels\.known\(|planning\.plan\(|lake\.current\(")
DOORS = {  # the only files that touch what a channel brought, and why they may
    "channels/selectors.py": "asks for the right at each read",
    "channels/at_once.py": "asks for the rights to all channels before each read",
    "channels/statements.py": "writes the statements that the doors run, and runs none",
    "channels/showing.py": "asks before the rows are opened, and again when they are handed over",
    "channels/services.py": "compacts files, and tells a delivery what came before",
    "channels/sifting.py": "holds a delivery against what came before, for the writing of it",
    "channels/formats/files.py": "reads what is being delivered",
    "channels/health.py": "counts rows by the statistics of the files",
    "channels/healing.py": "finds what a dead process left",
    "channels/lake.py": "opens tables for the others",
    "channels/planning.py": "reads statistics, no rows",
}


def test_rows_are_opened_behind_the_two_doors_only() -> None:
    """So whatever path is built, it comes by one of them. Tables of other rooms' own are no channel's rows."""
    house = Path(puhui.__file__).parent
    opening = {
        path.relative_to(house).as_posix()
        for path in (house / "channels").rglob("*.py")
        if OPENS_FILES.search(path.read_text(encoding="utf-8"))
    }
    assert opening <= DOORS.keys()
    private = re.compile(
        r"puhui\.channels(?:\.\w+)* import (?:.*\b)?(planning|sealing|sifting|statements|known|strips_of)\b"
    )
    elsewhere = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if path.relative_to(house).parts[0] != "channels" and private.search(path.read_text(encoding="utf-8"))
    }
    assert elsewhere == set()
