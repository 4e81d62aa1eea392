"""Tokens for the API: a right to act in a user's name, within scopes, until a day.

Promises that a token is shown once and only its digest is kept; that it never reaches further than its user does.
Refuses a token without a scope or without an end.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from puhui.governance import services, users
from puhui.governance.access import Act, Actor
from puhui.governance.models import Token, User
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

START = "puhui_test_" if settings.SANDBOX else "puhui_"  # seen at a glance, by people and by scanners of secrets
LONGEST = timedelta(days=366)


class Scope(StrEnum):
    """What a token may be used for. A new one needs its line in `SCOPES`, or the import stops."""

    READ = "read"
    DATA = "data"
    CREDIT = "credit"
    MONEY = "money"
    JUDGE = "judge"
    MANAGE = "manage"


SCOPES: Mapping[Scope, tuple[Label, frozenset[Act]]] = {
    Scope.READ: (
        Label("see what its user may see", "查看"),
        frozenset(act for act in Act if act.startswith("see_")) | {Act.REPLAY, Act.COMPUTE_SCHEDULE},
    ),
    Scope.DATA: (
        Label("deliver data, give consents, rule on firms", "数据与授权"),
        frozenset(
            {Act.DELIVER, Act.MEND, Act.GIVE_CONSENT, Act.RULE_ON_FIRMS, Act.LINK_FIRMS, Act.COMPUTE_VARIABLES}
            | {Act.HOLD_DATA, Act.COPY_DATA, Act.PROVE_CONTROL, Act.USE_MODELS, Act.SIMULATE}
        ),
    ),
    Scope.CREDIT: (
        Label("apply, decide, agree", "申请与审批"),
        frozenset({Act.APPLY, Act.ASK_FOR_PERSON, Act.AGREE, Act.DECIDE_REFERRED, Act.DRAFT_PRODUCT, Act.RUN_STRATEGY}),
    ),
    Scope.MONEY: (
        Label("draw, repay and change a line", "支用、还款与额度变更"),
        frozenset({Act.DRAW, Act.REPAY, Act.CLOSE_FACILITY, Act.FREEZE, Act.CHANGE_TERMS, Act.RECOVER, Act.CLOSE_DAY}),
    ),
    Scope.JUDGE: (
        Label("propose, and judge what others propose", "提议与复核"),
        frozenset(act for act in Act if act.startswith(("propose_", "approve_"))),
    ),
    Scope.MANAGE: (
        Label("run the house: users, keys, webhooks", "系统管理"),
        frozenset({Act.MANAGE_USERS, Act.MANAGE_WEBHOOKS, Act.KEEP_KEYS, Act.ERASE, Act.RUN_HOUSE, Act.KEEP_ACCOUNT}),
    ),
}
assert SCOPES.keys() == set(Scope)
assert frozenset().union(*(acts for _, acts in SCOPES.values())) == set(Act) - {Act.VISIT}, "an act without a scope"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it is shown, once."""

    number: int
    token: str
    scopes: tuple[Scope, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A token as it is known afterwards."""

    number: int
    label: str
    shown: str
    scopes: tuple[Scope, ...]
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes with a token: the actor, and what the token covers."""

    number: int
    actor: Actor
    acts: frozenset[Act]


def issue(
    name: str,
    *,
    label: str,
    scopes: Collection[Scope],
    lasts: timedelta,
    at: datetime,
    by: str,
    within: frozenset[Act] | None = None,
) -> Issued | Refused:
    """Make a token for a user; the answer is the only time it is seen.

    A token that makes another gives no more than it covers itself (`within`): else OUT_OF_SCOPE is refused. Raises
    BadInput without a scope, and for a time of none or more than a year.
    """
    beyond = [scope for scope in sorted(set(scopes)) if within is not None and not SCOPES[scope][1] <= within]
    if beyond:
        return Refused(Code.OUT_OF_SCOPE, {"scopes": ", ".join(beyond)})
    if not scopes:
        raise BadInput("a token without a scope can do nothing", then=f"name some of {', '.join(Scope)}")
    if not timedelta(0) < lasts <= LONGEST:
        raise BadInput(f"a token cannot last {lasts.days} days", then=f"give 1 to {LONGEST.days} days")
    user = User.objects.filter(name=name, is_active=True).first()
    if user is None:
        raise BadInput(f"there is no user {name}", then="add the user first")
    token = START + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Token.objects.create(
            user=user,
            label=label[:80],
            shown=token[:16],
            digest=_digest(token),
            scopes=sorted(set(scopes)),
            made_at=at,
            ends_at=at + lasts,
        )
        body = {"token": row.pk, "scopes": row.scopes, "ends_at": row.ends_at}
        services.record("issue token", name, body, by=by)
    return Issued(row.pk, token, tuple(map(Scope, row.scopes)), row.ends_at)


def revoke(number: int, *, of: str, at: datetime, by: str) -> bool:
    """End a token of a user now; false when it has ended already. Raises BadInput when there is none."""
    with transaction.atomic():
        row = Token.objects.select_for_update().filter(pk=number, user__name=of).first()
        if row is None:
            raise BadInput(f"{of} has no token {number}", then="name one that the list of tokens shows")
        if row.revoked_at is not None:
            return False
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        services.record("revoke token", of, {"token": number}, by=by)
    return True


def bearer(token: str, *, at: datetime) -> Bearer | None:
    """Who comes with a token, or None: unknown, ended, revoked, or its user barred."""
    row = Token.objects.select_related("user").filter(digest=_digest(token)).first()
    if row is None or row.revoked_at is not None or row.ends_at <= at or not row.user.is_active:
        return None
    acts = frozenset().union(*(SCOPES[Scope(scope)][1] for scope in row.scopes))
    return Bearer(row.pk, users.actor_of(row.user), acts)


def of_user(name: str) -> list[Kept]:
    """A user's tokens, the newest first."""
    rows = Token.objects.filter(user__name=name).order_by("-pk")
    return [Kept(r.pk, r.label, r.shown, tuple(map(Scope, r.scopes)), r.made_at, r.ends_at, r.revoked_at) for r in rows]


def _digest(token: str) -> str:
    """A token is 256 random bits: one round of SHA-256 keeps it, and a look-up needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
