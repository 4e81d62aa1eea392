"""Records as they come, and the features by which two of them are compared. No personal value is kept in clear.

A record says of a firm whatever its source knows: a credit code, the source's own code, a name, an address, a phone, a
person. Features are canonical writings of these; phones and people are keyed digests, compared for equality only. So
are the name of a firm that is called like a person, with no word of a trade, and a person's number in place of a code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from puhui import postgres
from puhui.enterprises.chinese import sound
from puhui.enterprises.codes import CodeState, read_code
from puhui.enterprises.contacts import address, phone
from puhui.enterprises.names import firm_name, like_a_person, person_name
from puhui.governance.masking import scrubbed
from puhui.governance.vault import veiling_key
from puhui.national_codes import looks_like_credit_code
from puhui.refusals import BadInput

SAID = ("own_code", "code", "name", "address", "phone", "person")
NEEDED = ("source", "record")
VEIL = "~"  # begins a name that is kept as a digest
FEATURES = pa.schema(
    [("number", pa.int64())]
    + [
        (name, pa.string())
        for name in (
            *("source", "record", "own", "code", "code_said", "code_state", "name", "sound", "signs", "region"),
            *("county", "street", "phone", "person", "person_sound", "fingerprint"),
        )
    ]
)


def checked(records: pa.Table) -> pa.Table:
    """The records with every column that a record may have, as text; columns that were not given are missing.

    Raises BadInput where a record does not say who it is, or two of them are the same record of a source.
    """
    for name in NEEDED:
        if name not in records.column_names or records[name].null_count:
            raise BadInput(f"a record has no {name}", then=f"give every record its {' and its '.join(NEEDED)}")
    columns = {name: records[name].cast(pa.string()) for name in NEEDED}
    for name in SAID:
        given = name in records.column_names
        columns[name] = records[name].cast(pa.string()) if given else pa.nulls(records.num_rows, pa.string())
    table = pa.table(columns)
    counted = table.group_by(list(NEEDED)).aggregate([([], "count_all")])
    twice = counted.filter(pc.greater(counted["count_all"], 1))
    if twice.num_rows:
        first = twice.slice(0, 1).to_pylist()[0]
        raise BadInput(
            f"{twice.num_rows:,} records come twice, the first is {first['record']} of {first['source']}",
            then="give each record of a source once, in its newest form",
        )
    return table


def features(records: pa.Table, *, first_number: int) -> pa.Table:
    """The features of checked records, numbered from `first_number` on in the order given."""
    said = {name: records[name].combine_chunks() for name in (*NEEDED, *SAID)}
    name, where = _each(said["name"], firm_name), _each(said["address"], address)
    code, person = _each(said["code"], read_code), _each(said["person"], person_name)
    columns: dict[str, Any] = {
        "number": pa.array(range(first_number, first_number + records.num_rows), pa.int64()),
        "source": said["source"],
        "record": said["record"],
        "own": _own(said["source"], said["own_code"]),
        "code": code(lambda read: read.code if read.sound else ""),
        "code_said": code(lambda read: "" if read.sound else _code_said(read.code)),
        "code_state": pc.fill_null(code(lambda read: str(read.state)), str(CodeState.MISSING)),
        "name": name(lambda parts: _named(parts.key, parts.key)),
        "sound": name(lambda parts: _named(parts.key, sound(parts.key))),
        "signs": name(lambda parts: _named(parts.key, "".join(sorted(parts.key)))),
        "region": pc.coalesce(name(lambda parts: parts.region), where(lambda place: place.region)),
        "county": where(lambda place: place.county),
        "street": where(lambda place: place.key),
        "phone": _each(said["phone"], lambda text: veiled(phone(text)))(lambda digest: digest),
        "person": person(veiled),
        "person_sound": person(lambda of: veiled(sound(of))),
    }
    text = pc.binary_join_element_wise(*(pc.fill_null(said[column], "") for column in SAID), "\x1f")
    columns["fingerprint"] = _each(text, veiled)(lambda digest: digest)
    return pa.table({field.name: columns[field.name] for field in FEATURES}, schema=FEATURES)


def veiled(text: str | None) -> str:
    """A keyed digest: equal texts give equal digests in this book, and nobody without its keyset can compute them."""
    if not text:
        return ""
    return hashlib.blake2b(text.encode(), digest_size=10, key=_key(postgres.url())).hexdigest()


@lru_cache(maxsize=64)
def _key(book: str) -> bytes:
    return veiling_key("linking")


def own_code(text: str | None) -> str:
    """A source's own code for a firm as it is kept: a digest where it is the number of a person or an account."""
    code = (text or "").strip()
    return "d" + veiled(code) if scrubbed(code) != code else code


def _code_said(code: str) -> str:
    """What was said in place of a sound code: mistyped codes stay to be compared, a person's number is a digest."""
    return code if looks_like_credit_code(code) else own_code(code)


def _named(key: str, written: str) -> str:
    """A feature of a name: a digest where the name is a person's."""
    return VEIL + veiled(written) if like_a_person(key) else written


def _own(source: pa.Array, own_codes: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(source, _each(own_codes, own_code)(lambda code: code), ":")


def _each(texts: pa.Array, read: Callable[[str | None], Any]) -> Callable[[Callable[[Any], str]], pa.Array]:
    """Read each distinct text once; the answer takes one part of every reading, nothing where it is empty."""
    coded = texts.dictionary_encode()
    readings = [read(text) for text in coded.dictionary.to_pylist()]

    def part(of: Callable[[Any], str]) -> pa.Array:
        parts = pa.array([of(reading) or None for reading in readings], pa.string())
        return parts.take(coded.indices) if len(parts) else pa.nulls(len(texts), pa.string())

    return part
