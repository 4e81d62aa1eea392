"""Verbs of the variables."""

from __future__ import annotations

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, out, print_json

app = typer.Typer()


@app.command()
def variables(as_json: AsJson = False) -> None:
    """List the variables: name, label, unit, which side is worse, and why."""
    from puhui.variables import registry

    listed: list[dict[str, str | None]] = [
        {
            "name": variable.name,
            "en": variable.label.en,
            "zh": variable.label.zh,
            "unit": variable.unit.en,
            "unit_zh": variable.unit.zh,
            "channel": " + ".join(registry.channels_of(variable)),
            "worse_when": variable.worse_when,
            "why": variable.why.en,
        }
        for variable in registry.VARIABLES.values()
    ]
    if as_json:
        print_json(listed)
        return
    table = Table("name", "label", "", "unit", "worse when")
    for row in listed:
        table.add_row(row["name"], row["en"], row["zh"], row["unit"], row["worse_when"] or "–")
    out.print(table)
    out.print(f"{len(listed)} variables")
