"""Every text of the pages has its Chinese, and the catalogue holds no other."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "words"


@pytest.fixture(scope="module")
def words() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("words_of_the_pages", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("words_of_the_pages", loader))
    loader.exec_module(module)
    return module


def test_every_text_has_its_chinese(words: ModuleType) -> None:
    known = words.known()
    missing = []
    for message, context in words.said():
        ids = message if isinstance(message, str) else tuple(part for part in message if part)
        found = known.get(ids, context)
        if found is None or found.fuzzy or not (found.string if isinstance(found.string, str) else all(found.string)):
            missing.append(ids)
    assert not missing, f"run `make words`, then say these in Chinese: {missing}"


def test_the_catalogue_holds_nothing_that_no_page_says(words: ModuleType) -> None:
    said = {message if isinstance(message, str) else message[0] for message, _ in words.said()}
    kept = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in words.known() if entry.id}
    assert kept == said


def test_a_text_and_its_chinese_name_the_same_values(words: ModuleType) -> None:
    for entry in words.known():
        if not entry.id:
            continue
        english = entry.id if isinstance(entry.id, str) else entry.id[-1]
        chinese = entry.string if isinstance(entry.string, str) else entry.string[0]
        assert set(re.findall(r"%\(\w+\)s", english)) == set(re.findall(r"%\(\w+\)s", chinese)), english
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
