"""The documents are true: complete glossary, every dependency explained, every link leads somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def _direct_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    return {re.split(r"[\[<>=]", name)[0] for name in wanted}


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert explained == _direct_dependencies()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_requirement_has_hashes_and_no_registry(lock: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text().strip())
    assert len(entries) > 30
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in lock.read_text()


def test_the_glossary_has_both_languages_and_a_meaning() -> None:
    rows = re.findall(r"^\| (.+) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [[cell.strip() for cell in row.split("|")] for row in rows if not set(row) <= set("-| :")][1:]
    assert len(words) >= 50
    for row in words:
        assert len(row) == 4, row
        assert all(row), f"{row[0]}: English, Chinese, meaning and source are all needed"
        assert re.search(r"[\u4e00-\u9fff]", row[1]), f"{row[0]}: the second column is Chinese"
    names = [row[0].lower() for row in words]
    assert len(names) == len(set(names)), "one word per idea"
    assert names == sorted(names), "keep the glossary in alphabetical order"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_a_decision_is_one_page_with_a_quotable_line(page: Path) -> None:
    text = page.read_text()
    assert len(text.splitlines()) <= 60
    assert re.search(r"^> \S", text, re.MULTILINE), "give the decision in one line that can be quoted"


def test_the_readme_shows_a_decision_in_its_first_ten_lines() -> None:
    first = "\n".join((ROOT / "README.md").read_text().splitlines()[:10])
    assert re.search(r"approved|declined|referred", first)
    assert "because" in first
