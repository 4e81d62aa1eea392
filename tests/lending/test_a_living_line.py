"""While a line lives, its borrower's data are kept and its identity is not merged away; when it ends, both are free."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from paper_lines import OPENED, Line, noon, request

from puhui.enterprises import services as enterprises
from puhui.governance import erasing, holding
from puhui.governance import services as governance
from puhui.governance.erasing import Erased
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, new_request
from puhui.lending import browsing, selectors, services
from puhui.refusals import Code, Refused


def _erase(firm: EnterpriseId) -> Erased | Refused:
    return erasing.erase_firm(firm, evidence="the owner's letter", on=OPENED, by="desk")


def test_erasure_is_refused_while_the_line_lives_and_done_when_it_is_closed(book: Path) -> None:
    firm = EnterpriseId("E1")
    governance.grant(
        [firm], channels=["vat_invoices"], purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT, evidence="paper",
        valid_from=OPENED, request=new_request(), by="desk",
    )  # fmt: skip
    one, other = Line(firm="E1"), Line(firm="E1")
    for line in (one, other):
        kept = _erase(firm)
        assert isinstance(kept, Refused)
        assert (kept.code, kept.details["reference"]) == (Code.KEPT_ON_HOLD, f"facility {line.facility}")
        services.close_facility(line.facility, request=request(), on=OPENED, at=noon(OPENED))
    assert _erase(firm) == Erased(keys=0, grants=1, firms=1)


def test_two_live_borrowers_are_not_merged_until_one_line_is_closed(book: Path) -> None:
    rows = [{"source": "bank", "record": key, "name": name} for key, name in (("1", "天一"), ("2", "地二"))]
    enterprises.link(pa.Table.from_pylist(rows), on=OPENED, by="desk")
    first, second = sorted(EnterpriseId(firm) for firm in enterprises.Enterprise.objects.values_list("pk", flat=True))
    lines = [Line(firm=firm) for firm in (first, second)]

    def merge() -> object:
        return enterprises.merge(first, second, reason="one owner", on=OPENED, request=new_request(), by="steward")

    refused = merge()
    assert isinstance(refused, Refused)
    assert refused.code is Code.MERGES_LIVE_BORROWERS
    for line in lines:
        services.close_facility(line.facility, request=request(), on=OPENED, at=noon(OPENED))
    assert not isinstance(merge(), Refused)


def test_a_line_is_found_under_the_firm_that_its_borrower_became_part_of(book: Path) -> None:
    rows = [{"source": "bank", "record": key, "name": name} for key, name in (("1", "天一"), ("2", "地二"))]
    enterprises.link(pa.Table.from_pylist(rows), on=OPENED, by="desk")
    stays, goes = sorted(EnterpriseId(firm) for firm in enterprises.Enterprise.objects.values_list("pk", flat=True))
    line = Line(firm=goes)
    said = enterprises.propose("merge", stays, goes, reason="renamed", by="steward", request=new_request())
    assert not isinstance(said, Refused)
    governance.judge(said.number, agrees=True, why="seen", by="risk", request=new_request(), at=noon(OPENED))
    acted = {"reason": "renamed", "on": OPENED, "request": new_request(), "by": "steward"}
    assert not isinstance(enterprises.merge(stays, goes, **acted, proposal=said.number), Refused)
    for firm in (stays, goes):
        assert selectors.facilities_of(firm) == [line.facility]
        assert [each.number for each in browsing.lines(enterprise=firm)[0]] == [line.facility]
        assert browsing.newest_of([firm])[firm].number == line.facility
    (told,) = holding.held_of(stays)["lines"]
    assert told["facility"] == line.facility, "the owner's copy has the line too"
    enterprises.hold_draws(stays, reference="court", why="frozen", on=OPENED, by="risk")
    held = line.draw("1,000", OPENED)
    assert isinstance(held, Refused)
    assert held.code is Code.ON_HOLD, "a hold on the firm holds the line that was opened under its old id"
