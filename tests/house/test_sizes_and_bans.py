"""The house style that fails: sizes, names, bans, docstrings. Read CONTRIBUTING.md for the why."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "puhui"
FILES = sorted(path for path in SOURCE.rglob("*.py") if not {"migrations", "node_modules"} & set(path.parts))
ROOMS = sorted(path.parent for path in SOURCE.glob("*/__init__.py"))


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_is_short_and_says_what_it_promises(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 500, "split this file by meaning"
    assert path.stem not in {"utils", "common", "helpers", "base", "manager", "kit"}, "name the file by what it holds"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module begins with what it promises and refuses"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_functions_are_short_and_public_ones_say_what_they_do(path: Path) -> None:
    for node in _functions(path):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        assert lines <= 70, f"{node.name} has {lines} lines: split it"
        if not node.name.startswith("_") and path.name in {"services.py", "selectors.py"}:
            assert ast.get_docstring(node), f"{node.name} is public in its room: give it a docstring"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_says_what_it_promises_and_refuses(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text())
    said = (ast.get_docstring(tree) or "").lower()
    assert "promise" in said, "say what the room promises"
    assert "refuse" in said, "say what the room refuses"
    assert len(tree.body) == 1, "a room's __init__ holds its docstring and no logic"


BANS = {
    r"\b(date\.today|datetime\.now|datetime\.utcnow|time\.time)\(": ({"days.py"}, "only days.py reads the clock"),
    r"^\s*print\(": ({"cli"}, "only the command line prints"),
    r"\b(TODO|FIXME|XXX)\b|NotImplementedError": (set(), "finish it, or say in an issue what is missing"),
    r"\bimport (requests|urllib\.request|httpx)\b": (set(), "nothing is downloaded at run time"),
}


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_what_is_banned_is_not_there(path: Path) -> None:
    for pattern, (exempt, why) in BANS.items():
        if not {path.name, path.parent.name} & exempt:
            found = re.search(pattern, path.read_text(), re.MULTILINE)
            assert not found, f"{found and found.group().strip()}: {why}"


@pytest.mark.parametrize("name", ["money.py", "products/terms.py"])
def test_money_and_terms_are_exact(name: str) -> None:
    assert not re.search(r"\bfloat\(|: float\b|-> float\b", (SOURCE / name).read_text()), "money and rates are exact"


def test_files_have_a_readable_size() -> None:
    sizes = sorted(len(path.read_text().splitlines()) for path in FILES if path.name != "__init__.py")
    assert sizes[len(sizes) // 2] <= 250, "the median file is too long to hold in the head"


def test_the_repository_names_no_machine_and_no_registry() -> None:
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "npmjs" + r"\.(com|org)"])
    path_of_a_machine = r"(^|[\s\"'=(])/(home|Users|work|root)/\w"
    resolved = r'"resolved":\s*"http'
    for path in _tracked():
        if path.suffix in {".png", ".woff2", ".ico"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        for pattern in (hosts, path_of_a_machine, resolved):
            found = re.search(pattern, text, re.MULTILINE)
            assert not found, f"{_name(path)} names {found and found.group().strip()}"


def test_imports_point_one_way() -> None:
    run = subprocess.run([ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
