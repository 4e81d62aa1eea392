"""The page, in a real browser: it draws, sorts, filters, speaks both languages and asks nothing of the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import example_document as example
from puhui.documents import services
from puhui.refusals import NotReady

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("document") / "page.html"
    services.write(example.document(), path)
    return path


@contextmanager
def opened(
    browser: Browser, path: Path, *, anchor: str = "", size: dict[str, int] | None = None, **kind: str
) -> Iterator[Page]:
    """The page, with every error and every request that leaves it held against it."""
    context = browser.new_context(viewport=size or DESK, **({"locale": "en-GB"} | kind))
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(f"a script ran: {dialog.message}"))
    page.on(
        "request", lambda asked: None if asked.url.startswith((path.as_uri(), "data:")) else wrong.append(asked.url)
    )
    page.goto(path.as_uri() + anchor)
    yield page
    context.close()
    assert not wrong, wrong


def draw_all(page: Page) -> None:
    """Plots are drawn when they come near the screen."""
    for area in page.locator(".plot-area").all():
        area.scroll_into_view_if_needed()
        expect(area.locator("svg")).to_have_count(1)


def test_every_plot_is_drawn_and_has_words(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        draw_all(page)
        for area in page.locator(".plot-area").all():
            assert area.get_attribute("aria-label"), "a plot says what it shows"
            assert area.get_attribute("role") == "img"
            assert area.locator("svg path, svg rect, svg circle").count() > 2


def test_a_plot_speaks_the_language_of_the_page(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        draw_all(page)
        roc = page.locator(".plot-area").first
        expect(roc.locator("svg")).to_contain_text("Defaulters caught")
        page.get_by_role("button", name="中文").click()
        expect(roc.locator("svg")).to_contain_text("识别出的违约企业占比")
        assert "ROC 曲线" in (roc.get_attribute("aria-label") or "")


def test_the_language_switches_whole_and_is_remembered(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.title() == "Every block"
        expect(page.get_by_role("heading", level=1)).to_have_text("Every block", use_inner_text=True)
        page.get_by_role("button", name="中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        assert page.title() == "全部版块"
        expect(page.get_by_role("heading", level=1)).to_have_text("全部版块", use_inner_text=True)
        expect(page.get_by_text("For tests.", exact=True)).to_be_hidden()
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("全部版块", use_inner_text=True)


def test_a_chinese_reader_is_met_in_chinese(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, locale="zh-CN") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("全部版块", use_inner_text=True)
        assert "9,850万" in page.locator(".figures").inner_text()


def test_the_theme_follows_the_reader_and_the_switch(browser: Browser, page_file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with opened(browser, page_file, color_scheme="dark") as page:
        dark = page.evaluate(ground)
        page.get_by_role("button", name="Light or dark").click()
        light = page.evaluate(ground)
        assert (dark, light) == ("rgb(20, 23, 26)", "rgb(253, 252, 249)")
        page.reload()
        assert page.evaluate(ground) == light


def test_the_table_sorts_by_number_and_by_text(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        first = page.locator("tbody tr.row:visible").first
        page.get_by_role("button", name="Limit").click()
        expect(first).to_contain_text("59,000")
        page.get_by_role("button", name="Limit").click()
        expect(first).to_contain_text("1,000")
        expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
        expect(page.locator("tbody tr.row").last).to_contain_text("E0")  # the missing limit stays last
        page.get_by_role("button", name="Firm", exact=True).click()
        assert page.locator("tbody tr.row").nth(2).inner_text().split()[0] == "E2", "E2 comes before E10"


def test_the_table_searches_and_filters(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        visible = page.locator("tbody tr.row:visible")
        expect(visible).to_have_count(20)
        page.get_by_role("button", name="Show 40 more").click()
        expect(visible).to_have_count(example.FIRMS)
        page.get_by_label("Outcome").select_option("Declined")
        expect(page.locator(".shown")).to_have_text("20 of 60 rows")
        page.get_by_label("Search").fill("e3")
        assert [row.split()[0] for row in visible.all_inner_texts()] == ["E3", "E30", "E33", "E36", "E39"]
        page.get_by_role("button", name="中文").click()
        expect(page.locator(".shown")).to_have_text("60 行中的 5 行")
        page.get_by_label("搜索").fill("nothing like this")
        expect(visible).to_have_count(0)
        expect(page.locator(".nothing")).to_be_visible()


def test_a_row_opens_by_keyboard_and_shows_what_stands_in_it_as_text(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        button = page.get_by_role("button", name="Details of E4", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        details = page.locator("tr.details")
        expect(details).to_contain_text(example.HOSTILE)
        expect(details.locator(".facts dd.strong")).to_have_text("50,000 yuan", use_inner_text=True)
        expect(details.locator(".bar.worse")).to_have_count(1)
        assert page.locator("img").count() == 0
        page.keyboard.press("Enter")
        expect(details).to_have_count(0)


def test_a_link_to_a_row_opens_it(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file, anchor="#E55") as page:
        expect(page.locator("tr.details")).to_have_count(1)
        expect(page.locator("#E55")).to_be_in_viewport()


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_a_phone_never_scrolls_sideways(browser: Browser, page_file: Path, language: str) -> None:
    with opened(browser, page_file, size=PHONE, locale=language) as page:
        draw_all(page)
        page.locator("tr.row td.opener button").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_paper_gets_every_row_and_every_plot(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        expect(page.locator(".plot-area svg")).to_have_count(len(example.all_plots()))
        expect(page.locator("tbody tr.row:visible")).to_have_count(example.FIRMS)
        expect(page.locator(".switches")).to_be_hidden()


def test_everything_that_acts_has_a_name(browser: Browser, page_file: Path) -> None:
    with opened(browser, page_file) as page:
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, a, [role], nav")]
                .filter((e) => e.checkVisibility() && !e.textContent.trim() && !e.ariaLabel && !e.labels?.length)
                .map((e) => e.outerHTML)"""
        )
        assert nameless == []
        levels = page.evaluate("[...document.querySelectorAll('h1, h2')].map((h) => h.tagName)")
        assert levels == ["H1", "H2", "H2", "H2"]
        repeated = page.evaluate(
            "() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);"
            " return ids.length - new Set(ids).size }"
        )
        assert repeated == 0


def test_a_page_allows_only_its_own_scripts(page_file: Path) -> None:
    text = page_file.read_text(encoding="utf-8")
    assert f'content="{services.policy_of(text)}"'.replace("'", "&#39;") in text
    assert len(text) < 1_000_000


def test_without_the_built_plots_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(services, "BUILT", tmp_path / "plots.js")
    services._plots.cache_clear()
    with pytest.raises(NotReady, match="make build"):
        services.write(example.document(), tmp_path / "page.html")
    services._plots.cache_clear()
    assert list(tmp_path.iterdir()) == [], "nothing half written"
