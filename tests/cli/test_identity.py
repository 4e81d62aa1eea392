"""Acts on identities as a person types them: records are linked, merged, split, undone; a proposal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from puhui import postgres
from puhui.cli.verbs import app
from puhui.enterprises.codes import check_digit

CODE = "91510107MA6000001" + check_digit("91510107MA6000001")
RECORDS = f"""source,record,code,name,address,phone
registry,1,{CODE},成都华盛贸易有限公司,四川省成都市武侯区人民南路120号,028-85551234
bank,2,,成都华盛贸易公司,成都市武侯区人民南路120号,028-85551234
court,3,,重庆远方茶行,,
stalls,4,,重庆远方茶业商行,,
"""


@pytest.fixture
def said(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Type words, and read the answer."""
    monkeypatch.setattr(postgres, "open_book", lambda: None)  # the verbs act on this test's book
    file = tmp_path / "records.csv"
    file.write_text(RECORDS, encoding="utf-8")

    def run(*words: str, exits: int = 0) -> str:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == exits, (words, done.output, done.exception)
        return done.output

    run("link", str(file), "--on", "2026-04-01")
    return run


def test_a_merge_is_made_once_shown_and_undone(said: Any) -> None:
    from puhui.enterprises import selectors

    tea, stall = selectors.firm_of("court", "3"), selectors.firm_of("stalls", "4")
    assert tea and stall and tea != stall
    words = ("identity", "merge", tea, stall, "--because", "one owner, one shop", "--request", "m1", "--json")
    first = json.loads(said(*words))
    assert (first["kind"], first["enterprise"], first["other"]) == ("merge", tea, stall)
    assert json.loads(said(*words)) == first, "asked twice, the first answer is given"
    assert selectors.firm_of("stalls", "4") == tea
    assert set(selectors.to_recompute("trust")) == {tea, stall}
    said("identity", "merge", tea, stall, "--because", "again", exits=3)
    said("identity", "recompute", "--on", "2026-04-01")
    assert selectors.to_recompute("trust") == []
    undone = json.loads(said("identity", "undo", str(first["act"]), "--because", "two after all", "--json"))
    assert undone["kind"] == "undo" and selectors.firm_of("stalls", "4") == stall
    said("identity", "undo", str(first["act"]), "--because", "two after all", exits=3)


def test_records_are_split_off_by_the_numbers_that_are_shown(said: Any) -> None:
    from puhui.enterprises import selectors

    firm = selectors.firm_named(CODE)
    assert firm is not None and selectors.firm_of("bank", "2") == firm, "linked by likeness"
    number = next(each.number for each in selectors.records(firm) if each.source == "bank")
    split = json.loads(said("identity", "split", CODE, str(number), "--because", "another branch", "--json"))
    assert selectors.firm_of("bank", "2") == split["other"] != firm
    said("identity", "split", CODE, "999", "--because", "nothing", exits=3)


def test_a_proposal_needs_another_person_and_a_reason(said: Any) -> None:
    from puhui.enterprises import selectors

    tea, stall = selectors.firm_of("court", "3"), selectors.firm_of("stalls", "4")
    asked = json.loads(said("identity", "propose", "merge", str(tea), str(stall), "--because", "one shop", "--json"))
    said("proposals", "judge", str(asked["number"]), "--yes", exits=3)
    assert "Missing option '--because'" in said("identity", "merge", str(tea), str(stall), exits=2)
