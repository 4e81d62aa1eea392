"""A firm's rows are read for a purpose, on a standing right, or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from puhui.governance import selectors, services
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.refusals import BadInput, Code

FIRM = EnterpriseId("E1")
pytestmark = pytest.mark.usefixtures("book")


def _may(on: str, *, channel: str = "vat_invoices", purpose: Purpose = Purpose.CREDIT_DECISION) -> bool:
    permission = selectors.allowed([FIRM], channel=channel, purpose=purpose, on=date.fromisoformat(on))
    assert (permission.refused is None) == bool(permission.firms)
    assert permission.refused is None or permission.refused.code is Code.NO_CONSENT
    return FIRM in permission.firms


def _consent(request: str = "r1", valid_to: date | None = date(2021, 1, 1)) -> int:
    return services.grant(
        [FIRM],
        channels=["vat_invoices"],
        purposes=[Purpose.CREDIT_DECISION],
        basis=Basis.CONSENT,
        evidence="signed form 12, kept in the archive",
        valid_from=date(2020, 1, 1),
        valid_to=valid_to,
        request=RequestId(request),
        by="a test",
    )


def test_a_consent_covers_its_channel_its_purpose_and_its_days_and_nothing_else() -> None:
    assert not _may("2020-06-01")
    assert _consent() == 1
    assert [_may(day) for day in ("2019-12-31", "2020-01-01", "2021-01-01", "2021-01-02")] == [False, True, True, False]
    assert not _may("2020-06-01", channel="bank_flows")
    assert not _may("2020-06-01", purpose=Purpose.MONITORING)


def test_a_withdrawn_consent_ends_on_its_day() -> None:
    _consent(valid_to=None)
    ended = services.withdraw(
        FIRM,
        channel="vat_invoices",
        purpose=Purpose.CREDIT_DECISION,
        on=date(2020, 6, 1),
        request=new_request(),
        by="the owner",
    )
    assert ended == 1
    assert [_may(day) for day in ("2020-05-31", "2020-06-01")] == [True, False]


def test_asking_twice_grants_once() -> None:
    assert [_consent(), _consent()] == [1, 0]


def test_a_public_basis_allows_research_and_no_decision() -> None:
    services.register_public_basis(
        [FIRM],
        channels=["vat_invoices"],
        dataset="public set 0a1b",
        evidence="the set's own page says it is public",
        on=date(2020, 9, 10),
        by="a test",
    )
    assert _may("2020-09-10", purpose=Purpose.RESEARCH)
    assert not _may("2020-09-10", purpose=Purpose.CREDIT_DECISION)


def test_a_refusal_counts_the_firms_and_names_the_first() -> None:
    _consent()
    firms = [EnterpriseId(f"E{n}") for n in range(1, 9)]
    permission = selectors.allowed(firms, channel="vat_invoices", purpose=Purpose.CREDIT_DECISION, on=date(2020, 2, 1))
    assert permission.firms == {FIRM}
    assert permission.refused is not None
    assert permission.refused.details["firms"] == 7
    assert "E2" in permission.refused.details["first"]


def test_days_the_wrong_way_round_are_bad_input() -> None:
    with pytest.raises(BadInput, match="swap the two days"):
        _consent(valid_to=date(2019, 1, 1))
