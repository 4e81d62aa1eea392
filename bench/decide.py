"""How long does a decision take, and does it replay? `puhui bench decide --json`.

A world of thirty firms over 60 months goes through every channel into a lake of its own. Firms are decided on in this
process, evidence kept, as an application does it, first where no values stand ready, then where they do; beside each
decision, in the same run, stand the bare evaluation of its graph by the rules engine and the bare read of the same
variables from the lake. Then a thousand more are made, with the memory held before and after; a thousand are replayed
after the champion and the product have changed, and a back-test works them all out again. Last,
every firm applies for every product over HTTP, to two processes at one door: apply, consent, decide, offer.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

from puhui.progress import Teller

FIRMS, MONTHS, SEED = 30, 61, 7
UNREADY, TIMED, REPLAYED, WARM = 23, 103, 1_000, 3
PROCESSES, OWNERS = 2, 4  # that serve, and that ask at once
PRODUCT = "tax_credit"


def run(data: Path, *, big: bool, teller: Teller) -> dict[str, Any]:
    """Simulate, deliver, decide, replay; milliseconds by their quantiles. `data` is not read."""
    with tempfile.TemporaryDirectory(prefix="puhui-decide-") as folder:
        from puhui.simulator import services

        world = Path(folder) / "world"
        with teller.step(f"simulate {FIRMS} firms × {MONTHS} months") as tell:
            services.simulate(world, seed=SEED, firms=FIRMS, months=MONTHS, first=date(2019, 12, 1), tell=tell)
        with teller.step("deliver, decide, replay"):
            surroundings = {**os.environ, "PUHUI_HOME": str(Path(folder) / "home"), "PUHUI_DATABASE_URL": ""}
            surroundings |= {"PUHUI_CALLS_A_MINUTE": "1000000", "PUHUI_DEMO": "1"}  # so that a call may name its day
            command = [sys.executable, str(Path(__file__).resolve()), str(world)]
            done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"the bench could not decide:\n{done.stderr}"
            return json.loads(done.stdout)


def measure(world: Path) -> dict[str, Any]:
    """The figures, in a book and a lake of this process's own."""
    from puhui.approval import selectors, services
    from puhui.channels import services as delivering
    from puhui.governance import services as governance
    from puhui.governance.purposes import Basis, Purpose
    from puhui.ids import EnterpriseId, RequestId
    from puhui.showcase.play import read
    from puhui.variables import ready

    played = read(world)
    on = played.last
    at = datetime.combine(on, time(4), UTC)
    for each in played.deliveries:
        delivering.deliver(each.channel, each.file, source=each.channel, on=each.arrives, by="bench")
    for channel in played.channels:
        delivering.compact(channel, by="bench", at=at + timedelta(days=1))
    from puhui.channels import selectors as lake

    firms = [EnterpriseId(firm) for firm in lake.firms("tax_filings")]
    governance.grant(
        firms, channels=played.channels, purposes=[Purpose.CREDIT_DECISION], basis=Basis.CONSENT, evidence="bench",
        valid_from=date(2019, 1, 1), request=RequestId("bench"), by="bench",
    )  # fmt: skip
    _model(at)
    at_once = _timed(firms, on, at, turns=range(UNREADY))
    began = perf_counter()
    ready.make_ready(firms, purpose=Purpose.CREDIT_DECISION, as_of=on, on=on, by="bench")
    each_ready = (perf_counter() - began) / len(firms)
    timed = _timed(firms, on, at, turns=range(UNREADY, UNREADY + TIMED))
    held = _more(firms, REPLAYED, on, at)
    drafted = _changed(at)
    numbers = [each.number for each in selectors.decisions(count=REPLAYED)]
    started = perf_counter()
    same = sum(services.replay(number).same for number in numbers)
    replaying = perf_counter() - started
    tested = services.backtest(PRODUCT, drafted, on=on, by="bench", request=RequestId("test"), at=at)
    return {
        "firms": len(firms), "months": MONTHS, "channels": len(played.channels), "product": PRODUCT,
        "ms": {name: _spread(its) for name, its in timed.items()},
        "ms_where_nothing_stands_ready": _spread(at_once["decide"]), "ms_to_make_one_ready": round(each_ready * 1e3, 1),
        "decide_to_bare_read": round(statistics.median(timed["decide"]) / statistics.median(timed["bare_read"]), 2),
        "replayed": len(numbers), "identical": same, "replays_per_second": round(len(numbers) / replaying, 1),
        "backtest_per_second": tested.per_second, "backtested": tested.applications,
        "over_http": _over_http(firms, on),
        "memory_mb": held, "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1),
    }  # fmt: skip


