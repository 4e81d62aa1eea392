"""The verbs that the README shows, and which of them need a bank that has been open for a while."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BY_HAND = {"bench", "serve"}  # measured, or served, by hand
NEED_A_BANK = {"accuracy", "decide", "replay", "exposure", "close", "statement"}  # run on the bank in a box
PLAYS_IT = {"bank"}  # what makes that bank


def shown_verbs() -> list[str]:
    """Every command that the README shows, without `puhui` and what is said beside it."""
    return [found.strip() for found in re.findall(r"^puhui ([^\n#]+)", README.read_text(), re.MULTILINE)]
