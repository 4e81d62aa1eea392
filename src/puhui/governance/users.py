"""Acts on people who sign in: add, change, place firms at branches, prove control of a firm.

Promises that each is one record of the audit chain, and that a generated password is shown once and kept nowhere in the
clear. Refuses a borrower control of a firm that the identity service has not confirmed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from puhui.governance import services
from puhui.governance.access import SKILLED, STAFF, Actor, Role, Skill
from puhui.governance.models import Control, ControlEnd, Placed, User
from puhui.governance.proofs import Answer, IdentityService
from puhui.ids import EnterpriseId, RequestId
from puhui.refusals import BadInput, Code, Refused
from puhui.words import Label

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
BRANCH = re.compile(r"[a-z0-9][a-z0-9-]{0,39}|")
A_NAME = (
    Label("a name", "用户名"),
    Label("2 to 40 small letters, digits, dots and dashes", "2至40个小写字母、数字、点和连字符"),
)
A_BRANCH = (
    Label("a branch", "机构名"),
    Label("small letters, digits and dashes, or nothing for head office", "小写字母、数字和连字符；总行留空"),
)


@dataclass(frozen=True, slots=True)
class Added:
    """A user, and the password made for it: empty when the user was there already or brought its own."""

    name: str
    role: Role
    branch: str
    password: str = ""
    skills: tuple[Skill, ...] = ()


@dataclass(frozen=True, slots=True)
class Controls:
    """That a user controls a firm."""

    user: str
    firm: EnterpriseId


def add_user(
    name: str,
    *,
    role: Role,
    email: str,
    branch: str = "",
    skills: Collection[Skill] = (),
    password: str = "",
    by: str,
) -> Added:
    """Make an account; asked again for the same account, nothing is done.

    Without a password one is made, shown here once, and must be changed at the first visit. Raises BadInput for a name,
    branch, address or password that cannot be used, for who decides cases without a skill, and when the name stands for
    somebody else.
    """
    _must_be(NAME, name, *A_NAME)
    _must_be(BRANCH, branch, *A_BRANCH)
    able = _skills_for(role, skills)
    try:
        validate_email(email)
        if password:
            validate_password(password, User(name=name, email=email))
    except ValidationError as wrong:
        raise BadInput(" ".join(wrong.messages).rstrip("."), then="give another one") from None
    with transaction.atomic():
        there = User.objects.filter(name=name).first()
        if there is not None:
            if (there.role, there.branch, there.email) != (role, branch, email):
                raise BadInput(
                    Label(f"the name {name} stands for somebody else", f"名称{name}已指他人"),
                    then=Label("choose another name, or change that one", "请另取名称，或修改已有的用户"),
                )
            return _added(there)
        if User.objects.filter(email=email).exists():
            raise BadInput(
                Label(f"the address {email} has an account already", f"邮箱{email}已有账号"),
                then=Label("give another address", "请填写另一个邮箱"),
            )
        made = "" if password else secrets.token_urlsafe(12)
        user = User(name=name, email=email, role=role, branch=branch, skills=able, must_change_password=bool(made))
        user.set_password(password or made)
        user.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)  # the administrator vouches
        services.record("add user", name, {"role": role, "branch": branch, "skills": able}, by=by)
    return _added(user, made)


def change_user(
    name: str,
    *,
    role: Role | None = None,
    branch: str | None = None,
    skills: Collection[Skill] | None = None,
    active: bool | None = None,
    by: str,
) -> Added:
    """Give a user another role, branch or skills, or bar it from signing in. Nobody changes one's own account so.

    Raises BadInput for who would decide cases without a skill; who decides none keeps none.
    """
    if name == by:
        raise BadInput(
            Label("nobody changes the role of one's own account", "任何人都不能更改自己账号的角色"),
            then=Label("ask another administrator", "请另一位管理员办理"),
        )
    if branch is not None:
        _must_be(BRANCH, branch, *A_BRANCH)
    with transaction.atomic():
        user = _named(name)
        before = _standing(user)
        user.role = role or user.role
        user.branch = user.branch if branch is None else branch
        user.is_active = user.is_active if active is None else active
        user.skills = _skills_for(Role(user.role), user.skills if skills is None else skills)
        after = _standing(user)
        if after != before:
            user.save(update_fields=["role", "branch", "skills", "is_active"])
            services.record("change user", name, {"before": before, "after": after}, by=by)
    return _added(user)


def place(firm: EnterpriseId, branch: str, *, by: str, request: RequestId, at: datetime) -> str:
    """Let a branch look after a firm from now on; returns the branch. A repeated request changes nothing."""
    _must_be(BRANCH, branch, *A_BRANCH)
    with transaction.atomic():
        if not Placed.objects.filter(request=request).exists():
            Placed.objects.create(enterprise=firm, branch=branch, by=by, at=at, request=request)
            services.record("place", firm, {"branch": branch}, by=by)
    return branch


def prove_control(
    name: str,
    firm: EnterpriseId,
    *,
    person: str,
    identity_number: str,
    service: IdentityService,
    request: RequestId,
    at: datetime,
) -> Controls | Refused:
    """Let a borrower act for a firm once the identity service confirms that it is the firm's legal representative.

    What was typed about the person goes to the service and is kept nowhere here. A repeated request gives the first
    answer. Refuses CONTROL_NOT_PROVEN, and IDENTITY_SERVICE_SILENT when no clear answer came: ask again.
    """
    user = _named(name)
    if user.role != Role.BORROWER:
        raise BadInput(
            Label("only a borrower controls a firm", "只有借款人账号可以控制企业"),
            then=Label("use an account of one's own for that", "请为此另用一个账号"),
        )
    done = Control.objects.filter(request=request).first()
    if done is not None:
        same = (done.user_id, done.enterprise) == (user.pk, firm)
        return Controls(name, firm) if same else Refused(Code.REQUEST_HAS_OTHER_CONTENT, {"request": request})
    said = service.controls(firm, person=person, identity_number=identity_number, request=request)
    if said.answer is Answer.UNKNOWN:
        return Refused(Code.IDENTITY_SERVICE_SILENT, {"firm": firm})
    with transaction.atomic():
        if said.answer is Answer.NO:
            services.record("control not proven", firm, {"evidence": said.reference}, by=name)
            return Refused(Code.CONTROL_NOT_PROVEN, {"firm": firm})
        _, new = Control.objects.get_or_create(
            request=request, defaults={"user": user, "enterprise": firm, "evidence": said.reference, "at": at}
        )
        if new:
            services.record("control proven", firm, {"evidence": said.reference}, by=name)
    return Controls(name, firm)


def end_control(name: str, firm: EnterpriseId, *, why: str, by: str, at: datetime) -> int:
    """Take a firm from a borrower's hands, such as when its representative changes; returns how many proofs ended."""
    if not why.strip():
        raise BadInput(
            Label("the end of a control needs its reason", "终止控制关系须说明原因"), then=Label("say why", "填写原因")
        )
    with transaction.atomic():
        standing = Control.objects.filter(user__name=name, enterprise=firm, end__isnull=True)
        ended = ControlEnd.objects.bulk_create([ControlEnd(control=one, why=why, by=by, at=at) for one in standing])
        if ended:
            services.record("end control", firm, {"user": name, "why": why}, by=by)
    return len(ended)


