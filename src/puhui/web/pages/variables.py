"""What is known of a firm: every declared variable, in words."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from puhui.channels.catalogue import CHANNELS
from puhui.variables.declarations import Declared
from puhui.variables.registry import VARIABLES, channels_of
from puhui.web import tables
from puhui.words import Label

WORSE = {"higher": Label("↑ higher", "↑ 越高"), "lower": Label("↓ lower", "↓ 越低"), None: Label("–", "–")}


def channel_of(variable: Declared) -> Label:
    """The channels that a variable reads, in words."""
    names = [CHANNELS[name].label for name in channels_of(variable)]
    return Label(" + ".join(name.en for name in names), "＋".join(name.zh for name in names))


COLUMNS = (
    tables.Column[Declared]("label", Label("Variable", "变量"), lambda v: tables.Link(v.label, "", v.name), wide=True),
    tables.Column[Declared]("name", Label("Name", "名称"), lambda v: v.name, shown=False),
    tables.Column[Declared]("unit", Label("Unit", "单位"), lambda v: v.unit),
    tables.Column[Declared]("channel", Label("Channel", "渠道"), channel_of, choice=True),
    tables.Column[Declared]("worse", Label("Worse when", "何时更差"), lambda v: WORSE[v.worse_when], choice=True),
    tables.Column[Declared]("why", Label("Why it matters", "为何重要"), lambda v: v.why, wide=True, sorts=False),
)
TABLE = tables.Table(
    Label("All variables", "全部变量"), COLUMNS, nothing=Label("No variable is declared", "尚未声明变量")
)


@require_safe
def variables(request: HttpRequest) -> HttpResponse:
    """Every declared variable; the search knows its words in both languages."""
    return tables.answer(
        request, "desk/variables.html", {}, found=(TABLE, tables.Listed(list(VARIABLES.values()), COLUMNS))
    )
