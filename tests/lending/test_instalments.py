"""The schedule of repayments says what plan, due days and maturity will ask for, and that is what then falls due."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from paper_lines import OPENED, Line, noon

from puhui.lending import selectors, services
from puhui.lending.correspondence import instalments
from puhui.lending.models import DueRow
from puhui.refusals import BadInput

UNTIL = date(2026, 7, 20)


@pytest.mark.parametrize("way", ["any_time", "bullet", "equal_instalments", "equal_principal"])
def test_what_is_announced_is_what_falls_due(book: Path, way: str) -> None:
    line = Line(until=UNTIL)
    line.draw("120000", OPENED, way=way)
    told = instalments.ahead(line.facility)
    assert [each.fallen for each in told.rows] == [False] * 4
    assert sum(each.principal for each in told.rows) == 120_000_00 and told.rows[-1].left == 0
    for each in told.rows:
        services.close_days(each.due_on - timedelta(days=1), at=noon(OPENED))
        now = instalments.ahead(line.facility).rows[0]
        assert (now.due_on, now.principal, now.interest) == (each.due_on, each.principal, each.interest)
        line.repay(f"{(each.principal + each.interest) / 100:.2f}", each.due_on)
        dues = {row.kind: row.amount_fen for row in DueRow.objects.filter(due_on=each.due_on)}
        assert dues == {1: each.interest} | ({2: each.principal} if each.principal else {})
    with pytest.raises(BadInput, match="no running loan"):
        instalments.ahead(line.facility)


def test_what_has_fallen_due_is_told_as_due(book: Path) -> None:
    line = Line(until=UNTIL)
    line.draw("120000", OPENED, way="equal_principal")
    told = instalments.ahead(line.facility).rows
    services.close_days(date(2026, 4, 21), at=noon(OPENED))
    now = instalments.ahead(line.facility).rows
    assert [each.fallen for each in now] == [True, False, False, False]
    assert now[0].principal == told[0].principal and now[0].interest == told[0].interest


def test_every_form_of_a_schedule_says_the_same(book: Path) -> None:
    line = Line(until=UNTIL)
    line.draw("90000", OPENED, way="equal_instalments")
    line.draw("10000", OPENED)
    made = {
        (form, language): services.issue_schedule(
            line.facility, form=form, language=language, at=noon(OPENED), by="cli:a clerk"
        ).content
        for form, language in (("pdf", "zh-hans"), ("csv", "zh-hans"), ("csv", "en"), ("json", "en"))
    }
    rows = list(csv.DictReader(io.StringIO(made["csv", "en"].decode("utf-8-sig"))))
    assert rows == selectors.schedule_rows(line.facility, language="en")
    assert made["csv", "zh-hans"].decode("utf-8-sig").startswith("日期,借据号,状态")
    machine = json.loads(made["json", "en"])
    assert len(machine["rows"]) == len(rows) == 8
    assert sum(each["principal_fen"] for each in machine["rows"]) == 100_000_00
    assert made["pdf", "zh-hans"].startswith(b"%PDF")