def actor_of(user: User) -> Actor:
    """Who a signed-in person is to the table of rights: role, branch, and the firms that it controls."""
    role = Role(user.role)
    firms = Control.objects.filter(user=user, end__isnull=True).values_list("enterprise", flat=True)
    mine = frozenset(map(EnterpriseId, firms)) if role is Role.BORROWER else frozenset()
    return Actor(user.name, frozenset({role}), user.branch, mine, frozenset(map(Skill, user.skills)))


def named(name: str) -> Actor:
    """The actor of a name, for the command line. Raises BadInput when nobody of that name may sign in."""
    user = _named(name)
    if not user.is_active:
        raise BadInput(
            Label(f"{name} may not sign in any more", f"{name}已不能登录"),
            then=Label("name another user", "请填写另一位用户"),
        )
    return actor_of(user)


def listed() -> list[tuple[Added, bool]]:
    """Everybody who has an account, and whether it may sign in; by name."""
    rows = User.objects.order_by("name")
    return [(_added(row), row.is_active) for row in rows]


def is_staff(user: User) -> bool:
    """Does this person work for the bank (or watch over it)?"""
    return Role(user.role) in STAFF


def branch_of(firm: EnterpriseId) -> str:
    """The branch that looks after a firm; empty: head office."""
    last = Placed.objects.filter(enterprise=firm).order_by("-pk").values_list("branch", flat=True).first()
    return last or ""


def firms_of(branch: str) -> list[EnterpriseId]:
    """The firms that a branch looks after now."""
    once = Placed.objects.filter(branch=branch).values("enterprise")
    last = Placed.objects.filter(enterprise__in=once).order_by("enterprise", "-pk").distinct("enterprise")
    return sorted(EnterpriseId(firm) for firm, at in last.values_list("enterprise", "branch") if at == branch)


def _added(user: User, password: str = "") -> Added:
    return Added(user.name, Role(user.role), user.branch, password, tuple(map(Skill, user.skills)))


def _standing(user: User) -> dict[str, object]:
    return {"role": user.role, "branch": user.branch, "skills": user.skills, "active": user.is_active}


def _skills_for(role: Role, skills: Collection[str]) -> list[str]:
    """The skills of a role's holder as they are kept: in the order of `Skill`, and none where they do not matter."""
    if role not in SKILLED:
        return []
    if not skills:
        raise BadInput(
            Label(f"{role} without a skill could decide nothing", f"{role}没有专长，无法审批任何案件"),
            then=Label(f"name some of {', '.join(Skill)}", f"请选择其中之一：{'、'.join(Skill)}"),
        )
    return [str(each) for each in Skill if each in skills]


def _named(name: str) -> User:
    user = User.objects.filter(name=name).first()
    if user is None:
        raise BadInput(
            Label(f"there is no user {name}", f"没有用户{name}"),
            then=Label(
                "name one that `puhui user list` shows, or add it first", "请填写用户清单中的名称，或先添加该用户"
            ),
        )
    return user


def _must_be(pattern: re.Pattern[str], text: str, what: Label, such_as: Label) -> None:
    if not pattern.fullmatch(text):
        raise BadInput(
            Label(f"'{text}' cannot be {what.en}", f"“{text}”不能作为{what.zh}"),
            then=Label(f"use {such_as.en}", f"请用{such_as.zh}"),
        )
