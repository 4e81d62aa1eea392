"""The commands that the README and the docs show are real: every one is a verb with the options shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from puhui.cli.verbs import app

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"(?:^|`)\$? ?puhui ([^`\n#|]+)", re.MULTILINE)


def _commands(page: Path) -> list[str]:
    return [found.strip().rstrip(".,;:)") for found in COMMAND.findall(page.read_text())]


@pytest.mark.parametrize("page", [page for page in PAGES if _commands(page)], ids=lambda page: page.stem)
def test_every_command_shown_is_a_verb_with_the_options_shown(page: Path) -> None:
    for shown in _commands(page):
        command: Any = typer.main.get_command(app)
        words = shlex.split(shown.replace("[", "").replace("]", ""))
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            assert words[0] in command.commands, f"{page.name}: there is no verb in 'puhui {shown}'"
            command = command.commands[words.pop(0)]
        known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {"--help"}
        asked = {word.split("=")[0] for word in words if word.startswith("-")}
        assert asked <= known, f"{page.name}: 'puhui {shown}' has no {', '.join(asked - known)}"
