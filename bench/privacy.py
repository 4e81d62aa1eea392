"""`puhui bench privacy --json`: what privacy costs: a read of one firm's people, and sealing a delivery.

The one-firm read is the file of a firm in the registry: bare (the same rows straight from the lake, pseudonyms, no
right asked, no record), and as an auditor sees it (consent checked twice, the read recorded, keys unwrapped, cells
opened). The difference is all that privacy adds, the wider scan too; consent, record and keys are timed alone as well.
The peer of sealing is the same delivery with no column declared personal.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from puhui.progress import Teller

ON = date(2024, 6, 30)
FIRMS, BIG_FIRMS = 5_000, 50_000
TIMES = 60


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """The figures, milliseconds at the median and the 95th percentile of 60 reads; rows a second for deliveries."""
    from puhui import postgres

    postgres.open_book()
    home = postgres.url()
    _fresh(postgres)
    with TemporaryDirectory() as folder:
        try:
            return _measured(Path(folder), BIG_FIRMS if big else FIRMS, teller)
        finally:
            postgres.use(home)


def _fresh(postgres: Any) -> None:
    """A book of the bench's own."""
    import uuid

    postgres.use(postgres.create(f"bench_{uuid.uuid4().hex[:12]}"))
    postgres.migrate()


def _measured(folder: Path, firms: int, teller: Teller) -> dict[str, Any]:
    from django.conf import settings

    from puhui.channels import lake, planning, sealing, selectors, services, showing
    from puhui.channels.catalogue import CHANNELS
    from puhui.governance import selectors as rights
    from puhui.governance import services as governance
    from puhui.governance.access import Role
    from puhui.governance.purposes import Basis, Purpose
    from puhui.governance.sight import Sight
    from puhui.ids import EnterpriseId, RequestId

    settings.LAKE = folder / "lake"
    file, ids = folder / "registry.csv", [f"91110105MA{n:06d}XK"[:18] for n in range(firms)]
    _write(file, ids)
    deliveries: dict[str, Any] = {}
    sealed = CHANNELS["registry"]
    for name, channel in (("open", replace(sealed, columns=_open(sealed))), ("sealed", sealed)):
        CHANNELS["registry"] = channel
        settings.LAKE = folder / f"lake_{name}"
        with teller.step(f"deliver {firms * 3:,} rows, {name}") as tell:
            _forget_table()
            start = time.perf_counter()
            done = services.deliver("registry", file, source=name, on=ON, by="bench", tell=tell)
            seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in settings.LAKE.rglob("*.parquet"))
        deliveries[name] = {"rows": done.accepted, "seconds": round(seconds, 2), "lake_bytes": size}
    governance.grant(
        [EnterpriseId(firm) for firm in ids],
        channels=["registry"],
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="bench",
        valid_from=date(2024, 1, 1),
        request=RequestId("bench"),
        by="bench",
    )
    asked: dict[str, Any] = {"purpose": Purpose.CREDIT_DECISION, "as_of": ON, "on": ON}
    places = iter(range(7, firms, 13))

    def bare(firm: EnterpriseId) -> None:
        selectors.known(sealed, [firm], as_of=ON, con=lake.shared()).to_pyarrow()

    def shown(firm: EnterpriseId) -> None:
        found = showing.shown("registry", [firm], role=Role.AUDITOR, by="bench", **asked)
        assert isinstance(found, showing.Shown) and found.rows.num_rows == 3

    def consent(firm: EnterpriseId) -> None:
        assert not rights.allowed([firm], channel="registry", purpose=Purpose.CREDIT_DECISION, on=ON).refused

    def recorded(firm: EnterpriseId) -> None:
        governance.record_read(
            "registry",
            [firm],
            purpose=Purpose.CREDIT_DECISION,
            as_of=ON,
            sight=Sight.CLEAR,
            rows=3,
            exact=True,
            by="bench",
        )

    def opened(firm: EnterpriseId) -> None:
        sealing.opened_strips("registry", strips[firm])

    strips = {}
    sample = [EnterpriseId(ids[next(places)]) for _ in range(TIMES)]
    for firm in sample:
        strips[firm] = selectors.strips_of(sealed, [firm], as_of=ON, con=lake.shared())
    acts: list[Callable[[EnterpriseId], None]] = [bare, shown, consent, recorded, opened]
    timed, worked = ({act.__name__: list[float]() for act in acts} for _ in ("by the clock", "by this process alone"))
    for firm in sample:  # in turns, so that what else the machine does falls on all alike
        for act in acts:
            start, own = time.perf_counter(), time.process_time()
            act(firm)
            timed[act.__name__].append((time.perf_counter() - start) * 1000)
            worked[act.__name__].append((time.process_time() - own) * 1000)
    figures = {name: _figures(values) for name, values in timed.items()}
    # A read asks for the right twice: before the rows are opened, and when they are handed over.
    rights_and_keys, of_our_own = (
        [2 * one + other for one, other in zip(of["consent"], of["opened"], strict=True)] for of in (timed, worked)
    )
    extra = [one - other for one, other in zip(timed["shown"], timed["bare"], strict=True)]
    assert planning.plan(lake.current(sealed), firms=None).files
    return {
        "firms": firms,
        "one_firm_read_ms": figures,
        "consent_and_decryption_ms": _figures(rights_and_keys) | {"aim": 5},
        "consent_and_decryption_processor_ms": _figures(of_our_own),
        "all_that_privacy_adds_ms": _figures(extra),
        "deliveries": deliveries,
    }


def _open(channel: Any) -> tuple[Any, ...]:
    return tuple(replace(column, personal=None) for column in channel.columns)


def _forget_table() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("delete from lake.iceberg_tables where table_name = 'registry'")


def _write(file: Path, firms: list[str]) -> None:
    from puhui.channels.catalogue import CHANNELS

    header = CHANNELS["registry"].sample.splitlines()[0]
    with file.open("w", encoding="utf-8") as out:
        out.write(header + "\n")
        for n, firm in enumerate(firms):
            person = f"110101{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}{n % 10}"
            out.write(f"{firm},R1,2017-03-08,设立,示例{n}有限公司,,,1000000.00,食品制造,示例市{n}号,138{n:08d},,,\n")
            out.write(f"{firm},R2,2017-03-08,法定代表人,张三,{person},,,,,,,,\n")
            out.write(f"{firm},R3,2018-03-08,股东,张三,{person},65.00%,,,,,,,\n")


def _figures(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 2), "p95": round(sorted(values)[int(len(values) * 0.95)], 2)}
