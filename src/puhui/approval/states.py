"""The life of an application, and why a person looks at one. Pure.

Promises that an application moves only along `NEXT`, and that every state has its words. Refuses nothing itself.
"""

from __future__ import annotations

from enum import StrEnum

from puhui.words import Label


class Status(StrEnum):
    """How far an application has come."""

    DRAFTED = "drafted"
    CONSENTED = "consented"
    PULLING = "pulling"
    DECIDED = "decided"
    OFFERED = "offered"
    AGREED = "agreed"
    OPENED = "opened"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


NEXT = {
    Status.DRAFTED: {Status.CONSENTED, Status.WITHDRAWN, Status.EXPIRED},
    Status.CONSENTED: {Status.PULLING, Status.WITHDRAWN, Status.EXPIRED},
    Status.PULLING: {Status.DECIDED, Status.WITHDRAWN, Status.EXPIRED},
    Status.DECIDED: {Status.OFFERED, Status.WITHDRAWN, Status.EXPIRED},
    Status.OFFERED: {Status.AGREED, Status.WITHDRAWN, Status.EXPIRED},
    Status.AGREED: {Status.OPENED},
    Status.OPENED: set[Status](),
    Status.WITHDRAWN: set[Status](),
    Status.EXPIRED: set[Status](),
}
assert NEXT.keys() == set(Status)

WORDS: dict[Status, Label] = {
    Status.DRAFTED: Label("begun: your consent is needed next", "已填写：下一步请授权"),
    Status.CONSENTED: Label("consented: your data are being looked at", "已授权：正在查看数据"),
    Status.PULLING: Label("your data are being fetched", "正在获取数据"),
    Status.DECIDED: Label("decided", "已作出决定"),
    Status.OFFERED: Label("an offer waits for you", "要约待您确认"),
    Status.AGREED: Label("agreed: the line is being opened", "已签约：正在开立额度"),
    Status.OPENED: Label("the line is open", "额度已开立"),
    Status.WITHDRAWN: Label("withdrawn", "已撤回"),
    Status.EXPIRED: Label("expired", "已失效"),
}
assert WORDS.keys() == set(Status)
ON_RECORD = {status: f"application {status}" for status in Status}  # what the audit chain calls each step
OUTCOMES: dict[str, Label] = {
    "approved": Label("approved", "通过"),
    "declined": Label("declined", "拒绝"),
    "referred": Label("referred to a person", "转人工审核"),
}
OPEN = frozenset(Status) - {Status.OPENED, Status.WITHDRAWN, Status.EXPIRED}


class Kind(StrEnum):
    """Why a person looks at a case."""

    REFERRED = "referred"
    ASKED = "asked"
