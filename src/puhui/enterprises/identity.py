"""What the book knows of identities: runs, links, codes, and where merges and splits have taken them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection
from ibis.backends.duckdb import Backend

from puhui.channels.selectors import FEW
from puhui.enterprises.linking import Known
from puhui.enterprises.models import Act, Identifier, LinkingRun, Move, RecordLink
from puhui.enterprises.nodes import FEATURES

CREDIT_CODE = "uscc"
MANY = 50_000  # beyond that, one scan is cheaper than a long list


@contextmanager
def locked() -> Iterator[None]:
    """One act on identities at a time, across processes; the database frees the lock of a process that dies."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended('puhui.enterprises', 0))")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(hashtextextended('puhui.enterprises', 0))")


def locked_until_commit() -> None:
    """The same, within an act of a room above: held until that act's transaction has ended, one way or the other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('puhui.enterprises', 0))")


def folder() -> Path:
    """Where the features of linked records are, a file a run."""
    return Path(settings.LAKE) / "identity"


def merged(by: date | None = None) -> dict[str, str]:
    """Where each absorbed firm is now, or was `by` the end of a day: the merges that nobody had undone."""
    acts = Act.objects.filter(kind="merge").order_by("pk")
    standing = acts.filter(undone_by=None) if by is None else acts.filter(on__lte=by).exclude(undone_by__on__lte=by)
    into = dict(standing.values_list("other", "enterprise"))
    return {firm: _followed(firm, into) for firm in into}


def ids_of_each(firms: Collection[str]) -> dict[str, list[str]]:
    """All ids under which each legal firm has ever stood, whichever of them is named: the one it stands under first."""
    into = merged()
    parts: dict[str, list[str]] = {}
    for was in sorted(into):
        parts.setdefault(into[was], []).append(was)
    return {firm: [now, *parts.get(now, [])] for firm in firms for now in [into.get(firm, firm)]}


def _followed(firm: str, into: dict[str, str]) -> str:
    while firm in into:
        firm = into[firm]
    return firm


def moved_records(numbers: Collection[int] | None = None) -> dict[int, str]:
    """Where splits that nobody has undone took records; the last split of a record counts."""
    moves = Move.objects.filter(record__isnull=False, act__undone_by__isnull=True).order_by("act_id")
    if numbers is not None:
        moves = moves.filter(record_id__in=numbers)
    return dict(moves.values_list("record_id", "act__other"))


def owner_of(identifiers: Collection[Identifier]) -> dict[int, str]:
    """Each code's firm now, by the identifier's key."""
    keys = [identifier.pk for identifier in identifiers]
    moves = Move.objects.filter(identifier__isnull=False, act__undone_by__isnull=True).order_by("act_id")
    if len(keys) <= FEW:
        moves = moves.filter(identifier_id__in=keys)
    taken = dict(moves.values_list("identifier_id", "act__other"))
    return owners(identifiers, taken, merged())


def owners(identifiers: Collection[Identifier], taken: Mapping[int, str], into: Mapping[str, str]) -> dict[int, str]:
    """The same, where it is known where splits took codes and merges took firms."""
    return {
        identifier.pk: into.get(firm, firm)
        for identifier in identifiers
        for firm in [taken.get(identifier.pk, identifier.enterprise)]
    }


def known_of(codes: list[str], owns: list[str], records: list[tuple[str, str]]) -> Known:
    """What the book knows of these credit codes, own codes (`source:code`) and records."""
    by_code = _identifiers(CREDIT_CODE, codes)
    by_own: list[tuple[str, str]] = []
    schemes: dict[str, list[str]] = {}
    for own in owns:
        scheme, _, value = own.partition(":")
        schemes.setdefault(scheme, []).append(value)
    for scheme, values in schemes.items():
        by_own += [(f"{scheme}:{value}", firm) for value, firm in _identifiers(scheme, values)]
    again = _links(records)
    firms = {firm for _, firm in (*by_code, *by_own)} | {firm for *_, firm in again}
    return Known(by_code, by_own, again, codes_of(firms))


def codes_of(firms: Collection[str]) -> list[tuple[str, str]]:
    """`(firm, credit code)` of those that have one."""
    if not firms:
        return []
    found = Identifier.objects.filter(scheme=CREDIT_CODE)
    if len(firms) <= MANY:
        held = {firm for firm, into in merged().items() if into in firms}
        taken = Move.objects.filter(identifier__isnull=False, act__other__in=firms).values_list("identifier_id")
        found = found.filter(enterprise__in={*firms, *held}) | found.filter(pk__in=[key for (key,) in taken])
    rows = list(found)
    owner = owner_of(rows)
    return [(owner[row.pk], row.value) for row in rows if owner[row.pk] in firms]


def _identifiers(scheme: str, values: list[str]) -> list[tuple[str, str]]:
    if not values:
        return []
    found = Identifier.objects.filter(scheme=scheme)
    wanted = set(values)
    rows = list(found.filter(value__in=wanted) if len(wanted) <= MANY else found)
    owner = owner_of(rows)
    return [(row.value, owner[row.pk]) for row in rows if row.value in wanted]


def _links(records: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """`(source, record, firm)` of the records that were linked before; the newest link counts."""
    wanted = set(records)
    found = RecordLink.objects.order_by("number")
    if len(wanted) <= MANY:
        found = found.filter(record__in={record for _, record in wanted})
    rows = [row for row in found.values_list("source", "record", "number", "enterprise") if (row[0], row[1]) in wanted]
    moved = moved_records([row[2] for row in rows] if len(rows) <= MANY else None)
    into = merged()
    newest: dict[tuple[str, str], str] = {}
    for source, record, number, enterprise in rows:
        firm = moved.get(number, enterprise)
        newest[source, record] = into.get(firm, firm)
    return [(source, record, firm) for (source, record), firm in newest.items()]


def load_profiles(con: Backend) -> None:
    """Make `profiles_known`: how each known firm describes itself, with the code that it has."""
    files = [
        str(folder() / name) for name in LinkingRun.objects.order_by("first_number").values_list("file", flat=True)
    ]
    columns = ", ".join(f"null::varchar as {column.strip()}" for column in FEATURES.split(","))
    if not files:
        con.con.execute(
            "create or replace temp table profiles_known as select 0::bigint as number, ''::varchar as firm,"
            f" null::varchar as code, {columns} where false"
        )
        return
    corrected = [(number, firm) for number, firm in moved_records().items()]
    con.con.execute("create or replace temp table elsewhere (number bigint, firm varchar)")
    con.con.execute("create or replace temp table absorbed (was varchar, is_now varchar)")
    for statement, rows in (("insert into elsewhere values (?, ?)", corrected),
                            ("insert into absorbed values (?, ?)", list(merged().items()))):  # fmt: skip
        if rows:
            con.con.executemany(statement, rows)
    con.con.execute(
        f"""
        create or replace temp table profiles_known as
        select min(f.number) as number, coalesce(b.is_now, a.is_now, e.firm, f.enterprise) as firm,
            any_value(f.code_of_firm) as code, {FEATURES}
        from read_parquet(?) as f left join elsewhere as e on e.number = f.number
            left join absorbed as a on a.was = f.enterprise and e.firm is null
            left join absorbed as b on b.was = e.firm
        group by all
        """,  # noqa: S608  the names are this room's own
        [files],
    )
