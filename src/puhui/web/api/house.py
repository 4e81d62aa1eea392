"""The house's own people and sources: accounts, skills, branches; sources that are pulled, rows to mend, doubts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import Field

from puhui.channels import services as channels
from puhui.channels.pulls import pulling
from puhui.channels.pulls.fetching import Unreachable
from puhui.enterprises import selectors as enterprises
from puhui.enterprises import services as identities
from puhui.governance import users
from puhui.governance.access import Act, Role, Skill
from puhui.ids import EnterpriseId
from puhui.refusals import Code, Refused
from puhui.web import subjects
from puhui.web.api.frame import bearer_of, operation
from puhui.web.api.once import Call, writes
from puhui.web.api.shapes import PLAIN, After, Firm, Limit, Line, Page, Word, named_by, page

router = Router(tags=["house"])
User = Annotated[str, Path(min_length=1, max_length=40, pattern=PLAIN)]
Source = Annotated[str, Path(min_length=1, max_length=80, pattern=PLAIN)]
Row = Annotated[int, Path(ge=1, le=2**62)]
Branch = Annotated[str, Field(max_length=40, pattern=PLAIN)]
Skills = Annotated[list[Skill], Field(max_length=len(Skill))]


class Account(Schema):
    """Somebody who may sign in; `skills` are of who decides cases."""

    name: str
    role: Role
    branch: str
    skills: list[Skill]


class Kept(Account):
    """An account, and whether it may sign in."""

    active: bool


class NewAccount(Schema):
    """An account to be made. An approver needs a skill."""

    name: Word
    email: Annotated[str, Field(max_length=254, pattern=PLAIN)]
    role: Role
    branch: Branch = ""
    skills: Annotated[Skills, Field(default_factory=list)]


class MadeAccount(Account):
    """An account that was made; its first password is shown in the first answer only."""

    password: str


class Change(Schema):
    """What is to be otherwise; what is left out stays."""

    role: Role | None = None
    branch: Branch | None = None
    skills: Skills | None = None
    active: bool | None = None


class Placing(Schema):
    """The branch that looks after a firm; empty: head office."""

    branch: Branch


class SourceState(Schema):
    """A declared source, and how its last pull went."""

    name: str
    channel: str
    kind: str
    outcome: str | None
    said: str
    last_started: datetime | None
    failures: int
    rows: int


class Pulled(Schema):
    """How many rows a pull brought."""

    source: str
    channel: str
    rows: int


class Mending(Schema):
    """What cells of a quarantined row should say, by the file's headers or the channel's columns."""

    changes: Annotated[dict[Word, Annotated[str, Field(max_length=400, pattern=PLAIN)]], Field(max_length=60)]


class Mended(Schema):
    """The delivery in which a mended row came in."""

    delivery: str
    accepted: int
    quarantined: int


class Doubt(Schema):
    """A doubt about who a firm is, with its evidence."""

    number: int
    kind: str
    firm: str
    other: str | None
    probability: float | None


class Answer(Schema):
    """Whether two are the same, and why; a merge needs a proposal where the house asks for one."""

    same: bool
    why: Line
    proposal: Annotated[int, Field(ge=1, le=10**17)] | None = None


class Ruled(Schema):
    """What a ruling did: the number of the merge, or null where they stay two."""

    doubt: int
    same: bool
    act: int | None


class Hold(Schema):
    """Lets a firm draw on none of its lines, until it is lifted by its reference."""

    reference: Word
    why: Line


class Held(Schema):
    """How many holds of a reference were placed or lifted."""

    reference: str
    holds: int


@operation(router, "GET", "/users", act=Act.MANAGE_USERS, answers=Page[Kept], says="Everybody who has an account.")
def list_users(request: HttpRequest, after: After = "", limit: Limit = 50) -> Any:
    begin = named_by(after)
    found = [(each, active) for each, active in users.listed() if each.name > begin]
    told = page(found[: limit + 1], limit, lambda row: str(row[0].name))
    return told | {"items": [{**_account(each), "active": active} for each, active in told["items"]]}


@writes(
    router, "/users", act=Act.MANAGE_USERS, answers=MadeAccount, hidden=("password",), whole=True,
    says="Make an account.",
)  # fmt: skip
def add_user(call: Call, body: NewAccount) -> Any:
    made = users.add_user(
        body.name, role=body.role, email=body.email, branch=body.branch, skills=body.skills, by=call.who
    )
    return {**_account(made), "password": made.password}


@writes(
    router, "/users/{user}/change", act=Act.MANAGE_USERS, answers=Account, whole=True,
    says="Another role, branch or skills, or bar somebody. Nobody changes one's own account.",
)  # fmt: skip
def change_user(call: Call, user: User, body: Change) -> Any:
    return _account(users.change_user(user, **body.model_dump(), by=call.who))


@writes(
    router, "/firms/{firm}/branch", act=Act.MANAGE_USERS, answers=Placing,
    says="Which branch looks after a firm from now on.",
)  # fmt: skip
def place_firm(call: Call, firm: Firm, body: Placing) -> Any:
    placed = users.place(EnterpriseId(firm), body.branch, by=call.who, request=call.request, at=call.at)
    return {"branch": placed}


@operation(router, "GET", "/sources", act=Act.SEE_CHANNELS, answers=list[SourceState], says="How each source does.")
def list_sources(request: HttpRequest) -> Any:
    return [
        {"name": each.source.name, "channel": each.source.channel, "kind": each.source.kind, "outcome": each.outcome,
         "said": each.said, "last_started": each.last_started, "failures": each.failures, "rows": each.rows}
        for each in pulling.states()
    ]  # fmt: skip


@writes(router, "/sources/{source}/pull", act=Act.DELIVER, answers=Pulled, says="Fetch what is new at a source.")
def pull_source(call: Call, source: Source) -> Any:
    try:
        return pulling.pull(source, on=call.on, by=call.who)
    except Unreachable as silent:
        return Refused(Code.SOURCE_SILENT, {"source": source, "said": str(silent)[:200]})


@writes(
    router, "/quarantine/{row}/mending", act=Act.MEND, answers=Mended,
    says="Replay a quarantined row with some cells changed; the raw row is kept as it came.",
)  # fmt: skip
def mend_row(call: Call, row: Row, body: Mending) -> Any:
    return channels.mend(row, dict(body.changes), by=call.who, on=call.on)


@operation(router, "GET", "/doubts", act=Act.SEE_DOUBTS, answers=list[Doubt], says="The likeliest first, 200 at most.")
def list_doubts(request: HttpRequest) -> Any:
    actor = bearer_of(request).actor
    return [
        {"number": each.id, "kind": each.kind, "firm": each.enterprise, "other": each.other,
         "probability": each.probability}
        for each in enterprises.doubts(limit=200)
        if subjects.reaches(actor, Act.SEE_DOUBTS, each.enterprise)
    ]  # fmt: skip


@writes(
    router, "/doubts/{doubt}/ruling", act=Act.RULE_ON_FIRMS, answers=Ruled,
    says="Decide whether two are the same; the same are merged.",
)  # fmt: skip
def rule_on_doubt(call: Call, doubt: Row, body: Answer) -> Any:
    said = identities.rule(
        doubt, same=body.same, reason=body.why, on=call.on, request=call.request, by=call.who, proposal=body.proposal
    )
    if isinstance(said, Refused):
        return said
    return {"doubt": doubt, "same": body.same, "act": None if said is None else said.act}


@writes(router, "/firms/{firm}/draw-holds", act=Act.FREEZE, answers=Held, says="Let a firm draw on none of its lines.")
def hold_draws(call: Call, firm: Firm, body: Hold) -> Any:
    identities.hold_draws(EnterpriseId(firm), reference=body.reference, why=body.why, on=call.on, by=call.who)
    return {"reference": body.reference, "holds": 1}


@writes(router, "/firms/{firm}/draw-holds/lifting", act=Act.FREEZE, answers=Held, says="Let a firm draw again.")
def lift_hold(call: Call, firm: Firm, body: Hold) -> Any:
    lifted = identities.lift_draw_hold(
        EnterpriseId(firm), reference=body.reference, why=body.why, on=call.on, by=call.who
    )
    return {"reference": body.reference, "holds": lifted}


def _account(user: users.Added) -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "branch": user.branch, "skills": list(user.skills)}
