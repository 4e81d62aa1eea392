"""An application's steps as server-sent events.

Promises that every step is told once and in order: its place is its id, and who comes back with `Last-Event-ID` hears
what followed. A stream holds one of the server's few threads, so it ends after a while (the reader
asks again by itself) and only a few run at once. Refuses more with TooManyError.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import BoundedSemaphore

from django.http import StreamingHttpResponse

from puhui.approval import selectors
from puhui.approval.states import OPEN, WORDS
from puhui.governance.chain import canonical
from puhui.web.api.problems import TooManyError

LASTS_S, LOOKS_S, AGAIN_MS, AT_ONCE = 20.0, 0.5, 1_000, 3
_streams = BoundedSemaphore(AT_ONCE)


class Stream(StreamingHttpResponse):
    """A stream that gives its place back however it ends: read to the end, cut off, or never begun."""

    held = True

    def close(self) -> None:
        """The reader has left, or everything is said."""
        if self.held:
            self.held = False
            _streams.release()
        super().close()


def stream(application: str, *, last: str) -> Stream:
    """The steps after the one that a reader has seen last, and those that come within a while."""
    if not _streams.acquire(blocking=False):
        raise TooManyError(int(LASTS_S))
    seen = int(last) + 1 if last.isdecimal() and len(last) < 6 else 0
    return Stream(_told(application, seen), content_type="text/event-stream", headers={"Cache-Control": "no-store"})


def _told(application: str, seen: int) -> Iterator[str]:
    until = time.monotonic() + LASTS_S
    yield f"retry: {AGAIN_MS}\n\n"
    while True:
        steps = selectors.steps(application)
        for place, step in enumerate(steps[seen:], seen):
            words = WORDS[step.status]
            data = {"status": step.status, "en": words.en, "zh": words.zh, "facts": step.facts, "at": step.at}
            yield f"id: {place}\nevent: step\ndata: {json.dumps(json.loads(canonical(data)), ensure_ascii=False)}\n\n"
        seen = max(seen, len(steps))
        if steps[-1].status not in OPEN or time.monotonic() >= until:
            return
        time.sleep(LOOKS_S)
