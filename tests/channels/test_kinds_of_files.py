"""JSON lines and zipped files beside CSV, and columns that are new, missing or no longer what they were."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from puhui.channels import lake, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import MARK, Headers
from puhui.channels.deliveries import Delivery
from puhui.channels.door import Door
from puhui.channels.formats import files, zipped
from puhui.channels.models import DeliveryRow
from puhui.governance.sight import Sight
from puhui.refusals import BadInput

ON = date(2024, 6, 30)
DAY = {
    "enterprise": "E1",
    "terminal": "T1",
    "happened_on": "2024-04-01",
    "tickets": 143,
    "amount": 6120.5,
    "refunds": 1,
    "refund": 35.25,
    "night_tickets": 22,
    "night": 1430.0,
    "fee": "23.26",
}
pytestmark = pytest.mark.usefixtures("module_book")


def deliver(channel: str, path: Path) -> Delivery:
    return services.deliver(channel, path, source=str(path)[-80:], on=ON, by="a test")


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_json_lines_are_rows_and_what_is_no_object_is_kept_as_text(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl",
        DAY,
        "",
        '{"enterprise": "E1", "terminal"',
        "[1, 2]",
        DAY | {"terminal": "T2", "tickets": None},
        DAY | {"terminal": "T3", "amount": {"yuan": 5}},
        {"note": "new"} | DAY | {"terminal": "T4"},
        DAY,
    )
    answer = deliver("pos_settlements", path)
    assert (answer.rows_in, answer.accepted, answer.duplicates, answer.quarantined) == (7, 2, 1, 4)
    assert answer.reasons == {
        "AMOUNT_FEN_UNREADABLE": 1,
        "AMOUNT_FEN_WITHOUT_TICKETS": 1,
        "TICKETS_MISSING": 1,
        "WRONG_NUMBER_OF_CELLS": 2,
    }
    assert answer.unknown_headers == ("note",)
    kept = {row.line: row.raw for row in selectors.quarantine(answer.delivery, sight=Sight.CLEAR)}
    assert kept[3] == {"": '{"enterprise": "E1", "terminal"'}
    assert kept[4] == {"": "[1, 2]"}
    assert kept[5]["tickets"] is None
    assert json.loads(kept[6]["amount"] or "") == {"yuan": 5}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("6222020200112233445566778899", "6222020200112233445566778899"),
        ("12345678901234567.89", "12345678901234567.89"),
        ("0.1", "0.1"),
        ('"007"', "007"),
        ("true", "true"),
        ('"a: 12345678901234567890"', "a: 12345678901234567890"),
        ("9007199254740993", "9007199254740993"),
        ('"电\\u8d39\\n"', "电费\n"),
    ],
)
def test_numbers_in_json_keep_every_digit(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text(f'{{"it": {written}}}\n', encoding="utf-8")
    con = lake.connect()
    arrived = files.look(path)
    door = Door(CHANNELS["vat_invoices"], Headers({}, {}, ()), len(arrived.headers))
    files.stage(con, arrived, door)
    ((cell,),) = con.con.execute("select c0 from raw").fetchall()
    assert cell.startswith(MARK), "what the channel does not know may be anything, and is sealed at the door"
    assert door.opened(cell) == read
    con.disconnect()


def test_many_lines_keep_their_numbers(tmp_path: Path) -> None:
    rows = [DAY | {"terminal": f"T{n}"} for n in range(60_000)]
    rows[54_321]["amount"] = "?"
    answer = deliver("pos_settlements", lines(tmp_path / "a.jsonl", *rows))
    assert (answer.accepted, answer.quarantined) == (59_999, 1)
    assert selectors.quarantine(answer.delivery, sight=Sight.CLEAR)[0].line == 54_322


def test_json_without_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no JSON object"):
        deliver("pos_settlements", lines(tmp_path / "a.jsonl", "<html>", "</html>"))
    with pytest.raises(BadInput, match="more than 500 different keys"):
        deliver("pos_settlements", lines(tmp_path / "b.jsonl", {f"k{n}": 1 for n in range(501)}))
    with pytest.raises(BadInput, match="no column for terminal"):
        deliver("pos_settlements", lines(tmp_path / "c.jsonl", {"enterprise": "E1"}))


def _zip(path: Path, **entries: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def test_a_zipped_file_is_the_file_in_it(tmp_path: Path, module_book: Path) -> None:
    text = CHANNELS["customs"].sample.encode("gbk")
    packed = _zip(tmp_path / "2024-04.csv.zip", **{"folder__2024-04.csv": text, "__MACOSX__._2024-04.csv": b"\0"})
    plain = tmp_path / "2024-04.csv"
    plain.write_bytes(text)
    answer = services.deliver("customs", packed, source="a zip", on=ON, by="a test")
    assert answer.accepted == 3
    assert DeliveryRow.objects.get(pk=answer.delivery).file_name == "2024-04.csv.zip"
    assert services.deliver("customs", plain, source="a zip", on=ON, by="a test").repeated
    assert not any((module_book / "spill").iterdir()), "what was unpacked is gone"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({}, "holds no file"),
        ({"a.csv": "x", "b.csv": "x"}, r"holds 2 files \(a.csv, b.csv\)"),
        ({"a.pdf": "x"}, r"holds 1 files \(a.pdf\)"),
        ({"a.zip": "x"}, "pack exactly one file"),
        ({"a.csv": b"0" * (zipped.SMALL + 1)}, "how archives are made that fill a disk"),
    ],
)
def test_what_is_more_or_less_than_one_file_is_refused(
    tmp_path: Path, module_book: Path, entries: dict[str, str | bytes], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        deliver("customs", _zip(tmp_path / "a.zip", **entries))
    assert not any((module_book / "spill").iterdir())


@pytest.mark.parametrize("harm", [lambda b: b[:200], lambda b: b[:60] + b"\xff" * 40 + b[100:], lambda b: b"no zip"])
def test_a_damaged_zip_is_refused(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    path = _zip(tmp_path / "a.zip", **{"a.csv": CHANNELS["customs"].sample})
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(BadInput, match="damaged or cut short"):
        deliver("customs", path)
    assert not DeliveryRow.objects.filter(source=str(path)[-80:]).exists()


def test_a_column_that_changed_its_type_stops_the_delivery_and_says_which(tmp_path: Path) -> None:
    sound = [DAY | {"terminal": f"T{n}"} for n in range(100)]
    changed = [row | {"amount": "6.120,50"} for row in sound]
    with pytest.raises(BadInput, match=r"51 of 100 cells of amount_fen \(交易金额\).*'6.120,50' on line 1:"):
        deliver("pos_settlements", lines(tmp_path / "a.jsonl", *changed[:51], *sound[51:]))
    assert not DeliveryRow.objects.filter(source=str(tmp_path / "a.jsonl")[-80:]).exists()
    answer = deliver("pos_settlements", lines(tmp_path / "b.jsonl", *changed[:50], *sound[50:]))
    assert (answer.accepted, answer.quarantined) == (50, 50), "half of them are rows gone wrong"
    few = deliver("pos_settlements", lines(tmp_path / "c.jsonl", *changed[:99]))
    assert few.quarantined == 99, "too few to tell"
