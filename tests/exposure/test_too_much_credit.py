"""Stories of firms that borrow everywhere: what the bureau says, the signs, what would be, and what a person sees."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from paper_firms import DAY, Firm, drawn, noon
from typer.testing import CliRunner

from puhui.channels import services as channels
from puhui.enterprises import selectors as firms
from puhui.enterprises import services as enterprises
from puhui.enterprises.belonging import belonging
from puhui.enterprises.graph import Graph, table
from puhui.exposure import elsewhere, explaining, headroom, nightly, places, selectors, ties, view
from puhui.exposure import services as exposure
from puhui.exposure.caps import Scope
from puhui.exposure.models import PlaceRow
from puhui.governance import services as governance
from puhui.governance.purposes import Basis, Purpose
from puhui.ids import EnterpriseId, RequestId, new_request
from puhui.money import Money, yuan
from puhui.refusals import Code, Refused

pytestmark = pytest.mark.usefixtures("book")
ONE, TWO = EnterpriseId("91512081MA62K0260E"), EnterpriseId("91330100MA2ABCDE0N")
HEAD = "enterprise,record_number,happened_on,kind,institution,opened_on,limit,balance,overdue,overdue_days,tier,"
HEAD += "counterparty"


def bureau(rows: list[str], folder: Path, *, agreed: bool = True, on: date = DAY) -> None:
    file = folder / f"{new_request()}.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n")
    channels.deliver("enterprise_bureau", file, on=on, by="a test")
    if agreed:
        agree_to_be_watched("enterprise_bureau")


def agree_to_be_watched(channel: str) -> None:
    governance.grant(
        [ONE, TWO],
        channels=[channel],
        purposes=[Purpose.MONITORING],
        basis=Basis.CONSENT,
        evidence="signed",
        valid_from=date(2020, 1, 1),
        request=new_request(),
        by="a test",
    )


def loan(firm: str, bank: str, opened: str, balance: str, on: str = "2026-03-31") -> str:
    return f"{firm},{bank}-{firm[:4]},{on},loan,{bank},{opened},,{balance},0,0,normal,"


def test_an_owner_who_stacks_loans_at_five_banks_is_referred(tmp_path: Path) -> None:
    mine = [loan(ONE, bank, "2026-01-10", "400000") for bank in ("Bank A", "Bank B", "Bank C")]
    sisters = [loan(TWO, bank, "2026-02-10", "300000") for bank in ("Bank D", "Bank E")]
    before = [loan(ONE, "Bank A", "2025-01-10", "200000", on="2025-09-20")]
    bureau([*mine, *sisters, *before], tmp_path)
    found = belonging(Graph(table([("owns", "P1", ONE, 9000), ("owns", "P1", TWO, 6000)])))
    exposure.regroup(found, request=RequestId("n"), on=DAY, at=noon(DAY), by="night", why="graph")
    there = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=DAY, on=DAY, by="a test")
    assert there.debt == yuan("1,200,000")
    signs = {each.name: each for each in explaining.signals(ONE, there, on=DAY)}
    assert signs.keys() == {"many_lenders", "debt_growing"}
    assert signs["many_lenders"].evidence["who"] == ["Bank A", "Bank B", "Bank C", "Bank D", "Bank E"]
    assert signs["debt_growing"].found == "500 %"


def test_nothing_of_other_banks_is_read_without_consent(tmp_path: Path) -> None:
    bureau([loan(ONE, "Bank A", "2026-01-10", "400000")], tmp_path, agreed=False)
    there = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=DAY, on=DAY, by="a test")
    assert there.refused["enterprise_bureau"].code is Code.NO_CONSENT
    assert (there.debt, there.lenders) == (Money(0), ())


def test_a_guarantee_whose_debtor_is_overdue_is_a_sign(tmp_path: Path) -> None:
    given = "{},G-1,{},guarantee_given,Bank A,2026-01-10,,400000,{},{},normal,{}"
    bureau([given.format(ONE, "2026-02-28", 0, 0, "E9"), given.format(ONE, "2026-03-31", 40000, 31, "E9")], tmp_path)
    there = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=DAY, on=DAY, by="a test")
    (sign,) = explaining.signals(ONE, there, on=DAY)
    assert (sign.name, sign.evidence["who"]) == ("guaranteed_overdue", ["E9"])
    for day, names in ((date(2026, 12, 1), ["guaranteed_overdue"]), (date(2027, 4, 1), [])):
        silent = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=day, on=day, by="a test")
        assert [sign.name for sign in explaining.signals(ONE, silent, on=day)] == names, "silence is no repayment"
    healed = given.format(ONE, "2026-04-30", 0, 0, "E9")
    bureau([healed], tmp_path, on=date(2026, 5, 2))
    may = date(2026, 5, 2)
    there = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=may, on=may, by="a test")
    assert there.guaranteed_overdue == (), "a report that it is paid heals it"


def test_a_loan_elsewhere_right_after_ours_and_applications_of_affiliates_are_signs(tmp_path: Path) -> None:
    firm = Firm(ONE, "500,000")
    later = date(2026, 4, 20)
    bureau([loan(ONE, "Bank A", "2026-04-11", "400000", on="2026-04-12")], tmp_path, on=later)
    exposure.place(ONE, owner="P1", request=RequestId("p1"), on=DAY, at=noon(DAY), by="a test")
    exposure.place("E2", owner="P1", request=RequestId("p2"), on=DAY, at=noon(DAY), by="a test")
    for number, (who, day) in enumerate([(ONE, 8), ("E2", 10), ("E2", 19)]):
        asked = RequestId(f"application {number}")
        exposure.note_application(who, yuan("1,000,000"), product="any_time", request=asked, on=date(2026, 4, day))
    there = elsewhere.elsewhere(ONE, purpose=Purpose.MONITORING, as_of=later, on=later, by="a test")
    signs = {each.name: each for each in explaining.signals(ONE, there, on=later)}
    assert signs.keys() == {"opened_after_ours", "stacked_applications"}
    assert signs["opened_after_ours"].evidence["opened"][0]["lender"] == "Bank A"
    assert [each["firm"] for each in signs["stacked_applications"].evidence["applications"]] == [ONE, "E2", "E2"]
    assert drawn(firm.draw("1")).facts["status"] == "active", "a sign calls a person, and refuses nothing"


def test_what_would_be_is_worked_out_and_nothing_is_written() -> None:
    Firm("E1", "2,000,000", group="G1")
    asked = {"product": "any_time", "as_of": DAY}
    fits = explaining.what_if(EnterpriseId("E1"), lend=yuan("4,000,000"), **asked)
    assert fits.after.exceeded == ()
    beyond = explaining.what_if(EnterpriseId("E1"), lend=yuan("6,000,000"), **asked)
    assert [each.rule for each in beyond.after.exceeded] == ["unsecured_client"]
    ties.keep(table([("guarantees", "E2", "E3", 0), ("guarantees", "E3", "E1", 0)]))
    round_trip = explaining.what_if(EnterpriseId("E1"), guarantee=(EnterpriseId("E2"), yuan("1")), **asked)
    assert round_trip.circle == ("E1", "E2", "E3", "E1")
    assert explaining.what_if(EnterpriseId("E1"), lend=yuan("0"), **asked).before == fits.before


def test_what_is_at_risk_is_summed_by_whoever_shares_it() -> None:
    first = Firm("E1", "2,000,000", group="G1", trade="construction")
    Firm("E2", "1,000,000", group="G1", trade="manufacturing")
    Firm("E3", "4,000,000")
    drawn(first.draw("500,000"))
    (group,) = view.at_risk(Scope.GROUP, on=DAY)
    assert (group.subject, group.firms, group.committed, group.drawn) == ("G1", 2, yuan("3,000,000"), yuan("500,000"))
    assert group.expected == yuan("1,500,000"), "two fifths of what is not drawn are expected to be"
    assert [row.subject for row in view.at_risk(Scope.FIRM, on=DAY)] == ["E3", "E1", "E2"]
    assert [row.subject for row in view.at_risk(Scope.TRADE, on=DAY, most=1)] == ["construction"]


def test_a_group_keeps_its_name_while_most_of_its_members_stay() -> None:
    def night(rows: list[tuple[str, str, str, int]], request: str) -> places.Regrouped:
        found = belonging(Graph(table(rows)))
        done = exposure.regroup(found, request=RequestId(request), on=DAY, at=noon(DAY), by="night", why="graph")
        assert not isinstance(done, Refused)
        return done

    night([("owns", "P", firm, 9000) for firm in ("E2", "E3", "E4")], "one")
    done = night([("owns", "P", firm, 9000) for firm in ("E1", "E2", "E3", "E4")], "two")
    assert done.moved == 1, "E1 has joined group E2; nobody else has moved"
    assert {row.subject for row in view.at_risk(Scope.GROUP, on=DAY)} == set()
    assert night([("owns", "P", firm, 9000) for firm in ("E3", "E4")], "three").moved == 2


def test_a_merge_counts_in_the_groups_of_the_next_night(tmp_path: Path) -> None:
    """What was known as two firms is one: its guarantees close a circle, and both its ids share one group's cap."""
    records = [{"source": "till", "record": "1", "code": ONE}, {"source": "till", "record": "2", "name": "旧名茶行"}]
    enterprises.link(pa.Table.from_pylist(records), on=DAY, by="a test")
    old = firms.firm_of("till", "2")
    assert old is not None
    given = "{},{},2026-03-31,guarantee_given,Bank A,2026-01-10,,400000,0,0,normal,{}"
    bureau([given.format(ONE, "G-1", TWO), given.format(TWO, "G-2", old)], tmp_path)

    def circle() -> set[str]:
        nightly.regroup_by_ties(on=DAY, at=noon(DAY), by="night", tell=lambda done, note="": None)
        return set(PlaceRow.objects.exclude(circle="").values_list("firm", flat=True))

    assert circle() == set()
    merged = enterprises.merge(ONE, old, reason="renamed", on=DAY, request=new_request(), by="a steward")
    assert not isinstance(merged, Refused)
    assert firms.to_recompute(nightly.EXPOSURE) == sorted([ONE, old])
    assert circle() == {ONE, TWO}
    assert ties.around(old) == [ties.Tie("same_firm", old, ONE, 0)], "its other ties stand under the firm's one id"
    groups = dict(PlaceRow.objects.values_list("firm", "group"))
    assert groups[ONE] == groups[old] != ""
    assert firms.to_recompute(nightly.EXPOSURE) == []
    enterprises.undo(merged.act, reason="two after all", on=DAY, request=new_request(), by="a steward")
    assert circle() == set()


