"""One linking: new features against everything known, in DuckDB and, for the groups, in a pure function."""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend

from puhui.enterprises import likeness, nodes
from puhui.enterprises.clusters import REVIEW, Doubtful, Grouping, Node, grouped
from puhui.enterprises.records import VEIL, veiled
from puhui.progress import Step

TEACHES = 5_000  # records without which likeness keeps its stated chances


@dataclass(frozen=True, slots=True)
class Known:
    """What the book knows of the new records: `(value, firm)` lists, and the codes of the firms named there."""

    codes: list[tuple[str, str]] = field(default_factory=list)
    owns: list[tuple[str, str]] = field(default_factory=list)
    records: list[tuple[str, str, str]] = field(default_factory=list)
    firm_codes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Linking:
    """What came of it: `links` is a table of `con` (`number, enterprise, how, probability, …`)."""

    counts: dict[str, int]
    model: dict[str, Any] | None
    cases: list[tuple[str, str, str | None, int | None, float | None, dict[str, Any]]]


def link(con: Backend, fresh: pa.Table, known: Known, *, model: dict[str, Any] | None, tell: Step) -> Linking:
    """Link the features in `fresh` against `profiles_known`; leaves `links`, `firms` and `identifiers` in `con`."""
    _load(con, fresh, known)
    tell(0.25, "codes")
    nodes.place(con)
    nodes.take_strangers_out(con)
    nodes.profiles(con)
    tell(0.35, "likeness")
    learned = _likeness(con, model)
    tell(0.7, "groups")
    grouping = _grouping(con)
    _write_groups(con, grouping)
    _links(con)
    return Linking(_counts(con), learned, _cases(con, grouping.doubts))


