"""The documentation's table of channels is the catalogue, and its example of sources can be used."""

from __future__ import annotations

import json
import re
from pathlib import Path

from puhui.channels.catalogue import CHANNELS
from puhui.channels.pulls import sources

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")


def test_the_table_is_the_catalogue() -> None:
    told = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (\d+) days \| (.+) \|$", PAGE, re.MULTILINE)
    assert told == [
        (c.name, c.label.zh, ", ".join(c.key), str(c.fresh_within_days), ", ".join(sorted(c.purposes)))
        for c in CHANNELS.values()
    ]


def test_the_example_of_sources_can_be_used(tmp_path: Path) -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example
    path = tmp_path / "sources.json"
    path.write_text(json.dumps(json.loads(example.group(1))), encoding="utf-8")
    assert list(sources.declared(path)) == ["pay-company", "core-bank"]