def asked_in_the_terminal(monkeypatch: pytest.MonkeyPatch, firm: str) -> str:
    from puhui.cli import exposure as verbs
    from puhui.cli.verbs import app

    monkeypatch.setattr(verbs, "open_book", lambda: None)  # the test's own book is open
    monkeypatch.setattr(verbs.out, "width", 200)
    return CliRunner().invoke(app, ["exposure", firm, "--on", "2026-04-01"], catch_exceptions=False).stdout


def test_trade_and_region_are_those_of_the_registry_and_what_a_person_stated_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = Firm(ONE, "2,000,000")
    drawn(firm.draw("500,000"))
    exposure.place(TWO, trade="health", request=RequestId("said"), on=DAY, at=noon(DAY), by="a person")
    file = tmp_path / "registry.csv"
    head = "enterprise,record_number,happened_on,kind,name,capital,trade,address"
    file.write_text(f"{head}\n{ONE},R1,2020-01-01,identity,甲公司,1000000,批发零售,成都\n", encoding="utf-8")
    channels.deliver("registry", file, on=DAY, by="a test")
    agree_to_be_watched("registry")
    nightly.regroup_by_ties(on=DAY, at=noon(DAY), by="night", tell=lambda done, note="": None)
    caps = {(each.key.scope, each.key.subject): each for each in explaining_caps(ONE)}
    assert caps[Scope.TRADE, "wholesale_retail"].used == yuan("500,000"), "what was drawn before counts in its trade"
    assert caps[Scope.REGION, ONE[2:6]].used == yuan("500,000")
    places_now = dict(PlaceRow.objects.values_list("firm", "trade"))
    assert places_now == {ONE: "wholesale_retail", TWO: "health"}
    said = asked_in_the_terminal(monkeypatch, ONE)
    assert f"甲公司 ({ONE}), yuan" in " ".join(said.split()), "by its name, as far as it may be read"
    governance.withdraw(
        ONE, channel="registry", purpose=Purpose.MONITORING, on=date(2026, 4, 2), request=new_request(), by="a test"
    )
    said = asked_in_the_terminal(monkeypatch, ONE)
    assert "甲公司" not in said and ONE in said


def explaining_caps(firm: EnterpriseId) -> tuple[headroom.CapStanding, ...]:
    return selectors.headroom(firm, product="any_time", as_of=DAY).caps


def test_the_command_explains_a_firm_and_shows_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    from puhui.cli.verbs import app

    firm = Firm("E1", "2,000,000", group="G1")
    Firm("E2", "1,000,000", group="G1")
    drawn(firm.draw("500,000"))
    run = CliRunner()
    said = asked_in_the_terminal(monkeypatch, "E1")
    assert "binds" in said
    assert [line.split()[-1] for line in said.split("同一集团：")[1].splitlines()[1:3]] == ["E1", "E2"]
    as_json = run.invoke(app, ["exposure", "--top", "5", "--json", "--on", "2026-04-01"], catch_exceptions=False)
    assert json.loads(as_json.stdout)[0]["drawn"]["fen"] == 500_000_00
    what = run.invoke(
        app, ["exposure", "E1", "--what-if", "lend 9,000,000", "--on", "2026-04-01"], catch_exceptions=False
    )
    assert "Exceeded: firm E1 (unsecured)" in what.stdout
    wrong = run.invoke(app, ["exposure", "E1", "--what-if", "give 5"])
    assert "lend 2,000,000" in str(wrong.exception)