def _timed(firms: list[Any], on: date, at: datetime, *, turns: range) -> dict[str, list[float]]:
    """Decisions on one firm after another, and what stands beside each; the first `WARM` are not counted."""
    timed: dict[str, list[float]] = {"decide": [], "bare_read": [], "bare_graph": []}
    for turn in turns:
        found = _one(firms[turn % len(firms)], on, at, turn)
        if turn >= turns[WARM]:
            for name, ms in found.items():
                timed[name].append(ms)
    return timed


def _more(firms: list[Any], count: int, on: date, at: datetime) -> dict[str, float]:
    """Further decisions, each on another amount, to be replayed with the timed ones: what memory is held before and
    after them, in MB, and what of it a decision.
    """
    from dataclasses import replace

    from puhui.approval import services
    from puhui.ids import RequestId

    before = _held_mb()
    for turn in range(count):
        asked = replace(_question(firms[turn % len(firms)], on), asked_fen=(20 + turn) * 10_000_00)
        services.decide(asked, request=RequestId(f"more-{turn}"), at=at)
    after = _held_mb()
    return {"decisions": count, "before": before, "after": after, "a_decision": round((after - before) / count, 4)}


def _held_mb() -> float:
    """What memory this process holds now."""
    gc.collect()
    return round(psutil.Process().memory_info().rss / 2**20, 1)


def _one(firm: Any, on: date, at: datetime, turn: int) -> dict[str, float]:
    """A decision, the bare read of its variables, and the bare evaluation of its graph, in milliseconds."""
    from puhui.approval import gathering, selectors, services
    from puhui.governance.purposes import Purpose
    from puhui.ids import RequestId
    from puhui.products import selectors as products
    from puhui.variables import selectors as variables
    from puhui.variables.registry import named

    started = perf_counter()
    made = services.decide(_question(firm, on), request=RequestId(f"bench-{turn}"), at=at)
    decided = perf_counter()
    ready = products.live(PRODUCT, on=on, firm=firm)
    names = gathering.needed(gathering.bench(ready, on=on))
    facts = selectors.evidence(made.number)["answer"]["facts"]
    before = perf_counter()
    variables.values_of_one(firm, purpose=Purpose.CREDIT_DECISION, as_of=on, variables=named(names), on=on, by="bench")
    read = perf_counter()
    ready.graph.decide(facts)
    done = perf_counter()
    return {"decide": (decided - started) * 1e3, "bare_read": (read - before) * 1e3, "bare_graph": (done - read) * 1e3}


def _over_http(firms: list[Any], on: date) -> dict[str, Any]:
    """Every firm applies for every product; a decision's time is that of the call that decides and makes the offer."""
    from concurrent.futures import ThreadPoolExecutor

    from puhui.governance import selectors as governing
    from puhui.products.definition import PRODUCTS

    token = _owner(firms)
    served = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        port = int(served.stdout.readline().partition("127.0.0.1:")[2].split()[0])
        asked = [(firm, product) for product in PRODUCTS for firm in firms]
        with ThreadPoolExecutor(OWNERS) as pool:
            ask = lambda one: _applied(port, token, *one, on)  # noqa: E731
            warm, asked = asked[: WARM * PROCESSES], asked[WARM * PROCESSES :]  # each process loads its engines once
            list(pool.map(ask, warm))
            before, began = governing.last_number(), perf_counter()
            told = list(pool.map(ask, asked))
            seconds = perf_counter() - began
    finally:
        served.terminate()
        served.wait()
    outcomes = [outcome for outcome, _ in told]
    return {
        "decisions": len(told), "decisions_per_second": round(len(told) / seconds, 1), "processes": PROCESSES,
        "ms_of_the_deciding_call": _spread([ms for _, ms in told]),
        **{name: outcomes.count(name) for name in sorted(set(outcomes))},
        "records_of_the_audit_chain": governing.last_number() - before,
    }  # fmt: skip


