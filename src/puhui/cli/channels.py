"""Verbs of the channels: channels, deliver, watch, pull, sources, quarantine, mend."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from puhui import days
from puhui.cli.rights import operator
from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

if TYPE_CHECKING:
    from puhui.channels.contract import Channel
    from puhui.channels.contract import Column as ChannelColumn

app = typer.Typer()


@app.command()
def channels(
    name: Annotated[str, typer.Argument(help="One channel: its columns, rules and what a file looks like.")] = "",
    sample: Annotated[bool, typer.Option(help="Print the channel's sample file.")] = False,
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """How each channel does: last delivery, rows, quarantine, freshness against its promise, changes of form."""
    from puhui.channels.catalogue import channel_named

    if name and sample:
        out.print(channel_named(name).sample, end="", highlight=False, soft_wrap=True)
        return
    if name:
        _show_channel(channel_named(name), as_json=as_json)
        return
    open_book()
    from puhui.channels import health

    found = health.health(day(on))
    if as_json:
        print_json(found)
        return
    names = Column("channel", no_wrap=True)
    table = Table(names, "", "newest", "age/promise", "delivered", "rows", "quarantine")
    for one in found:
        age = "–" if one.age_days is None else f"{one.age_days}/{one.fresh_within_days}"
        rate = f"{one.quarantine_rate:.2%}" if one.deliveries else "–"
        state = health.WORDS[one.freshness].en
        table.add_row(one.name, state, str(one.newest or "–"), age, str(one.last_on or "–"), f"{one.rows:,}", rate)
    out.print(table)
    for one in found:
        for change in one.changes:
            told = f"new {', '.join(change.added) or '–'}; gone {', '.join(change.gone) or '–'}"
            out.print(f"{one.name}: {change.on} {change.source} {change.file}: {told}", highlight=False)


@app.command()
def deliver(
    channel: Annotated[str, typer.Argument(help="The channel, such as vat_invoices.")],
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX, JSON lines or Parquet file, or one zipped.")],
    source: Annotated[str, typer.Option(help="Who delivers: rows of one source supersede each other.")] = "upload",
    on: OnDay = "",
    history: Annotated[bool, typer.Option(help="An archive: its rows were known on the day they happened.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver a file to a channel: every row is accepted, quarantined or a duplicate. Twice is once."""
    open_book()
    from puhui.channels import services

    teller = Teller(quiet=as_json)
    with teller.step(f"deliver {file.name}") as tell:
        done = services.deliver(
            channel, file, source=source, on=day(on), history=history, request=None, by=me(), tell=tell
        )
    if as_json:
        print_json(done)
        return
    table = Table("rows in", "accepted", "quarantined", "duplicates", title=f"{channel} · {done.delivery}")
    table.add_row(*(f"{n:,}" for n in (done.rows_in, done.accepted, done.quarantined, done.duplicates)))
    out.print(table)
    if done.repeated:
        out.print("This file was delivered before; nothing has changed.")
    for code, count in done.reasons.items():
        out.print(f"  {count:>9,}  {code}")
    if done.quarantined:
        out.print(f"See the rows and their reasons: puhui quarantine {done.delivery}")


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="It holds a folder for each channel, such as vat_invoices/.")],
    source: Annotated[str, typer.Option(help="Who delivers: rows of one source supersede each other.")] = "upload",
    every: Annotated[float, typer.Option(help="Look again after so many seconds.")] = 5.0,
    rest: Annotated[float, typer.Option(help="Leave a file alone that changed within so many seconds.")] = 5.0,
    once: Annotated[bool, typer.Option(help="Look once and end, for a scheduler of one's own.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver what arrives in a folder: done files move to done/, refused ones to refused/ with the reason."""
    open_book()
    from puhui.channels.pulls import watching

    while True:
        rested = days.now() - timedelta(seconds=rest)
        for taken in watching.take_in(folder, source=source, rested_since=rested, on=days.today(), by=me()):
            if as_json:
                print_json(taken)
            elif taken.delivery is None:
                out.print(f"{taken.channel}/{taken.file}: refused. {taken.refused}", highlight=False)
            else:
                d = taken.delivery
                tally = f"{d.accepted:,} accepted, {d.quarantined:,} quarantined, {d.duplicates:,} duplicates"
                out.print(f"{taken.channel}/{taken.file}: {tally}", highlight=False)
        if once:
            return
        sleep(every)


@app.command()
def pull(
    source: Annotated[str, typer.Argument(help="A source that sources.json declares (puhui sources).")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Fetch a source's new rows and deliver them. It begins where the last pull ended; what fails moves nothing."""
    open_book()
    from puhui.channels.pulls import pulling

    teller = Teller(quiet=as_json)
    with teller.step(f"pull {source}") as tell:
        done = pulling.pull(source, on=day(on), by=me(), tell=tell)
    if as_json:
        print_json(done)
        return
    accepted, quarantined = (sum(getattr(d, name) for d in done.deliveries) for name in ("accepted", "quarantined"))
    out.print(f"{done.rows:,} rows to {done.channel}: {accepted:,} accepted, {quarantined:,} quarantined")


@app.command()
def sources(as_json: AsJson = False) -> None:
    """The sources that are pulled, and how their last pull ended."""
    open_book()
    from puhui.channels.pulls import pulling

    found = pulling.states()
    if as_json:
        print_json(found)
        return
    table = Table("source", "channel", "every", "last pull", "rows", "it", "what was said")
    for state in found:
        began = f"{state.last_started.astimezone(days.CHINA):%Y-%m-%d %H:%M}" if state.last_started else "never"
        outcome = pulling.WORDS[state.outcome].en if state.outcome else "–"
        every = f"{state.source.every_minutes} min"
        table.add_row(state.source.name, state.source.channel, every, began, f"{state.rows:,}", outcome, state.said)
    out.print(table if found else "No source is declared: see docs/channels.md.")


@app.command()
def quarantine(
    delivery: Annotated[str, typer.Argument(help="The delivery's id.")],
    limit: Annotated[int, typer.Option(min=0, help="Show at most so many rows.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the quarantined rows of a delivery, raw, with line and reasons."""
    open_book()
    from puhui.channels import selectors
    from puhui.governance.sight import sight_of
    from puhui.ids import DeliveryId

    rows = selectors.quarantine(DeliveryId(delivery), sight=sight_of(operator().actor), by=me(), many=limit)
    if as_json:
        print_json(rows)
        return
    table = Table("id", "line", "reasons", "raw row")
    for row in rows:
        table.add_row(
            str(row.id),
            str(row.line),
            "\n".join(words.en for _, words in row.reasons),
            json.dumps(row.raw, ensure_ascii=False) if row.hidden_words is None else row.hidden_words.en,
        )
    out.print(table if rows else "No row of this delivery is in quarantine.")


@app.command()
def mend(
    row: Annotated[int, typer.Argument(help="The quarantined row's id (puhui quarantine DELIVERY).")],
    changes: Annotated[list[str], typer.Argument(help="FIELD=VALUE, as in the file's own headers.")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Mend a quarantined row and replay it through the contract. The raw row is kept."""
    open_book()
    from puhui.channels import services

    pairs = [change.split("=", 1) for change in changes]
    if any(len(pair) != 2 for pair in pairs):
        raise BadInput("a change is FIELD=VALUE", then="write it as 税额=13.00, in quotes if it holds spaces")
    answer(services.mend(row, dict(pairs), by=me(), on=day(on)), as_json)


def _show_channel(channel: Channel, *, as_json: bool) -> None:
    """A channel's contract, for whoever writes its files."""
    if as_json:
        columns = [
            {"name": c.name, "en": c.label.en, "zh": c.label.zh, "headers": _headers_of(c), "required": c.required}
            for c in channel.columns
        ]
        reasons = {code: {"en": words.en, "zh": words.zh} for code, words in channel.reasons.items()}
        print_json({"name": channel.name, "key": channel.key, "columns": columns, "reasons": reasons})
        return
    table = Table("column", "", "headers that fill it", "needed", title=f"{channel.label.en} {channel.label.zh}")
    for column in channel.columns:
        needed = "key" if column.name in channel.key else "yes" if column.required else ""
        table.add_row(column.name, column.label.zh, ", ".join(_headers_of(column)), needed)
    out.print(table)
    for rule in channel.rules:
        out.print(f"  {rule.code}: {rule.words.en} {rule.words.zh}", highlight=False)
    out.print(f"A sound file: puhui channels {channel.name} --sample")


def _headers_of(column: ChannelColumn) -> list[str]:
    """The headers that a file may use for a column."""
    return [header if isinstance(header, str) else header.name for header in column.headers]