def _load(con: Backend, fresh: pa.Table, known: Known) -> None:
    con.con.register("fresh_arrow", fresh)
    con.con.execute("create or replace temp table fresh as select * from fresh_arrow")
    con.con.unregister("fresh_arrow")
    for name, columns, rows in (
        ("known_code", ("code", "firm"), known.codes),
        ("known_own", ("own", "firm"), known.owns),
        ("known_record", ("source", "record", "firm"), known.records),
        ("firm_code", ("firm", "code"), known.firm_codes),
    ):
        of: list[tuple[str, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        table = pa.table({column: pa.array(values, pa.string()) for column, values in zip(columns, of, strict=True)})
        con.con.register("known_arrow", table)
        con.con.execute(f"create or replace temp table {name} as select distinct * from known_arrow")
        con.con.unregister("known_arrow")


def _likeness(con: Backend, model: dict[str, Any] | None) -> dict[str, Any] | None:
    """Make `pairs(node_l, node_r, probability)`; returns the model if this linking taught one."""
    columns = f"number, node, code, code_any, {nodes.FEATURES}"
    con.con.execute(f"""
        create or replace temp table profiles_old as
        select number, 'f:' || firm as node, code, code as code_any, {nodes.FEATURES} from profiles_known;
        create or replace temp view everything as
        select {columns} from profiles union all select {columns} from profiles_old;
    """)
    likeness.count_frequencies(con, "everything")
    learned = None
    if model is None:
        ((many,),) = con.con.execute("select count(*) from fresh").fetchall()
        model = learned = (
            likeness.taught(con, "labelled") if many >= TEACHES and _labelled(con) else likeness.stated(con)
        )
        learned = learned if many >= TEACHES else None
    ((free, all_new),) = con.con.execute("select count(*) filter (code is null), count(*) from profiles").fetchall()
    ((old, free_old),) = con.con.execute("select count(*), count(*) filter (code is null) from profiles_old").fetchall()
    con.con.execute("create or replace temp table alike (number_l bigint, number_r bigint, probability double)")
    if free and all_new > 1:
        found = likeness.alike_within(con, "profiles", model, at_least=0.05)
        con.con.execute(f"insert into alike from {found}")
    if old and (free or free_old):
        found = likeness.alike_between(con, "profiles_old", "profiles", model, at_least=0.05)
        con.con.execute(f"insert into alike from {found}")
    con.con.execute("""
        create or replace temp table pairs as
        select l.node as node_l, r.node as node_r, max(probability) as probability,
            arg_max(number_l, probability) as number_l, arg_max(number_r, probability) as number_r
        from alike join everything as l on l.number = number_l join everything as r on r.number = number_r
        where l.node <> r.node group by all
    """)
    return learned


def _labelled(con: Backend) -> bool:
    """Records as they came, for teaching: profiles would hide how often records of one firm agree."""
    con.con.execute(f"""
        create or replace temp table labelled as
        select number, node, code, coalesce(code, code_said) as code_any, {nodes.FEATURES} from placed
    """)
    return True


def _grouping(con: Backend) -> Grouping:
    named = con.con.execute("""
        with touched as (select node_l as node from pairs union select node_r from pairs)
        select node, max(code), max(firm) from (
            select node, code, firm from nodes semi join touched using (node)
            union all select node, code, substr(node, 3) from profiles_old semi join touched using (node))
        group by node
    """).fetchall()
    pairs = con.con.execute("select node_l, node_r, probability from pairs").fetchall()
    return grouped({node: Node(code, firm) for node, code, firm in named}, pairs)


def _write_groups(con: Backend, grouping: Grouping) -> None:
    members = sorted({*grouping.parent, *grouping.parent.values()})
    table = pa.table({
        "node": pa.array(members, pa.string()),
        "root": pa.array([grouping.group(node) for node in members], pa.string()),
        "joined_at": pa.array([grouping.joined_at.get(node) for node in members], pa.float64()),
    })  # fmt: skip
    con.con.register("groups_arrow", table)
    con.con.execute("create or replace temp table groups as select * from groups_arrow")
    con.con.unregister("groups_arrow")


def _links(con: Backend) -> None:
    """Make `firms(node, enterprise)`, `links` and `identifiers`."""
    con.con.create_function("founder_id", _founder_id, ["VARCHAR", "VARCHAR"], "VARCHAR")
    con.con.execute("""
        create or replace temp table rooted as
        select coalesce(groups.root, nodes.node) as root, nodes.node, nodes.code, nodes.firm, groups.joined_at
        from nodes left join groups using (node)
        union all
        select groups.root, groups.node, any_value(profiles_old.code), substr(groups.node, 3), groups.joined_at
        from groups join profiles_old using (node) anti join nodes using (node) group by all;
        create or replace temp table founders as
        select rooted.root, max(rooted.firm) as firm, max(rooted.code) as code, arg_min(source, number) as source,
            arg_min(record, number) as record
        from rooted left join placed using (node) group by rooted.root;
        create or replace temp table firms as
        select node, coalesce(founders.firm, founders.code, founder_id(founders.source, founders.record)) as enterprise,
            founders.firm is null as is_new, rooted.joined_at, rooted.code, rooted.firm is not null as is_old,
            founders.code as code_of_firm
        from rooted join founders using (root);
    """)
    con.con.execute("""
        create or replace temp table links as
        select number, source, record, fingerprint, enterprise,
            case when code_state in ('valid', 'repaired') and node[1] <> 'r' then 'code'
                 when firms.joined_at is not null and firms.code is null and not is_old then 'likeness'
                 when own is not null and (by_own is not null or node[1] in ('c', 'f', 'o')) then 'own_code'
                 when by_own is not null then 'same_record'
                 else 'alone' end as how,
            if(firms.code is null and not is_old, coalesce(firms.joined_at, 1.0), 1.0) as probability, code_state
        from placed join firms using (node);
        create or replace temp table identifiers as
        select distinct firms.enterprise, 'uscc' as scheme, firms.code as value
        from firms semi join (select code from fresh) as said on said.code = firms.code
            anti join known_code on known_code.code = firms.code
        union all
        select any_value(enterprise), placed.source, substr(own, length(placed.source) + 2)
        from placed join firms using (node)
        where own is not null and own not in (select own from known_own) group by placed.source, own
        having count(distinct enterprise) = 1;
    """)


def _founder_id(source: str, record: str) -> str:
    return "F" + veiled(f"{source}\x1f{record}")[:15].upper()


def _counts(con: Backend) -> dict[str, int]:
    counts = dict(con.con.execute("select how, count(*) from links group by how order by how").fetchall())
    ((new,),) = con.con.execute("select count(distinct enterprise) from firms where is_new").fetchall()
    return counts | {"new_firms": new}


def _cases(
    con: Backend, doubts: list[Doubtful]
) -> list[tuple[str, str, str | None, int | None, float | None, dict[str, Any]]]:
    """Everything that waits for a person: `kind, enterprise, other, record, probability, evidence`."""
    firm = dict(con.con.execute("select node, enterprise from firms").fetchall())

    def firm_of(node: str | None) -> str | None:
        return firm.get(node, node[2:]) if node else None

    evidence = _evidence(con, doubts)
    cases: list[tuple[str, str, str | None, int | None, float | None, dict[str, Any]]] = []
    seen: set[tuple[str, str, str]] = set()
    for doubt in doubts:
        left, right = sorted((firm_of(doubt.left) or "", firm_of(doubt.right) or ""))
        key = (doubt.doubt, left, right)
        if left != right and key not in seen and doubt.probability >= REVIEW:
            seen.add(key)
            facts = evidence[tuple(sorted((doubt.left, doubt.right)))]
            cases.append((doubt.doubt, left, right, facts.pop("record", None), doubt.probability, facts))
    for kind, node, other, record, code in nodes.contradictions(con):
        cases.append((kind, firm_of(node) or node, firm_of(other), record, None, {"code": code}))
    return cases


def _evidence(con: Backend, doubts: list[Doubtful]) -> dict[tuple[str, ...], dict[str, Any]]:
    """For each doubtful pair, what the two descriptions agree and differ in."""
    keys = [tuple(sorted((doubt.left, doubt.right))) for doubt in doubts]
    con.con.register("doubts_arrow", pa.table({"a": [k[0] for k in keys] or pa.array([], pa.string()),
                                               "b": [k[1] for k in keys] or pa.array([], pa.string())}))  # fmt: skip
    said = ("name", "region", "street", "phone", "person", "code_any")
    agree = ", ".join(f"if(l.{column} = r.{column}, '{column}', null)" for column in said)
    differ = ", ".join(f"if(l.{column} <> r.{column}, '{column}', null)" for column in said)
    rows = con.con.execute(f"""
        select least(node_l, node_r), greatest(node_l, node_r),
            list_filter([{agree}], lambda x: x is not null), list_filter([{differ}], lambda x: x is not null),
            {", ".join(f"if(starts_with({side}.name, '{VEIL}'), '***', {side}.name)" for side in "lr")},
            greatest(number_l, number_r)
        from pairs join doubts_arrow on a = least(node_l, node_r) and b = greatest(node_l, node_r)
        join everything as l on l.number = number_l join everything as r on r.number = number_r
    """).fetchall()
    con.con.unregister("doubts_arrow")
    return {
        (a, b): {"agree": agreed, "differ": differed, "names": [left, right], "record": record}
        for a, b, agreed, differed, left, right, record in rows
    }
