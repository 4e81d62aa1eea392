"""The products' verbs: versions and models under four eyes, and `strategy`, from raw invoices to many decisions."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter

import pyarrow as pa
import pyarrow.compute as pc

from puhui import days
from puhui.channels import selectors as channels
from puhui.channels import services as delivering
from puhui.governance import services as governance
from puhui.governance.purposes import Purpose
from puhui.ids import digest
from puhui.money import FEN_PER_YUAN, Money
from puhui.products import cases, dataset, definition, graph, papers, report, running, terms
from puhui.products import shock as shocks
from puhui.products.dataset import DataSet
from puhui.products.planning import Case, Desk, Plan, make_plan
from puhui.products.values import Outcome, StrategyRun, StrategySummary
from puhui.products.versions import (
    catalogue_texts,
    draft,
    examine,
    give_role,
    go_live,
    install,
    keep,
    keep_model,
    note_tested,
    propose,
    propose_retirement,
    propose_role,
    retire,
)
from puhui.progress import Step, Teller
from puhui.refusals import BadInput, Code, Refused
from puhui.scoring import services as scoring
from puhui.scoring.values import Fitted
from puhui.variables import services as variables
from puhui.variables.registry import CHANNELS

__all__ = [
    "catalogue_texts",
    "draft",
    "examine",
    "give_role",
    "go_live",
    "install",
    "keep",
    "keep_model",
    "note_tested",
    "propose",
    "propose_retirement",
    "propose_role",
    "retire",
    "strategy",
]
PRODUCT = "invoice_credit"
CHANNEL = "vat_invoices"
VARIABLES = CHANNELS[CHANNEL]
DEFAULTED = "defaulted"
DAYS_KNOWN = "vat_days_since_last_sale"


def strategy(
    data: Path,
    budget: Money,
    out: Path,
    *,
    shock: str = "epidemic-2020",
    on: date,
    teller: Teller | None = None,
    by: str = "puhui",
) -> StrategySummary:
    """Decide on the firms without records of a data set: whom to lend to, how much and at what rate.

    Delivers the set's invoices, computes variables, learns from the firms with records (never seeing the bank's
    own rating), decides by the product's graph, allocates the budget, and does it again under a named shock. Writes
    `decisions.csv`, `summary.json` and `report.html` into `out`, all or none.

    Everything is decided as of the set's last day, or of `on` when that comes first, under the terms of that day.
    Raises BadInput for a folder, a budget or a shock that cannot be used, before anything is delivered.
    """
    started, teller = perf_counter(), teller or Teller(quiet=True)
    with teller.step("look at the data set"):
        scenario = shocks.load(shock)
        _require_budget(budget, on)
        found = dataset.find(data)
        papers.require_writable(out)
    _deliver(found, teller, by=by)
    with teller.step("compute variables"):
        table, as_of = _variables(found, on, by=by)
    with teller.step(f"learn from {len(found.known)} firms") as tell:
        fitted = _learn(found, table, tell)
    with teller.step(f"decide on {len(found.fresh)} firms, twice"):
        desk = Desk(graph.load(terms.load(PRODUCT, on=as_of)), found.churn)
        read, floor = definition.load(PRODUCT).facts, float(desk.terms.number("pd_floor"))
        ready = cases.build(found.fresh, table, fitted.champion, read=read, pd_floor=floor)
        before = _planned(ready, desk, budget)
        after = _planned([shocks.struck(case, scenario) for case in ready], desk, budget)
        run = running.assemble(
            found,
            fitted,
            desk,
            scenario,
            before=before,
            after=after,
            on=on,
            as_of=as_of,
            seconds_by_step=teller.seconds,
        )
    with teller.step("write the papers"):
        summary = papers.write(
            run, out, summarise=lambda: _summary(run, out, started, teller.seconds), report=report.write
        )
    _record(run, summary, by=by)
    return summary


def _require_budget(budget: Money, on: date) -> None:
    least = terms.load(PRODUCT, on=on).whole("loan_least_yuan")
    if budget.fen < least * FEN_PER_YUAN:
        _turn_down(Refused(Code.BUDGET_TOO_SMALL, {"budget": budget, "smallest_loan": Money(least * FEN_PER_YUAN)}))


def _turn_down(refused: Refused) -> None:
    """A batch job has no customer to be told a refusal: whoever started it gave an input that cannot be used."""
    raise BadInput(str(refused), then="give a budget of at least one smallest loan") from None


def _deliver(found: DataSet, teller: Teller, *, by: str) -> None:
    """Bring the four files in and state that the set is public. Both are acts of today, whatever day is decided on."""
    today = days.today()
    for path in found.invoices:
        with teller.step(f"deliver {path.name}") as tell:
            delivering.deliver(CHANNEL, path, source=found.name, on=today, history=True, by=by, tell=tell)
    governance.register_public_basis(
        [firm.enterprise for firm in found.firms],
        channels=[CHANNEL],
        dataset=found.name,
        evidence=f"published data set {found.name}, read for research",
        on=today,
        by=by,
    )


def _variables(found: DataSet, on: date, *, by: str) -> tuple[pa.Table, date]:
    """All variables of all firms, a row a firm, and the day that they tell of."""
    firms = [firm.enterprise for firm in found.firms]
    rows = channels.rows(CHANNEL, firms, purpose=Purpose.RESEARCH, as_of=on, by=by)
    if isinstance(rows, Refused):
        raise BadInput(str(rows), then="register the public data set anew, or ask the firms for their consent")
    mine = rows.filter(rows.source == found.name)
    last = mine.happened_on.max().to_pyarrow().as_py()
    if last is None:
        raise BadInput(
            f"no invoice of {found.name} was accepted up to {on}",
            then="ask for a later day with --on, or look at what is in quarantine",
        )
    return variables.compute(mine, VARIABLES, last, firms=firms), last


def _learn(found: DataSet, table: pa.Table, tell: Step) -> Fitted:
    """Fit on the firms with records that have sales on record: of the others there is nothing to learn from."""
    outcome = {str(firm.enterprise): firm.defaulted for firm in found.known}
    known = table.filter(pc.is_in(table["enterprise"], value_set=pa.array(list(outcome))))
    known = known.filter(pc.is_valid(known[DAYS_KNOWN]))
    defaulted = pa.array([int(bool(outcome[firm])) for firm in known["enterprise"].to_pylist()], pa.int64())
    return scoring.fit(
        known.drop_columns("enterprise").append_column(DEFAULTED, defaulted),
        target=DEFAULTED,
        worse_when={variable.name: variable.worse_when for variable in VARIABLES if variable.worse_when},
        labels={variable.name: variable.label for variable in VARIABLES},
        tell=tell,
    )


def _planned(ready: Sequence[Case], desk: Desk, budget: Money) -> Plan:
    plan = make_plan(ready, desk, budget_yuan=budget.fen // FEN_PER_YUAN)
    assert isinstance(plan, Plan), "the budget has been looked at before"
    return plan


def _summary(run: StrategyRun, out: Path, started: float, by_step: Mapping[str, float]) -> StrategySummary:
    shocked = run.shock
    return StrategySummary(
        enterprises=len(run.firms),
        lent_to=len(run.allocation.offers),
        budget_yuan=run.allocation.budget_yuan,
        allocated_yuan=run.allocation.allocated_yuan,
        expected_profit_yuan=round(run.allocation.expected_profit_yuan, 2),
        upper_bound_yuan=round(run.allocation.upper_bound_yuan, 2),
        gap=run.allocation.gap,
        auc_cv=asdict(run.model.auc),
        ks=run.model.ks,
        brier=run.model.brier,
        seconds=round(perf_counter() - started, 2),
        peak_rss_mb=round(_peak_rss_mb(), 1),
        shock={
            "name": shocked.name,
            "lent_to": len(shocked.allocation.offers),
            "allocated_yuan": shocked.allocation.allocated_yuan,
            "expected_profit_yuan": round(shocked.allocation.expected_profit_yuan, 2),
            "upper_bound_yuan": round(shocked.allocation.upper_bound_yuan, 2),
            "gap": shocked.allocation.gap,
            "old_plan_profit_yuan": round(shocked.old_plan_profit_yuan, 2),
            "cut_plan_profit_yuan": round(shocked.cut_plan_profit_yuan, 2),
            "prudence_cost_yuan": round(shocked.prudence_cost_yuan, 2),
            "worth_of_adapting_yuan": round(shocked.worth_of_adapting_yuan, 2),
            "changes": dict(shocked.changes),
        },
        outcomes={str(kind): sum(firm.outcome is kind for firm in run.firms) for kind in Outcome},
        dataset=run.dataset,
        as_of=run.as_of.isoformat(),
        expected_taken_yuan=round(run.allocation.expected_taken_yuan, 2),
        seconds_by_step={step: round(seconds, 2) for step, seconds in by_step.items()},
        report=str(out / papers.REPORT),
    )


def _peak_rss_mb() -> float:
    """The most memory this process has held, in MB (Linux counts in KB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def _record(run: StrategyRun, summary: StrategySummary, *, by: str) -> None:
    """One record of the audit chain for the run, with a hash over all its decisions."""
    decided = digest(repr(sorted(papers.row_of(firm).items())).encode() for firm in run.firms)
    body = {
        "dataset": run.dataset,
        "as_of": run.as_of.isoformat(),
        "graph": run.graph_sha256,
        "decisions": decided,
        "lent_to": summary.lent_to,
        "allocated_yuan": summary.allocated_yuan,
    }
    governance.record("strategy", run.dataset, body, by=by)
