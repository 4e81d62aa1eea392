"""What codes alone put together: the nodes that likeness then works on, and the contradictions among codes.

In order of trust: a sound credit code; the source's own code for the firm; the record itself, when it comes again.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

from ibis.backends.duckdb import Backend

from puhui.enterprises.records import VEIL

FEATURES = "name, sound, signs, region, county, street, phone, person, person_sound"
UNLIKE = 0.75  # Jaro-Winkler below which two names have nothing in common; bytes of Chinese signs begin alike


def place(con: Backend) -> None:
    """Make `placed` (each record of `fresh` with its node) and `nodes` (`node, code, firm`).

    Wants `fresh` (features), `known_code(code, firm)`, `known_own(own, firm)`, `known_record(source, record, firm)`,
    `firm_code(firm, code)` and `profiles_known` (features of known firms, with `firm` and `number`) in `con`.
    """
    con.con.execute("""
        create or replace temp table found as
        select fresh.*, known_code.firm as by_code, coalesce(known_own.firm, known_record.firm) as by_own,
            firm_code.code as code_of_own
        from fresh left join known_code using (code) left join known_own using (own)
            left join known_record using (source, record)
            left join firm_code on firm_code.firm = coalesce(known_own.firm, known_record.firm);
        create or replace temp table own_says as
        select own, min(code) as code, count(distinct code) as codes from fresh where code is not null group by own;
        create or replace temp table claims as
        select by_own as firm, min(code) as code from found
        where code is not null and by_code is null and by_own is not null and code_of_own is null
        group by by_own having count(distinct code) = 1;
        create or replace temp table coded as
        select code, max(firm) as firm from (
            select code, by_code as firm from found where code is not null
            union all select code, firm from claims)
        group by code;
    """)
    con.con.execute("""
        create or replace temp table reached as
        select found.*, coalesce(found.code, if(by_own is null and codes = 1, own_says.code, null)) as reached_code
        from found left join own_says using (own);
        create or replace temp table placed as
        select reached.* exclude (reached_code),
            case when reached_code is not null then coalesce('f:' || coded.firm, 'c:' || reached_code)
                 when by_own is not null then 'f:' || by_own
                 when own is not null then 'o:' || own
                 else 'r:' || number end as node
        from reached left join coded on coded.code = reached_code;
    """)
    con.con.execute("""
        create or replace temp table nodes as
        select node, max(code) as code, max(firm) as firm from (
            select distinct placed.node, coalesce(firm_code.code, coded.code, substr(node, 3)) as code,
                if(node[1] = 'f', substr(node, 3), null) as firm
            from placed left join firm_code on node = 'f:' || firm_code.firm
                left join coded on node = 'f:' || coded.firm
            where node[1] in ('c', 'f') and not (node[1] = 'f' and coalesce(firm_code.code, coded.code) is null)
            union all select distinct node, null, substr(node, 3) from placed where node[1] = 'f'
            union all select distinct node, null, null from placed where node[1] in ('o', 'r'))
        group by node
    """)


def take_strangers_out(con: Backend) -> None:
    """Records that carry a firm's code but nothing else of it get a node of their own: two firms with one code.

    A name is strange when it shares nothing with the name most records of that code say, and neither person, phone nor
    house agrees with any of them. A renamed firm keeps at least one of these. A name kept as a digest can be the same
    as another such, or not; beside a name in clear it says nothing.
    """
    con.con.execute(f"""
        create or replace temp table members as
        select number, node, {FEATURES} from placed where node[1] in ('c', 'f') and code is not null
        union all select number, 'f:' || firm as node, {FEATURES} from profiles_known
        where 'f:' || firm in (select node from placed where code is not null);
        create or replace temp table usual as
        select node, name, sound from (
            select node, name, any_value(sound) as sound, count(*) as n, min(number) as first from members
            where name is not null group by node, name)
        qualify row_number() over (partition by node order by n desc, first) = 1;
        create or replace temp table strangers as
        select placed.number, placed.node from placed join usual using (node)
        where placed.code is not null and placed.name is not null and placed.sound <> usual.sound
            and jaro_winkler_similarity(placed.name, usual.name) < {UNLIKE}
            and starts_with(placed.name, '{VEIL}') = starts_with(usual.name, '{VEIL}')
            and not exists (select 1 from members as m where m.node = placed.node and m.number <> placed.number
                and (m.name = placed.name or m.person = placed.person or m.phone = placed.phone
                     or (m.street = placed.street and m.county = placed.county)));
        create or replace temp table stranger_nodes as select number, node as beside from strangers;
        update placed set node = 'r:' || number where number in (select number from strangers);
        insert into nodes select 'r:' || number, null, null from strangers;
    """)


def profiles(con: Backend) -> None:
    """Make `profiles`: each node's different ways to describe itself, one row each, named by its first record."""
    con.con.execute(f"""
        create or replace temp table profiles as
        select min(number) as number, node, any_value(nodes.code) as code,
            coalesce(any_value(nodes.code), max(if(number in (select number from strangers), null, code_said)))
                as code_any, {FEATURES}
        from placed join nodes using (node) group by node, {FEATURES}
    """)


def contradictions(con: Backend) -> list[tuple[str, str, str | None, int, str]]:
    """What codes say against each other: `kind, node, other node, record, the code in question`."""
    rows: list[tuple[str, str, str | None, int, str]] = con.con.execute("""
        select 'two_firms_one_code', 'r:' || s.number, s.beside, s.number, p.code
        from stranger_nodes as s join placed as p using (number)
        union all
        select 'one_firm_two_codes', node, 'f:' || by_own, number, code from placed
        where code is not null and by_own is not null and node <> 'f:' || by_own
        union all
        select 'one_firm_two_codes', any_value(placed.node), min(if(placed.node <> o.code, 'c:' || o.code, null)),
            min(number), max(placed.code)
        from placed join own_says as o using (own) where o.codes > 1 and placed.code is not null group by own
        union all
        select 'wrong_check_digit', node, null, number, code_said from placed where code_state = 'wrong_check_digit'
    """).fetchall()
    return rows
