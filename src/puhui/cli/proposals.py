"""Verbs of the second person: what waits for one, and a yes or no to any of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from puhui import days
from puhui.cli.rights import operator
from puhui.cli.showing import AsJson, answer, me, open_book, out, print_json
from puhui.ids import RequestId, new_request

app = typer.Typer(no_args_is_help=True, help="What one person proposes and another judges, whatever it is about.")


@app.command("list")
def list_proposals(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have been judged.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what waits for a second person."""
    open_book()
    from puhui.governance import selectors

    found = selectors.proposals(waiting=not everything)
    if as_json:
        print_json(found)
        return
    table = Table("number", "about", "subject", "by", "why", "verdict")
    for p in found:
        said = "waits" if p.verdict is None else f"{'yes' if p.verdict.agrees else 'no'}, {p.verdict.by}"
        table.add_row(str(p.number), p.kind, p.subject, p.by, p.why, said)
    out.print(table if found else "Nothing waits for a second person.")


@app.command()
def judge(
    proposal: Annotated[int, typer.Argument(help="The proposal's number, as `puhui proposals list` shows it.")],
    agrees: Annotated[bool, typer.Option("--yes/--no", help="Agree or not. 是否同意。")],
    why: Annotated[str, typer.Option(help="The reason; a no needs one. 理由，否决时必填。")] = "",
    request: Annotated[str, typer.Option(help="The same request is done once. 同一请求号只办理一次。")] = "",
    as_json: AsJson = False,
) -> None:
    """Say yes or no to another person's proposal, with the right to judge its matter and authority over its amount.

    复核他人提出的事项。
    """
    open_book()
    from puhui.governance import selectors
    from puhui.web import judging

    found, by = selectors.proposal(proposal), operator()
    if refused := judging.objection(found, by.actor, agrees=agrees, within=by.within):
        answer(refused, as_json)
    named = RequestId(request or new_request()[:36])
    answer(judging.judge(found, agrees=agrees, why=why, by=me(), request=named, at=days.now()), as_json)
