"""Verbs of exposure: how much may still be lent, and why; the largest; what if; the nightly regrouping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.tree import Tree

from puhui import days
from puhui.cli.showing import AsJson, OnDay, day, me, open_book, out, plain, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

if TYPE_CHECKING:
    from puhui.exposure.explaining import Explained, WhatIf
    from puhui.exposure.headroom import Headroom
    from puhui.exposure.view import AtRisk
    from puhui.words import Label

app = typer.Typer()
MOST_SHOWN = 20  # members of a group that are named
HOW = 'write "lend 2,000,000" or "guarantee FIRM 500,000"'


@app.command()
def exposure(
    firm: Annotated[str, typer.Argument(help="A credit code, an id, or SOURCE:CODE of a source's own.")] = "",
    top: Annotated[int, typer.Option(help="Instead of one firm: the largest, so many.")] = 0,
    by: Annotated[str, typer.Option(help="Of what the largest: firm, owner, group, circle, trade, …")] = "group",
    what_if: Annotated[str, typer.Option(help="What would be: 'lend 2,000,000' or 'guarantee FIRM 500,000'.")] = "",
    product: Annotated[str, typer.Option(help="Through which product.")] = "tax_credit",
    purpose: Annotated[str, typer.Option("--for", help="Why the bureau is read.")] = "monitoring",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Explain how much may still be lent to a firm: each cap, its use, which one binds, and who is tied to it."""
    open_book()
    from puhui.cli.enterprises import meant, purpose_named
    from puhui.exposure import explaining, view
    from puhui.exposure.caps import Scope

    if top:
        if by not in set(Scope):
            raise BadInput(f"nothing is summed by '{by}'", then=f"name one of {', '.join(Scope)}")
        rows = view.at_risk(Scope(by), on=day(on), most=top)
        if as_json:
            print_json(rows)
            return
        of_firms = (Scope.FIRM, Scope.OWNER, Scope.GROUP, Scope.CIRCLE, Scope.GUARANTOR)
        names = _names(row.subject for row in rows if row.scope in of_firms)
        out.print(_at_risk(rows, names) if rows else f"No line counts in any {by} yet.")
        return
    if not firm:
        raise BadInput("no firm is named", then="name one, or ask for the largest with --top 20")
    of = meant(firm)
    if what_if:
        found = explaining.what_if(of, product=product, as_of=day(on), **_wish(what_if))
        print_json(found) if as_json else _show_what_if(found, _names([of, *found.circle]))
        return
    told = explaining.explain(of, product=product, purpose=purpose_named(purpose), as_of=day(on), on=day(on), by=me())
    print_json(told) if as_json else _show(told, _names(_around(told)))


def _names(nodes: Iterable[str]) -> dict[str, str]:
    """The registered names of firms, as far as whoever asks may read them; each reading is on record."""
    from puhui.ids import EnterpriseId
    from puhui.web import naming

    firms = [EnterpriseId(node) for node in dict.fromkeys(nodes) if not node.startswith(naming.PERSON)]
    return {str(firm): name for firm, name in naming.names_of(firms, by=me()).items()}


def _around(told: Explained) -> list[str]:
    """The firm and whoever is shown beside it."""
    shared = [firm for firms in told.members.values() for firm in firms[:MOST_SHOWN]]
    return [told.headroom.firm, *shared, *(node for tie in told.ties for node in (tie.one, tie.other))]


def _called(node: str, names: Mapping[str, str]) -> str:
    """A firm by its name and code, or by its code where its name may not be read; a person by its pseudonym's end."""
    from puhui.web import naming

    if node.startswith(naming.PERSON):
        return _both(naming.subject(node, {}))
    return f"{names[node]} ({node})" if node in names else node


@app.command()
def regroup(on: OnDay = "", as_json: AsJson = False) -> None:
    """Work out anew who owns, controls and guarantees whom, and who shares which cap; say which caps are exceeded."""
    open_book()
    from puhui.exposure import nightly

    with Teller(quiet=as_json).step("regroup") as tell:
        done = nightly.regroup_by_ties(on=day(on), at=days.now(), by=me(), tell=tell)
    if as_json:
        print_json(done)
        return
    out.print(f"{done.moved:,} firms moved.")
    for cap, fen in done.above.items():
        out.print(f"  above its cap: {cap} by {fen / 100:,.2f} yuan")


def _wish(text: str) -> dict[str, Any]:
    from puhui.ids import EnterpriseId
    from puhui.money import yuan

    verb, *rest = text.split()
    try:
        if verb == "lend" and len(rest) == 1:
            return {"lend": yuan(rest[0])}
        if verb == "guarantee" and len(rest) == 2:
            return {"guarantee": (EnterpriseId(rest[0]), yuan(rest[1]))}
    except (InvalidOperation, ValueError) as wrong:
        raise BadInput(f"'{text}' is no amount: {wrong}", then=HOW) from wrong
    raise BadInput(f"'{text}' is not understood", then=HOW)


