"""Which act each verb needs, and who it is that asks from a terminal.

Promises that a verb without a line in `NEEDS` stops the import, and that a verb obeys the same table as pages and API.
Who asks: with `--as NAME` (or PUHUI_AS) that user; without, the keeper of this machine, who holds every role of the
staff while the house is not in production. In production a token must be in PUHUI_TOKEN, and says who asks.
"""

from __future__ import annotations

import functools
import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from puhui import days
from puhui.governance import access
from puhui.governance.access import NOBODY, STAFF, Act, Actor, Role, Skill
from puhui.refusals import Code, Refused

NEEDS: Mapping[str, Act] = {
    "accuracy": Act.SEE_DOUBTS,
    "audit log": Act.SEE_AUDIT,
    "audit verify": Act.SEE_AUDIT,
    "bank": Act.SIMULATE,
    "bench": Act.RUN_HOUSE,
    "case ask": Act.ASK_FOR_PERSON,
    "case propose": Act.PROPOSE_OVERRIDE,
    "case rule": Act.DECIDE_REFERRED,
    "channels": Act.SEE_CHANNELS,
    "close": Act.CLOSE_DAY,
    "consent grant": Act.GIVE_CONSENT,
    "consent list": Act.SEE_CONSENTS,
    "consent withdraw": Act.GIVE_CONSENT,
    "copy": Act.COPY_DATA,
    "decide": Act.APPLY,
    "deliver": Act.DELIVER,
    "doubts": Act.SEE_DOUBTS,
    "erase": Act.ERASE,
    "exposure": Act.SEE_EXPOSURE,
    "firm": Act.SEE_FIRM,
    "hold place": Act.HOLD_DATA,
    "hold release": Act.HOLD_DATA,
    "identity assess": Act.RULE_ON_FIRMS,
    "identity merge": Act.RULE_ON_FIRMS,
    "identity propose": Act.RULE_ON_FIRMS,
    "identity recompute": Act.RULE_ON_FIRMS,
    "identity rule": Act.RULE_ON_FIRMS,
    "identity split": Act.RULE_ON_FIRMS,
    "identity undo": Act.RULE_ON_FIRMS,
    "incoming assign": Act.RECOVER,
    "incoming import": Act.RECOVER,
    "incoming list": Act.SEE_BOOK,
    "incoming return": Act.RECOVER,
    "instalments": Act.SEE_FACILITY,
    "keys next": Act.KEEP_KEYS,
    "keys rotate": Act.KEEP_KEYS,
    "keys status": Act.KEEP_KEYS,
    "line account": Act.CHANGE_TERMS,
    "line close": Act.CLOSE_FACILITY,
    "line draw": Act.DRAW,
    "line extend": Act.CHANGE_TERMS,
    "line fee": Act.CHANGE_TERMS,
    "line freeze": Act.FREEZE,
    "line history": Act.SEE_FACILITY,
    "line hold": Act.FREEZE,
    "line lift": Act.FREEZE,
    "line misuse": Act.CHANGE_TERMS,
    "line propose-write-off": Act.PROPOSE_WRITE_OFF,
    "line quote": Act.SEE_FACILITY,
    "line rate": Act.CHANGE_TERMS,
    "line recover": Act.RECOVER,
    "line renew": Act.CHANGE_TERMS,
    "line repay": Act.REPAY,
    "line resolve": Act.CLOSE_DAY,
    "line restructure": Act.CHANGE_TERMS,
    "line show": Act.SEE_FACILITY,
    "line unfreeze": Act.FREEZE,
    "line write-off": Act.PROPOSE_WRITE_OFF,
    "link": Act.LINK_FIRMS,
    "mend": Act.MEND,
    "messages deliver": Act.CLOSE_DAY,
    "messages list": Act.SEE_BOOK,
    "model fit": Act.USE_MODELS,
    "model score": Act.USE_MODELS,
    "owner-says": Act.LINK_FIRMS,
    "product": Act.SEE_PRODUCTS,
    "proposals judge": Act.SEE_PROPOSALS,  # and then, by its matter, the right to judge it: web/judging.py
    "proposals list": Act.SEE_PROPOSALS,
    "pull": Act.DELIVER,
    "quarantine": Act.SEE_QUARANTINE,
    "queue": Act.SEE_QUEUE,
    "replay": Act.REPLAY,
    "receipt": Act.SEE_FACILITY,
    "regroup": Act.RUN_HOUSE,
    "retention": Act.ERASE,
    "schedule": Act.COMPUTE_SCHEDULE,
    "security document": Act.SEE_SECURITY,
    "security due": Act.SEE_SECURITY,
    "security line": Act.SEE_SECURITY,
    "security paper": Act.SEE_SECURITY,
    "security propose": Act.PROPOSE_SECURITY,
    "security show": Act.SEE_SECURITY,
    "serve": Act.RUN_HOUSE,
    "simulate": Act.SIMULATE,
    "sources": Act.SEE_CHANNELS,
    "statement": Act.SEE_FACILITY,
    "strategy": Act.RUN_STRATEGY,
    "studio backtest": Act.DRAFT_PRODUCT,
    "studio check": Act.SEE_PRODUCTS,
    "studio draft": Act.DRAFT_PRODUCT,
    "studio live": Act.PROPOSE_PRODUCT,
    "studio propose": Act.PROPOSE_PRODUCT,
    "studio propose-end": Act.PROPOSE_PRODUCT,
    "studio retire": Act.PROPOSE_PRODUCT,
    "studio texts": Act.SEE_PRODUCTS,
    "token issue": Act.MANAGE_USERS,
    "token list": Act.MANAGE_USERS,
    "token revoke": Act.MANAGE_USERS,
    "user add": Act.MANAGE_USERS,
    "user change": Act.MANAGE_USERS,
    "user demo": Act.MANAGE_USERS,
    "user list": Act.MANAGE_USERS,
    "user place": Act.MANAGE_USERS,
    "variables": Act.SEE_VARIABLES,
    "watch": Act.DELIVER,
    "work": Act.RUN_HOUSE,
}


