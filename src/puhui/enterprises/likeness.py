"""How alike two records are: a Fellegi–Sunter model on Splink, taught by the records that share a checked code.

Source: Fellegi, Sunter 1969; Linacre et al. 2022 (Splink). Where at least `TAUGHT_BY` pairs of records share a code,
the chances that matching records agree are measured on them; else the model's stated ones are used. Only pairs of
which one side has no sound code are ever compared: two sound codes that differ are two firms.
"""

# ruff: noqa: S608  all names in these statements are this module's own

from __future__ import annotations

import logging
from typing import Any

from ibis.backends.duckdb import Backend
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.comparison_library import CustomComparison

TAUGHT_BY = 2_000  # pairs
APART, TOGETHER = 2_500, 60_000  # records of which all pairs tell chance agreement; records whose codes tell true ones
STATED_PRIOR = 1e-6
UNSEEN = 0.1  # firms
FREQUENT = ("name", "street", "phone", "person")  # columns in which a rare value says more than a common one
UNCODED = "(l.code is null or r.code is null) and l.node <> r.node"
BLOCKS = (
    "l.name = r.name",
    "l.sound = r.sound",
    "l.phone = r.phone",
    "l.street = r.street and l.county = r.county",
    "l.person = r.person and l.region = r.region",
    "substr(l.code_any, 9) = substr(r.code_any, 9)",
    "substr(l.code_any, 1, 13) = substr(r.code_any, 1, 13)",
    "substr(l.code_any, 1, 8) = substr(r.code_any, 1, 8) and substr(l.code_any, 14) = substr(r.code_any, 14)",
)


def settings(prior: float) -> SettingsCreator:
    """What is compared and how; the chances stated here hold until a model is taught.

    `prior` is the chance that two records taken at random are of one firm.
    """
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="number",
        comparisons=[_name(), _region(), _phone(), _person(), _place(), _code()],
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"{rule} and {UNCODED}", "sql_dialect": "duckdb"} for rule in BLOCKS
        ],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def taught(con: Backend, records: str) -> dict[str, Any]:
    """A model taught on a table of features in `con`, as JSON can hold it."""
    ((coded, same),) = con.con.execute(
        "select coalesce(sum(n), 0)::bigint, coalesce(sum(n * (n - 1) / 2), 0)::bigint"
        f" from (select count(*) as n from {records} where code is not null group by code)"
    ).fetchall()
    prior = same / (coded * (coded - 1) / 2) if same else STATED_PRIOR
    con.con.execute(
        f"create or replace temp table apart as select * from {records} order by hash(number) limit {APART};"
        f" create or replace temp table together as select * from {records} where code is not null"
        f" order by hash(code) limit {TOGETHER}"
    )
    linker, _ = _linker(con, "apart", settings(min(max(prior, 1e-9), 0.01)))
    linker.training.estimate_u_using_random_sampling(max_pairs=APART**2, num_chunks=1)
    if same >= TAUGHT_BY:
        linker, _ = _linker(con, "together", SettingsCreator.from_path_or_dict(linker.misc.save_model_to_json()))
        linker.training.estimate_m_from_label_column("code")
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return model


def stated(con: Backend) -> dict[str, Any]:
    """The model with its stated chances, for want of records that could teach another."""
    con.con.execute("create or replace temp table apart as select * from profiles limit 0")
    linker, _ = _linker(con, "apart", settings(STATED_PRIOR))
    model: dict[str, Any] = linker.misc.save_model_to_json()
    return model


def count_frequencies(con: Backend, records: str) -> None:
    """How likely another firm has the same value: tables that the comparisons look up.

    A value that one firm has is no proof that a second one has it too: of the firms known to have it, one is the
    record's own. What remains is a tenth of a firm (Good 1953 on unseen species would say as little).
    """
    for column in FREQUENT:
        con.con.execute(f"""
            create or replace temp table frequent_{column} as
            select {column}, greatest(greatest(count(distinct code), count(distinct region)) - 1, {UNSEEN})
                / (select greatest(count(distinct code), 100) from {records}) as tf_{column}
            from {records} where {column} is not null group by {column}
        """)


def alike_within(con: Backend, records: str, model: dict[str, Any], *, at_least: float) -> str:
    """Pairs within a table that are alike; the name of a table `number_l, number_r, probability`, each pair once."""
    linker, table = _linker(con, records, SettingsCreator.from_path_or_dict(model))
    found = linker.inference.predict_within(table, threshold_match_probability=at_least, warning_mode="never")
    return _named(con, "alike_within", found.physical_name)


