"""Verbs of one line, `puhui line …`: how it stands, what ending it would cost, and every act that can be done on it."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from puhui import days
from puhui.cli import rights
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.refusals import BadInput, Refused

if TYPE_CHECKING:
    from puhui.lending.facility import FacilityId
    from puhui.lending.rail import HttpRail
    from puhui.money import Money

app = typer.Typer(
    no_args_is_help=True,
    help="One line: how it stands, draw, repay, and every change of its terms. 额度：状况、支用、还款与变更。",
)
Facility = Annotated[int, typer.Argument(help="The number that opening the line has answered. 额度编号。")]
Amount = Annotated[str, typer.Argument(help="In yuan, such as 12000 or 12,000.50. 金额（元）。")]
Why = Annotated[str, typer.Option(help="The reason; it is kept with the act. 原因，随操作留存。")]
Asked = Annotated[
    str,
    typer.Option(
        "--request",
        help="A name for this act: asked again under it, it gives its first answer. 操作编号，重复提交得到首次结果。",
    ),
]
Number = Annotated[int, typer.Argument(help="Of the proposal. 提议编号。")]
Until = Annotated[str, typer.Argument(help="The new maturity, such as 2027-06-30. 新到期日。")]
Firm = Annotated[str, typer.Argument(help="A credit code, an id, or SOURCE:CODE of a source's own. 企业代码。")]
FEN = {"fees", "penalty", "compound", "interest", "principal", "fen", "limit_fen", "asked", "available", "owed"}
CALLED = {"fen": "amount", "limit_fen": "limit", "on": "day"}


@app.command("show")
def show(facility: Facility, as_json: AsJson = False) -> None:
    """How a line stands: its limit, what may still be drawn, what is owed by component, how late it is.

    额度状况：限额、可支用额、各项欠款及逾期天数。
    """
    number = _let_in("line show", facility)
    from puhui.lending import browsing, selectors
    from puhui.lending.facility import TIERS

    found = selectors.standing(number)
    if as_json:
        print_json(found)
        return
    table = Table("", "yuan", title=f"line {facility} of {found.enterprise}: {found.status.value}")
    table.columns[1].justify = "right"
    rows = {"limit": found.limit_fen, "may be drawn": found.available_fen, **{str(k): v for k, v in found.owed.items()}}
    for name, fen in rows.items():
        table.add_row(name, _yuan(fen))
    out.print(table)
    row, tier = browsing.line(number), TIERS[found.tier]
    out.print(
        f"{row.product}, {(row.rate * 100).normalize():f} % a year, from {row.opened_on} to {row.matures_on}.",
        highlight=False,
    )
    out.print(f"{found.days_past_due} days past due, tier {found.tier} of 5: {tier.en} {tier.zh}.")


@app.command("history")
def history(facility: Facility, as_json: AsJson = False) -> None:
    """What was done on a line, in order. 额度的全部操作记录。"""
    number = _let_in("line history", facility)
    from puhui.governance.sight import sight_of
    from puhui.lending import selectors

    firm = selectors.firm_of_line(number)
    rows = selectors.statement(number, sight=sight_of(rights.operator().actor, firm))
    if as_json:
        print_json(rows)
        return
    table = Table("day", "act", "what", title=f"line {facility}")
    for row in rows:
        table.add_row(str(row.on), row.act, _told(row.facts))
    out.print(table if rows else "Nothing has been done on this line yet.")


@app.command("quote")
def quote(facility: Facility, on: OnDay = "", as_json: AsJson = False) -> None:
    """What repaying all on a day would cost, by component; nothing is changed by asking.

    试算某日全部结清所需金额，不作任何变更。
    """
    number = _let_in("line quote", facility)
    from puhui.lending import services

    found = services.quote(number, on=day(on), at=days.now())
    if as_json:
        print_json({"facility": facility, "on": found.on, "parts": found.parts, "total": found.total})
        return
    table = Table("component", "yuan", title=f"to repay all of line {facility} on {found.on}")
    table.columns[1].justify = "right"
    for component, fen in found.parts.items():
        table.add_row(component.value, _yuan(fen))
    table.add_row("total", _yuan(found.total))
    out.print(table)


@app.command("draw")
def draw(
    facility: Facility,
    amount: Amount,
    purpose: Annotated[str, typer.Option(help="What the money is for. 用途。")],
    payee: Annotated[str, typer.Option(help="Whom the bank pays. 收款人。")],
    way: Annotated[str, typer.Option(help="any_time, bullet, equal_instalments or equal_principal. 还款方式。")] = "",
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Draw on a line: reserve the amount, let the bank pay, then post it. A lost answer leaves it pending.

    支用：先占额，银行付款后入账。
    """
    given = {"amount": _money(amount), "purpose": purpose, "payee": payee, "way": _way(way) if way else None}
    _act("line draw", "draw", facility, on, request, as_json, **given, rail=_bank())


