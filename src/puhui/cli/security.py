"""Verbs of what secures lines: what stands, what falls due, and acts that one person proposes and another judges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.ids import RequestId, digest, new_request
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
    from puhui.exposure.selectors import LineStanding
    from puhui.mitigation.selectors import Due

app = typer.Typer(no_args_is_help=True)
Request = Annotated[str, typer.Option(help="A request id; asked again with it, the first answer comes.")]
Subject = Annotated[str, typer.Argument(help="What it is about: a thing, a guarantee or a guarantor, as it is named.")]


@app.command()
def due(
    ahead: Annotated[int, typer.Option(help="So many days ahead.")] = 30, on: OnDay = "", as_json: AsJson = False
) -> None:
    """List what must be done: revaluations, insurances and guarantees that expire, pledges to be topped up."""
    open_book()
    from datetime import timedelta

    from puhui.mitigation import selectors

    found = selectors.due(on=day(on), ahead=timedelta(days=ahead))
    if as_json:
        print_json(found)
        return
    out.print(_due(found) if found else f"Nothing falls due within {ahead} days. {ahead} 天内无到期事项。")


@app.command()
def show(subject: Subject, on: OnDay = "", as_json: AsJson = False) -> None:
    """Show a thing, a guarantee or a guarantor: what it is worth, what it carries for which line, and why no more."""
    open_book()
    from puhui.ids import EnterpriseId
    from puhui.mitigation import selectors

    business = day(on)
    stands = selectors.position(on=business, of=[subject])
    thing, promise = stands.things.get(subject), stands.promises.get(subject)
    stood = stands.guarantors.get(EnterpriseId(subject))
    if thing is None and promise is None and stood is None:
        raise BadInput(f"nothing is known of '{subject}'", then="list what falls due, or name it as it was registered")
    if as_json:
        print_json({"thing": thing, "guarantee": promise, "guarantor": stood})
        return
    rows: list[tuple[str, object]] = []
    if thing is not None:
        rows = _of_thing(thing, business)
    if promise is not None:
        given = promise.guarantee
        rows += [
            ("guarantor 保证人", " / ".join(promise.givers)),
            ("borrower, line 借款人、额度", f"{promise.borrower}, {promise.facility}"),
            ("at most 最高额", given.cap),
            ("share 比例", f"{given.share * 100:.0f} %"),
            ("stands 有效", "yes 是" if promise.stands(business) else f"released on {promise.released_on} 已解除"),
        ]
    if stood is not None:
        rows += [
            ("net worth 净资产", stood.said.net_worth),
            ("stated on 登记日", stood.stated_on),
            ("can still guarantee 尚可担保", selectors.capacity(EnterpriseId(subject), on=business)),
            ("state 状态", "in default 违约" if stood.failed else "sound 正常"),
        ]
    table = Table("", "", title=subject, show_header=False)
    for name, value in rows:
        table.add_row(name, str(value))
    out.print(table)


@app.command()
def line(
    number: Annotated[str, typer.Argument(help="The number of the line's approval.")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Show a line by part: granted, carried by its security today, used, and frozen because it is carried no longer."""
    open_book()
    from puhui.exposure import selectors

    found = selectors.line(number, on=day(on))
    print_json(found) if as_json else out.print(_parts(found))


