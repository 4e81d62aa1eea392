"""A world is the same from the same seed, whole or not there, and its files agree with each other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from small_world import FIRMS, MONTHS, hashes, make, rows, truth

from puhui.refusals import BadInput
from puhui.simulator.credit_codes import is_credit_code, is_identity_number
from puhui.simulator.forms import FORM
from puhui.simulator.services import simulate

PUHUI = Path(sys.executable).with_name("puhui")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("small") / "world")


def test_the_same_seed_gives_the_same_bytes_from_one_process_or_two(world: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again", processes=2)
    other = make(tmp_path / "other", seed=12)
    assert hashes(world) == hashes(again)
    same = {name for name, digest in hashes(other).items() if hashes(world).get(name) == digest}
    assert not same, f"another seed gives the same bytes: {sorted(same)}"


def test_all_eleven_channels_are_there_as_the_page_says(world: Path) -> None:
    page = json.loads((world / "world.json").read_text(encoding="utf-8"))
    assert page["firms"] == FIRMS == sum(page["districts"])
    assert (page["first_day"], page["last_day"]) == ("2022-01-01", "2023-03-31")
    assert page["channels"].keys() == FORM.keys() == {path.name for path in (world / "channels").iterdir()}
    for channel, of in page["channels"].items():
        assert of["rows"] == len(rows(world, channel)) > 0, channel
        assert of["files"] <= 2 * MONTHS


def test_codes_and_identity_numbers_have_valid_check_digits(world: Path) -> None:
    firms = truth(world, "firms")
    assert len({firm["enterprise"] for firm in firms}) == FIRMS
    assert all(is_credit_code(firm["enterprise"]) and is_identity_number(firm["owner"]) for firm in firms)
    partners = {row["counterparty"] for row in rows(world, "vat_invoices")}
    assert all(map(is_credit_code, partners))


def test_both_sides_of_an_invoice_agree_unless_someone_cheats(world: Path) -> None:
    """Within the world a sale is the buyer's purchase; the exceptions are invented sales and what the dirt took."""
    firms = {firm["enterprise"] for firm in truth(world, "firms")}
    cheats = {row["enterprise"] for row in truth(world, "frauds") if row["fraud"] == "inflated_sales"}
    stopped = {f["enterprise"] for f in truth(world, "firms") if f["default_day"] or f["closed_on"]}
    sides: dict[str, dict[tuple[str, str, str], Decimal]] = {"销项": {}, "进项": {}}
    for row in rows(world, "vat_invoices"):
        me, other = row["enterprise"], row["counterparty"]
        if me and other in firms:
            pair = (me, other) if row["direction"] == "销项" else (other, me)
            sides[row["direction"]][*pair, row["invoice_number"]] = row["amount_fen"]
    sold, bought = sides["销项"], sides["进项"]
    assert len(sold) > 1_000
    shared = sold.keys() & bought.keys()
    assert all(sold[key] == bought[key] for key in shared)
    lost = {
        (row["enterprise"], row["record"].split("|")[0])
        for row in truth(world, "dirt")
        if row["kind"] == "missing_code"
    }
    for seller, buyer, number in sold.keys() - bought.keys():
        assert seller in cheats or buyer in stopped or (buyer, number) in lost, (seller, buyer, number)
    for seller, buyer, number in bought.keys() - sold.keys():
        assert (seller, number) in lost, (seller, buyer, number)


