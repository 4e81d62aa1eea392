"""The prepared bank, a copy of it for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from prepared_bank import bank, world

from puhui.channels import selectors as lake
from puhui.ids import EnterpriseId

__all__ = ["bank", "world"]


@pytest.fixture(scope="module")
def firms(
    bank: tuple[str, Path], book_like: Callable[..., AbstractContextManager[Path]]
) -> Iterator[list[EnterpriseId]]:
    """The firms of a copy of the bank that is the module's own."""
    with book_like(*bank):
        yield lake.firms("tax_filings")
