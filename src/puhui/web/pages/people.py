"""Users, their roles, and up to which amount each role may decide."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from puhui import days
from puhui.documents.blocks import Tag, Tone
from puhui.documents.wording import Form
from puhui.governance import access, users
from puhui.governance.access import SKILL_WORDS, Act, Role, Skill
from puhui.money import Money
from puhui.refusals import BadInput
from puhui.web import acting, tables
from puhui.web.doors import who
from puhui.words import Label

User = tuple[users.Added, bool]


def _together(words: list[Label]) -> Label | None:
    if not words:
        return None
    return Label(", ".join(each.en for each in words), "、".join(each.zh for each in words))


COLUMNS = (
    tables.Column[User]("name", Label("Name", "用户名"), lambda u: u[0].name),
    tables.Column[User]("role", Label("Role", "角色"), lambda u: access.WORDS[u[0].role], choice=True),
    tables.Column[User](
        "branch", Label("Branch", "机构"), lambda u: u[0].branch or Label("head office", "总行"), choice=True
    ),
    tables.Column[User](
        "skills", Label("Skills", "专长"), lambda u: _together([SKILL_WORDS[each] for each in u[0].skills])
    ),
    tables.Column[User](
        "active",
        Label("May sign in", "可否登录"),
        lambda u: Tag(Label("yes", "是"), Tone.GOOD) if u[1] else Tag(Label("barred", "已停用"), Tone.BAD),
    ),
)
TABLE = tables.Table(Label("Users", "用户"), COLUMNS)

ACTS: Mapping[Act, Label] = {
    Act.DECIDE_REFERRED: Label("Decide a referred application", "审批转人工申请"),
    Act.APPROVE_OVERRIDE: Label("Agree to an override", "复核推翻决策"),
    Act.APPROVE_WRITE_OFF: Label("Agree to a write-off", "复核核销"),
    Act.APPROVE_SECURITY: Label("Agree to security of a line", "复核额度担保"),
    Act.APPROVE_CAP: Label("Agree to a cap on exposure", "复核授信限额"),
}
Authority = tuple[Act, Role, Money]
AUTHORITY = (
    tables.Column[Authority]("act", Label("Act", "事项"), lambda a: ACTS[a[0]]),
    tables.Column[Authority]("role", Label("Role", "角色"), lambda a: access.WORDS[a[1]]),
    tables.Column[Authority]("most", Label("Up to", "限额"), lambda a: a[2], Form.MONEY, unit=Label("yuan", "元")),
)
assert ACTS.keys() == access.UP_TO_AN_AMOUNT
AUTHORITY_TABLE = tables.Table(Label("Authority today", "今日审批权限"), AUTHORITY, name="authority", search=False)


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who signs in; a POST adds a user, changes one, or bars one."""
    if request.method == "POST":
        return _acted(request)
    today = days.today()
    authority = [
        (act, role, access.authority(act, frozenset({role}), on=today))
        for act in sorted(access.UP_TO_AN_AMOUNT)
        for role in sorted(access.MAY[act])
    ]
    return tables.answer(
        request,
        "desk/people.html",
        {
            "roles": access.WORDS.items(),
            "skills": SKILL_WORDS.items(),
            "names": [user.name for user, _active in users.listed()],
        },
        users=(TABLE, tables.Listed(users.listed(), COLUMNS)),
        authority=(AUTHORITY_TABLE, tables.Listed(authority, AUTHORITY)),
    )


def _acted(request: HttpRequest) -> HttpResponse:
    given, to = request.POST, reverse("people")
    try:
        role, skills = Role(given.get("role", "")), [Skill(each) for each in given.getlist("skill")]
    except ValueError as wrong:
        raise BadInput(str(wrong), then=_("choose one of the list")) from None
    if given.get("act") == "add":
        made = users.add_user(
            given.get("name", ""),
            role=role,
            email=given.get("email", ""),
            branch=given.get("branch", ""),
            skills=skills,
            by=who(request),
        )
        done = _("%(name)s has been added. The first password is %(password)s; it is shown only now.") % {
            "name": made.name,
            "password": made.password or "–",
        }
    else:
        changed = users.change_user(
            given.get("name", ""), role=role, branch=given.get("branch", ""), skills=skills or None,
            active="active" in given, by=who(request),
        )  # fmt: skip
        done = _("%(name)s has been changed.") % {"name": changed.name}
    return acting.told(request, None, done, to)
