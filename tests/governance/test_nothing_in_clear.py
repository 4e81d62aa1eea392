"""Planted people are looked for in every file that Puhui leaves: none is found in the clear.

The whole story is played in a process of its own: deliveries, quarantine, mending, reads in every role, errors and
tracebacks, spilling, linking, merging, a rotation, a loan paid out, repaid and collected with its statements, the pages
of the enterprise file. Then the database's files and its log, the lake, the temporary folders and everything that was
printed are searched, as UTF-8 and in each encoding that files come in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import PLANTED

PLAY = """
import logging, os, sys, threading, time
from pathlib import Path
from datetime import date
from puhui import postgres
postgres.open_book()
from puhui.governance import redaction
redaction.install()
import structlog, duckdb
sys.path[:0] = [sys.argv[1], *(str(Path(sys.argv[1]).parent / room) for room in ("lending", "web"))]
import people
from people import FIRM, OTHER, ON, IDENTITY, NAME, PHONE, SPOUSE, SECOND
from puhui.channels import lake, selectors, services, showing
from puhui.governance import rotation, services as governance
from puhui.governance.purposes import Purpose
from puhui.governance.access import Role

services.MEMORY = "130MB"  # so that the delivery of many rows spills
seen = {"spilled": 0, "in the clear": set()}
def watch():
    while True:
        for file in (Path(os.environ["PUHUI_HOME"]) / "lake" / "spill").glob("*/*"):
            try:
                content = file.read_bytes()
            except OSError:
                continue
            seen["spilled"] = max(seen["spilled"], len(content))
            seen["in the clear"] |= {value for value in people.PLANTED if value.encode() in content}
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
suppliers = Path(sys.argv[2])
many = suppliers / "many.csv"
lines = people.BANK.splitlines()
with many.open("w") as file:
    file.write(lines[0] + ",备注\\n")
    for n in range(150_000):
        file.write(f"{FIRM},{people.ACCOUNT},N{n},2024-04-01,贷,5.00,5.00,{people.SPOUSE},{people.OTHER_ACCOUNT},")
        file.write(f"转 {people.NOTE_PHONE},{people.UNKNOWN}{n}\\n")
answers = {c: services.deliver(c, p, source="s", on=ON, by="x") for c, p in people.write(suppliers).items()}
services.deliver("bank_transactions", many, source="t", on=ON, by="x")
print("spilled", seen["spilled"] > 100_000, "in the clear", len(seen["in the clear"]))
print(answers)
for firm in (FIRM, OTHER):
    people.consent(firm)
for row in selectors.quarantine(answers["registry"].delivery, on=ON):
    print(row)
    if row.raw is not None:
        print(services.mend(row.id, {"登记日期": "still bad"}, by="x", on=ON))
asked = {"purpose": Purpose.CREDIT_DECISION, "as_of": ON, "on": ON}
for role in (Role.ANALYST, Role.RELATIONSHIP_MANAGER):
    for channel in people.FILES:
        print(showing.shown(channel, [FIRM, OTHER], role=role, by="x", **asked).rows.to_pylist()[:50])
print(selectors.rows("registry", [FIRM], **asked).to_pyarrow().to_pylist())
showing.shown("registry", [FIRM], role=Role.AUDITOR, by="x", **asked)
services.compact("registry", by="x", at=__import__("puhui.days").days.now())
rotation.rotate(by="x")
print(governance.verify())

import pyarrow as pa
from puhui.enterprises import dossier, selectors as firms, services as enterprises
from puhui.ids import new_request
from puhui.variables import selectors as variables
said = {"phone": PHONE, "person": NAME, "address": "示例市示例路1号"}
records = [
    {"source": "registry", "record": "1", "code": FIRM, "name": "示例食品有限公司", **said},
    {"source": "bank", "record": "2", "own_code": people.ACCOUNT, "name": "示例食品", **said},
    {"source": "court", "record": "3", "code": OTHER, "name": "另一示例食品有限公司", **said | {"person": SPOUSE}},
    {"source": "court", "record": "4", "name": "远方茶行", "phone": people.NOTE_PHONE, "person": people.SECOND_NAME},
    {"source": "market", "record": "5", "name": NAME, "code": IDENTITY, "address": "示例市示例路2号"},
    {"source": "stalls", "record": "6", "name": NAME + "（个体户）", "own_code": PHONE, "address": "示例市示例路2号"},
    {"source": "stalls", "record": "7", "name": SPOUSE, "code": SECOND, "phone": people.NOTE_PHONE},
]
print(enterprises.link(pa.Table.from_pylist(records), on=ON, by="x"))
print(firms.firm_named("bank:" + people.ACCOUNT), firms.doubts())
print(dossier.enterprise_file(FIRM, by="x", **asked))
print(enterprises.check(FIRM, firms.lake_keys(FIRM), by="x", **asked))
print(variables.values([FIRM, OTHER], by="x", **asked).table.to_pylist())
print(enterprises.assess([FIRM, OTHER], by="x", **asked))
stall = firms.firm_of("market", "5")
assert stall is not None and firms.firm_of("stalls", "6") in {stall, firms.firm_named("stalls:" + PHONE)}
shop = firms.firm_of("court", "4")
print(enterprises.merge(FIRM, shop, reason="the same house", on=ON, request=new_request(), by="x"))
print("recomputed", enterprises.recompute(by="x", **asked))

from paper_lines import OPENED, Line, noon
from puhui.lending import selectors as lending, services as lines
line = Line(firm=FIRM, account=people.ACCOUNT)
purpose = f"货款 {PHONE} {people.OTHER_ACCOUNT} {IDENTITY}"
line.draw("200,000", OPENED, payee=f"{people.SPOUSE} {people.OTHER_ACCOUNT}", purpose=purpose)
came = suppliers / "came.csv"
said = [f"{day},{amount},{people.SPOUSE} {people.OTHER_ACCOUNT},还款 {PHONE} {IDENTITY},{number}"
        for day, amount, number in ((OPENED, "1000.00", "L1"), (OPENED, "2000.00", "L2"))]