def test_a_balance_follows_from_the_row_before(world: Path) -> None:
    """Sorted by transaction number, each balance is the last one plus or minus the amount, and never below zero."""
    statements: dict[str, dict[int, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in rows(world, "bank_transactions"):
        sign = 1 if row["direction"] == "贷" else -1
        statements[row["account"]][int(row["transaction_number"])] = (
            sign * Decimal(row["amount_fen"]),
            Decimal(row["balance_fen"]),
        )
    assert len(statements) > 0.85 * FIRMS
    checked = 0
    for account, statement in statements.items():
        before = None
        for number in sorted(statement):
            amount, balance = statement[number]
            assert balance >= 0, (account, number)
            if before is not None:
                assert balance == before + amount, (account, number)
                checked += 1
            before = balance
    assert checked > 10_000


def test_what_one_firm_pays_another_receives(world: Path) -> None:
    """A payment between two covered firms stands in both statements with one amount."""
    account = {row["account"]: row["enterprise"] for row in rows(world, "bank_transactions") if row["enterprise"]}
    moved: dict[bool, set[tuple[str, str, str, str]]] = {True: set(), False: set()}
    for row in rows(world, "bank_transactions"):
        if row["memo"] == "货款" and row["counterparty_account"] in account:
            me, other, incoming = row["account"], row["counterparty_account"], row["direction"] == "贷"
            pair = (other, me) if incoming else (me, other)
            moved[incoming].add((*pair, row["happened_on"], row["amount_fen"]))
    assert len(moved[True]) > 200
    assert moved[True] == moved[False]


def test_a_failed_firm_fades_and_stops(world: Path) -> None:
    failed = {f["enterprise"]: f["default_day"] for f in truth(world, "firms") if f["default_day"]}
    early = {firm: day for firm, day in failed.items() if day < date(2022, 10, 1)}
    assert early, "nobody failed in the first three quarters"
    for row in rows(world, "vat_invoices"):
        if row["enterprise"] in early and row["direction"] == "销项":
            assert (row["happened_on"] - early[row["enterprise"]]).days < 160


def test_only_shops_have_tills_and_only_traders_abroad_declare(world: Path) -> None:
    trade = {firm["enterprise"]: firm["trade"] for firm in truth(world, "firms")}
    tills = {trade[row["enterprise"]] for row in rows(world, "pos_settlements") if row["enterprise"]}
    assert "catering_lodging" in tills
    assert not tills & {"construction", "labour_services", "transport_logistics", "professional_services"}
    abroad = {trade[row["enterprise"]] for row in rows(world, "customs") if row["enterprise"]}
    assert abroad <= {
        "manufacturing",
        "wholesale_retail",
        "technology",
        "transport_logistics",
        "food_farming",
        "health",
    }


def test_the_truth_stays_in_its_folder(world: Path) -> None:
    """No channel has a column that only the truth knows."""
    told = {"operating", "strain", "risk", "default_day", "fraud", "pulse"}
    for form in FORM.values():
        assert not told & set(form.headers)


def test_too_little_is_bad_input_and_leaves_nothing(tmp_path: Path) -> None:
    for asked, what in (({"firms": 0}, "no market"), ({"months": 12}, "a year"), ({"seed": -1}, "below zero")):
        with pytest.raises(BadInput, match=what):
            simulate(tmp_path / "none", **{"seed": 1, "firms": 40, "months": 13} | asked)
    with pytest.raises(BadInput, match="New Year's days"):
        simulate(tmp_path / "none", seed=1, firms=40, months=13, first=date(2060, 1, 1))
    assert not (tmp_path / "none").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(BadInput, match="not empty"):
        simulate(tmp_path / "full", seed=1, firms=40, months=13)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


@pytest.mark.parametrize("wrong", [["--firms", "0"], ["--months", "12"], ["--from", "2022"]])
def test_bad_input_ends_with_what_to_do_and_exit_code_2(wrong: list[str], tmp_path: Path) -> None:
    command = [str(PUHUI), "simulate", "--out", str(tmp_path / "out"), *wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "To go on:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_run_leaves_no_world_that_looks_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [str(PUHUI), "simulate", "--out", str(out), "--firms", "3000", "--months", "36"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + 60
    while not list(out.glob("channels/bank_transactions/*.csv")):
        assert time.monotonic() < until, "nothing was written in a minute"
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (out / "world.json").exists()
    with pytest.raises(BadInput, match="a run was stopped here"):
        simulate(out, seed=7, firms=40, months=13)
