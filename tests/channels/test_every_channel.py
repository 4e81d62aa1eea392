"""What holds for every channel of the catalogue; a new channel is tested here by being declared."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from puhui.channels import contract, lake, planning, selectors, services
from puhui.channels.catalogue import CHANNELS
from puhui.channels.contract import Channel
from puhui.channels.deliveries import Delivery
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import Refused

ON = date(2024, 6, 30)
NAMES = list(CHANNELS)
pytestmark = pytest.mark.usefixtures("module_book")


def sample(channel: Channel) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(channel.sample)))


def deliver(channel: Channel, rows: list[dict[str, str]], path: Path, source: str, on: date = ON) -> Delivery:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sample(channel)[0])
        writer.writeheader()
        writer.writerows(rows)
    return services.deliver(channel.name, path, source=source, on=on, by="a test")


@pytest.mark.parametrize("name", NAMES)
def test_its_sample_is_accepted_whole(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_text(CHANNELS[name].sample, encoding="utf-8")
    answer = services.deliver(name, path, source="the sample", on=ON, by="a test")
    assert answer.reasons == {}
    assert answer.unknown_headers == ()
    assert answer.rows_in == answer.accepted == len(sample(CHANNELS[name])) > 2


@pytest.mark.parametrize("name", NAMES)
def test_each_empty_cell_of_a_required_column_is_a_reason_of_its_own(name: str, tmp_path: Path) -> None:
    channel = CHANNELS[name]
    places = contract.places(channel, sample(channel)[0])
    required = [column for column in channel.columns if column.required and column.name in places]
    rows = [sample(channel)[0] | {places[column.name]: " "} for column in required]
    answer = deliver(channel, rows, tmp_path / "a.csv", "empty cells")
    assert (answer.accepted, answer.quarantined) == (0, len(required))
    for row, column in zip(selectors.quarantine(answer.delivery), required, strict=True):
        assert column.missing in dict(row.reasons)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_read_is_a_reason_in_both_languages(name: str, tmp_path: Path) -> None:
    channel = CHANNELS[name]
    places = contract.places(channel, sample(channel)[0])
    strict = [c for c in channel.columns if c.name in places and (c.dtype != "string" or "one_of" in str(c.parse))]
    rows = [sample(channel)[0] | {places[column.name]: "不详"} for column in strict]
    answer = deliver(channel, rows, tmp_path / "a.csv", "unreadable cells")
    assert answer.quarantined == len(strict) == len(rows)
    for row, column in zip(selectors.quarantine(answer.delivery), strict, strict=True):
        words = dict(row.reasons)[column.unreadable]
        assert column.label.zh in words.zh
        assert column.label.en in words.en


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_from_after_the_day_of_delivery_is_no_fact(name: str, tmp_path: Path) -> None:
    channel = CHANNELS[name]
    answer = deliver(channel, sample(channel), tmp_path / "a.csv", "too early", on=date(1985, 1, 1))
    assert answer.accepted == 0
    assert answer.reasons["DATE_IN_FUTURE"] == len(sample(channel))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_again_is_a_duplicate_and_another_content_a_correction(name: str, tmp_path: Path) -> None:
    channel = CHANNELS[name]
    rows = sample(channel)
    deliver(channel, rows, tmp_path / "a.csv", "one source")
    again = deliver(channel, [rows[0], *rows], tmp_path / "b.csv", "one source")
    assert (again.accepted, again.duplicates) == (0, len(rows) + 1)

    # Even of another day, where the key does not hold the day: a payment that came late is the same payment.
    places = contract.places(channel, rows[0])
    dated = "happened_on" not in channel.key
    name_of = places["happened_on"] if dated else places[next(c for c in reversed(channel.content) if c in places)]
    changed = _others(channel, rows[-1 if dated else 0], name_of, date(2024, 6, 29).isoformat() if dated else None)
    answer = deliver(channel, [changed], tmp_path / "c.csv", "one source")
    assert (answer.reasons, answer.corrections) == ({}, 1)
    table = lake.current(channel)
    con = lake.connect()
    revisions = con.con.execute(
        f"select revision from read_parquet({list(planning.plan(table, firms=None).files)})"
        f" where delivery = '{answer.delivery}'"
    ).fetchall()
    con.disconnect()
    assert revisions == [(1,)]


@pytest.mark.parametrize("name", NAMES)
def test_a_late_correction_is_known_from_its_day_and_the_old_value_before_it(name: str, tmp_path: Path) -> None:
    channel, after = CHANNELS[name], date(2024, 7, 5)
    rows, firm = sample(channel), EnterpriseId(f"L{name}")
    places = contract.places(channel, rows[0])
    mine = rows[0] | {places["enterprise"]: firm}
    governance.grant(
        [firm],
        channels=[name],
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="a form",
        valid_from=date(2024, 1, 1),
        request=RequestId(f"consent to {name}"),
        by="a test",
    )

    def known(as_of: date) -> list[object]:
        found = selectors.rows(name, [firm], purpose=Purpose.CREDIT_DECISION, as_of=as_of, on=after)
        assert not isinstance(found, Refused)
        return found.select(*channel.content).to_pyarrow().to_pylist()

    deliver(channel, [mine], tmp_path / "a.csv", "a late one")
    (old,) = known(ON)
    for changing in reversed(channel.content):
        if changing in places and changing != "happened_on":
            corrected = _others(channel, mine, places[changing], None)
            answer = deliver(channel, [corrected], tmp_path / f"{changing}.csv", "a late one", on=after)
            if not answer.reasons:  # some columns cannot change alone, such as an invoice's total
                break
    assert (answer.reasons, answer.corrections) == ({}, 1)
    assert known(date(2024, 7, 4)) == [old]
    (new,) = known(after)
    assert [name for name in channel.content if new[name] != old[name]] == [changing]


def _others(channel: Channel, row: dict[str, str], header: str, text: str | None) -> dict[str, str]:
    """The row with one cell changed to `text`, or to what another row of the sample says there."""
    there = [other[header] for other in sample(channel) if other[header] and other[header] != row[header]]
    return row | {header: text or (there[0] if there else "1")}
