"""Zipped files: a .zip that holds one data file is that file. What else it may be is refused before it is unpacked.

The content counts, not its wrapping: a file delivered plain and zipped is one delivery.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from puhui.channels.formats import volatile
from puhui.refusals import BadInput
from puhui.words import Label

CHUNK = 1 << 20
MOST_TIMES = 200  # text packs ten to fifty times smaller; a bomb a thousand times
SMALL = 64 << 20  # below this many bytes, no ratio does harm
KINDS = {".csv", ".txt", ".tsv", ".xlsx", ".parquet", ".jsonl", ".ndjson"}


@contextmanager
def unpacked(path: Path, into: Path) -> Iterator[Path]:
    """The plain file: the path itself, or the one file of a .zip, unpacked into a folder that goes when the block ends.

    Raises BadInput for a damaged or locked archive, for one without or with several data files, and for one that would
    unpack to more than 200 times its size, or to more than the disk holds.
    """
    if path.suffix.lower() != ".zip" or not path.is_file():
        yield path
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entry = _only(path, archive)
            _must_fit(path, entry, into)
            into.mkdir(parents=True)
            try:
                name = PurePosixPath(entry.filename.replace("\\", "/")).name
                with volatile.file(into / name, size=entry.file_size) as plain:
                    _unpack(archive, entry, plain)
                    yield plain
            finally:
                shutil.rmtree(into, ignore_errors=True)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadInput(
            Label(f"{path.name} is damaged or cut short ({error})", f"{path.name}已损坏或不完整（{error}）"),
            then=Label("fetch the file again from its supplier, whole", "请向提供方重新获取完整文件"),
        ) from error
    except RuntimeError as error:
        raise BadInput(
            Label(f"{path.name} cannot be unpacked ({error})", f"{path.name}无法解压（{error}）"),
            then=Label("pack it again with plain ZIP, without a password", "请用普通ZIP重新打包，不设密码"),
        ) from error


def _only(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The archive's one data file; what operating systems add beside it does not count."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_clutter(entry.filename)]
    found = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() in KINDS]
    if len(found) == 1 == len(entries):
        if found[0].flag_bits & 1:
            raise BadInput(
                Label(f"{path.name} is locked by a password", f"{path.name}设有密码"),
                then=Label("pack it again without one", "请重新打包，不设密码"),
            )
        return found[0]
    names = ", ".join(entry.filename for entry in entries[:5]) + (", …" if len(entries) > 5 else "")
    raise BadInput(
        Label(
            f"{path.name} holds {len(entries)} files ({names})" if entries else f"{path.name} holds no file",
            f"{path.name}含{len(entries)}个文件（{names}）" if entries else f"{path.name}不含任何文件",
        ),
        then=Label(
            f"pack exactly one file that ends in one of {', '.join(sorted(KINDS))}",
            f"请只打包一个以下列后缀结尾的文件：{'、'.join(sorted(KINDS))}",
        ),
    )


def _is_clutter(name: str) -> bool:
    """
    >>> _is_clutter("__MACOSX/._a.csv"), _is_clutter("folder/a.csv")
    (True, False)
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or parts[-1].startswith(".")


def _must_fit(path: Path, entry: zipfile.ZipInfo, into: Path) -> None:
    if entry.file_size > SMALL and entry.file_size > MOST_TIMES * max(entry.compress_size, 1):
        times = entry.file_size // max(entry.compress_size, 1)
        raise BadInput(
            Label(
                f"{path.name} would unpack to {entry.file_size:,} bytes, {times:,} times its size:"
                " this is how archives are made that fill a disk",
                f"{path.name}解压后将有{entry.file_size:,}字节，是其大小的{times:,}倍：填满磁盘的压缩包即是如此制作",
            ),
            then=Label(
                "unpack it yourself if you trust its supplier, and deliver the file in it",
                "如信任提供方，请自行解压后交付其中的文件",
            ),
        )
    there = next(parent for parent in into.parents if parent.exists())
    free = shutil.disk_usage(there).free
    if entry.file_size > free:
        raise BadInput(
            Label(
                f"{path.name} unpacks to {entry.file_size:,} bytes, and {free:,} are free",
                f"{path.name}解压后有{entry.file_size:,}字节，而可用空间为{free:,}字节",
            ),
            then=Label("free the disk, or deliver the file in parts", "请清理磁盘，或分批交付"),
        )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, plain: Path) -> None:
    """Never more than the archive's own word for its size: `zipfile` stops there, and checks the sum."""
    with archive.open(entry) as packed, plain.open("wb") as file:
        shutil.copyfileobj(packed, file, CHUNK)
