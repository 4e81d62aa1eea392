"""The one verb of the room that needs no book: schedules of cases in a file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from puhui.lending.engine import cases
from puhui.refusals import BadInput


def schedule(path: Path) -> list[dict[str, Any]]:
    """Answer the schedule cases of a file, which holds one case or a list of them.

    Each answer is `{"id", "rows": [{"n", "due", "principal", "interest", "balance_after", "total_due"}]}`, or
    `{"id", "accruals"}` for a case that reports accruals. Raises BadInput for a file that is no such JSON and for a
    case with an unknown convention or contradicting facts; then nothing is answered.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as wrong:
        raise BadInput(f"{path} cannot be read ({wrong.strerror})", then="give a file with a case") from wrong
    except ValueError as wrong:
        raise BadInput(f"{path} is not JSON ({wrong})", then="give a JSON case or a list of cases") from wrong
    if not held:
        raise BadInput(f"{path} holds no case", then="give a JSON case or a list of cases")
    return [cases.answer(case) for case in (held if isinstance(held, list) else [held])]