@app.command("repay")
def repay(
    facility: Facility,
    amount: Amount,
    value_on: Annotated[
        str, typer.Option("--value-on", help="The earlier day on which the money came. 实际到账日。")
    ] = "",
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Repay any amount on any day; with --value-on, money of an earlier day in an open period is booked as of it.

    随时还款；可按较早到账日起息。
    """
    valued = day(value_on) if value_on else None
    _act("line repay", "repay", facility, on, request, as_json, amount=_money(amount), value_on=valued)


@app.command("fee")
def fee(
    facility: Facility,
    loan: Annotated[int, typer.Argument(help="The number that the draw has answered. 借据编号。")],
    amount: Amount,
    why: Why,
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Charge a fee to a running loan, such as the cost of a court. 加收费用，如诉讼费。"""
    _act("line fee", "charge_fee", facility, on, request, as_json, loan=loan, amount=_money(amount), why=why)


@app.command("rate")
def rate(
    facility: Facility,
    percent: Annotated[str, typer.Argument(help="The new yearly rate in per cent, such as 5.85. 新年利率（%）。")],
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Set a new rate for the nights from a day on. 调整利率。"""
    _act("line rate", "change_rate", facility, on, request, as_json, rate=_percent(percent))


@app.command("misuse")
def misuse(facility: Facility, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """State that the money went elsewhere than agreed: from then on all principal bears the misuse rate.

    认定挪用，全部本金计收挪用罚息。
    """
    _act("line misuse", "mark_misused", facility, on, request, as_json)


@app.command("freeze")
def freeze(facility: Facility, why: Why, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Stop draws on a line; repayments go on. 冻结额度，还款照常。"""
    _act("line freeze", "freeze", facility, on, request, as_json, why=why)


@app.command("unfreeze")
def unfreeze(facility: Facility, why: Why, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Let draws on a line go on. 解冻额度。"""
    _act("line unfreeze", "unfreeze", facility, on, request, as_json, why=why)


@app.command("account")
def account(
    facility: Facility,
    number: Annotated[str, typer.Argument(help="Of the account; it is kept sealed. 账号，加密保存。")],
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Name the settlement account from which the close collects what is due; "" stops it.

    指定扣款账户；留空则停止扣款。
    """
    _act("line account", "name_settlement_account", facility, on, request, as_json, account=number)


@app.command("extend")
def extend(facility: Facility, until: Until, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Move the maturity to a later day, as far as the law allows for the first term. 展期。"""
    _act("line extend", "extend", facility, on, request, as_json, matures_on=day(until))


@app.command("renew")
def renew(
    facility: Facility,
    application: Annotated[str, typer.Argument(help="The application that was agreed to. 已签约的申请。")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Go on with a line and its running loans under a new approval, when nothing is overdue. 凭新审批续贷。"""
    number = _let_in("line renew", facility)
    from puhui.lending import services

    answer_ = services.renew_from_agreement(number, application, on=day(on), at=days.now(), by=me())
    _tell(answer_, "", as_json)


@app.command("restructure")
def restructure(
    facility: Facility,
    until: Until,
    why: Why,
    way: Annotated[str, typer.Option(help="bullet, equal_instalments or equal_principal.")] = "bullet",
    percent: Annotated[str, typer.Option("--rate", help="A new yearly rate in per cent. 新年利率（%）。")] = "",
    request: Asked = "",
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Give a firm in difficulty other terms; the line is frozen, and its loans are watched for a year.

    重组，观察一年。
    """
    given = {"matures_on": day(until), "why": why, "way": _way(way), "rate": _percent(percent) if percent else None}
    _act("line restructure", "restructure", facility, on, request, as_json, **given)


@app.command("close")
def close(facility: Facility, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """End a line on which nothing is owed or under way. 结清销户。"""
    _act("line close", "close_facility", facility, on, request, as_json)


@app.command("propose-write-off")
def propose_write_off(facility: Facility, why: Why, request: Asked = "", as_json: AsJson = False) -> None:
    """Propose to take what is owed out of the books; another person judges it. 提出核销，由他人复核。"""
    number, named = _let_in("line propose-write-off", facility), _request(request)
    from puhui.lending import services

    said = services.propose_write_off(number, why=why, by=me(), request=named, at=days.now())
    if as_json:
        answer(said, as_json)
    elif isinstance(said, Refused):
        _refused(said)
    else:
        owed = _yuan(sum(said.before["owed_fen"].values()))
        out.print(f"Proposal {said.number}: take {owed} yuan of line {facility} out of the books.", highlight=False)
        out.print("Another person judges it:")
        out.print(f"puhui proposals judge {said.number} --yes --why TEXT", highlight=False)


@app.command("write-off")
def write_off(
    facility: Facility, proposal: Number, request: Asked = "", on: OnDay = "", as_json: AsJson = False
) -> None:
    """Take what is owed out of the books as a loss, as two people have agreed. 双人同意后核销。"""
    _act("line write-off", "write_off", facility, on, request, as_json, proposal=proposal)


@app.command("recover")
def recover(facility: Facility, amount: Amount, request: Asked = "", on: OnDay = "", as_json: AsJson = False) -> None:
    """Take in money on a line that was written off. 收回已核销款项。"""
    _act("line recover", "recover", facility, on, request, as_json, amount=_money(amount))


@app.command("resolve")
def resolve(as_json: AsJson = False) -> None:
    """Enquire at the bank after every draw whose outcome is not known; never pays. 向银行查询未明支用的结果。"""
    open_book()
    from puhui.lending import services

    found = services.resolve_draws(_bank(), at=days.now())
    print_json(found) if as_json else out.print(", ".join(f"{count} {what}" for what, count in found.items()))


@app.command("hold")
def hold(
    firm: Firm,
    reference: Annotated[
        str, typer.Option(help="By which it is lifted again, such as the number of a case. 解除时所用编号。")
    ],
    why: Why,
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Let a firm draw on none of its lines until the hold is lifted. 暂停该企业的全部支用。"""
    open_book()
    from puhui.cli.enterprises import meant
    from puhui.enterprises import services

    held = services.hold_draws(meant(firm), reference=reference, why=why, on=day(on), by=me())
    if as_json:
        print_json(held)
    else:
        out.print(f"{firm} draws on none of its lines since {held.since}: {reference}, {why}", highlight=False)


@app.command("lift")
def lift(
    firm: Firm,
    reference: Annotated[str, typer.Option(help="Of the hold. 暂停编号。")],
    why: Why,
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Lift a hold on a firm's draws. 解除暂停支用。"""
    open_book()
    from puhui.cli.enterprises import meant
    from puhui.enterprises import services

    lifted = services.lift_draw_hold(meant(firm), reference=reference, why=why, on=day(on), by=me())
    said = f"The hold {reference} is lifted." if lifted else f"No hold {reference} stands on {firm}."
    print_json({"lifted": lifted}) if as_json else out.print(said, highlight=False)


def _let_in(verb: str, facility: int) -> FacilityId:
    """A borrower reaches its own lines only, and a member of a branch those of the branch."""
    open_book()
    from puhui.lending import selectors
    from puhui.lending.facility import FacilityId

    number = FacilityId(facility)
    if refused := rights.objection(verb, rights.operator(), {"firm": selectors.firm_of_line(number)}):
        answer(refused, as_json=False)
    return number


def _act(verb: str, act: str, facility: int, on: str, request: str, as_json: bool, **given: object) -> None:
    """Do one of the room's acts and tell its answer."""
    number, named = _let_in(verb, facility), _request(request)
    from puhui.lending import services

    _tell(getattr(services, act)(number, request=named, on=day(on), at=days.now(), **given), named, as_json)


def _tell(said: Any, request: str, as_json: bool) -> None:  # noqa: ANN401  an act's answer, whichever it was
    if as_json:
        answer(said, as_json)
        return
    if isinstance(said, Refused):
        _refused(said)
    named = f"  request {request}" if request else ""
    out.print(f"{said.act} on line {said.facility}: {_told(said.facts) or 'done'}{named}", highlight=False)


def _refused(said: Refused) -> None:
    """Why not, in both languages, with amounts as people write them."""
    facts = _told(said.details)
    print(f"puhui: refused. {said.code}: {said.words()}{f' ({facts})' if facts else ''}", file=sys.stderr)
    print(f"       {said.words('zh')}", file=sys.stderr)
    raise typer.Exit(3)


def _told(facts: dict[str, Any]) -> str:
    """Facts as a person reads them; amounts in yuan."""
    said = {
        k: _yuan(v) if k in FEN and isinstance(v, int) else v for k, v in facts.items() if v not in (0, "", None, {})
    }
    return ", ".join(f"{CALLED.get(name, name).replace('_', ' ')} {value}" for name, value in said.items())


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"


def _money(text: str) -> Money:
    from puhui.money import Money

    fen = _number(text, "amount", "12000 or 12,000.50") * 100
    if fen != int(fen):
        raise BadInput(f"{text} is finer than a fen", then="give at most two decimals")
    return Money(int(fen))


def _percent(text: str) -> Decimal:
    return _number(text, "rate", "5.85") / 100


def _number(text: str, what: str, such_as: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BadInput(f"'{text}' is no {what}", then=f"write it as {such_as}")
    return found


def _way(text: str) -> Any:  # noqa: ANN401  an enumeration that is imported late
    from puhui.lending.engine.terms import Amortization

    if text not in set(Amortization):
        raise BadInput(f"there is no way of repaying '{text}'", then=f"name one of {', '.join(Amortization)}")
    return Amortization(text)


def _request(text: str) -> Any:  # noqa: ANN401  as above
    from puhui.ids import RequestId, new_request

    return RequestId(text) if text else RequestId(new_request()[:36])


def _bank() -> HttpRail:
    from puhui import settings
    from puhui.lending.rail import HttpRail

    if not settings.PAYMENT_BANK:
        raise BadInput("no payment bank is set up", then="set PUHUI_PAYMENT_BANK to its host:port")
    return HttpRail.at(settings.PAYMENT_BANK)