def _show(told: Explained, names: Mapping[str, str]) -> None:
    from puhui.exposure.caps import SCOPES, Scope
    from puhui.exposure.ties import KINDS
    from puhui.money import Money

    _show_headroom(told.headroom, names)
    if told.around:
        out.print(_at_risk(list(told.around), names))
    graph = Tree(f"{_called(told.headroom.firm, names)}: who is tied to it 关联关系", highlight=False)
    for scope, firms in told.members.items():
        label = SCOPES[Scope(scope)]
        shares = graph.add(f"shares the {label.en} with: 同一{label.zh}：")
        for firm in firms[:MOST_SHOWN]:
            shares.add(_called(firm, names))
        if len(firms) > MOST_SHOWN:
            shares.add(f"and {len(firms) - MOST_SHOWN:,} more 另有 {len(firms) - MOST_SHOWN:,} 户")
    for tie in told.ties:
        share = f" {tie.share_bp / 100:.2f} %" if tie.share_bp else ""
        amount = f" {Money(tie.fen)}" if tie.fen else ""
        one, other = _called(tie.one, names), _called(tie.other, names)
        graph.add(f"{one} {_both(KINDS[tie.kind])} {other}{share}{amount}")
    if graph.children:
        out.print(graph)
    there = told.elsewhere
    for no in there.refused.values():
        out.print(f"  not read 未读取: {no}", highlight=False)
    out.print(
        f"  other banks 他行: {len(there.lenders)} lenders 家, {there.debt} owed 余额, {there.limits} in lines 额度",
        highlight=False,
    )
    ours = sum((row.gross for row in told.around if row.scope is Scope.FIRM), Money(0))
    if (ratio := there.debt_to_sales(ours)) is not None:
        out.print(f"  debt of all lenders to yearly sales 总负债与年销售额之比: {ratio * 100:.0f} %", highlight=False)
    if there.net_worth:
        given = there.guaranteed.fen / there.net_worth.fen
        out.print(f"  guarantees given to net worth 对外担保与净资产之比: {given * 100:.0f} %", highlight=False)
    for signal in told.signals:
        found = f"{signal.found} (from {signal.threshold} on)"
        out.print(f"  [bold]{_both(signal.label)}[/bold]: {found} {plain(signal.evidence)}")


def _show_headroom(found: Headroom, names: Mapping[str, str]) -> None:
    """The caps, the one that binds marked; and why it binds. Sources of the others are in --json."""
    from puhui.exposure.headroom import FORCES, SHORT

    binds = found.binds
    table = Table("cap 限额", "amount", "used", "committed", "free", "", title=f"{_called(found.firm, names)}, yuan 元")
    for column in table.columns[1:5]:
        column.justify, column.no_wrap = "right", True
    for each in found.caps:
        amounts = (f"{money.yuan:,.2f}" for money in (each.amount, each.used, each.committed, each.free))
        table.add_row(_both(each.label), *amounts, "← binds 约束" if each is binds else _both(SHORT[each.force]))
    out.print(table)
    if binds is not None:
        kind = "by law 法规" if binds.legal else "of the bank 本行"
        out.print(f"Binds: {binds.key}, {_both(binds.label)}, {kind}: {binds.source}", highlight=False)
        out.print(f"  {_both(FORCES[binds.force])}", highlight=False)
    out.print(
        f"May still be drawn 可支用: {found.free}; may still be approved 可授信: {found.uncommitted}", highlight=False
    )


def _show_what_if(found: WhatIf, names: Mapping[str, str]) -> None:
    _show_headroom(found.after, names)
    broken = [each for each in found.after.exceeded if each not in found.before.exceeded]
    named = ", ".join(f"{each.key} {each.label.zh}" for each in broken)
    out.print(f"Exceeded: {named} 将超限" if broken else "No cap would be exceeded. 不会超限。", highlight=False)
    if found.circle:
        out.print(
            "It would secure itself, and so counts for nothing 互保成圈，不予计值: "
            + " → ".join(_called(firm, names) for firm in found.circle),
            highlight=False,
        )
    if found.bearable is not None:
        out.print(f"It can still guarantee 尚可担保: {found.bearable}.", highlight=False)


def _both(label: Label) -> str:
    """A word of the field as both languages have it."""
    return f"{label.en} {label.zh}"


def _subject(row: AtRisk, names: Mapping[str, str]) -> str:
    """Who it is, in words where there are words for it."""
    from puhui.enterprises.trade import LABELS, Trade
    from puhui.exposure.caps import Scope

    if row.scope is Scope.TRADE and row.subject in set(Trade):
        return _both(LABELS[Trade(row.subject)])
    return _called(row.subject, names)


def _at_risk(rows: list[AtRisk], names: Mapping[str, str]) -> Table:
    from puhui.exposure.caps import SCOPES

    amounts_of = ("committed", "drawn", "pending", "net", "expected")
    table = Table("of", "subject", "firms", *amounts_of, title="at risk, yuan 元")
    table.columns[1].overflow = "fold"
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "right", True
    for row in rows:
        amounts = (f"{getattr(row, name).yuan:,.0f}" for name in amounts_of)
        table.add_row(_both(SCOPES[row.scope]), _subject(row, names), f"{row.firms:,}", *amounts)
    return table
