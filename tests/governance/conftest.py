"""What the room's tests may ask for."""

from __future__ import annotations

from pathlib import Path

import people
import pytest

from puhui.channels import services as channels
from puhui.channels.deliveries import Delivery


@pytest.fixture
def delivered(book: Path, tmp_path: Path) -> dict[str, Delivery]:
    """Files with planted people, delivered."""
    folder = tmp_path / "suppliers"
    folder.mkdir()
    return {
        channel: channels.deliver(channel, path, source="a supplier", on=people.ON, by="a test")
        for channel, path in people.write(folder).items()
    }
