"""A folder with invoices and firms in the shape of the public set (2020 contest, problem C), found and read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from puhui.ids import EnterpriseId, digest
from puhui.products.churn import Churn
from puhui.products.churn import read as read_churn
from puhui.refusals import BadInput

INVOICES = tuple(f"{kind}_record_{side}_invoices" for kind in ("with", "without") for side in ("sales", "purchase"))
INVOICE_SUFFIXES = (".parquet", ".csv", ".xlsx")
FIRM, NAME, DEFAULTED = "企业代号", "企业名称", "是否违约"
DEFAULTED_VALUES = {"是": True, "否": False}


@dataclass(frozen=True, slots=True)
class ListedFirm:
    """A firm of the set. `defaulted` is None for a firm without records."""

    enterprise: EnterpriseId
    name: str
    defaulted: bool | None


@dataclass(frozen=True, slots=True)
class DataSet:
    """What the folder holds. `name` has a hash of all its files, so that another set is another source.

    The bank's own rating, though it lies in the file, is not read: nothing downstream can learn from it.
    """

    name: str
    folder: Path
    known: tuple[ListedFirm, ...]
    fresh: tuple[ListedFirm, ...]
    invoices: tuple[Path, ...]
    churn: Churn

    @property
    def firms(self) -> tuple[ListedFirm, ...]:
        """All firms, those with records first."""
        return self.known + self.fresh


def find(folder: Path) -> DataSet:
    """The data set in a folder.

    Raises BadInput, naming the file, when one is missing, has no rows, lacks a column, names a firm twice,
    or when the outcomes are not of both kinds.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder", then="name the folder that holds the invoices and the firms")
    invoices = tuple(_invoice_file(folder, stem) for stem in INVOICES)
    known = _firms(folder / "with_record_enterprises.csv", with_record=True)
    fresh = _firms(folder / "without_record_enterprises.csv", with_record=False)
    if both := {firm.enterprise for firm in known} & {firm.enterprise for firm in fresh}:
        raise BadInput(f"{min(both)} is in both lists of firms", then="list a firm with records or without, not both")
    if len({firm.defaulted for firm in known}) < 2:
        raise BadInput(
            f"with_record_enterprises.csv has one kind of outcome only in {DEFAULTED}",
            then="give firms that defaulted (是) and firms that did not (否): a model learns from both",
        )
    churn_file = folder / "rate_churn.csv"
    churn = read_churn(churn_file)
    files = sorted(
        [*invoices, folder / "with_record_enterprises.csv", folder / "without_record_enterprises.csv", churn_file]
    )
    content = digest(part for path in files for part in (path.name.encode(), path.read_bytes()))
    return DataSet(f"{folder.resolve().name}-{content[:12]}", folder, known, fresh, invoices, churn)


def _invoice_file(folder: Path, stem: str) -> Path:
    for suffix in INVOICE_SUFFIXES:
        if (path := folder / f"{stem}{suffix}").is_file():
            return path
    raise BadInput(
        f"{stem}.parquet is not in {folder}", then=f"put it there, as {', '.join(INVOICE_SUFFIXES[:2])} or .xlsx"
    )


def _firms(path: Path, *, with_record: bool) -> tuple[ListedFirm, ...]:
    wanted = (FIRM, NAME, DEFAULTED) if with_record else (FIRM, NAME)
    rows = _csv_rows(path, wanted)
    firms = []
    for line, row in enumerate(rows, start=2):
        enterprise = EnterpriseId(row[FIRM].strip())
        if not enterprise:
            raise BadInput(f"{path.name}, line {line}: {FIRM} is empty", then="give every firm its id")
        defaulted = _defaulted(path, line, row[DEFAULTED]) if with_record else None
        firms.append(ListedFirm(enterprise, row[NAME].strip(), defaulted))
    seen: set[str] = set()
    for firm in firms:
        if firm.enterprise in seen:
            raise BadInput(f"{path.name} lists {firm.enterprise} twice", then="keep one line a firm")
        seen.add(firm.enterprise)
    return tuple(firms)


def _defaulted(path: Path, line: int, text: str) -> bool:
    if text.strip() not in DEFAULTED_VALUES:
        raise BadInput(f"{path.name}, line {line}: {DEFAULTED} is '{text}'", then="write 是 or 否")
    return DEFAULTED_VALUES[text.strip()]


def _csv_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a small CSV in UTF-8 or GBK (what spreadsheets save in China)."""
    then = f"give a CSV in UTF-8 or GBK with the columns {', '.join(wanted)}"
    if not path.is_file():
        raise BadInput(f"{path.name} is not in {path.parent}", then=then)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise BadInput(f"{path.name} is neither UTF-8 nor GBK", then=then) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [{key: value or "" for key, value in row.items() if key is not None} for row in reader]
    except csv.Error as problem:
        raise BadInput(f"{path.name} is not a CSV ({problem})", then=then) from None
    if absent := [name for name in wanted if name not in (reader.fieldnames or [])]:
        raise BadInput(f"{path.name} has no column {', '.join(absent)}", then=then)
    if not rows:
        raise BadInput(f"{path.name} has 0 rows", then=then)
    return rows
