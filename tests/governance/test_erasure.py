"""Erasure where the law allows it, the reason where it does not; what is kept too long goes; owners get a copy."""

from __future__ import annotations

import csv
import json
import stat
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from people import FIRM, IDENTITY, NAME, ON, OTHER, PHONE, SECOND, SECOND_NAME, SPOUSE, consent

from puhui import dated, days
from puhui.channels import copying, selectors, showing
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import selectors as identities
from puhui.enterprises import services as enterprises
from puhui.enterprises.owner import Matter
from puhui.governance import erasing, services
from puhui.governance import selectors as governance
from puhui.governance.access import Role
from puhui.governance.erasing import Erased, Keeping
from puhui.governance.purposes import Purpose
from puhui.ids import EnterpriseId, new_request
from puhui.refusals import BadInput, Code, Refused

pytestmark = pytest.mark.usefixtures("delivered")
LONG_AFTER = date(2040, 1, 1)


def registry(firm: EnterpriseId = FIRM) -> list[dict[str, object]]:
    """What the owner's copy shows: it needs no consent."""
    found = showing.shown(
        "registry", [firm], role=Role.BORROWER, purpose=Purpose.OWNER_COPY, as_of=LONG_AFTER, on=LONG_AFTER, by="a test"
    )
    assert not isinstance(found, Refused)
    return sorted(found.rows.to_pylist(), key=lambda row: str(row["record_number"]))


def erase(firm: EnterpriseId = FIRM, on: date = ON) -> Erased | Refused:
    return erasing.erase_firm(firm, evidence="letter 4", on=on, by="a test")


def test_a_firm_is_erased_by_destroying_its_keys_and_another_stays() -> None:
    consent()
    consent(OTHER)
    assert {NAME, SPOUSE} <= {row["name"] for row in registry()} | {row["before"] for row in registry()}
    answer = erase()
    assert isinstance(answer, Erased) and answer.keys >= 2 and answer.grants == 3
    after = registry()
    assert len(after) == 5, "the lake is append-only: its rows stay"
    assert {(row["name"], row["person"]) for row in after if row["record_number"] in ("R2", "R3")} == {(None, None)}
    refused = selectors.rows("registry", [FIRM], purpose=Purpose.CREDIT_DECISION, as_of=ON, on=ON)
    assert isinstance(refused, Refused) and refused.code is Code.NO_CONSENT
    assert {row["name"] for row in registry(OTHER)} == {NAME, SECOND_NAME}
    assert "erase" in [record.act for record in governance.latest(5)]


def test_a_person_is_erased_in_every_file_and_other_people_stay() -> None:
    answer = erasing.erase_person(IDENTITY, evidence="letter 5", on=ON, by="a test")
    assert isinstance(answer, Erased) and (answer.firms, answer.grants) == (2, 0)
    assert [row["person"] for row in registry(OTHER)] == [None, SECOND]
    assert [row["name"] for row in registry() if row["record_number"] == "R2"] == [None]
    assert registry()[0]["phone"] == PHONE, "the firm's own number is not the person's"
    (said,) = [record for record in governance.latest(9) if record.act == "erase"]
    assert IDENTITY not in json.dumps([said.subject, said.body])
    with pytest.raises(BadInput, match="no file names a person") as unknown:
        erasing.erase_person("110101198001010015", evidence="x", on=ON, by="a test")
    assert "110101198001010015" not in str(unknown.value)


def test_a_live_loan_keeps_the_data_and_says_so_until_it_is_repaid() -> None:
    request = new_request()
    for _ in range(2):
        erasing.hold(FIRM, reason=Keeping.LIVE_LOAN, reference="F-12", on=ON, request=request, by="lending")
    refused = erase()
    assert isinstance(refused, Refused) and refused.code is Code.KEPT_ON_HOLD
    assert (refused.details["reference"], refused.details["reason"]) == ("F-12", "a live loan")
    by_person = erasing.erase_person(IDENTITY, evidence="x", on=ON, by="a test")
    assert isinstance(by_person, Refused) and by_person.code is Code.KEPT_ON_HOLD
    assert erasing.release(FIRM, reference="F-12", on=ON, request=new_request(), by="lending") == 1
    assert isinstance(erase(), Erased)


def test_a_read_that_led_to_no_decision_keeps_nothing() -> None:
    consent()
    selectors.rows("registry", [FIRM], purpose=Purpose.CREDIT_DECISION, as_of=ON, on=ON)
    assert isinstance(erase(on=days.today()), Erased)


