"""Deciding, replaying and ruling from a terminal: what a loan officer reads, and what bad input is told."""

from __future__ import annotations

import json

import pytest
from small_bank import ON
from typer.testing import CliRunner, Result

from puhui.cli.verbs import app
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput

DAY = ON.isoformat()


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_decision_is_told_in_both_languages_and_replays(firms: list[EnterpriseId]) -> None:
    asked = ("decide", firms[0], "--product", "tax_credit", "--as-of", DAY, "--on", DAY)
    said = ran(*asked)
    assert said.exit_code == 0, said.output
    assert "转人工审核" in said.output, "nobody has consented, so a person must look"
    assert "why 理由:" in said.output
    number = json.loads(ran(*asked, "--json").stdout)["number"]
    replayed = ran("replay", str(number))
    assert replayed.exit_code == 0
    assert "the same bytes" in replayed.output


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