@app.command()
def propose(
    subject: Subject,
    act: Annotated[str, typer.Argument(help="register, value, perfect, insure, charge, promise, release, …")],
    content: Annotated[str, typer.Option(help="The act's parts as JSON; amounts in fen, days as 2026-03-31.")] = "{}",
    document: Annotated[Path | None, typer.Option(help="The paper behind it: it is kept, sealed, by its hash.")] = None,
    on: OnDay = "",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Propose an act on security; another person judges it (`proposals judge`)."""
    open_book()
    from puhui.ids import EnterpriseId
    from puhui.mitigation import acts, selectors, services

    try:
        said = json.loads(content)
    except json.JSONDecodeError as wrong:
        raise BadInput(f"the content is no JSON: {wrong}", then='write it as {"cap": 50000000}') from None
    if not isinstance(said, dict):
        raise BadInput("the content is no object", then='write it as {"cap": 50000000}')
    if document is not None:
        said["document"] = _hash(document)
    wanted, business = acts.written(act, said), day(on)
    made = services.propose(subject, wanted, on=business, request=_named(request), by=me())
    if document is not None and not isinstance(made, Refused):
        firm = selectors.whose(subject, wanted, on=business) or EnterpriseId(subject)
        services.keep_paper(document.read_bytes(), firm=firm, name=document.name, on=business, by=me())
    answer(made, as_json)


@app.command()
def document(file: Annotated[Path, typer.Argument(help="A paper.")], as_json: AsJson = False) -> None:
    """Say which acts a paper stands behind, unaltered: its SHA-256 is looked for in all that was agreed to."""
    open_book()
    from puhui.mitigation import selectors

    found = selectors.proved_by(_hash(file))
    if as_json:
        print_json(found)
        return
    for each in found:
        out.print(f"{each.on} {each.act} {each.subject}, agreed to by {each.by} 复核人 {each.by}", highlight=False)
    if not found:
        out.print("No act rests on this paper: it is another, or was altered. 无事项依据该文件。")


@app.command()
def paper(
    sha256: Annotated[str, typer.Argument(help="The hash that an act names.")],
    to: Annotated[Path, typer.Argument(help="Where to write it: a file that is not there yet.")],
    as_json: AsJson = False,
) -> None:
    """Write a kept paper to a file, after its hash was checked again; who has read it is on record."""
    open_book()
    from puhui.mitigation import selectors

    found = selectors.paper(sha256, by=me())
    try:
        with to.open("xb") as file:
            file.write(found.content)
    except OSError as wrong:
        raise BadInput(f"{to} cannot be written: {wrong.strerror}", then="name a file that is not there yet") from None
    if as_json:
        print_json({"sha256": found.sha256, "name": found.name, "firm": found.firm, "bytes": len(found.content)})
    else:
        out.print(f"{to}: {found.name}, {len(found.content):,} bytes, unaltered 未被改动", highlight=False)


def _hash(file: Path) -> str:
    try:
        return digest([file.read_bytes()])
    except OSError as wrong:
        raise BadInput(f"{file} cannot be read: {wrong.strerror}", then="name a file") from None


def _named(request: str) -> RequestId:
    return RequestId(request or new_request()[:36])


def _of_thing(thing: Any, on: Any) -> list[tuple[str, object]]:  # noqa: ANN401  a thing of mitigation, loaded late
    from puhui.mitigation import kinds, selectors
    from puhui.mitigation.worth import worth

    carries = worth(thing.thing, kinds.rules(thing.thing.kind, on=on), on=on)
    kind, valued = kinds.KINDS[thing.thing.kind].label, thing.thing.valuation
    rows: list[tuple[str, object]] = [
        ("kind 类别", f"{kind.en} {kind.zh}"),
        ("owner 所有人", thing.owner),
        (
            "valued at 评估价值",
            f"{valued.value} on {valued.on}, report {valued.document[:12]}…" if valued else "never 未评估",
        ),
        ("claims before ours 在先权利", thing.thing.senior),
        ("insured until 保险到期", thing.thing.insured_until or "–"),
        ("may carry 可担保", carries.lendable),
    ]
    rows += [("why no more 折减原因", f"{each.en} {each.zh}") for each in carries.because]
    shared = selectors.shares(thing, carries)
    return rows + [
        (f"carries for line 所保额度 {of}", f"{share} of {thing.charges[of]}") for of, share in shared.items()
    ]


def _due(found: list[Due]) -> Table:
    names = ("by 期限", "to do 事项", "of 对象", "lines 额度", "short of 缺口", "then 后果")
    table = Table(*names, title="watch list 到期与待办")
    table.columns[4].justify = "right"
    for each in found:
        late = "past 已逾期 " if each.late else ""
        table.add_row(
            f"{late}{each.by}", f"{each.what.en} {each.what.zh}", each.subject, ", ".join(each.lines),
            str(each.short) if each.short else "", f"{each.then.en} {each.then.zh}",
        )  # fmt: skip
    return table


def _parts(found: LineStanding) -> Table:
    from puhui.mitigation.parts import Part

    words = {Part.CREDIT: "credit 信用", Part.MORTGAGE: "mortgage 抵押", Part.GUARANTEE: "guarantee 保证"}
    names = ("granted", "carried", "used", "excess")
    table = Table(
        "part 部分", "granted 授信", "carried 可支撑", "used 已用", "frozen 冻结", title=f"{found.number}, yuan 元"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for part in Part:
        table.add_row(words[part], *(f"{getattr(found, name).of(part).yuan:,.2f}" for name in names))
    table.caption = f"loss given default 违约损失率 {found.loss_given_default * 100:.1f} %"
    return table
