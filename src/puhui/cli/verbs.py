"""All verbs bound to one command. A new room is one file beside this one and one line here."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from puhui.cli import (
    approval,
    bank,
    cases,
    channels,
    enterprises,
    exposure,
    governance,
    house,
    identity,
    lending,
    lines,
    models,
    privacy,
    products,
    proposals,
    rights,
    security,
    simulator,
    studio,
    users,
    variables,
)
from puhui.refusals import BadInput

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for room in (
    channels,
    enterprises,
    variables,
    products,
    approval,
    simulator,
    bank,
    exposure,
    lending,
    privacy,
    house,
):
    app.add_typer(room.app)
app.add_typer(models.app, name="model")
app.add_typer(studio.app, name="studio")
app.add_typer(cases.app, name="case")
app.add_typer(governance.app, name="audit")
app.add_typer(identity.app, name="identity")
app.add_typer(privacy.consent, name="consent")
app.add_typer(privacy.keys, name="keys")
app.add_typer(privacy.hold, name="hold")
app.add_typer(lending.incoming, name="incoming")
app.add_typer(lines.app, name="line")
app.add_typer(security.app, name="security")
app.add_typer(lending.messages, name="messages")
app.add_typer(users.app, name="user")
app.add_typer(users.tokens, name="token")
app.add_typer(proposals.app, name="proposals")
rights.guard(app)


@app.callback()
def who(
    name: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Act as this user, with this user's rights (also PUHUI_AS).")
    ] = "",
) -> None:
    """Credit for small firms from the data they leave behind. Results go to stdout, progress to stderr."""
    rights.ask_as(name)


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
