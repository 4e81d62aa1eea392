"""Two firms of which only channels speak turn out to be one, and then to be two after all: what each has is found."""

from __future__ import annotations

from pathlib import Path

from paper_lines import Line
from small_bank import CHANNELS, ON, noon, request

from puhui.approval import selectors, services
from puhui.approval.services import Question
from puhui.channels import services as delivering
from puhui.enterprises import selectors as known
from puhui.enterprises import services as enterprises
from puhui.enterprises.acts import Acted
from puhui.enterprises.models import Enterprise
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId
from puhui.lending import selectors as lending
from puhui.refusals import Code, Refused
from puhui.variables import registry
from puhui.variables import selectors as variables

SHOP, SHOP_PAID = EnterpriseId("SHOP-7"), 12 * 6_000.0
RETURNS = "enterprise,filing_number,kind,tax,period_end,happened_on,sales,payable,paid\n" + "".join(
    f"{SHOP},S{day},申报,增值税,{day},{day},100000,6000,6000\n"
    for day in [f"2022-{month:02d}-28" for month in range(4, 13)] + [f"2023-{month:02d}-15" for month in (1, 2, 3)]
)
READS = {"purpose": Purpose.CREDIT_DECISION, "as_of": ON, "on": ON}


def paid(firm: EnterpriseId) -> float | None:
    """Tax paid in a year, as a decision would read it."""
    found = variables.values_of_one(firm, **READS, variables=registry.named(["tax_paid_12m"]), by="test")
    return found.values["tax_paid_12m"]


def decided(firm: EnterpriseId) -> int:
    return services.decide(Question(firm, "tax_credit", ON, ON, "officer"), request=request(), at=noon(ON)).number


def decisions(firm: EnterpriseId) -> list[int]:
    return [each.number for each in selectors.decisions(firm)]


def test_a_merge_of_two_firms_that_only_channels_know_succeeds_and_is_undone(
    firms: list[EnterpriseId], tmp_path: Path
) -> None:
    """A firm with a line, and a shop that a tax office knows by a number of its own."""
    firm, file = firms[0], tmp_path / "returns.csv"
    file.write_text(RETURNS, encoding="utf-8")
    delivering.deliver("tax_filings", file, source="district", on=ON, history=True, by="test")
    governance.grant(
        [firm, SHOP], channels=CHANNELS, purposes=[Purpose.CREDIT_DECISION, Purpose.QUALITY], basis=Basis.CONSENT,
        evidence="signed", valid_from=ON, request=request(), by="owner",
    )  # fmt: skip
    assert not Enterprise.objects.exists(), "no record was ever linked: only channels speak"
    alone, line = paid(firm), Line(firm=str(firm))
    assert alone is not None and paid(SHOP) == SHOP_PAID
    own, shops = decided(firm), decided(SHOP)
    assert (decisions(firm), decisions(SHOP), lending.facilities_of(SHOP)) == ([own], [shops], [])

    acted = {"on": ON, "by": "steward", "request": request()}
    merged = enterprises.merge(firm, SHOP, reason="one licence", **acted)
    assert isinstance(merged, Acted), merged
    assert enterprises.merge(firm, SHOP, reason="one licence", **acted) == merged, "asked twice it is done once"
    for each in (firm, SHOP):
        assert decisions(each) == [own, shops]
        assert lending.facilities_of(each) == [line.facility]
        assert paid(each) == alone + SHOP_PAID, "computed anew on the rows of both"
        assert known.lake_keys(known.standing_of([each])[each]) == sorted([firm, SHOP])
    assert set(known.to_recompute(enterprises.TRUST)) == {firm, SHOP}
    quality = READS | {"purpose": Purpose.QUALITY, "by": "the night"}
    enterprises.recompute(**quality)
    assert known.to_recompute(enterprises.TRUST) == []
    later = decided(SHOP)
    assert decisions(firm) == decisions(SHOP) == [own, shops, later]
    assert selectors.evidence(later)["inputs"]["variables"]["tax_paid_12m"] == alone + SHOP_PAID

    back = {"reason": "two licences after all", "on": ON, "by": "steward"}
    refused = enterprises.undo(merged.act, request=request(), **back)
    assert isinstance(refused, Refused) and refused.code is Code.TOUCHES_LIVE_BORROWER
    said = enterprises.propose("undo", firm, str(merged.act), reason="two licences", by="steward", request=request())
    assert not isinstance(said, Refused)
    governance.judge(said.number, agrees=True, why="seen both", by="risk", request=request(), at=noon(ON))
    undone = enterprises.undo(merged.act, request=request(), proposal=said.number, **back)
    assert isinstance(undone, Acted), undone
    assert (paid(firm), paid(SHOP)) == (alone, SHOP_PAID)
    assert own in decisions(firm) and own not in decisions(SHOP)
    assert shops in decisions(SHOP) and shops not in decisions(firm)
    assert (lending.facilities_of(firm), lending.facilities_of(SHOP)) == ([line.facility], [])
    assert set(known.to_recompute(enterprises.TRUST)) == {firm, SHOP}
    enterprises.recompute(**quality)
    assert known.to_recompute(enterprises.TRUST) == []
