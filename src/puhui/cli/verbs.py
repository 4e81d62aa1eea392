"""All verbs bound to one command. A new room is one file beside this one and one line here."""

from __future__ import annotations

import sys

import typer

from puhui.cli import (
    bank,
    channels,
    enterprises,
    governance,
    house,
    lending,
    models,
    privacy,
    products,
    simulator,
    variables,
)
from puhui.refusals import BadInput

SAYS = "Credit for small firms from the data they leave behind. Results go to stdout, progress to stderr."
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=SAYS)
for room in (channels, enterprises, variables, products, simulator, bank, lending, privacy, house):
    app.add_typer(room.app)
app.add_typer(models.app, name="model")
app.add_typer(governance.app, name="audit")
app.add_typer(privacy.consent, name="consent")
app.add_typer(privacy.keys, name="keys")
app.add_typer(privacy.hold, name="hold")


def main() -> None:
    """The entry point: bad input ends with what to do next and exit code 2, a refusal with exit code 3."""
    from puhui.governance import redaction

    redaction.install()
    try:
        app()
    except BadInput as wrong:
        print(f"puhui: {wrong}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("puhui: stopped; nothing is half done. To go on: run the same command again.", file=sys.stderr)
        sys.exit(130)
