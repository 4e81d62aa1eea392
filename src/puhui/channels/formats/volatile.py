"""Files that live in memory: what comes by the wire or out of an archive is read by name, and never lies on a disk.

It is gone with the process, however that ends. Where the system has no such files, and above a gigabyte that is known
beforehand, it is a file that its owner alone may read, until the block ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_IN_MEMORY = 1 << 30
TIGHT = 0o600


@contextmanager
def file(path: Path, *, size: int = 0) -> Iterator[Path]:
    """An empty file at this path, its content in memory unless `size` is too large. Its folder is made when absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # what a killed process left: a name without content
    held = os.memfd_create(path.name) if hasattr(os, "memfd_create") and size <= MOST_IN_MEMORY else None
    try:
        if held is not None:
            path.symlink_to(f"/proc/{os.getpid()}/fd/{held}")
        else:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, TIGHT))
        yield path
    finally:
        path.unlink(missing_ok=True)
        if held is not None:
            os.close(held)
