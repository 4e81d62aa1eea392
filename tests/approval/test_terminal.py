"""Deciding, replaying and ruling from a terminal: what bad input is told."""

from __future__ import annotations

import pytest
from small_bank import ON
from typer.testing import CliRunner, Result

from puhui.cli.verbs import app
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput

DAY = ON.isoformat()


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_what_is_not_known_is_said_in_words(firms: list[EnterpriseId]) -> None:
    assert ran("decide", "91000000NOSUCH", "--product", "tax_credit", "--on", DAY).exit_code == 3
    for words, told in (
        (("decide", firms[0], "--product", "gold"), "there is no product 'gold'"),
        (("decide", firms[0], "--as-of", "2023-13-01"), "not a day"),
        (("decide", firms[0], "--asked", "much"), "not an amount in yuan"),
        (("replay", "999999"), "there is no decision 999999"),
        (("studio", "check", "gold", "1"), "there is no product 'gold'"),
        (("studio", "check", "tax_credit", "9"), "there is no version 9"),
        (("case", "rule", "9999", "--no", "--why", "x"), "there is no case 9999"),
    ):
        with pytest.raises(BadInput, match=told):
            CliRunner().invoke(app, list(words), catch_exceptions=False)
