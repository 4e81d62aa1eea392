"""The built files, packed beforehand and kept by the browser for as long as their content is the same.

Promises an answer for files below `static/built` only; refuses everything else with 404.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest
from django.utils._os import safe_join
from django.views.decorators.http import require_safe

STATIC = Path(__file__).parent / "static"
BUILT = STATIC / "built"
FOR_EVER = "public, max-age=31536000, immutable"
AGAIN = "public, max-age=300"
KINDS = {".wasm": "application/wasm", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@require_safe
def serve(request: HttpRequest, path: str) -> FileResponse:
    """One built file, in its packed form where the browser takes it."""
    try:
        file = Path(safe_join(BUILT, path))
    except ValueError:
        raise Http404(path) from None
    if not file.is_file() or file.suffix == ".gz":
        raise Http404(path)
    kind = KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    packed = file.with_name(f"{file.name}.gz")
    takes = "gzip" in request.headers.get("Accept-Encoding", "") and packed.is_file()
    response = FileResponse((packed if takes else file).open("rb"), content_type=kind)
    if takes:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOR_EVER if _is_named_by_content(request, file) else AGAIN
    return response


def versioned(name: str) -> str:
    """The address of a built file with the hash of its content."""
    file = Path(f"{BUILT}/{name}")  # a template gives a SafeString, which a path does not take
    return f"/static/built/{name}?v={_hash(str(file), file.stat().st_mtime_ns if file.is_file() else 0)}"


@lru_cache(maxsize=64)
def _hash(file: str, changed: int) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:10] if changed else "none"


def _is_named_by_content(request: HttpRequest, file: Path) -> bool:
    return "v" in request.GET or len(file.stem.rpartition("-")[2]) == 8
