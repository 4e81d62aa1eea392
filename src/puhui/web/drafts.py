"""What an owner has begun to write, kept until it is done: in the middle of a form the session may end, or the phone.

Promises that a draft lies sealed, is its writer's alone, and is forgotten when its form is done, when its firm is
erased, or after a time without a word. Refuses (BadInput) more than a form holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from puhui import dated
from puhui.approval import selectors as approval
from puhui.days import add_months
from puhui.ids import EnterpriseId
from puhui.lending import browsing
from puhui.refusals import BadInput
from puhui.web import sealed
from puhui.web.models import Draft

TERMS = Path(__file__).parent / "drafts.json"
USE = "drafts"
MOST_FIELDS, MOST_LETTERS = 12, 4_000
NEVER = frozenset({"csrfmiddlewaretoken", "request", "act", "read"})  # and no form that asks who one is keeps a draft


def keep(user: str, form: str, fields: Mapping[str, str], *, at: datetime) -> None:
    """Keep what somebody has written so far in a form; the newest only."""
    kept = {name: text for name, text in fields.items() if name not in NEVER and text}
    if len(kept) > MOST_FIELDS or sum(map(len, kept.values())) > MOST_LETTERS:
        raise BadInput(_("that is more than a form holds"), then=_("shorten what is written"))
    after = add_months(at.date(), -dated.load(TERMS, on=at.date()).whole("kept_months"))
    Draft.objects.filter(user=user, at__date__lt=after).delete()
    if not kept:
        forget(user, form)
        return
    text = sealed.seal(json.dumps(kept, ensure_ascii=False), use=USE)
    Draft.objects.update_or_create(user=user, form=form, defaults={"fields": text, "at": at})


def of(user: str, form: str) -> dict[str, str]:
    """What somebody had written in a form; empty where nothing is kept."""
    row = Draft.objects.filter(user=user, form=form).first()
    found: dict[str, str] = json.loads(sealed.unseal(bytes(row.fields), use=USE)) if row else {}
    return found


def forget(user: str, form: str = "") -> None:
    """The form is done; or, without a form, everything that somebody had begun to write."""
    rows = Draft.objects.filter(user=user)
    (rows.filter(form=form) if form else rows).delete()


def held_of(firm: EnterpriseId) -> list[dict[str, Any]]:
    """What was begun to be written for a firm, for its owner."""
    rows = Draft.objects.filter(form__in=_forms(firm)).order_by("form", "user")
    return [{"form": row.form, "at": row.at, **of(row.user, row.form)} for row in rows]


def forget_firm(firm: EnterpriseId) -> int:
    """Everything that anybody had begun to write for a firm."""
    return Draft.objects.filter(form__in=_forms(firm)).delete()[0]


def _forms(firm: EnterpriseId) -> list[str]:
    """Applying, asking for a person, drawing."""
    forms = [f"apply-{firm}", *(f"person-{each.number}" for each in approval.applications(firm))]
    forms += [f"draw-{line.number}" for line in browsing.lines(enterprise=firm)[0]]
    return forms
