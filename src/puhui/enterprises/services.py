"""The room's acts: link records, merge and split firms, undo, rule, place and release stakes, check, hold draws."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction
from ibis.backends.duckdb import Backend

from puhui import days
from puhui.channels import lake
from puhui.enterprises import identity, linking, records
from puhui.enterprises.accuracy.checking import check
from puhui.enterprises.acts import merge, place_stake, propose, recomputed, release_stake, rule, split, undo
from puhui.enterprises.assessing import TRUST, Reassessed, assess, learn_beliefs, recompute
from puhui.enterprises.models import Enterprise, LinkingRun, RecordLink, ReviewCase
from puhui.enterprises.owner import owner_says
from puhui.enterprises.standstill import hold_draws, lift_draw_hold
from puhui.governance import services as governance
from puhui.ids import RequestId, digest, new_request
from puhui.progress import Step

__all__ = [
    "TRUST", "Linked", "Reassessed", "assess", "check", "hold_draws", "learn_beliefs", "lift_draw_hold", "link",
    "merge", "owner_says", "place_stake", "propose",
    "recompute", "recomputed", "release_stake", "rule", "split", "undo",
]  # fmt: skip
MEMORY = "6GB"


@dataclass(frozen=True, slots=True)
class Linked:
    """The answer to a linking: records = repeated + the sum of `how`; `cases` counts what waits for a person."""

    run: str
    records: int
    repeated: int
    how: dict[str, int] = field(default_factory=dict)
    new_firms: int = 0
    cases: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.records == self.repeated + sum(self.how.values()), f"a record vanished: {self}"


def link(given: pa.Table, *, on: date, request: RequestId | None = None, by: str, tell: Step | None = None) -> Linked:
    """Link records to firms: by sound credit code, else by the source's own code, else by likeness, else a new firm.

    `given` has `source` and `record`, and whatever it knows of `own_code, code, name, address, phone, person` (text).
    Nothing linked before is linked anew: a record that came before with the same content is counted as repeated, and
    with other content it stays with its firm. Two known firms are never joined here; what is doubtful is linked to
    nothing it should not be and becomes a case. Asking again with `request` gives the first answer.
    """
    tell = tell or _silent
    checked = records.checked(given)
    with identity.locked():
        if request and (first := LinkingRun.objects.filter(request=request).first()):
            return _answer(first)
        con = lake.connect(memory=MEMORY)
        try:
            return _linked(con, checked, on=on, request=request or new_request(), by=by, tell=tell)
        finally:
            con.disconnect()


def _linked(con: Backend, checked: pa.Table, *, on: date, request: RequestId, by: str, tell: Step) -> Linked:
    last = RecordLink.objects.order_by("-number").values_list("number", flat=True).first() or 0
    tell(0, "reading names and addresses")
    fresh = records.features(checked, first_number=last + 1)
    fresh, repeated = _without_repeated(fresh)
    tell(0.2, "what is known")
    known = identity.known_of(_distinct(fresh, "code"), _distinct(fresh, "own"), _keys(fresh))
    identity.load_profiles(con)
    taught = LinkingRun.objects.filter(model__isnull=False).order_by("-first_number").first()
    done = linking.link(con, fresh, known, model=taught.model if taught else None, tell=tell)
    counts = dict(done.counts)
    new_firms = counts.pop("new_firms")
    kinds: dict[str, int] = {}
    for kind, *_ in done.cases:
        kinds[str(kind)] = kinds.get(str(kind), 0) + 1
    run = LinkingRun(
        id=digest([request.encode()])[:24],
        first_number=last + 1,
        records=fresh.num_rows,
        counts={
            "records": checked.num_rows,
            "repeated": repeated,
            "how": counts,
            "new_firms": new_firms,
            "cases": kinds,
        },
        model=done.model,
        on=on,
        made_at=days.now(),
        by=by,
        request=request,
    )
    run.file = f"{run.id}.parquet"
    tell(0.85, "writing")
    _write(con, run, done)
    return _answer(run)


def _write(con: Backend, run: LinkingRun, done: linking.Linking) -> None:
    """The file first, then the book in one transaction: a file that no run names counts for nothing."""
    identity.folder().mkdir(parents=True, exist_ok=True)
    path = identity.folder() / run.file
    con.con.execute(
        "copy (select p.* exclude (node, by_code, by_own, code_of_own), enterprise, code_of_firm"
        f" from placed as p join firms using (node) order by number) to '{path}' (format parquet, compression zstd)"
    )
    moment = run.made_at.isoformat()
    with transaction.atomic(), tempfile.TemporaryDirectory(dir=identity.folder()) as scratch:
        run.save(force_insert=True)
        new = f"select distinct enterprise, '{moment}', '{run.id}' from firms where is_new"
        _copy(con, new, Enterprise._meta.db_table, "id, made_at, run_id", Path(scratch))
        links = "number, source, record, fingerprint, enterprise, how, probability, code_state"
        _copy(con, f"select {links}, '{run.id}' from links", RecordLink._meta.db_table, f"{links}, run", Path(scratch))
        codes = f"select enterprise, scheme, value, '{run.id}' from identifiers"
        _copy(con, codes, "enterprises_identifier", "enterprise, scheme, value, run", Path(scratch))
        cases = [
            ReviewCase(
                kind=kind, enterprise=firm, other=other, record=record, probability=chance, evidence=facts, run=run.id
            )
            for kind, firm, other, record, chance, facts in done.cases
        ]
        ReviewCase.objects.bulk_create(cases, batch_size=5_000)
        governance.record("link", run.id, {"file": run.file, "counts": json.dumps(run.counts)}, by=run.by)


def _copy(con: Backend, query: str, table: str, columns: str, scratch: Path) -> None:
    """Rows from DuckDB into a table of the book, through a file that is gone afterwards."""
    path = scratch / f"{table}.csv"
    con.con.execute(f"copy ({query}) to '{path}' (format csv, header false)")
    with (
        path.open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({columns}) from stdin (format csv)") as into,
    ):
        while chunk := file.read(1 << 20):
            into.write(chunk)
    path.unlink()


def _without_repeated(fresh: pa.Table) -> tuple[pa.Table, int]:
    """Without the records that were linked before with the same content."""
    known = RecordLink.objects.all()
    if not known.exists():
        return fresh, 0
    if fresh.num_rows <= identity.MANY:
        known = known.filter(fingerprint__in=fresh["fingerprint"].to_pylist())
    seen = set(known.values_list("source", "record", "fingerprint"))
    keys = zip(*(fresh[name].to_pylist() for name in ("source", "record", "fingerprint")), strict=True)
    new = pa.array([key not in seen for key in keys], pa.bool_())
    kept = fresh.filter(new)
    first = pc.min(fresh["number"]).as_py() or 1
    numbers = pa.array(range(first, first + kept.num_rows), pa.int64())
    return kept.set_column(0, "number", numbers), fresh.num_rows - kept.num_rows


def _distinct(table: pa.Table, column: str) -> list[str]:
    values: list[str] = pc.unique(table[column].combine_chunks()).drop_null().to_pylist()
    return values


def _keys(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["source"].to_pylist(), table["record"].to_pylist(), strict=True))


def _answer(run: LinkingRun) -> Linked:
    return Linked(run.id, run.counts["records"], run.counts["repeated"], run.counts["how"],
                  run.counts["new_firms"], run.counts["cases"])  # fmt: skip


def _silent(done: float, note: str = "") -> None:
    """For whom nobody waits."""
