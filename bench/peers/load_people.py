"""People who use the house all at once, as locust plays them: enquire, quote, draw, repay, apply and be decided on."""

from __future__ import annotations

import itertools
import json
import os
import random
import uuid
from pathlib import Path

from locust import FastHttpUser, between, task

PLAN = json.loads(Path(os.environ["PUHUI_LOAD_PLAN"]).read_text())
OWNERS = itertools.cycle(PLAN["owners"])


class Owner(FastHttpUser):
    """One owner with a line; now and then it applies for another, is decided on, and takes the application back."""

    wait_time = between(0.05, 0.3)

    def on_start(self) -> None:
        self.me = next(OWNERS)
        self.drawn = 0

    def call(self, method: str, path: str, name: str, body: dict | None = None, fine: tuple[int, ...] = (200, 201)):
        headers = {"Authorization": f"Bearer {self.me['token']}", "Business-Date": PLAN["on"]}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        with self.client.request(
            method, f"/api/v1{path}", json=body, headers=headers, name=name, catch_response=True
        ) as answer:
            if answer.status_code in fine:
                answer.success()
                return answer.json()
            answer.failure(f"{answer.status_code} {(answer.text or '')[:200]}")
        return None

    @task(8)
    def enquire(self) -> None:
        self.call("GET", f"/facilities/{self.me['facility']}", "enquire")

    @task(3)
    def quote(self) -> None:
        self.call("GET", f"/facilities/{self.me['facility']}/quote?on={PLAN['on']}", "quote")

    @task(4)
    def draw_and_repay(self) -> None:
        fen = random.randrange(100, 100_000)
        asked = {"amount_fen": fen, "purpose": "stock", "payee": "a supplier"}
        if self.call("POST", f"/facilities/{self.me['facility']}/draws", "draw", asked):
            self.call("POST", f"/facilities/{self.me['facility']}/repayments", "repay", {"amount_fen": fen})

    @task(2)
    def apply_and_be_decided(self) -> None:
        asked = {"product": random.choice(PLAN["products"])}
        made = self.call("POST", f"/firms/{self.me['firm']}/applications", "apply", asked, (201, 422, 409))
        if not made or "number" not in made:
            return
        at = f"/applications/{made['number']}"
        self.call("POST", f"{at}/consent", "consent", {"evidence": "pressed the button"})
        self.call("POST", f"{at}/advance", "decide")
        self.call("POST", f"{at}/withdrawal", "withdraw", {"why": "only looking"})
