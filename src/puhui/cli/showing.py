"""How verbs take their common options and show their answers."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from puhui import days
from puhui.refusals import BadInput, Refused

WIDTH = None if sys.stdout.isatty() else 120  # where nobody watches, tables are not cut to a small window
out = Console(width=WIDTH)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]
OnDay = Annotated[str, typer.Option("--on", help="Business date, such as 2020-02-29 (default: today).")]


def open_book() -> None:
    from puhui import postgres

    postgres.open_book()


def day(text: str) -> date:
    if not text:
        return days.today()
    try:
        return days.parse(text)
    except ValueError as wrong:
        raise BadInput(str(wrong).split(":")[0], then="write the day as 2020-02-29") from wrong


def me() -> str:
    from puhui.cli.rights import operator

    return operator().actor.name


def answer(answer: object, as_json: bool) -> None:
    if isinstance(answer, Refused):
        print(f"puhui: refused. {answer}", file=sys.stderr)
        raise typer.Exit(3)
    print_json(answer) if as_json else out.print(plain(answer))


def plain(value: Any) -> Any:  # noqa: ANN401  whatever a room answers, as JSON can hold it
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Enum | Decimal | Path):
        return str(value.value if isinstance(value, Enum) else value)
    return value


def print_json(value: object) -> None:
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))
