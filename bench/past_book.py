"""Where do the showing's own models come from? `python bench/past_book.py` fits them, on loans of another world.

A bank in a box of 15 months has no loan whose year is over, so nothing can be learned from it. This makes the bank's
earlier book: a larger and longer world of another seed, delivered to a lake of its own, whose loans are followed for
a year; then each product's champion, challenger and shadow are fitted on what was known on the day of each loan. They
are written to `src/puhui/showcase/past`, with what they were learned from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FIRMS, MONTHS, SEED = 1_200, 30, 1_009
INTO = Path(__file__).resolve().parents[1] / "src" / "puhui" / "showcase" / "past"


def main() -> None:
    """Simulate in this process, learn in another one that has its own book."""
    from puhui.simulator import services

    with tempfile.TemporaryDirectory(prefix="puhui-past-") as folder:
        world = Path(folder) / "world"
        services.simulate(world, seed=SEED, firms=FIRMS, months=MONTHS)
        surroundings = {**os.environ, "PUHUI_HOME": str(Path(folder) / "home"), "PUHUI_DATABASE_URL": ""}
        subprocess.run([sys.executable, __file__, str(world)], env=surroundings, check=True)


def learn(world: Path) -> None:
    """Deliver the world, look up what was known of each loan, and fit every product's models."""
    from puhui import postgres
    from puhui.channels import selectors as lake
    from puhui.governance import services as governance
    from puhui.products import definition, scorers, training
    from puhui.showcase import deliver, past_loans
    from puhui.showcase.play import Play, read

    postgres.open_book()
    play = Play(read(world), "past book")
    deliver.STAGE.work(play, _silent)
    firms = sorted({firm for channel in play.world.channels for firm in lake.firms(channel)})
    governance.register_public_basis(
        firms, channels=play.world.channels, dataset="past", evidence="simulated", on=play.world.last, by=play.by
    )
    play.left["variables"] = firms
    loans = past_loans.known(play, _silent)
    INTO.mkdir(exist_ok=True)
    for product in definition.PRODUCTS:
        learned = training.learn(definition.load(product), loans)
        made = {"champion": learned.champion, "challenger": learned.challenger, "shadow": learned.shadow}
        texts = {role: scorers.text_of(model) for role, model in made.items() if model is not None}
        facts = learned.facts | {"world": {"firms": FIRMS, "months": MONTHS, "seed": SEED}}
        text = json.dumps({"facts": facts, "models": texts}, ensure_ascii=False, indent=1)
        (INTO / f"{product}.json").write_text(text + "\n", encoding="utf-8")
        print(product, json.dumps(facts), flush=True)


def _silent(done: float, note: str = "") -> None:
    print(f"{done:.2f} {note}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "puhui.settings")
    learn(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
