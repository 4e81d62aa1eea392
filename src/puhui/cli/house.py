"""Verbs of the house itself: serve, work and bench."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from puhui.cli.showing import AsJson, open_book, print_json
from puhui.progress import Teller
from puhui.refusals import BadInput

app = typer.Typer()


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8000,
    report: Annotated[Path | None, typer.Option(help="A folder that `puhui strategy` has written.")] = None,
    worker: Annotated[bool, typer.Option(help="Also pull what is due and compact at night, in this process.")] = True,
    workers: Annotated[
        int, typer.Option(help="Processes that answer, at one door (default: one for each core).", min=0, max=64)
    ] = 0,
) -> None:
    """Serve the workbench on http://127.0.0.1:8000."""
    open_book()
    from puhui.web import server
    from puhui.web.workers import fitting

    server.serve(port, report, with_worker=worker, processes=workers or fitting())


@app.command()
def work(
    once: Annotated[bool, typer.Option(help="Do what waits and end.")] = False,
) -> None:
    """Do the jobs that wait and those that come by the clock, beside or without a serving process."""
    open_book()
    from puhui import jobs

    jobs.work(until_idle=once)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="What to measure: variables, channels, …")],
    big: Annotated[bool, typer.Option(help="Also the big size (variables: 55 M rows).")] = True,
    data: Annotated[Path, typer.Option(help="The public data set.", envvar="PUHUI_BENCH_DATA")] = Path(
        "../shared/data/cumcm2020c"
    ),
    minutes: Annotated[float, typer.Option(help="How long, where a bench lives random worlds (simulation).")] = 0,
    seed: Annotated[int, typer.Option(help="After which seed it begins, where a bench is random (simulation).")] = 0,
    as_json: AsJson = False,
) -> None:
    """Measure speed and memory side by side with a named peer, in the same run."""
    file = Path(__file__).parents[3] / "bench" / f"{name}.py"
    if not file.is_file():
        names = ", ".join(sorted(path.stem for path in file.parent.glob("[a-z]*.py"))) or "none: run it in a checkout"
        raise BadInput(f"there is no bench '{name}'", then=f"name one of: {names}")
    import inspect
    import runpy

    run = runpy.run_path(str(file))["run"]
    chosen = {key: value for key, value in {"minutes": minutes, "seed": seed}.items() if value}
    if unknown := chosen.keys() - inspect.signature(run).parameters.keys():
        raise BadInput(f"bench {name} has no {' and no '.join(sorted(unknown))}", then="leave that out")
    print_json(run(data, big=big, teller=Teller(quiet=as_json), **chosen))