def _owner(firms: list[Any]) -> str:
    """An owner who controls every firm, and a token."""
    from puhui import days
    from puhui.governance import tokens, users
    from puhui.governance.access import Role
    from puhui.governance.models import Control, User
    from puhui.ids import new_request

    users.add_user("owner", role=Role.BORROWER, email="owner@demo.invalid", by="bench")
    user = User.objects.get(name="owner")
    for firm in firms:
        Control.objects.create(user=user, enterprise=firm, evidence="bench", at=days.now(), request=new_request())
    scopes = [tokens.Scope.READ, tokens.Scope.DATA, tokens.Scope.CREDIT]
    made = tokens.issue("owner", label="bench", scopes=scopes, lasts=timedelta(days=1), at=days.now(), by="bench")
    return made.token


def _applied(port: int, token: str, firm: Any, product: str, on: date) -> tuple[str, float]:
    """One application to its decision: what came of it, and the milliseconds of the call that decided."""
    from puhui.showcase.over_http import Phone

    owner = Phone(port, token, on)
    begun = owner.post(f"/firms/{firm}/applications", {"product": product, "asked_fen": 200_000_00, "property": ""})
    at = f"/applications/{begun['number']}"
    owner.post(f"{at}/consent", {"evidence": "pressed the button"})
    began = perf_counter()
    found = owner.post(f"{at}/advance")
    ms = (perf_counter() - began) * 1e3
    return ("approved" if found["status"] == "offered" else found["facts"]["outcome"]), ms


def _serve() -> None:
    """Serve the house as `puhui serve` does, until told to stop; where is told on standard output."""
    from puhui.web import server

    server.serve(0, None, lambda said: print(said, flush=True), processes=PROCESSES)


def _question(firm: Any, on: date) -> Any:
    from puhui.approval.services import Question

    return Question(firm, PRODUCT, on, on, "bench")


def _model(at: datetime, shift: float = 0.0) -> None:
    """A scorecard that reads a variable of every channel of the product, in its role by two people."""
    import numpy as np

    from puhui.governance import services as governance
    from puhui.ids import RequestId
    from puhui.products import selectors as products
    from puhui.products import services as versions
    from puhui.products.lifecycle import Role
    from puhui.scoring.additive import Additive, Cuts, Term

    names = products.definition_of(PRODUCT).scored_on
    terms = tuple(Term((Cuts(name, (0.0, 10.0)),), np.array([0.0, 0.02, 0.0, -0.02 + shift]), 0.0) for name in names)
    versions.install(at=at)
    for role in Role:
        name = RequestId(f"bench-{role}-{shift}")
        model = Additive("defaulted", "1", -3.8 - len(role) / 100, terms)
        kept = versions.keep_model(PRODUCT, model, facts={}, by="a", request=name, at=at)
        proposed = versions.propose_role(
            PRODUCT, kept.number, role, since=date(2019, 1, 1), why="bench", by="a", request=name, at=at
        )
        governance.judge(proposed.number, agrees=True, why="", by="b", request=name, at=at)
        versions.give_role(proposed.number, by="b", request=name, at=at)


def _changed(at: datetime) -> int:
    """Another champion, and another version of the product: what replays must not notice."""
    from puhui.ids import RequestId
    from puhui.products import services as versions

    _model(at, shift=0.01)
    texts = versions.catalogue_texts(PRODUCT)
    terms = texts.terms.replace('"value": 3000000', '"value": 300000')
    named = RequestId("bench-draft")
    return versions.draft(PRODUCT, terms_text=terms, why="bench", by="a", request=named, at=at).number


def _spread(ms: list[float]) -> dict[str, float]:
    ordered = sorted(ms)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
    from puhui import postgres

    postgres.open_book()
    if sys.argv[1] == "serve":
        _serve()
    else:
        print(json.dumps(measure(Path(sys.argv[1]))))
