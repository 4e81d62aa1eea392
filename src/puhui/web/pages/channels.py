"""What comes in and how well: every channel's last delivery, rows, quarantine, freshness and changes of form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from puhui import days
from puhui.channels import health
from puhui.channels.pulls import pulling
from puhui.documents.blocks import Tag, Tone
from puhui.documents.wording import Form
from puhui.web import tables
from puhui.words import Label

Health = health.ChannelHealth
Change = tuple[Health, health.SchemaChange]
TONES = {
    health.Freshness.FRESH: Tone.GOOD,
    health.Freshness.STALE: Tone.WATCH,
    health.Freshness.EMPTY: Tone.PLAIN,
}
OUTCOMES = {
    pulling.Outcome.DONE: Tone.GOOD,
    pulling.Outcome.RUNNING: Tone.PLAIN,
    pulling.Outcome.UNREACHABLE: Tone.WATCH,
    pulling.Outcome.REFUSED: Tone.BAD,
}
NOT_YET = Tag(Label("not yet", "尚未"))
CHANNEL = Label("Channel", "渠道")

CHANNELS = (
    tables.Column[Health]("name", CHANNEL, lambda c: tables.Link(c.label, _deliveries(c), c.name)),
    tables.Column[Health](
        "freshness",
        Label("Freshness", "时效"),
        lambda c: Tag(health.WORDS[c.freshness], TONES[c.freshness]),
        choice=True,
    ),
    tables.Column[Health]("newest", Label("Newest fact", "最新数据日"), lambda c: c.newest),
    tables.Column[Health]("age", Label("Age, days", "已过天数"), lambda c: c.age_days, Form.COUNT),
    tables.Column[Health]("promise", Label("Promise, days", "承诺天数"), lambda c: c.fresh_within_days, Form.COUNT),
    tables.Column[Health]("last", Label("Last delivery", "最近交付"), lambda c: c.last_on),
    tables.Column[Health]("rows", Label("Rows", "行数"), lambda c: c.rows, Form.COUNT),
    tables.Column[Health](
        "quarantined",
        Label("Quarantined", "隔离率"),
        lambda c: c.quarantine_rate if c.deliveries else None,
        Form.PERCENT,
    ),
)
CHANGES = (
    tables.Column[Change]("channel", CHANNEL, lambda c: c[0].label),
    tables.Column[Change]("on", Label("Day", "日期"), lambda c: c[1].on),
    tables.Column[Change]("source", Label("Source", "来源"), lambda c: c[1].source),
    tables.Column[Change]("file", Label("File", "文件"), lambda c: c[1].file),
    tables.Column[Change]("added", Label("New columns", "新增列"), lambda c: ", ".join(c[1].added)),
    tables.Column[Change]("gone", Label("Gone", "消失列"), lambda c: ", ".join(c[1].gone)),
)
SOURCES = (
    tables.Column[pulling.SourceState]("source", Label("Source", "数据源"), lambda s: s.source.name),
    tables.Column[pulling.SourceState]("channel", CHANNEL, lambda s: s.source.channel),
    tables.Column[pulling.SourceState]("last", Label("Last pull", "最近拉取"), lambda s: s.last_started),
    tables.Column[pulling.SourceState]("rows", Label("Rows", "行数"), lambda s: s.rows, Form.COUNT),
    tables.Column[pulling.SourceState](
        "state",
        Label("State", "状态"),
        lambda s: Tag(pulling.WORDS[s.outcome], OUTCOMES[s.outcome]) if s.outcome else NOT_YET,
    ),
    tables.Column[pulling.SourceState]("said", Label("What was said", "说明"), lambda s: s.said, wide=True),
)
CHANNEL_TABLE = tables.Table(Label("Every channel", "全部渠道"), CHANNELS, search=False)
CHANGE_TABLE = tables.Table(
    Label("Changes of form", "格式变化"),
    CHANGES,
    name="changes",
    search=False,
    nothing=Label("Every file has come in the form of the one before it", "各来源的文件格式均与前一份一致"),
)
SOURCE_TABLE = tables.Table(
    Label("Sources that are pulled", "主动拉取的数据源"),
    SOURCES,
    name="sources",
    search=False,
    nothing=Label(
        "None is declared: files are delivered, or taken from a watched folder",
        "尚未声明数据源；数据通过交付文件或监视文件夹进入",
    ),
)


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel of the catalogue as of today, and the sources that feed them."""
    found = health.health(days.today())
    changes = [(one, change) for one in found for change in one.changes]
    return tables.answer(
        request,
        "desk/channels.html",
        {},
        channels=(CHANNEL_TABLE, tables.Listed(found, CHANNELS)),
        changes=(CHANGE_TABLE, tables.Listed(changes, CHANGES)),
        sources=(SOURCE_TABLE, tables.Listed(pulling.states(), SOURCES)),
    )


def _deliveries(channel: Health) -> str:
    return f"{reverse('deliveries')}?channel={channel.label.en}"