came.write_text("\\n".join(["day,amount,payer,reference,line", *said, ""]))
print(lines.import_statement(came, on=OPENED, at=noon(OPENED), by="x"))
lines.close_days(date(2026, 5, 25), at=noon(date(2026, 5, 25)), rail=line.bank)
print("collected", sum(line.bank.taken.values()) > 0, lending.incoming_waiting(), lending.statement(line.facility))
for form in ("pdf", "csv", "json"):
    told = {"since": OPENED, "until": date(2026, 5, 24), "form": form, "language": "zh-hans"}
    paper = lines.issue_statement(line.facility, **told, at=noon(OPENED), by="x")
    (Path(os.environ["TMPDIR"]) / f"statement.{form}").write_bytes(paper.content)
    print(paper.content if form != "pdf" else form)

from signed_in import visitor
desk = visitor(Role.RISK_MANAGER)
parts = ("", "facts/", "data/", "relations/", "bonds/", "exposure/", "security/", "credit/", "variables/")
at = [f"/firms/{FIRM}/{part}?whole=1&as_of={ON}" for part in parts]
at += [f"/facilities/{line.facility}/", "/payments/", "/deliveries/", "/audit/", "/doubts/", "/accuracy/"]
answers = {each: desk.get(each) for each in at}
print("pages", [(each, answer.status_code) for each, answer in answers.items() if answer.status_code != 200])
report = "\\n".join(answer.content.decode() for answer in answers.values())
(Path(os.environ["TMPDIR"]) / "report.html").write_text(report)
print(report)

structlog.get_logger().info("called " + PHONE, person=NAME, phone=PHONE, card="card " + people.ACCOUNT)
logging.getLogger("other").warning("called %s of %s", PHONE, IDENTITY)
def stumble():
    secret = NAME
    duckdb.sql(f"select cast('{NAME}' as integer)").fetchall()
try:
    stumble()
except Exception:
    structlog.get_logger().exception("stumbled")
    logging.getLogger("other").exception("stumbled")
thread = threading.Thread(target=stumble)
thread.start(); thread.join()
damaged = suppliers / "damaged.parquet"
damaged.write_bytes((suppliers / "owner_bureau.parquet").read_bytes()[:200] + NAME.encode() * 40)
try:
    services.deliver("owner_bureau", damaged, source="s", on=ON, by="x")
except Exception as wrong:
    print(wrong)
retyped = suppliers / "retyped.csv"
rows = [f"{FIRM},{IDENTITY},C{n},{PHONE},card,{NAME}" for n in range(300)]
retyped.write_text("\\n".join(["enterprise,person,record_number,happened_on,kind,institution", *rows, ""]))
try:
    services.deliver("owner_bureau", retyped, source="s", on=ON, by="x")
except Exception as wrong:
    print(wrong)
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("checkpoint")
raise ValueError(f"the phone {PHONE} and the card {people.ACCOUNT} of {IDENTITY}")
"""


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Path, str]]:
    folder = Path(tempfile.mkdtemp(prefix="puhui-story-"))  # the server's own user must get there
    (folder / "suppliers").mkdir()
    (folder / "tmp").mkdir()
    environment = os.environ | {"PUHUI_HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    environment.pop("PUHUI_KEYSET_FILE", None)
    play = folder / "tmp" / "play.py"
    play.write_text(PLAY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(play), str(Path(__file__).parent), str(folder / "suppliers")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "ValueError: the phone 139****5678" in done.stderr, done.stderr[-3000:]
    assert done.stderr.count("stumbled") >= 2 and done.stderr.count("'…'") >= 3, done.stderr[-3000:]
    yield folder, done.stdout + done.stderr
    shutil.rmtree(folder, ignore_errors=True)


def clear(content: bytes) -> list[str]:
    """The planted values that stand in some bytes."""
    forms = {(value, value.encode(code)) for value in PLANTED for code in ("utf-8", "gb18030", "utf-16-le")}
    return sorted({value for value, form in forms if form in content})


def test_a_search_finds_what_is_there(played: tuple[Path, str]) -> None:
    """The suppliers' own files do hold the values, so the search can find them."""
    folder, _ = played
    found = {value for path in files(folder / "suppliers") for value in clear(path.read_bytes())}
    assert found == set(PLANTED)


def test_no_file_of_puhui_holds_a_person_in_the_clear(played: tuple[Path, str]) -> None:
    folder, _ = played
    searched = [*files(folder / "home"), *files(folder / "tmp")]
    kinds = {path.relative_to(folder).parts[1] for path in searched}
    assert {"postgres", "lake"} <= kinds, "the database's files and the lake are searched"
    assert [path for path in searched if "pg_wal" in path.parts], "and the database's own log"
    held = {str(path.relative_to(folder)): found for path in searched if (found := clear(path.read_bytes()))}
    assert held == {}


def test_nothing_printed_or_logged_or_traced_holds_a_person_in_the_clear(played: tuple[Path, str]) -> None:
    _, said = played
    assert "spilled True in the clear 0" in said, "the engine spilled, and not in the clear"
    assert clear(said.encode()) == []
    assert "recomputed [Reassessed(" in said, "records were linked, firms checked, merged and assessed"
    assert "collected True" in said, "a loan was paid out, and collected from a person's account"
    assert "pages []" in said and "示例食品有限公司" in said, "and every page of the file was read"
    assert "欧**" in said and "6222 **** 2233" in said, "people were shown, masked"
