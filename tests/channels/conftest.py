"""What the room's tests may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper_invoices import CHINESE, Rows, Writer, written


@pytest.fixture
def paper(tmp_path: Path) -> Writer:
    """Writes rows to a file of a name."""

    def write(name: str, rows: Rows, headers: tuple[str, ...] = CHINESE, encoding: str = "utf-8") -> Path:
        return written(tmp_path / name, rows, headers, encoding)

    return write
