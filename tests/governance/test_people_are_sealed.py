"""Personal cells are sealed in the lake: analysts see pseudonyms that join, officers masks, auditors the clear."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from people import ACCOUNT, FIRM, IDENTITY, NAME, ON, OTHER, OTHER_ACCOUNT, PHONE, SECOND, SPOUSE, consent

from puhui.channels import selectors, showing
from puhui.channels.deliveries import Delivery
from puhui.governance import selectors as governance
from puhui.governance import services
from puhui.governance.access import Role
from puhui.governance.personal import is_pseudonym
from puhui.governance.purposes import Purpose
from puhui.governance.sight import Sight
from puhui.ids import EnterpriseId, new_request
from puhui.refusals import Code, Refused

pytestmark = pytest.mark.usefixtures("delivered")
DECISION = Purpose.CREDIT_DECISION


def seen(channel: str, role: Role, *firms: EnterpriseId, **more: object) -> list[dict[str, object]]:
    found = showing.shown(channel, firms or [FIRM], role=role, purpose=DECISION, as_of=ON, on=ON, by="a test", **more)  # type: ignore[arg-type]
    assert not isinstance(found, Refused), found
    return sorted(found.rows.to_pylist(), key=str)


def analysed(channel: str, *firms: EnterpriseId) -> list[dict[str, object]]:
    found = selectors.rows(channel, firms or [FIRM], purpose=DECISION, as_of=ON, on=ON)
    assert not isinstance(found, Refused), found
    rows: list[dict[str, object]] = found.to_pyarrow().to_pylist()
    return rows


def test_every_row_came_in_and_the_broken_ones_wait(delivered: dict[str, Delivery]) -> None:
    tallies = {name: (d.accepted, d.quarantined) for name, d in delivered.items()}
    assert tallies == {"registry": (7, 2), "bank_transactions": (3, 1), "owner_bureau": (2, 0)}


def test_each_role_sees_what_is_its_own() -> None:
    consent()
    by_role = {role: next(r for r in seen("registry", role) if r["record_number"] == "R2") for role in Role}
    assert is_pseudonym(str(by_role[Role.ANALYST]["person"]))
    assert is_pseudonym(str(by_role[Role.ANALYST]["name"]))
    officers = by_role[Role.RELATIONSHIP_MANAGER]
    assert (officers["name"], officers["person"]) == (
        "欧**",
        "110***********0011",
    )
    for role in (Role.AUDITOR, Role.BORROWER):
        assert (by_role[role]["name"], by_role[role]["person"]) == (NAME, IDENTITY)


def test_what_is_no_person_stays_as_it_is_and_a_note_loses_its_numbers() -> None:
    consent()
    registry = {row["record_number"]: row for row in analysed("registry")}
    assert (registry["R1"]["name"], registry["R1"]["address"]) == ("示例食品有限公司", "示例市示例路1号")
    assert registry["R4"]["person"] == OTHER
    first, second = sorted(analysed("bank_transactions"), key=lambda row: str(row["transaction_number"]))
    assert (first["counterparty"], first["memo"]) == (OTHER, "货款")
    assert second["memo"] == "还款 186****5432"
    clear = {row["transaction_number"]: row for row in seen("bank_transactions", Role.AUDITOR)}
    assert clear["2"]["memo"] == "还款 18698765432"
    assert (clear["2"]["counterparty"], clear["2"]["account"]) == (SPOUSE, ACCOUNT)


def test_pseudonyms_join_across_firms_and_channels() -> None:
    consent()
    consent(OTHER)
    held = [row["person"] for row in analysed("registry", FIRM, OTHER) if row["record_number"] in ("R2", "R6")]
    reported = [row["person"] for row in analysed("owner_bureau")]
    assert len(set(held)) == 1 and held[0] == reported[0]
    mine = {row["account"] for row in analysed("bank_transactions")}
    theirs = {row["counterparty_account"] for row in analysed("bank_transactions", OTHER)}
    assert mine == theirs and all(is_pseudonym(str(account)) for account in mine)


def test_no_lazy_read_ever_holds_the_sealed_cells() -> None:
    consent()
    assert not [name for name in analysed("registry")[0] if "sealed" in name]


def test_the_same_file_again_and_a_correction_work_on_pseudonyms(tmp_path: Path) -> None:
    from people import REGISTRY

    from puhui.channels import services as channels

    consent()
    again = tmp_path / "again.csv"
    lines = REGISTRY.splitlines()
    again.write_text("\n".join([lines[0], lines[3].replace("65.00%", "60.00%"), lines[2], ""]), encoding="utf-8")
    answer = channels.deliver("registry", again, source="a supplier", on=ON, by="a test")
    assert (answer.duplicates, answer.corrections) == (1, 1)
    (row,) = [row for row in seen("registry", Role.AUDITOR) if row["record_number"] == "R3"]
    assert (row["share_bp"], row["person"]) == (6000, IDENTITY)


def test_a_read_without_consent_or_for_another_purpose_is_refused_in_both_ways() -> None:
    def reasons(purpose: Purpose) -> set[Code]:
        lazy = selectors.rows("owner_bureau", [FIRM], purpose=purpose, as_of=ON, on=ON)
        eager = showing.shown("owner_bureau", [FIRM], role=Role.BORROWER, purpose=purpose, as_of=ON, on=ON, by="a test")
        assert isinstance(lazy, Refused) and isinstance(eager, Refused)
        return {lazy.code, eager.code}

    assert reasons(DECISION) == {Code.NO_CONSENT}
    assert reasons(Purpose.QUALITY) == {Code.PURPOSE_NOT_ALLOWED}
    consent(valid_to=date(2024, 6, 29))
    assert reasons(DECISION) == {Code.NO_CONSENT}


def test_a_consent_that_ends_while_the_rows_are_read_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    consent()
    opening = showing._opened

    def meanwhile(*args: object) -> object:
        services.withdraw(FIRM, channel="registry", purpose=DECISION, on=ON, request=new_request(), by="the owner")
        return opening(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(showing, "_opened", meanwhile)
    found = showing.shown("registry", [FIRM], role=Role.AUDITOR, purpose=DECISION, as_of=ON, on=ON, by="a test")
    assert isinstance(found, Refused) and found.code is Code.NO_CONSENT


def test_every_read_says_who_whom_what_why_and_how_many_rows() -> None:
    consent()
    analysed("registry")
    seen("owner_bureau", Role.AUDITOR)
    clear, lazy = governance.latest(2)
    assert (lazy.act, lazy.subject, lazy.by) == ("read", "registry", "puhui")
    assert (lazy.body["rows"], lazy.body["purpose"], lazy.body["sight"]) == (5, "credit_decision", "pseudonyms")
    assert (clear.subject, clear.by, clear.body["rows"], clear.body["sight"]) == ("owner_bureau", "a test", 1, "clear")
    assert clear.body["first"] == [FIRM]
    assert [read.number for read in governance.reads_of(FIRM)] == [clear.number, lazy.number]
    assert governance.reads_of(OTHER) == []


def test_a_read_of_many_firms_is_one_record_that_still_says_which() -> None:
    many = [EnterpriseId(f"E{n}") for n in range(200)]
    for _ in range(2):
        services.record_read(
            "registry", many, purpose=DECISION, as_of=ON, sight=services.Sight.PSEUDONYMS, rows=9, exact=False, by="x"
        )
    (last,) = governance.latest(1)
    assert (last.body["firms"], last.body["rows_at_most"]) == (200, 9)
    assert len(governance.reads_of(EnterpriseId("E77"))) == 2
    assert governance.reads_of(EnterpriseId("E777")) == []


def test_quarantine_is_masked_for_whom_a_right_stands_and_hidden_otherwise(delivered: dict[str, Delivery]) -> None:
    rows = selectors.quarantine(delivered["registry"].delivery, on=ON)
    assert [row.raw for row in rows] == [None, None]
    consent()
    dated, misshapen = selectors.quarantine(delivered["registry"].delivery, on=ON)
    assert (misshapen.raw, misshapen.hidden) == (None, selectors.Hidden.NO_FIRM)
    assert dated.raw is not None
    assert (dated.raw["名称"], dated.raw["证件号码"], dated.raw["联系电话"]) == (
        "尉**",
        "330***********002X",
        "139****5678",
    )
    as_it_came, whole = selectors.quarantine(delivered["registry"].delivery, sight=Sight.CLEAR, on=ON)
    assert as_it_came.raw is not None and as_it_came.raw["证件号码"] == SECOND and as_it_came.raw["联系电话"] == PHONE
    assert whole.raw is not None and NAME in str(whole.raw[""])


def test_a_sealed_row_is_mended_without_being_shown(delivered: dict[str, Delivery]) -> None:
    from puhui.channels import services as channels

    consent()
    (dated, _) = selectors.quarantine(delivered["registry"].delivery, on=ON)
    answer = channels.mend(dated.id, {"登记日期": "2018-01-02"}, by="a test", on=ON)
    assert isinstance(answer, Delivery) and answer.accepted == 1
    assert SECOND in {row["person"] for row in seen("registry", Role.AUDITOR)}
    assert OTHER_ACCOUNT not in str(answer)
