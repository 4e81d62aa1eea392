"""Verbs of privacy: consents, keys, what is kept how long, erasure, and the owner's copy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from puhui.cli.showing import AsJson, OnDay, answer, day, me, open_book, out, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

if TYPE_CHECKING:
    from puhui.governance.purposes import Purpose

app = typer.Typer()
consent = typer.Typer(no_args_is_help=True, help="Who may be read, on which channel, for what, from when to when.")
keys = typer.Typer(no_args_is_help=True, help="The keys under which people are sealed.")
hold = typer.Typer(no_args_is_help=True, help="What keeps a firm's data from erasure, such as a live loan.")
Firm = Annotated[str, typer.Argument(help="The firm's unified social credit code.")]
Channels = Annotated[list[str], typer.Option("--channel", help="A channel; give it again for more.")]
Purposes = Annotated[list[str], typer.Option("--purpose", help="A purpose; give it again for more.")]
Evidence = Annotated[str, typer.Option(help="Who asked, and where that can be seen.")]
Request = Annotated[str, typer.Option(help="The request's id: asking twice with one id acts once.")]


@consent.command("grant")
def grant(
    firm: Firm,
    channel: Channels,
    purpose: Purposes,
    evidence: Evidence,
    begins: Annotated[str, typer.Option("--from", help="First day (default: today).")] = "",
    ends: Annotated[str, typer.Option("--to", help="Last day (default: until withdrawn).")] = "",
    request: Request = "",
    as_json: AsJson = False,
) -> None:
    """Record a firm's consent."""
    open_book()
    from puhui.governance import services
    from puhui.governance.purposes import Basis
    from puhui.ids import EnterpriseId, RequestId, new_request

    made = services.grant(
        [EnterpriseId(firm)],
        channels=channel,
        purposes=[_purpose(name) for name in purpose],
        basis=Basis.CONSENT,
        evidence=evidence,
        valid_from=day(begins),
        valid_to=day(ends) if ends else None,
        request=RequestId(request) if request else new_request(),
        by=me(),
    )
    print_json({"granted": made}) if as_json else out.print(f"{made} rights recorded for {firm}.")


@consent.command("withdraw")
def withdraw(
    firm: Firm, channel: Channels, purpose: Purposes, on: OnDay = "", request: Request = "", as_json: AsJson = False
) -> None:
    """End a firm's consent, from a day on."""
    open_book()
    from puhui.governance import services
    from puhui.ids import EnterpriseId, RequestId, new_request

    ended = sum(
        services.withdraw(
            EnterpriseId(firm),
            channel=name,
            purpose=_purpose(why),
            on=day(on),
            request=RequestId(request) if request else new_request(),
            by=me(),
        )
        for name in channel
        for why in purpose
    )
    print_json({"ended": ended}) if as_json else out.print(f"{ended} rights ended for {firm}.")


@consent.command("list")
def list_consents(firm: Firm, on: OnDay = "", as_json: AsJson = False) -> None:
    """Show every right to read a firm, standing or ended."""
    open_book()
    from puhui.governance import selectors
    from puhui.ids import EnterpriseId

    rights = selectors.rights_of(EnterpriseId(firm), on=day(on))
    if as_json:
        print_json(rights)
        return
    table = Table("channel", "purpose", "basis", "from", "to", "withdrawn", "stands", "evidence")
    for r in rights:
        days = (str(r.valid_from), str(r.valid_to or "–"), str(r.withdrawn_on or "–"))
        table.add_row(r.channel, r.purpose, r.basis, *days, "yes" if r.stands else "no", r.evidence)
    out.print(table if rights else f"Nobody may read {firm}: there is no consent.")


@keys.command("status")
def status(as_json: AsJson = False) -> None:
    """Show which master key the book is under, and whether a rotation is under way. Shows no key."""
    open_book()
    from puhui.governance import rotation

    found = rotation.keys()
    if as_json:
        print_json(found)
        return
    out.print(f"Master key {found.current}, from {found.file or 'PUHUI_KEYSET'}; {found.destroyed:,} keys destroyed.")
    for key, count in sorted(found.wrapped_by.items()):
        out.print(f"  {count:>9,} keys of the book under {key}")
    if found.rotating:
        out.print("A rotation is under way, or was stopped: `puhui keys rotate` goes on with it.")


