"""A bank with a few simulated firms, whose tax credit scores on one variable: enough to live every state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_bank import CHANNELS, ON, give_role, model, noon

from puhui.channels import selectors as lake
from puhui.channels import services as delivering
from puhui.ids import EnterpriseId
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


@pytest.fixture(scope="module")
def firms(module_book: Path, world: Path) -> Iterator[list[EnterpriseId]]:
    """Firms with a year of filings behind them, and a champion and a shadow for tax credit."""
    for each in read(world).deliveries:
        if each.channel in CHANNELS:
            delivering.deliver(each.channel, each.file, source=each.channel, on=each.arrives, by="test")
    products.install(at=noon(ON))
    give_role("tax_credit", model(), Role.CHAMPION)
    give_role("tax_credit", model(kind_points=0.3), Role.SHADOW)
    yield lake.firms("tax_filings")
