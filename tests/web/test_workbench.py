"""The workbench in a real browser, served as `puhui serve` does: nothing is blocked, nothing leaves the machine."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from serving import served
from signed_in import visitor

import example_document as example
from puhui.channels import services as channels
from puhui.days import parse
from puhui.documents import services as documents
from puhui.governance import services as rights
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput
from puhui.web import server

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("run")
    documents.write(example.document(), folder / "report.html")
    (folder / "summary.json").write_text(
        '{"enterprises": 3, "lent_to": 1, "budget_yuan": 1000000, "allocated_yuan": 100000,'
        ' "expected_profit_yuan": 1.5, "gap": 0, "auc_cv": {"mean": 0.9, "lo": 0.8, "hi": 1}}'
    )
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def session(site: str) -> list[dict[str, str]]:
    """The cookie of an auditor who has signed in."""
    return [{"name": "sessionid", "value": visitor().cookies["sessionid"].value, "url": site}]


@pytest.fixture
def page(site: str, session: list[dict[str, str]], browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, base_url=site, locale="en-GB")
    context.add_cookies(session)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith((site, "data:")) else wrong.append(asked.url))
    yield opened
    context.close()
    assert not wrong, wrong


LONG = (
    "示例省示例市示例区绿色环保新材料科技研发制造与国际供应链管理服务综合集团股份有限公司示例省示例市高新技术产业开发区第一分公司",
    "The Very Long and Distinguished International Trading, Manufacturing, Logistics"
    " and Supply Chain Management Company Ltd.",
)


@pytest.fixture(scope="module")
def long_named(site: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two firms with names as long as the registry allows; their codes."""
    codes = ["91510101MA000M1A57", "91510101MA0EAXF50D"]
    file = tmp_path_factory.mktemp("long") / "long.csv"
    head = "统一社会信用代码,登记编号,登记日期,登记类型,名称,注册资本,行业,住所\n"
    rows = (
        f'{code},R1,2015-03-08,设立,"{name}",1000000,食品制造,示例市\n' for code, name in zip(codes, LONG, strict=True)
    )
    file.write_text(head + "".join(rows), encoding="utf-8")
    with pytest.MonkeyPatch.context() as beside_a_browser:
        beside_a_browser.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        _delivered(file, [EnterpriseId(code) for code in codes])
    return codes


def _delivered(file: Path, firms: list[EnterpriseId]) -> None:
    day = parse("2020-03-01")
    channels.deliver("registry", file, source="a test", on=day, by="a test")
    rights.register_public_basis(firms, channels=["registry"], dataset="long", evidence="made", on=day, by="a test")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_very_long_name_is_read_whole_and_breaks_no_page(page: Page, long_named: list[str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for code, name in zip(long_named, LONG, strict=True):
        for at in (
            f"/firms/{code}/?whole=1",
            f"/firms/{code}/data/?whole=1",
            f"/firms/?q={code}",
            f"/search/?q={code}",
        ):
            page.goto(at)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, at
            assert name in page.locator("main").text_content()
        page.goto(f"/firms/{code}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize("at", ["/", "/channels/", "/deliveries/", "/variables/", "/audit/"])
def test_a_phone_never_scrolls_sideways(page: Page, at: str) -> None:
    page.goto(at)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_search_answers_while_one_types(page: Page) -> None:
    page.goto("/variables/")
    page.evaluate("window.here = true")
    page.get_by_label("Search").press_sequentially("void")
    expect(page.locator("#rows-rows")).to_contain_text("vat_sales_void_rate")
    expect(page.locator("#rows-rows tbody tr").first).to_contain_text("void")
    expect(page).to_have_url(re.compile("q=void"))
    assert page.evaluate("window.here"), "the page was not loaded again"


def test_the_workbench_works_without_script(site: str, session: list[dict[str, str]], browser: Browser) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False, locale="en-GB")
    context.add_cookies(session)
    page = context.new_page()
    page.goto("/variables/")
    page.get_by_label("Search").fill("void")
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_url(re.compile("q=void"))
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("变量")
    page.get_by_role("link", name="审计链").click()
    page.get_by_role("button", name="立即校验整条链").click()
    expect(page.get_by_role("status")).to_contain_text("链条完整")
    context.close()


def test_the_report_runs_under_the_policy_it_is_served_with(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Open the report").click()
    expect(page.locator(".plot-area svg").first).to_be_attached()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("全部版块", use_inner_text=True)


def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        with pytest.raises(BadInput, match="is taken"):
            server.serve(taken.getsockname()[1], None, lambda text: None)