def alike_between(con: Backend, old: str, new: str, model: dict[str, Any], *, at_least: float) -> str:
    """Pairs of an old and a new record, never of two old ones, in the same shape."""
    linker, table = _linker(con, new, SettingsCreator.from_path_or_dict(model))
    known = linker._db_api.register(old)
    found = linker.inference.predict_between(known, table, threshold_match_probability=at_least, warning_mode="never")
    return _named(con, "alike_between", found.physical_name)


def _linker(con: Backend, records: str, made: SettingsCreator) -> tuple[Linker, Any]:
    """A linker on a table; `count_frequencies` has been asked before."""
    engine = DuckDBAPI(con.con)
    table = engine.register(records)
    linker = Linker(table, made, log_level=logging.ERROR, validate_settings=False)
    for column in FREQUENT:
        linker.table_management.register_term_frequency_lookup(engine.register(f"frequent_{column}"), column)
    return linker, table


def _named(con: Backend, name: str, physical: str) -> str:
    con.con.execute(
        f"create or replace temp table {name} as select number_l, number_r, match_probability as probability"
        f" from {physical}"
    )
    con.con.execute(f"drop table if exists {physical}")
    return name


def _level(sql: str, label: str, m: float, u: float, *, frequent: str = "", fixed: bool = False) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": sql, "label_for_charts": label, "m_probability": m, "u_probability": u}
    if frequent:
        level |= {"tf_adjustment_column": frequent, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 1e-9}
    if fixed:
        level |= {"fix_m_probability": True, "fix_u_probability": True}
    return level


def _compared(column: str, *said: dict[str, Any], absent: str) -> CustomComparison:
    nothing = {"sql_condition": absent, "label_for_charts": "not said", "is_null_level": True}
    return CustomComparison([nothing, *said], output_column_name=column)


def _absent(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _name() -> CustomComparison:
    """DuckDB counts the bytes that differ: a Chinese sign has three."""
    return _compared(
        "name",
        _level("name_l = name_r", "same name", 0.9, 2e-5, frequent="name"),
        _level("sound_l = sound_r", "same sound", 0.01, 1e-5),
        _level("signs_l = signs_r", "signs in another order", 0.01, 1e-6),
        _level("length(name_l) >= 4 and levenshtein(name_l, name_r) <= 3", "one sign differs", 0.04, 1e-5),
        _level("starts_with(name_l, name_r) or starts_with(name_r, name_l)", "one is cut short", 0.02, 1e-5),
        _level("jaro_winkler_similarity(name_l, name_r) > 0.92", "much alike", 0.01, 1e-3),
        _level("ELSE", "another name", 0.02, 0.9989),
        absent=_absent("name"),
    )


def _region() -> CustomComparison:
    return _compared(
        "region",
        _level("region_l = region_r", "same region", 0.98, 0.02),
        _level("ELSE", "another region", 0.02, 0.98),
        absent=_absent("region"),
    )


def _phone() -> CustomComparison:
    return _compared(
        "phone",
        _level("phone_l = phone_r", "same phone", 0.85, 1e-5, frequent="phone"),
        _level("ELSE", "another phone", 0.15, 0.99999),
        absent=_absent("phone"),
    )


def _person() -> CustomComparison:
    return _compared(
        "person",
        _level("person_l = person_r", "same person", 0.9, 1e-4, frequent="person"),
        _level("person_sound_l = person_sound_r", "sounds the same", 0.01, 1e-4),
        _level("ELSE", "another person", 0.09, 0.9998),
        absent=_absent("person"),
    )


def _place() -> CustomComparison:
    return _compared(
        "street",
        _level("street_l = street_r and county_l = county_r", "same house", 0.85, 1e-5, frequent="street"),
        _level("street_l = street_r", "same street and number", 0.02, 1e-4),
        _level("ELSE", "another house", 0.13, 0.99989),
        absent=_absent("street"),
    )


def _code() -> CustomComparison:
    """A mistyped code beside the right one: two random codes are never two signs apart, so the chances are stated."""
    return _compared(
        "code_any",
        _level("code_any_l = code_any_r", "same code text", 0.05, 1e-7, fixed=True),
        _level("damerau_levenshtein(code_any_l, code_any_r) <= 2", "code mistyped", 0.9, 1e-7, fixed=True),
        _level("ELSE", "another code", 0.05, 0.9999998, fixed=True),
        absent=_absent("code_any"),
    )
