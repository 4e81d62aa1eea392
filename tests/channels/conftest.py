"""What the room's tests may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper_invoices import CHINESE, Rows, Writer, written

THEIRS = (  # Ibis 12 still calls what DuckDB 2 and pandas 3 have begun to deprecate
    "ignore:fetch_arrow_table:DeprecationWarning",
    "ignore:The 'future.infer_string' option:DeprecationWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass in this folder the warnings that two libraries owe each other; all others stay errors."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in THEIRS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture
def paper(tmp_path: Path) -> Writer:
    """Writes rows to a file of a name."""

    def write(name: str, rows: Rows, headers: tuple[str, ...] = CHINESE, encoding: str = "utf-8") -> Path:
        return written(tmp_path / name, rows, headers, encoding)

    return write
