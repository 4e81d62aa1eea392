"""Verbs of the people who decide: ask that a person looks, rule on a case, propose an override."""

from __future__ import annotations

from decimal import InvalidOperation
from typing import Annotated

import typer

from puhui import days
from puhui.cli.rights import operator
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.money import Money, yuan
from puhui.refusals import BadInput

app = typer.Typer(no_args_is_help=True, help="What a person decides, and how a firm asks for one.")
Case = Annotated[int, typer.Argument(help="The case's number, as `puhui queue` shows it.")]
Why = Annotated[str, typer.Option(help="The reason; it is kept.")]
Limit = Annotated[str, typer.Option(help="Yuan that are offered.")]
Rate = Annotated[int, typer.Option("--rate-bp", help="The yearly rate in basis points.")]
Request = Annotated[str, typer.Option(help="The same request is done once.")]


@app.command()
def ask(
    application: Annotated[str, typer.Argument(help="The application's number.")],
    why: Why,
    on: OnDay = "",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Ask, for the firm, that a person looks at a decision."""
    open_book()
    from puhui.approval import services

    said = services.ask_for_person(application, why=why, by=me(), request=_named(request), on=day(on), at=days.now())
    answer(said, as_json)


@app.command()
def rule(
    case: Case,
    approves: Annotated[bool, typer.Option("--yes/--no", help="Offer a limit, or leave it at no.")],
    why: Why,
    limit: Limit = "",
    rate: Rate = 0,
    proposal: Annotated[int, typer.Option(help="The proposal that a second person agreed to; 0: none.")] = 0,
    on: OnDay = "",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Decide a case, within one's authority by amount; above an amount with an agreed proposal."""
    open_book()
    from puhui.approval import selectors, services
    from puhui.governance import access, users
    from puhui.governance.access import Act

    money, business = amount(limit) if approves else None, day(on)
    found = selectors.case(case)
    firm = EnterpriseId(found.firm)
    if no := access.objection(
        operator().actor, Act.DECIDE_REFERRED, firm=firm, branch=users.branch_of(firm), skill=found.skill,
        amount=money, on=days.today(),
    ):  # fmt: skip
        answer(no, as_json)
    said = services.rule(
        case,
        approves=approves,
        limit=money,
        rate_bp=rate,
        why=why,
        by=me(),
        proposal=proposal or None,
        request=_named(request),
        on=business,
        at=days.now(),
    )
    answer(said, as_json)


@app.command()
def propose(case: Case, limit: Limit, rate: Rate, why: Why, request: Request = "", as_json: AsJson = False) -> None:
    """Propose a yes for a second person to judge (`proposals judge`); `case rule --proposal` then carries it out."""
    open_book()
    from puhui.approval import services

    said = services.propose_override(
        case, limit=amount(limit), rate_bp=rate, why=why, by=me(), request=_named(request), at=days.now()
    )
    answer(said, as_json)


def amount(text: str) -> Money:
    """Yuan as a person writes them. Raises BadInput for what is no amount, or none above nothing."""
    try:
        found = yuan(text)
    except (ValueError, InvalidOperation):
        raise BadInput(f"'{text}' is not an amount in yuan", then="write it as 300000") from None
    if found.fen <= 0:
        raise BadInput(f"'{text}' is not more than nothing", then="write it as 300000")
    return found


def _named(request: str) -> RequestId:
    return RequestId(request or new_request()[:36])
