"""Acts on who a firm is: merge, split, undo, rule on a doubtful case; and what rests on them, worked out anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import Parameter, Signature, signature
from typing import Annotated, get_type_hints

import typer
from rich.table import Table

from puhui.cli.enterprises import meant, purpose_named
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.ids import RequestId, new_request
from puhui.refusals import BadInput

app = typer.Typer(no_args_is_help=True, help="Who a firm is: merge, split, undo, rule. What is said can be unsaid.")
Because = Annotated[str, typer.Option("--because", help="Why: it is kept with the act.")]
Agreed = Annotated[int, typer.Option("--proposal", help="The number that another person has agreed to.")]
Asked = Annotated[str, typer.Option("--request", help="Names the asking: asked twice, the first answer is given.")]


def _act(own: Callable[..., Callable[..., object]]) -> None:
    """Make a verb of an act: its own arguments, and what every act on an identity asks for beside them.

    `own` is given its own arguments and answers the act, which is then told why, when, by whom, under which request and
    by whose agreement. Its signature and its words become the verb's.
    """

    def verb(
        because: Because,
        proposal: Agreed = 0,
        request: Asked = "",
        on: OnDay = "",
        as_json: AsJson = False,
        **mine: object,
    ) -> None:
        open_book()
        named = RequestId(request) if request else new_request()
        told = own(**mine)(reason=because, on=day(on), request=named, by=me(), proposal=proposal or None)
        answer(told if told is not None else {"ruled": "two firms"}, as_json)

    hints = get_type_hints(verb, include_extras=True) | get_type_hints(own, include_extras=True)
    shared = [each for each in signature(verb).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
    its = [*signature(own).parameters.values(), *shared]
    verb.__signature__ = Signature(  # type: ignore[attr-defined]
        [each.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[each.name]) for each in its]
    )
    verb.__doc__ = own.__doc__
    app.command(own.__name__)(verb)


@_act
def merge(
    into: Annotated[str, typer.Argument(help="The firm that stays.")],
    other: Annotated[str, typer.Argument(help="The one that is the same firm.")],
) -> Callable[..., object]:
    """Say that two firms are one. Where a loan lives, another person must agree first: puhui identity propose."""
    from puhui.enterprises import services

    return partial(services.merge, meant(into), meant(other))


@_act
def split(
    firm: Annotated[str, typer.Argument(help="The firm that has records of another.")],
    records: Annotated[list[int], typer.Argument(help="Numbers of the records that leave, as `puhui firm` shows.")],
) -> Callable[..., object]:
    """Take records out of a firm into a firm of their own."""
    from puhui.enterprises import services

    return partial(services.split, meant(firm), records)


@_act
def undo(
    act: Annotated[int, typer.Argument(help="The number of a merge or a split, as `puhui firm` shows.")],
) -> Callable[..., object]:
    """Undo a merge or a split: everything is as if it had not been."""
    from puhui.enterprises import services

    return partial(services.undo, act)


@_act
def rule(
    case: Annotated[int, typer.Argument(help="The number of a case that `puhui doubts` shows.")],
    same: Annotated[bool, typer.Option("--same/--two", help="One firm, or two.")],
) -> Callable[..., object]:
    """Decide on a doubtful case; two firms that stay two are not asked about again."""
    from puhui.enterprises import services

    return partial(services.rule, case, same=same)


@app.command()
def propose(
    act: Annotated[str, typer.Argument(help="merge, split or undo.")],
    firm: Annotated[str, typer.Argument(help="The firm that stays.")],
    other: Annotated[str, typer.Argument(help="The other firm; the records, as 12,13; or the act's number.")],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """Propose an act that touches a live borrower, for another person to judge: puhui proposals judge."""
    open_book()
    from puhui.enterprises import services

    with_whom = str(meant(other)) if act == "merge" else other
    answer(services.propose(act, meant(firm), with_whom, reason=because, by=me(), request=new_request()), as_json)


@app.command()
def recompute(
    purpose: Annotated[str, typer.Option("--for", help="The purpose of the reading.")] = "quality",
    as_of: Annotated[str, typer.Option("--as-of", help="What was known by the end of this day.")] = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Work out anew what rests on firms that a merge, a split or an undoing has touched since."""
    open_book()
    from puhui.enterprises import services

    done = services.recompute(purpose=purpose_named(purpose), as_of=day(as_of or on), on=day(on), by=me())
    if as_json:
        print_json(done)
        return
    table = Table("firm", "trust before", "trust now")
    for one in done:
        table.add_row(one.enterprise, _points(one.before), _points(one.after))
    out.print(table if done else "Nothing rests on an identity that has changed.")


@app.command()
def assess(
    purpose: Annotated[str, typer.Option("--for", help="The purpose of the reading.")] = "quality",
    as_of: Annotated[str, typer.Option("--as-of", help="What was known by the end of this day.")] = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Learn how far each source can be believed, then work out and keep every firm's trust as of a day."""
    open_book()
    from puhui.channels import selectors as channels
    from puhui.enterprises import services
    from puhui.enterprises.accuracy.facts import CHANNELS

    firms = sorted({firm for channel in CHANNELS for firm in channels.firms_of(channel)})
    if not firms:
        raise BadInput("no channel has brought a row", then="deliver a file first: puhui deliver")
    known, today, reading = day(as_of or on), day(on), purpose_named(purpose)
    belief = services.learn_beliefs(firms, purpose=reading, as_of=known, on=today, request=new_request(), by=me())
    kept = services.assess(firms, purpose=reading, as_of=known, on=today, by=me())
    if as_json:
        print_json({"firms": kept, "reliability": {name: of.mean for name, of in belief.sources.items()}})
        return
    table = Table("source", "can be believed", title=f"trust of {kept:,} firms as of {known}")
    for name, of in belief.sources.items():
        table.add_row(name, f"{of.mean:.2%}")
    out.print(table)


def _points(trust: float | None) -> str:
    return "cannot tell" if trust is None else f"{trust:.1f}"
