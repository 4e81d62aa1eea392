"""The stages of a showing, in the order of a credit's life. A new one is one file and one line here."""

from __future__ import annotations

from puhui.showcase import decide, deliver, lines, over_http, secured, variables, waiting
from puhui.showcase.play import Stage

STAGES: tuple[Stage, ...] = (
    deliver.STAGE,
    variables.STAGE,
    decide.STAGE,
    over_http.STAGE,
    lines.STAGE,
    secured.STAGE,
    waiting.STAGE,
)
_names = [stage.name for stage in STAGES]
assert len(set(_names)) == len(_names), "two stages of one name"
assert all(set(stage.after) <= set(_names[:place]) for place, stage in enumerate(STAGES)), "a stage before its ground"