def test_a_firm_is_held_erased_and_copied_under_every_id_and_code_that_means_it(tmp_path: Path) -> None:
    """Channels know it by its credit code, the house also by an id that became part of it: either may be named."""
    records = [{"source": "bank", "record": "1", "code": FIRM, "name": "示例食品有限公司"}]
    records.append({"source": "bank", "record": "2", "code": "", "name": "老字号小吃店"})
    enterprises.link(pa.Table.from_pylist(records), on=ON, by="a test")
    ours = identities.firm_of("bank", "2")
    assert ours is not None and ours != FIRM
    enterprises.merge(FIRM, ours, reason="its old name", on=ON, request=new_request(), by="a steward")
    consent()
    assert copying.copy(ours, tmp_path / "copy", evidence="x", on=ON, by="a clerk").rows["registry"] == 5
    erasing.hold(ours, reason=Keeping.DISPUTE, reference="D-1", on=ON, request=new_request(), by="a test")
    for called in (ours, FIRM):
        refused = erase(called)
        assert isinstance(refused, Refused) and refused.code is Code.KEPT_ON_HOLD
    erasing.release(ours, reference="D-1", on=ON, request=new_request(), by="a test")
    done = erase(ours)
    assert isinstance(done, Erased) and done.keys >= 2 and done.grants == 3
    assert NAME not in {row["name"] for row in registry()}


def test_an_unknown_firm_is_bad_input() -> None:
    with pytest.raises(BadInput, match="nothing personal is held"):
        erase(EnterpriseId("91000000000000000X"))


def test_after_an_erasure_a_new_consent_and_new_rows_begin_with_new_keys(tmp_path: Path) -> None:
    from people import REGISTRY

    from puhui.channels import services as channels

    erase()
    lines = REGISTRY.splitlines()
    file = tmp_path / "new.csv"
    file.write_text("\n".join([lines[0], lines[2].replace("R2", "R20"), ""]), encoding="utf-8")
    channels.deliver("registry", file, source="a supplier", on=ON, by="a test")
    names = {row["record_number"]: row["name"] for row in registry()}
    assert (names["R2"], names["R20"]) == (None, NAME)


def test_what_is_kept_too_long_goes_by_the_year_and_by_the_law_of_the_day() -> None:
    by_channel = {kept.channel: kept for kept in erasing.periods(ON) if kept.year == 2024}
    assert by_channel["owner_bureau"].until == date(2029, 12, 31)
    assert by_channel["bank_transactions"].until == date(2029, 12, 31)
    later = {kept.channel: kept for kept in erasing.periods(date(2026, 1, 1)) if kept.year == 2024}
    assert later["bank_transactions"].until == date(2034, 12, 31)
    assert erasing.expire(on=date(2029, 12, 31), by="a test") == []
    gone = erasing.expire(on=date(2030, 1, 1), by="a test")
    assert [(kept.channel, kept.year) for kept in gone] == [("owner_bureau", 2024)]
    found = showing.shown(
        "owner_bureau", [FIRM], role=Role.BORROWER, purpose=Purpose.OWNER_COPY, as_of=LONG_AFTER, by="a test"
    )
    assert not isinstance(found, Refused)
    assert (found.rows["person"].to_pylist(), found.erased) == ([None], 1)
    assert registry()[1]["name"] == NAME, "another channel's year stays"


def test_every_channel_with_people_has_its_period() -> None:
    named = set(dated.load(erasing.PERIODS, on=ON).terms)
    assert {channel.name for channel in CHANNELS.values() if channel.personal} <= named


def test_the_owner_gets_a_copy_of_everything_and_only_the_owner(tmp_path: Path) -> None:
    consent()
    selectors.rows("registry", [FIRM], purpose=Purpose.CREDIT_DECISION, as_of=ON, on=ON, by="an analyst")
    enterprises.owner_says(FIRM, {Matter.STAFF: 7}, on=ON, request=new_request(), by="a clerk")
    folder = tmp_path / "copy"
    answer = copying.copy(FIRM, folder, evidence="passport seen", on=ON, by="a clerk")
    assert answer.rows == {"registry": 5, "bank_transactions": 2, "owner_bureau": 1}
    assert (answer.quarantined, answer.rights, answer.erased_cells) == (1, 3, 0)
    with (folder / "registry.csv").open(encoding="utf-8") as file:
        assert IDENTITY in {row["person"] for row in csv.DictReader(file)}
    held = json.loads((folder / "held.json").read_text())
    assert [row["row"]["名称"] for row in held["rows that waited in quarantine"]] == [SECOND_NAME]
    assert "an analyst" in {read["by"] for read in held["reads"]}
    assert [said["amount"] for said in held["held beside"]["identity and trust"]] == [7], "other rooms' too"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    with pytest.raises(BadInput, match="not an empty folder"):
        copying.copy(FIRM, folder, evidence="x", on=ON, by="a clerk")
    for role in (Role.ANALYST, Role.RELATIONSHIP_MANAGER, Role.AUDITOR):
        other = showing.shown("registry", [FIRM], role=role, purpose=Purpose.OWNER_COPY, as_of=ON, on=ON, by="x")
        assert isinstance(other, Refused)
    assert services.verify().holds
