"""A firm's registered name is told under a right that stands now, also where it was read a moment ago."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from puhui.channels import services as channels
from puhui.channels.catalogue import CHANNELS
from puhui.enterprises import dossier
from puhui.governance import selectors as governing
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId

ON = date(2024, 6, 30)
FOODS = EnterpriseId("91512081MA62K0260E")


def told() -> tuple[dict[EnterpriseId, str], int]:
    """The names that may be read, and how many reads were put on record for it."""
    before = governing.last_number()
    found = dossier.names([FOODS], purpose=Purpose.CREDIT_DECISION, as_of=ON, on=ON, by="a test")
    return found, len([each for each in governing.since(before) if each.act == "read"])


def test_a_name_is_read_anew_in_right_and_on_record(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "registry.csv"
    path.write_text(CHANNELS["registry"].sample, encoding="utf-8")
    channels.deliver("registry", path, source="the sample", on=ON, by="a test")
    assert told() == ({}, 0)
    governance.grant(
        [FOODS], channels=["registry"], purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT, evidence="signed",
        valid_from=date(2024, 1, 1), request=RequestId("consent"), by="a test",
    )  # fmt: skip
    first, again = told(), told()
    assert first == again
    assert first[0][FOODS] and first[1] == 1
    governance.withdraw(
        FOODS, channel="registry", purpose=Purpose.CREDIT_DECISION, on=ON, request=RequestId("no"), by="its owner"
    )
    assert told() == ({}, 0)
