"""Progress of long work, on stderr: a bar for a person, plain lines where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Step(Protocol):
    """What a long act tells while it works."""

    def __call__(self, done: float, note: str = "") -> None:
        """`done` is a share of this step, 0 to 1; `note` is a few words on what is being done."""


class Teller:
    """Tells a person how a long act goes, step by step. `Teller(quiet=True)` says nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self._console = Console(stderr=True, quiet=quiet)
        self._live = sys.stderr.isatty() and not quiet

    @contextmanager
    def step(self, label: str) -> Iterator[Step]:
        """One named step of the act; its seconds are kept under its label."""
        started = perf_counter()
        if self._live:
            with self._bar() as bar:
                task = bar.add_task(label, total=1.0, note="")
                yield _told_to(bar, task)
                bar.update(task, completed=1.0, note="")
        else:
            yield lambda done, note="": None
        self.seconds[label] = perf_counter() - started
        if not self._live:
            self._console.print(f"{label:<44}{self.seconds[label]:>8.1f} s", highlight=False)

    def say(self, text: str) -> None:
        """A line for the person who waits."""
        self._console.print(text, highlight=False)

    def _bar(self) -> Progress:
        columns = (
            TextColumn("{task.description:<44}"),
            BarColumn(32),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
        )
        return Progress(*columns, console=self._console)


def _told_to(bar: Progress, task: TaskID) -> Step:
    def tell(done: float, note: str = "") -> None:
        bar.update(task, completed=done, note=note)

    return tell
