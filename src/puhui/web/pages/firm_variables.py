"""The enterprise file's variables: their values, and for each how it went and where the firm stands among others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels import selectors as channels
from puhui.channels.catalogue import CHANNELS
from puhui.documents import plots
from puhui.documents.wording import Form
from puhui.variables import ready, selectors
from puhui.variables.declarations import Declared
from puhui.variables.registry import VARIABLES, channels_of
from puhui.web import lazily, tables
from puhui.web.naming import name_of
from puhui.web.pages.firm import Asked, asked, show
from puhui.web.pages.variables import WORSE, channel_of
from puhui.words import Label

ALL, ACROSS = "all", Label("across channels", "跨渠道")
MONTHS = 12
PEERS = 300  # firms that a variable is compared with


@dataclass(frozen=True, slots=True)
class Valued:
    """A variable and its value."""

    variable: Declared
    value: float | None
    at: str


COLUMNS = (
    tables.Column[Valued](
        "variable", Label("Variable", "变量"), lambda v: tables.Link(v.variable.label, v.at, v.variable.name), wide=True
    ),
    tables.Column[Valued]("value", Label("Value", "值"), lambda v: v.value, Form.NUMBER, 2),
    tables.Column[Valued]("unit", Label("Unit", "单位"), lambda v: v.variable.unit),
    tables.Column[Valued]("worse", Label("Worse when", "何时更差"), lambda v: WORSE[v.variable.worse_when]),
    tables.Column[Valued]("channel", Label("Channel", "渠道"), lambda v: channel_of(v.variable), shown=False),
    tables.Column[Valued](
        "why", Label("Why it matters", "为何重要"), lambda v: v.variable.why, wide=True, sorts=False, shown=False
    ),
)
TABLE = tables.Table(Label("What the data say on that day", "当日的变量值"), COLUMNS)


@require_safe
def variables(request: HttpRequest, code: str) -> HttpResponse:
    """Every variable of the firm as of the day."""
    of = asked(request, code)
    return show(request, of, "desk/firm_variables.html", lambda: _variables(request, of))


@require_safe
def variable(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One variable of the firm: month by month, and among other firms."""
    of = asked(request, code)
    if name not in VARIABLES:
        raise Http404(f"there is no variable {name}")
    facts = {"firm": of.firm, "name": name_of(of.firm, by=of.by), "variable": VARIABLES[name], "as_of": of.as_of}
    return lazily.answer(
        request, "desk/firm_variable.html", "desk/firm_variable_part.html", facts, lambda: _one(of, VARIABLES[name])
    )


def _variables(request: HttpRequest, of: Asked) -> dict[str, Any]:
    """The variables of the channel that the address asks for; of all channels only when it says so."""
    groups: dict[str, list[Declared]] = {}
    for each in VARIABLES.values():
        groups.setdefault(_group(each), []).append(each)
    asked = request.GET.get("of", "")
    chosen = asked if asked in groups or asked == ALL else next(iter(groups))
    declared = list(VARIABLES.values()) if chosen == ALL else groups[chosen]
    found = ready.values_of_one(
        of.firm, purpose=of.purpose, as_of=of.as_of, variables=declared, on=days.today(), by=of.by
    )
    rows = [
        Valued(VARIABLES[name], value, reverse("firms_variable", args=[of.firm, name]))
        for name, value in found.values.items()
    ]
    here = reverse("firms_variables", args=[of.firm])
    kinds = [(name, CHANNELS[name].label if name in CHANNELS else ACROSS) for name in groups]
    return {
        "values": tables.view(request, TABLE, tables.Listed(rows, COLUMNS)),
        "kinds": [
            {"at": f"{here}?{urlencode({'of': name})}", "label": label, "here": name == chosen}
            for name, label in [*kinds, (ALL, Label("all channels", "全部渠道"))]
        ],
        "refusals": [(CHANNELS[channel].label, refused) for channel, refused in found.refused.items()],
    }


def _group(variable: Declared) -> str:
    """Its channel; what reads several stands together."""
    channels = channels_of(variable)
    return channels[0] if len(channels) == 1 else "across"


def _one(of: Asked, variable: Declared) -> dict[str, Any]:
    ends = [days.add_months(of.as_of, -back) for back in range(MONTHS, 0, -1)] + [of.as_of]
    history = selectors.history_of_one(of.firm, variable, purpose=of.purpose, ends=ends, on=days.today(), by=of.by)
    peers = _peers(of, variable)
    now = history[-1]
    axis = plots.Axis(variable.unit, Form.NUMBER, None)
    said = Label("The variable at each month's end.", "各月末的变量值。")
    facts: dict[str, Any] = {
        "now": now,
        "history": plots.over_time(
            Label("Month by month", "逐月走势"),
            [end.isoformat() for end in ends],
            {variable.label: history},
            axis,
            said=said,
            height_px=240,
        ),
        "place": _place(now, peers, variable),
        "peers": len(peers),
    }
    if len(peers) > 1:
        low, high = np.quantile(peers, (0.02, 0.98))
        counts, edges = np.histogram(np.clip(peers, low, high), bins=min(20, len(peers)))
        number = Label("firms", "企业数")
        facts["among"] = plots.histogram(
            Label("Among other firms", "在其他企业中"),
            edges.tolist(),
            {number: counts.tolist()},
            axis,
            count=number,
            said=Label("How the variable lies among other firms.", "该变量在其他企业中的分布。"),
            height_px=240,
        )
    return facts


def _peers(of: Asked, variable: Declared) -> list[float]:
    """The variable of other firms that may be read for the same purpose, evenly chosen among all of its channel."""
    everybody = channels.firms(next(iter(channels_of(variable)), "registry"))
    chosen = everybody[:: max(1, len(everybody) // PEERS)][:PEERS]
    found = selectors.values(
        chosen, purpose=of.purpose, as_of=of.as_of, variables=[variable], on=days.today(), by=of.by
    )
    return [value for value in found.table[variable.name].to_pylist() if value is not None]


def _place(now: float | None, peers: list[float], variable: Declared) -> Label | None:
    """In words: which share of the others is worse."""
    if now is None or not peers or variable.worse_when is None:
        return None
    worse = sum((value > now) if variable.worse_when == "higher" else (value < now) for value in peers) / len(peers)
    return Label(f"{worse:.0%} of the other firms are worse", f"优于{worse:.0%}的其他企业")
