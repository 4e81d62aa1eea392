"""The served description is true: whatever is sent, nothing breaks, and every answer is one that it names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
import schemathesis
from calling import token
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from paper_lines import approval
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import served

from puhui import days
from puhui.governance.access import MAY, Act, Role
from puhui.lending import services as lending
from puhui.simulator.offices import open_all
from puhui.web.api.routes import api

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def address(module_book: Path) -> Iterator[str]:
    """The house with a line of the firm that is drawn most often, so that calls find something to do."""
    today = days.today()
    granted = replace(approval(firm="0"), opens_on=today, matures_on=today + timedelta(days=365))
    lending.open_facility(granted.signed(django_settings.SECRET_KEY), on=today, at=days.now())
    with open_all() as outside, override_settings(CALLS_A_MINUTE=10**6, OUTSIDE=outside), served() as at:
        yield at


@pytest.fixture(scope="module")
def bearers(address: str) -> dict[Role, str]:
    return {role: token(role, firms=["0"] if role is Role.BORROWER else ()) for role in Role}


DESCRIBED = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
schema = schemathesis.openapi.from_dict(DESCRIBED)


def test_the_description_that_is_served_is_the_one_that_is_tried(address: str) -> None:
    with urlopen(f"{address}/api/v1/openapi.json") as answer:
        assert json.load(answer) == DESCRIBED
    assert DESCRIBED["openapi"].startswith("3.1")


@schema.parametrize()
@settings(
    max_examples=int(os.environ.get("PUHUI_API_EXAMPLES", "6")),  # more by hand: docs/api.md
    deadline=timedelta(seconds=10),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_breaks_the_house_or_its_description(case, address: str, bearers: dict[Role, str]) -> None:
    act = Act(case.operation.definition.raw["x-act"])
    role = min(MAY[act], key=lambda role: (role is not Role.ADMINISTRATOR, role))  # head office, where it may
    answer = case.call(base_url=address, headers={"Authorization": f"Bearer {bearers[role]}"})
    case.validate_response(answer, checks=CHECKS)
