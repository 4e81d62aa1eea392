"""A small world written once, read as its suppliers wrote it: raw files in, rows of text out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from puhui.simulator.forms import FORM
from puhui.simulator.services import simulate

FIRMS, MONTHS, SEED = 240, 15, 11


def make(out: Path, **more: Any) -> Path:
    """A world of two districts."""
    simulate(out, **{"seed": SEED, "firms": FIRMS, "months": MONTHS, "district_firms": 120, "processes": 1} | more)
    return out


@cache
def rows(world: Path, channel: str) -> list[dict[str, Any]]:
    """All rows of a channel, by the lake's column names, each with its `file`."""
    found = []
    for file in sorted((world / "channels" / channel).iterdir()):
        found += [_renamed(channel, row) | {"file": f"channels/{channel}/{file.name}"} for row in read(file, channel)]
    return found


def read(file: Path, channel: str) -> list[dict[str, Any]]:
    """A file's rows under the headers it has."""
    encoding = FORM[channel].encoding
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text(encoding=encoding).splitlines()]
    if file.suffix == ".xlsx":
        header, *lines = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
        return [dict(zip(header, line, strict=True)) for line in lines]
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            (inside,) = archive.namelist()
            text = archive.read(inside).decode(encoding)
    else:
        text = file.read_text(encoding=encoding)
    return list(csv.DictReader(io.StringIO(text)))


def truth(world: Path, name: str) -> list[dict[str, Any]]:
    """A table of the truth folder, all districts."""
    return pa.concat_tables(pq.read_table(file) for file in sorted((world / "truth").glob(f"{name}*"))).to_pylist()


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _renamed(channel: str, row: dict[str, Any]) -> dict[str, Any]:
    names = {header: name for name, header in FORM[channel].headers.items()}
    return {names[header]: value for header, value in row.items()}
