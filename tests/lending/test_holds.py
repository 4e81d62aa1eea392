"""A hold on a firm, placed by any room, stops its draws and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from paper_lines import OPENED, Line

from puhui.enterprises import selectors as firms
from puhui.enterprises import services as enterprises
from puhui.ids import EnterpriseId
from puhui.lending.acts.acting import Acted
from puhui.refusals import Code, Refused

FIRM = EnterpriseId("E1")
SIGNAL = "case 12: sales fell by half"


def test_a_hold_stops_draws_until_it_is_lifted_and_lets_repayments_go_on(book: Path) -> None:
    held, free = Line(firm="E1"), Line(firm="E2")
    assert isinstance(held.draw("1000", OPENED, again="before"), Acted)
    for _ in range(2):  # placing it again changes nothing
        enterprises.hold_draws(FIRM, reference="case 12", why=SIGNAL, on=OPENED, by="watch")
    assert [(each.reference, each.why) for each in firms.draw_holds(FIRM)] == [("case 12", SIGNAL)]
    refused = held.draw("1", OPENED)
    assert isinstance(refused, Refused) and refused.code is Code.ON_HOLD
    assert refused.details == {"by": "case 12", "since": "2026-04-01"}
    assert held.draw("1000", OPENED, again="before") == Acted(
        "draw", held.facility, {"loan": 1, "status": "active", "fen": 100_000}
    )
    assert isinstance(held.repay("500", OPENED), Acted) and isinstance(free.draw("1", OPENED), Acted)
    enterprises.hold_draws(FIRM, reference="visit 3", why="nobody was there", on=OPENED, by="watch")
    assert enterprises.lift_draw_hold(FIRM, reference="case 12", why="explained", on=OPENED, by="watch") == 1
    assert isinstance(held.draw("1", OPENED), Refused), "another hold stands"
    day = OPENED + timedelta(days=1)
    assert enterprises.lift_draw_hold(FIRM, reference="visit 3", why="found", on=day, by="watch") == 1
    assert enterprises.lift_draw_hold(FIRM, reference="visit 3", why="found", on=day, by="watch") == 0
    assert isinstance(held.draw("1", day), Acted)
