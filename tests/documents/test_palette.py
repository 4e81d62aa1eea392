"""The palette is readable: contrast as WCAG 2.2 computes it (success criteria 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from puhui.documents.services import ROOM

TEXTS = ("ink", "muted", "accent", "good", "watch", "bad")
MARKS = (*(f"series{i}" for i in range(6)), *(f"grade{i}" for i in range(8)))


def palettes() -> dict[str, dict[str, str]]:
    css = (ROOM / "page.css").read_text()
    found = {}
    for theme, selector in (("light", r":root \{"), ("dark", r':root\[data-theme="dark"\] \{')):
        body = re.search(rf"^{selector}(.*?)^\}}", css, re.DOTALL | re.MULTILINE)
        assert body, f"page.css has no {theme} palette"
        found[theme] = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", body.group(1)))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_text_stands_out_from_its_ground(theme: str, ground: str) -> None:
    palette = palettes()[theme]
    weak = {name: contrast(palette[name], palette[ground]) for name in TEXTS}
    assert all(value >= 4.5 for value in weak.values()), weak


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_stand_out_from_the_paper(theme: str) -> None:
    palette = palettes()[theme]
    weak = {name: contrast(palette[name], palette["paper"]) for name in MARKS}
    assert all(value >= 3 for value in weak.values()), weak


def test_both_themes_name_the_same_colours() -> None:
    light, dark = palettes().values()
    assert light.keys() == dark.keys()
