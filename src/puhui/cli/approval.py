"""Verbs of the approval room: decide on a firm, replay a decision, and show the cases that wait for a person."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli.cases import amount
from puhui.cli.rights import operator
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, plain, print_json
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.refusals import BadInput, Refused

app = typer.Typer()
NOTHING_HELPS = (
    "Nothing in the firm's own hands would change it; it may ask for a person. 企业自身无法改变该结果，可申请人工复核。"
)
Product = Annotated[str, typer.Option(help="The product, such as tax_credit.")]


@app.command()
def decide(
    firm: Annotated[str, typer.Argument(help="A credit code or an id.")],
    product: Product = "invoice_credit",
    as_of: Annotated[str, typer.Option("--as-of", help="What was known by the end of this day (default: --on).")] = "",
    asked: Annotated[str, typer.Option(help="Yuan asked for (default: as much as may be lent).")] = "",
    purpose: Annotated[str, typer.Option("--for", help="The purpose that the firm consented to.")] = "credit_decision",
    property: Annotated[str, typer.Option(help="The thing offered as security, as it was registered.")] = "",
    guarantee: Annotated[str, typer.Option(help="The guarantee that is brought, as it was promised.")] = "",
    request: Annotated[str, typer.Option(help="The same request gives the first answer.")] = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Decide on one firm for a product as of a day: approved, declined or referred, with reasons and evidence."""
    from puhui.governance.purposes import Purpose

    if purpose not in set(Purpose):
        raise BadInput(f"there is no purpose '{purpose}'", then=f"name one of {', '.join(Purpose)}")
    open_book()
    from puhui.approval import services
    from puhui.enterprises import selectors as enterprises
    from puhui.products import services as products

    products.install(at=days.now())
    business = day(on)
    question = services.Question(
        enterprises.firm_named(firm) or EnterpriseId(firm.strip()),
        product,
        day(as_of or on),
        business,
        me(),
        amount(asked).fen if asked else None,
        property=property,
        guarantee=guarantee,
        purpose=Purpose(purpose),
    )
    made = services.decide(question, request=RequestId(request or new_request()[:36]), at=days.now())
    if isinstance(made, Refused) or as_json:
        answer(made, as_json)
        return
    _show(plain(made))


@app.command()
def replay(
    decision: Annotated[int, typer.Argument(help="The number that deciding has answered.")], as_json: AsJson = False
) -> None:
    """Work a decision out again from its evidence: the same bytes, or what was altered and what it changes."""
    open_book()
    from puhui.approval import services

    found = services.replay(decision)
    if as_json:
        print_json({name: value for name, value in plain(found).items() if name != "evidence"})
    else:
        out.print(f"decision {decision}: {'the same bytes' if found.same else 'NOT the same'}  {found.sha256[:16]}")
        for line in (*found.altered, *found.differs):
            out.print(f"  {line}", highlight=False, markup=False)
    if not found.same:
        raise typer.Exit(3)


@app.command()
def queue(as_json: AsJson = False) -> None:
    """Show the cases that wait for a person, the oldest first."""
    open_book()
    from puhui.approval import selectors

    cases = selectors.queue_of(operator().actor, on=days.today())
    if as_json:
        print_json(cases)
        return
    table = Table("case", "firm", "product", "why", "skill", "yuan", title=f"{len(cases)} cases wait for a person")
    for case in cases:
        amount = f"{case.amount_fen // 100:,}"
        table.add_row(str(case.number), case.firm, case.product, f"{case.kind}: {case.why}", case.skill, amount)
    out.print(table)


@app.command()
def product(
    name: Annotated[str, typer.Argument(help="The product, such as tax_credit.")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Show a product's versions and models, and examine the newest version: cells, rules, and every path."""
    open_book()
    from puhui.products import selectors, services

    services.install(at=days.now())
    versions = selectors.versions(name)
    if not versions:
        raise BadInput(f"there is no product '{name}'", then="name one such as tax_credit")
    texts = selectors.texts(selectors.version_row(name, versions[0].number))
    found = services.examine(name, texts, on=day(on))
    said = {"versions": versions, "models": selectors.kept_models(name, on=day(on))}
    said |= {"problems": found.problems, "remarks": found.remarks, "cases": found.covered and found.covered.cases}
    if as_json:
        print_json(said)
        return
    table = Table("version", "status", "live from", "share", "by", "why", title=name)
    for one in versions:
        table.add_row(str(one.number), one.status, str(one.live_from or "–"), str(one.share or "–"), one.by, one.why)
    out.print(table)
    for line in (*found.problems, *found.remarks):
        out.print(f"  {line}", highlight=False, markup=False)
    out.print(f"version {versions[0].number}: {'sound' if found.sound else 'not sound'}, {said['cases']} cases tried")


def _show(made: dict[str, Any]) -> None:
    """The answer as a loan officer reads it, in both languages."""
    from puhui.approval.states import OUTCOMES

    said = OUTCOMES[made["outcome"]]
    yuan, rate = made["limit_fen"] // 100, made["rate_bp"] / 100
    secured = f", {made['mortgage_fen'] // 100:,} of it on a mortgage 其中抵押" if made["mortgage_fen"] else ""
    secured += f", {made['guarantee_fen'] // 100:,} of it guaranteed 其中保证" if made["guarantee_fen"] else ""
    what = {
        "decision 决定": f"{made['number']}  {said.en} {said.zh}",
        "limit 额度": f"{yuan:,} yuan 元 at 年利率 {rate:.2f} %{secured}" if yuan else "–",
        "grade 等级": made["grade"] or "–",
        "PD 违约概率": f"{made['pd']:.2%}" if made["pd"] is not None else "–",
        "took 用时": f"{made['took_ms']:.0f} ms",
    }
    for name, value in what.items():
        out.print(f"{name}: {value}", highlight=False, markup=False)
    out.print("why 理由:")
    for number, reason in enumerate(made["reasons"], start=1):
        out.print(f"  {number}. {reason['en']}\n     {reason['zh']}", highlight=False, markup=False)
    if made["outcome"] == "approved":
        return
    out.print("what would change it 如何改变结果:" if made["would_change"] else NOTHING_HELPS)
    for change in made["would_change"]:
        then = OUTCOMES[change["outcome"]]
        limit = f" ({change['limit_fen'] // 100:,} yuan 元)" if change["limit_fen"] else ""
        for step in change["do"]:
            out.print(f"  {step['en']}\n  {step['zh']}", highlight=False, markup=False)
        out.print(f"  → {then.en} {then.zh}{limit}", highlight=False, markup=False)
