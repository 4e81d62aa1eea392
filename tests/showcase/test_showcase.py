"""The bank in a box: a simulated world goes through the rooms of the house by one verb, stage by stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from puhui.channels.catalogue import CHANNELS
from puhui.products.definition import PRODUCTS
from puhui.showcase.play import Sheet
from puhui.showcase.stages import STAGES
from puhui.simulator import services as simulator
from puhui.variables.registry import VARIABLES
from readme_verbs import NEED_A_BANK, shown_verbs


def puhui(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it, on a home of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from puhui.cli.verbs import main; main()", *words],
        env=os.environ | {"PUHUI_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world of which each channel's first file and its last have arrived."""
    folder = tmp_path_factory.mktemp("world") / "world"
    simulator.simulate(folder, seed=5, firms=25, months=13, first=date(2023, 1, 1), processes=1)
    for channel in (folder / "channels").iterdir():
        for file in sorted(channel.iterdir())[1:-1]:
            file.unlink()
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank")


@pytest.fixture(scope="module")
def answer(world: Path, home: Path) -> dict[str, Any]:
    done = puhui("bank", str(world), "--json", home=home)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_every_row_of_every_channel_is_accounted_for(answer: dict[str, Any]) -> None:
    taken = answer["deliver"]
    assert set(taken) == set(CHANNELS)
    for name, one in taken.items():
        assert one["rows_in"] == one["accepted"] + one["quarantined"] + one["duplicates"] > 0, name
        assert one["accepted"] > 0.9 * one["rows_in"], f"{name} takes its supplier's files: {one['reasons']}"


def test_every_variable_is_computed_for_the_firms(answer: dict[str, Any]) -> None:
    said = answer["variables"]
    worked = {row["channel"]: row for row in said["channels"]}
    assert set(CHANNELS) <= set(worked)
    assert sum(row["variables"] for row in worked.values()) == len(VARIABLES) >= 150
    for name in ("vat_invoices", "bank_transactions", "enterprise_bureau"):
        assert worked[name]["firms"] >= 20
        assert 0.2 < worked[name]["known"] <= 1
    assert said["as_of"] == "2024-02-11"


def test_the_lines_are_lived_and_the_books_balance(answer: dict[str, Any]) -> None:
    said = answer["lines"]
    assert said["trial_balance_fen"] == 0
    assert said["acts"]["draw"] > 20 and said["acts"]["repay"] > 20
    owed = sum(one["fen"] for one in said["tiers"].values())
    assert said["fen"]["draw"] - said["fen"]["repay"] < owed < said["fen"]["draw"], (
        "what was drawn, less principal repaid"
    )
    assert said["tiers"]["substandard"]["fen"] > 0, "some firm has stopped paying"
    assert [row["act"] for row in said["statement"]][:: len(said["statement"]) - 1] == ["opening", "closing"]
    assert all(Path(paper).read_bytes().startswith(b"%PDF-") for paper in said["papers"])


def test_every_stage_has_told_its_facts(answer: dict[str, Any]) -> None:
    assert list(answer) == [stage.name for stage in STAGES]
    assert all(answer.values())


def test_a_sheet_has_a_cell_under_every_head() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 heads"):
        Sheet("a sheet", ("firm", "owed"), (("one",),))


# The verbs of the README that need a bank in its middle years, one after another in one process on the played book.
VERBS = """
import json, shlex, sys
from datetime import timedelta
from pathlib import Path
from typer.testing import CliRunner
from puhui import postgres
from puhui.cli.verbs import app
postgres.open_book()
from puhui.approval import selectors as approvals
from puhui.lending import browsing, selectors as lending
lines, _ = browsing.lines(order="number", down=False)
firm = next(each.firm for each in approvals.applications() if each.status == "opened")
stands_for = {
    "FIRM": firm, "DATE": str(lending.last_closed() + timedelta(days=1)),
    "FACILITY": str(lines[0].number), "FILE": "statement",
    "DECISION": str(approvals.decisions(firm)[-1].number),
}
told, out = {}, Path(sys.argv[2])
for shown in json.loads(sys.argv[1]):
    words = [stands_for.get(word.removesuffix(".pdf"), word) + (".pdf" if word == "FILE.pdf" else "")
             for word in shlex.split(shown)]
    words += {"close": ["--json"], "decide": ["--on", stands_for["DATE"]]}.get(words[0], [])
    words[-1] = str(out / words[-1]) if words[-1].endswith(".pdf") else words[-1]
    done = CliRunner().invoke(app, words)
    told[shown] = {"code": done.exit_code, "said": done.stdout, "wrong": done.stderr[-300:]}
print(json.dumps(told))
postgres.stop()
"""


def test_the_verbs_of_the_readme_that_need_a_bank_run_on_this_one(
    answer: dict[str, Any], home: Path, tmp_path: Path
) -> None:
    shown = [each for each in shown_verbs() if each.split()[0] in NEED_A_BANK]
    assert {each.split()[0] for each in shown} == NEED_A_BANK
    done = subprocess.run(
        [sys.executable, "-c", VERBS, json.dumps(shown), str(tmp_path)],
        env=os.environ | {"PUHUI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert {verb: one for verb, one in told.items() if one["code"]} == {}
    assert all(one["said"].strip() for verb, one in told.items())
    (paper,) = tmp_path.glob("*.pdf")
    assert paper.read_bytes().startswith(b"%PDF-")
    said = {verb.split()[0]: one["said"] for verb, one in told.items()}
    assert ": the same bytes" in said["replay"], said["replay"]
    assert any(word in said["decide"] for word in ("approved", "declined", "referred"))
    assert "binds" in said["exposure"]
    assert len(json.loads(said["close"])["closed"]) == 1


def test_a_folder_without_a_world_says_what_to_do(tmp_path: Path) -> None:
    done = puhui("bank", str(tmp_path), home=tmp_path / "home")
    assert done.returncode == 2
    assert "make one: puhui simulate" in done.stderr


def test_a_line_is_secured_three_ways_and_shared_caps_refuse_by_name(answer: dict[str, Any]) -> None:
    said = answer["secured"]
    last = said["three_parts"][-1]
    assert last["mortgage"] and last["guarantee"] and last["credit"], "all three parts are at work"
    assert said["groups"] >= 1 and said["circles"] >= 1, "the ties of the world make groups and circles"
    of_group, of_circle = said["met"]["group"][-1], said["met"]["circle"]
    assert of_group["code"] == "ABOVE_CAP" and of_group["details"]["cap"].startswith("group ")
    codes = [each["code"] for each in of_circle]
    assert (codes[0], codes[-1]) == ("ABOVE_CAP", "GUARANTEE_CIRCLE")
    assert of_circle[0]["details"]["cap"].startswith("circle ")


def test_every_product_is_applied_for_over_http_and_lines_are_lived_to_their_end(answer: dict[str, Any]) -> None:
    said = answer["over_http"]
    assert list(said) == [*PRODUCTS, "all"]
    assert all(said[product]["applied"] >= 2 for product in PRODUCTS)
    of_all = said["all"]
    assert 0 < of_all["straight_through"] <= 1 and 0 < of_all["median_ms"] <= of_all["longest_ms"]
    assert of_all["drawn_repaid_closed"] == of_all["approved"] >= 2, "who is offered a line lives it to its end"