@keys.command("rotate")
def rotate(as_json: AsJson = False) -> None:
    """Put the book under a new master key; stopped half-way, the same command goes on. Nothing else need stop."""
    open_book()
    from puhui.governance import rotation

    with Teller(quiet=as_json).step("wrap the book's keys anew") as tell:
        done = rotation.rotate(by=me(), tell=tell)
    answer(done, as_json)


@keys.command("next")
def write_next(
    file: Annotated[Path, typer.Argument(help="A new file for the keyset that is to come.")],
    only_current: Annotated[bool, typer.Option(help="Without the old keys, after a rotation.")] = False,
) -> None:
    """Write the next keyset, for one that comes from the environment (PUHUI_KEYSET)."""
    open_book()
    from puhui.governance import rotation

    rotation.write_next(file, only_current=only_current)
    out.print(f"Written to {file}: put it into PUHUI_KEYSET wherever Puhui runs, then run `puhui keys rotate`.")


@hold.command("place")
def place(
    firm: Firm,
    reference: Annotated[str, typer.Option(help="Of the loan, the dispute or the order.")],
    reason: Annotated[str, typer.Option(help="live_loan, dispute or order.")] = "live_loan",
    on: OnDay = "",
    request: Request = "",
) -> None:
    """Keep a firm's data from erasure."""
    open_book()
    from puhui.governance import erasing
    from puhui.ids import EnterpriseId, RequestId, new_request

    if reason not in list(erasing.Keeping):
        raise BadInput(f"'{reason}' is no reason to keep data", then=f"name one of {', '.join(erasing.Keeping)}")
    made = RequestId(request) if request else new_request()
    why = erasing.Keeping(reason)
    erasing.hold(EnterpriseId(firm), reason=why, reference=reference, on=day(on), request=made, by=me())
    out.print(f"{firm} is kept: {erasing.WORDS[why].en}, {reference}.")


@hold.command("release")
def release(firm: Firm, reference: Annotated[str, typer.Option(help="As it was placed.")], on: OnDay = "") -> None:
    """End a hold."""
    open_book()
    from puhui.governance import erasing
    from puhui.ids import EnterpriseId, new_request

    ended = erasing.release(EnterpriseId(firm), reference=reference, on=day(on), request=new_request(), by=me())
    out.print(f"{ended} holds of {firm} ended.")


@app.command()
def erase(
    who: Annotated[str, typer.Argument(help="A firm's code, a person's identity number, or - to read it from stdin.")],
    evidence: Evidence,
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Erase what is held of a firm or a person, where the law allows it (exit code 3 and the reason where not)."""
    open_book()
    from puhui.governance import erasing
    from puhui.governance.personal import Kind, is_personal
    from puhui.ids import EnterpriseId

    who = sys.stdin.readline().strip() if who == "-" else who
    person = len(who) == 18 and who[:17].isdigit() and is_personal(Kind.IDENTITY, who)
    if person:
        answer(erasing.erase_person(who, evidence=evidence, on=day(on), by=me()), as_json)
    else:
        answer(erasing.erase_firm(EnterpriseId(who), evidence=evidence, on=day(on), by=me()), as_json)


@app.command()
def copy(
    firm: Firm,
    evidence: Evidence,
    to: Annotated[Path, typer.Option("--out", help="A new folder.")],
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Give the owner a copy of everything that is held of the firm."""
    open_book()
    from puhui.channels import copying
    from puhui.ids import EnterpriseId

    answer(copying.copy(EnterpriseId(firm), to, evidence=evidence, on=day(on), by=me()), as_json)


@app.command()
def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Destroy the keys of what may be kept no more.")] = False,
    on: OnDay = "",
    as_json: AsJson = False,
) -> None:
    """Show how long each channel's personal cells are kept, and by which law; --apply ends what is due."""
    open_book()
    from puhui.governance import erasing

    found = erasing.expire(on=day(on), by=me()) if apply else erasing.periods(day(on))
    if as_json:
        print_json(found)
        return
    table = Table("channel", "year", "kept until", "state", "source")
    for kept in found:
        gone = kept.destroyed or apply
        state = "destroyed" if gone else "due" if kept.until < day(on) else "kept"
        table.add_row(kept.channel, str(kept.year), str(kept.until), state, kept.source)
    out.print(table if found else "Nothing is due." if apply else "No personal cells are held.")


def _purpose(name: str) -> Purpose:
    from puhui.governance.purposes import Purpose

    if name not in list(Purpose):
        raise BadInput(f"there is no purpose '{name}'", then=f"name one of {', '.join(Purpose)}")
    return Purpose(name)
