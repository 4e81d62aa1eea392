"""The master keyset: one Tink keyset outside the book that opens the book's own keys. It never enters the book.

It comes from PUHUI_KEYSET (the keyset itself, as JSON), or from a file that only its owner may read or write:
PUHUI_KEYSET_FILE, by default `keyset.json` in PUHUI_HOME, made at the first use of a new book. Raises NotReady when it
is absent though the book wants it, when others may read it, and when it is no keyset; the message never holds the key.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from puhui import settings
from puhui.refusals import NotReady

TIGHT = 0o600


@dataclass(frozen=True, slots=True)
class Master:
    """A loaded keyset. `primary` is the id of the key that wraps; `ids` are those of all that it can unwrap with."""

    primary: int
    ids: frozenset[int]
    aead: aead.Aead
    file: Path | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    mark: object
    master: Master


_last: list[_Loaded] = []
aead.register()


def place() -> Path | None:
    """The keyset's file; None when the environment holds the keyset itself."""
    if settings.own("KEYSET"):
        return None
    return Path(settings.own("KEYSET_FILE") or settings.HOME / "keyset.json")


def load() -> Master | None:
    """The keyset as it is now (a changed file is read anew), or None when there is none."""
    file = place()
    if file is None:
        mark: object = settings.own("KEYSET")
    elif (found := _stamp(file)) is not None:
        mark = (str(file), found)
    else:
        return None
    if not _last or _last[0].mark != mark:
        text = str(mark) if file is None else file.read_text()
        _last[:] = [_Loaded(mark, _parsed(text, file))]
    return _last[0].master


def make() -> Master:
    """Write a first keyset with one new key to the file; one of several processes wins, and all use that one."""
    file = place()
    assert file is not None, "a keyset in the environment is there already"
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(file, _new())
    try:
        os.link(fresh, file)  # fails when another process was first
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    made = load()
    assert made is not None
    return made


def with_new_key(master: Master) -> str:
    """The keyset as JSON with one more key, which is the primary from then on."""
    old, new = json.loads(_text(master)), json.loads(_new())
    if new["primaryKeyId"] in master.ids:
        return with_new_key(master)
    return json.dumps({"primaryKeyId": new["primaryKeyId"], "key": [*old["key"], *new["key"]]})


def with_primary_only(master: Master) -> str:
    """The keyset as JSON without the keys that wrap nothing any more."""
    old = json.loads(_text(master))
    kept = [key for key in old["key"] if key["keyId"] == master.primary]
    return json.dumps({"primaryKeyId": master.primary, "key": kept})


def write(text: str, file: Path) -> None:
    """Put a keyset in a file's place, whole or not at all, for its owner only."""
    _beside(file, text).replace(file)


def _new() -> str:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return str(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


def _text(master: Master) -> str:
    return master.file.read_text() if master.file is not None else settings.own("KEYSET")


def _beside(file: Path, text: str) -> Path:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")  # threads write at once, too
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, TIGHT), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    return fresh


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotReady(f"the keyset {file} cannot be reached ({error.strerror})", then="check its folder") from None
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
        raise NotReady(
            f"the keyset {file} may be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o})",
            then=f"chmod 600 {file}, and think of who may have read it: if in doubt, `puhui keys rotate`",
        )
    if not os.access(file, os.R_OK):
        raise NotReady(f"the keyset {file} may not be read", then="run as the user who owns it")
    return found.st_mtime_ns, found.st_ino, found.st_size


def _parsed(text: str, file: Path | None) -> Master:
    try:
        handle = json_proto_keyset_format.parse(text, secret_key_access.TOKEN)
        info = handle.keyset_info()
        primitive = handle.primitive(aead.Aead)
    except Exception:  # whatever a parser says of a damaged keyset may quote it, so nothing of it is passed on
        raise NotReady(
            f"{file or 'PUHUI_KEYSET'} holds no keyset for encryption", then="restore it from where you keep its copy"
        ) from None
    return Master(info.primary_key_id, frozenset(key.key_id for key in info.key_info), primitive, file)