@dataclass(frozen=True, slots=True)
class Operator:
    """Who asks, and what a token lets through (None: all that the roles allow)."""

    actor: Actor
    within: frozenset[Act] | None = None


INNER: dict[str, Callable[..., Any]] = {}
_asking: list[Operator] = []  # who asks, worked out once per command


def operator() -> Operator:
    """Who asks."""
    if not _asking:
        _asking.append(_found())
    return _asking[0]


def ask_as(name: str) -> None:
    """Say who asks, before the verb runs; empty: as the environment says."""
    _asking.clear()
    if name:
        os.environ["PUHUI_AS"] = name


def guard(app: typer.Typer) -> None:
    """Let every verb ask the table first. A verb without an act, or an act without its verb, stops here."""
    verbs = dict(_verbs(app))
    assert verbs.keys() == NEEDS.keys(), f"verbs and acts differ: {sorted(verbs.keys() ^ NEEDS.keys())} (cli/rights.py)"
    for verb, info in verbs.items():
        assert info.callback is not None
        info.callback = _guarded(verb, info.callback)


def objection(verb: str, by: Operator, given: Mapping[str, Any]) -> Refused | None:
    """Why an operator may not use a verb, on what it names; None when it may."""
    act, actor = NEEDS[verb], by.actor
    if by.within is not None and act not in by.within:
        return Refused(Code.OUT_OF_SCOPE, {"act": str(act)})
    refused = access.objection(actor, act, on=days.today())
    if refused is not None or not (actor.branch or actor.roles == {Role.BORROWER}):
        return refused  # of the whole house, so that nothing needs to be looked up
    from puhui import postgres

    postgres.open_book()
    from puhui.governance import users
    from puhui.web import subjects

    # A firm may be written in other ways than by its id, and elsewhere than in `case` a case is a doubt about one.
    names = {"firm": "code", "case": "case" if verb.startswith("case ") else "doubt"}
    firm = subjects.firm_of({names.get(name, name): value for name, value in given.items() if value})
    branch = users.branch_of(firm) if firm is not None else ""
    return access.objection(actor, act, firm=firm, branch=branch, on=days.today())


def _guarded(verb: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, asked for by the table first; `INNER` keeps what it does when it is let in."""
    INNER[verb] = callback

    @functools.wraps(callback)
    def asked(**given: Any) -> Any:  # noqa: ANN401  as the verb takes them
        if (refused := objection(verb, operator(), given)) is not None:
            print(f"puhui: refused. {refused}", file=sys.stderr)
            raise typer.Exit(3)
        return INNER[verb](**given)

    return asked


def _verbs(app: typer.Typer, before: str = "") -> Iterator[tuple[str, typer.models.CommandInfo]]:
    for info in app.registered_commands:
        assert info.callback is not None
        yield before + (info.name or info.callback.__name__.replace("_", "-")), info
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from _verbs(group.typer_instance, f"{before}{group.name} " if isinstance(group.name, str) else before)


def _found() -> Operator:
    from puhui.settings import PRODUCTION

    name, token = os.environ.get("PUHUI_AS", ""), os.environ.get("PUHUI_TOKEN", "")
    if not (name or token):
        return Operator(NOBODY if PRODUCTION else Actor(f"cli:{getpass.getuser()}", STAFF, skills=frozenset(Skill)))
    from puhui import postgres

    postgres.open_book()
    from puhui.governance import tokens, users

    if not token:
        return Operator(NOBODY if PRODUCTION else users.named(name))
    bearer = tokens.bearer(token, at=days.now())
    if bearer is None or (name and name != bearer.actor.name):
        print(f"puhui: refused. {Refused(Code.NOT_SIGNED_IN)}", file=sys.stderr)
        raise typer.Exit(3)
    return Operator(bearer.actor, bearer.acts)
