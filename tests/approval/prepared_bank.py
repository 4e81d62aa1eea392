"""A bank with a few simulated firms, whose tax credit scores on one variable: prepared once, copied for each module."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import connections
from small_bank import CHANNELS, ON, give_role, model, noon

from puhui.channels import services as delivering
from puhui.products import services as products
from puhui.products.lifecycle import Role
from puhui.showcase.play import read
from puhui.simulator import services as simulator


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a simulated year and its channels have written."""
    made = tmp_path_factory.mktemp("world") / "w"
    simulator.simulate(made, seed=11, firms=32, months=14, processes=1)
    return made


@pytest.fixture(scope="session")
def bank(
    template_book: str,
    book_like: Callable[..., AbstractContextManager[Path]],
    world: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Path]:
    """A bank that knows firms by a year of filings, with a champion and a shadow for tax credit: its book and folder.

    Every module has a copy of the book. The files of the lake are never changed, and so are shared.
    """
    folder = tmp_path_factory.mktemp("bank")
    with book_like(template_book, folder):
        for each in read(world).deliveries:
            if each.channel in CHANNELS:
                delivering.deliver(each.channel, each.file, source=each.channel, on=each.arrives, by="test")
        products.install(at=noon(ON))
        give_role("tax_credit", model(), Role.CHAMPION)
        give_role("tax_credit", model(kind_points=0.3), Role.SHADOW)
        name = str(connections.settings["default"]["NAME"])
    return name, folder
