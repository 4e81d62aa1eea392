"""Books with a few accounts open, for stories."""

from __future__ import annotations

from pathlib import Path

import pytest
from paper_books import Books


@pytest.fixture
def books(book: Path) -> Books:
    """A ledger with a cash and an income account that everybody touches."""
    return Books()
