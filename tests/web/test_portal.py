"""An owner's way through the portal on a phone, an officer's through the queue: a real browser on the real house."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import waitress
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.utils import translation
from playwright.sync_api import Browser, Page, expect
from signed_in import PASSWORD, user
from waitress import wasyncore

from puhui.channels import selectors as lake
from puhui.channels.catalogue import CHANNELS as CATALOGUE
from puhui.governance.access import Role
from puhui.ids import EnterpriseId
from puhui.simulator import offices
from puhui.web import server
from puhui.web.wsgi import application

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 860}


@pytest.fixture(scope="module")
def firms(
    bank: tuple[str, Path], book_like: Callable[..., AbstractContextManager[Path]]
) -> Iterator[list[EnterpriseId]]:
    """A bank whose firms have filed their taxes: a copy of the prepared one."""
    with book_like(*bank):
        for role in (Role.BORROWER, Role.APPROVER):
            user(role)
        yield lake.firms("tax_filings")


@pytest.fixture(scope="module")
def site(firms: list[EnterpriseId]) -> Iterator[str]:
    kept_s = connections.settings["default"]["CONN_MAX_AGE"]
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    with (
        offices.open_all() as outside,
        override_settings(DEMO=True, OUTSIDE={**settings.OUTSIDE, **outside}),
        server._listening(0) as door,
    ):
        serving = waitress.create_server(application, sockets=[door], threads=4)
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        yield f"http://localhost:{serving.effective_port}"
        wasyncore.close_all(serving._map)
        thread.join(timeout=10)
        serving.task_dispatcher.shutdown()
    connections.settings["default"]["CONN_MAX_AGE"] = kept_s


def opened(browser: Browser, site: str, role: Role, locale: str = "en-GB", **kind: object) -> tuple[Page, list[str]]:
    """Somebody's browser, signed in, with everything that the console said."""
    context = browser.new_context(base_url=site, locale=locale, **kind)
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto("/account/login/")
    page.locator("#id_login").fill(role.replace("_", "-"))
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_load_state()
    return page, wrong


def in_english(text: str) -> str:
    return text


def in_chinese(text: str) -> str:
    """The Chinese that the catalogue has for an English text of a page; there must be some."""
    with translation.override("zh-hans"):
        said = translation.gettext(text)
    assert said != text, f"'{text}' has no Chinese"
    return said


def applied(page: Page, firm: str, say: Callable[[str], str] = in_english) -> str:
    """Prove control, apply for tax credit, consent source by source, wait for the answer; the answer's heading."""
    page.goto("/my/firm/")
    page.get_by_label(say("Credit code of the firm")).fill(firm)
    page.get_by_label(say("Your name")).fill("a representative")
    page.get_by_label(say("Your identity number")).fill("any number")
    page.get_by_role("button", name=say("Confirm")).click()
    expect(page.get_by_role("status")).to_contain_text(say("You speak for this firm now."))
    page.goto(f"/my/{firm}/apply/")
    page.locator("input[value=tax_credit]").check()
    page.get_by_role("button", name=say("Go on")).click()
    page.get_by_role("button", name=say("Choose all")).click()
    page.get_by_role("button", name=say("Consent to what I chose")).click()
    expect(page.locator("main progress")).to_have_count(0, timeout=20_000)
    return page.locator("h1").inner_text()


@pytest.mark.parametrize(
    ("locale", "width", "say", "turn"),
    [("en-GB", PHONE, in_english, 0), ("zh-CN", DESK, in_chinese, 1)],
    ids=["english on a phone", "chinese on a desk"],
)
def test_an_owner_applies_agrees_draws_and_repays(  # noqa: PLR0917
    site: str,
    firms: list[EnterpriseId],
    browser: Browser,
    locale: str,
    width: dict,
    say: Callable[[str], str],
    turn: int,
) -> None:
    page, wrong = opened(browser, site, Role.BORROWER, locale, viewport=width)
    for firm in firms[turn:16:2]:
        if applied(page, firm, say) == say("Your offer"):
            break
    expect(page.locator("h1")).to_have_text(say("Your offer"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width["width"]
    expect(page.get_by_text(say("The smallest of these decides."))).to_be_visible()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=say("Agree and open the line")).click()
    expect(page.get_by_role("status")).to_contain_text(say("Your line is open."))
    page.locator("#d1").fill("10,000")
    with page.expect_response(lambda answer: "/my/drafts/" in answer.url):
        page.locator("#d2").fill("raw material")
    page.wait_for_function("() => !Object.keys(localStorage).some(key => key.startsWith('draft:'))")
    page.goto(page.url)
    expect(page.locator("#d2")).to_have_value("raw material")  # the house kept the draft, not the browser
    page.locator("#d3").fill("supplier 1")
    page.locator("#draw button").click()
    expect(page.get_by_role("status")).to_contain_text(say("The money is on its way."))
    expect(page.locator("#d2")).to_have_value("")
    page.locator("#r1").fill("4000.50")
    expect(page.locator("#pays")).to_contain_text("5,999.50")
    page.locator("#repay form[method=post] button").click()
    expect(page.get_by_role("status")).to_contain_text(say("Thank you: the repayment is booked."))
    expect(page.locator("main")).to_contain_text("5,999.50")
    expect(page.locator("#schedule")).to_contain_text("5,999.50")
    paper = page.request.get(page.get_by_role("link", name=say("Receipt")).first.get_attribute("href"))
    assert paper.headers["content-type"] == "application/pdf" and paper.body().startswith(b"%PDF")
    page.goto(f"/my/{firm}/messages/")
    expect(page.locator("main")).to_contain_text(say("No message yet"))
    page.goto(f"/my/{firm}/data/")
    expect(page.locator("main")).to_contain_text(CATALOGUE["tax_filings"].label.in_(locale[:2]))
    assert not wrong, wrong
    page.context.close()


def test_an_application_without_its_needed_sources_is_not_decided(
    site: str, firms: list[EnterpriseId], browser: Browser
) -> None:
    page, _ = opened(browser, site, Role.BORROWER, java_script_enabled=False)
    page.goto("/my/")
    firm = page.locator("main a[href$='/apply/']").first.get_attribute("href").split("/")[2]
    page.goto(f"/my/{firm}/apply/")
    page.locator("input[value=account_credit]").check()
    page.locator("#a1").fill("a lot")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("status")).to_contain_text("That is no amount")
    expect(page.locator("#a1")).to_have_value("a lot")
    page.locator("#a1").fill("20000")
    page.get_by_role("button", name="Go on").click()
    fields = {
        name: page.locator(f"main form input[name={name}]").first.get_attribute("value")
        for name in ("csrfmiddlewaretoken", "request", "act")
    }
    answer = page.request.post(page.url, form=fields | {"channel": "tax_filings"}, headers={"Referer": page.url})
    assert "Without these the rules cannot decide: bank account transactions" in answer.text()
    page.get_by_role("button", name="Withdraw the application").click()
    expect(page.get_by_role("status")).to_contain_text("withdrawn")
    page.context.close()


@pytest.mark.parametrize(
    ("locale", "width", "say", "turn"),
    [("en-GB", PHONE, in_english, 0), ("zh-CN", DESK, in_chinese, 1)],
    ids=["english on a phone", "chinese on a desk"],
)
def test_who_is_turned_down_reads_why_and_a_person_decides(  # noqa: PLR0917
    site: str,
    firms: list[EnterpriseId],
    browser: Browser,
    locale: str,
    width: dict,
    say: Callable[[str], str],
    turn: int,
) -> None:
    page, wrong = opened(browser, site, Role.BORROWER, locale, viewport=width)
    for firm in firms[::-1][turn:16:2]:
        if applied(page, firm, say) == say("Not this time"):
            break
    expect(page.locator("h1")).to_have_text(say("Not this time"))
    expect(page.get_by_role("heading", name=say("Why"), exact=True)).to_be_visible()
    expect(page.locator(".stages li")).to_have_count(4)  # nothing follows a no
    page.get_by_label(say("What do you think is wrong?")).fill("We moved; the filings are on the way.")
    page.get_by_role("button", name=say("Ask for a person")).click()
    expect(page.get_by_role("status")).to_contain_text(say("A person will look at it and answer here."))
    officer, wrong_there = opened(browser, site, Role.APPROVER, locale)
    officer.goto("/queue/")
    officer.locator("#rows-rows tbody tr").last.locator("a").first.click()
    expect(officer.get_by_role("heading", name=say("The way through the rules"))).to_be_visible()
    officer.get_by_label(say("Limit in yuan")).fill("50000")
    officer.get_by_label(say("Annual rate in per cent")).fill("6.15")
    officer.get_by_label(say("Reason")).fill("The filings were shown at the branch.")
    officer.get_by_role("button", name=say("Approve")).click()
    officer.get_by_role("dialog").get_by_role("button", name=say("Approve")).click()
    expect(officer.get_by_role("status")).to_contain_text(say("The case is decided."))
    page.reload()
    expect(page.locator("h1")).to_have_text(say("Your offer"))
    expect(page.locator(".big").first).to_contain_text("50,000")
    assert not wrong and not wrong_there, (wrong, wrong_there)
    for each in (page, officer):
        each.context.close()


def test_an_application_is_begun_once_however_often_the_form_is_sent(
    site: str, firms: list[EnterpriseId], browser: Browser
) -> None:
    page, _ = opened(browser, site, Role.BORROWER, java_script_enabled=False)
    page.goto("/my/")
    firm = page.locator("main a[href$='/apply/']").first.get_attribute("href").split("/")[2]
    page.goto(f"/my/{firm}/apply/")
    sent = page.locator("input[name=request]").get_attribute("value")
    fields = {
        "csrfmiddlewaretoken": page.locator("main input[name=csrfmiddlewaretoken]").get_attribute("value"),
        "request": sent, "product": "account_credit", "amount": "20000",
    }  # fmt: skip
    answers = [
        page.request.post(f"/my/{firm}/apply/", form=fields, headers={"Referer": f"{site}/my/"}).url
        for _time in range(2)
    ]
    assert answers[0] == answers[1] and "/my/applications/" in answers[0]
    page.goto("/my/")
    expect(page.locator("main a", has_text="Account credit")).to_have_count(1)
    page.context.close()


def without_script(page: Page, firm: str) -> str:
    """The way to an answer by forms alone; the answer's heading."""
    page.goto("/my/firm/")
    page.get_by_label("Credit code of the firm").fill(firm)
    page.get_by_label("Your name").fill("a representative")
    page.get_by_label("Your identity number").fill("any number")
    page.get_by_role("button", name="Confirm").click()
    page.goto(f"/my/{firm}/apply/")
    page.locator("input[value=tax_credit]").check()
    page.get_by_role("button", name="Go on").click()
    for source in page.locator("input[name=channel]").all():
        source.check()
    page.get_by_role("button", name="Consent to what I chose").click()
    while page.locator("main progress").count():
        page.get_by_role("button", name="Ask again now").click()
    return page.locator("h1").inner_text()


def test_every_essential_step_needs_no_script(site: str, firms: list[EnterpriseId], browser: Browser) -> None:
    page, _ = opened(browser, site, Role.BORROWER, viewport=PHONE, java_script_enabled=False)
    assert any(without_script(page, firm) == "Your offer" for firm in firms[16:40])
    page.get_by_label("I have read the contract").check()
    page.get_by_role("button", name="Agree and open the line").click()
    expect(page.get_by_role("status")).to_contain_text("Your line is open.")
    for field, text in (("#d1", "9000"), ("#d2", "raw material"), ("#d3", "supplier 1")):
        page.locator(field).fill(text)
    page.locator("#draw button").click()
    expect(page.get_by_role("status")).to_contain_text("The money is on its way.")
    page.locator("#r1").fill("1000")
    page.locator("#repay form[method=post] button").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you: the repayment is booked.")
    expect(page.locator("main")).to_contain_text("8,000")
    page.context.close()


def left(page: Page, at: str) -> float:
    """What may still be drawn, as a page opened anew says it."""
    page.goto(at)
    return float(page.locator("h1.big").inner_text().split()[0].replace(",", ""))


def write(page: Page, amount: str, purpose: str) -> None:
    for field, text in (("#d1", amount), ("#d2", purpose), ("#d3", "supplier 2")):
        page.locator(field).fill(text)


def test_two_tabs_and_the_back_button_book_nothing_twice(
    site: str, firms: list[EnterpriseId], browser: Browser
) -> None:
    page, wrong = opened(browser, site, Role.BORROWER, viewport=PHONE)
    page.goto("/my/")
    at = page.locator("main a[href^='/my/lines/']").first.get_attribute("href")
    before, second = left(page, at), page.context.new_page()
    second.goto(at)
    form = {name: page.locator(f"#draw input[name={name}]").get_attribute("value")
            for name in ("csrfmiddlewaretoken", "request", "act")}  # fmt: skip
    write(page, "500", "paper")
    page.locator("#draw button").click()
    expect(page.get_by_role("status")).to_contain_text("The money is on its way.")
    page.go_back()
    expect(page.locator("#draw button")).not_to_have_attribute("aria-disabled", "true")
    fields = form | {"amount": "500", "purpose": "paper", "payee": "supplier 2"}
    page.request.post(at, form=fields, headers={"Referer": page.url})  # the same form once more
    assert left(page, at) == before - 500
    write(second, str(before), "machines")  # more than is left since the other tab has drawn
    second.locator("#draw button").click()
    expect(second.locator(".note-box.bad")).to_be_visible()
    expect(second.locator("#d2")).to_have_value("machines")  # refused in words, and what was written is still there
    assert left(page, at) == before - 500
    assert not wrong, wrong
    page.context.close()


def test_what_was_written_outlives_a_session_that_ends(site: str, firms: list[EnterpriseId], browser: Browser) -> None:
    page, _ = opened(browser, site, Role.BORROWER, viewport=PHONE)
    page.goto("/my/")
    at = page.locator("main a[href^='/my/lines/']").first.get_attribute("href")
    page.goto(at)
    page.context.clear_cookies(name="sessionid")
    write(page, "700", "a new oven")
    page.locator("#draw button").click()
    expect(page.locator("#id_login")).to_be_visible()
    page.locator("#id_login").fill("borrower")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_load_state()
    page.goto(at)
    expect(page.locator("#d1")).to_have_value("700")
    expect(page.locator("#d2")).to_have_value("a new oven")
    page.context.close()


def test_a_slow_network_shows_what_comes_and_sends_once(site: str, firms: list[EnterpriseId], browser: Browser) -> None:
    """As on a bad line of a phone: the frame comes first, then the part; a form pressed twice is sent once."""
    page, wrong = opened(browser, site, Role.APPROVER, viewport=PHONE)
    slow = {"offline": False, "latency": 600, "downloadThroughput": 100_000, "uploadThroughput": 30_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.goto(f"/firms/{firms[0]}/data/", wait_until="commit")
    expect(page.locator(".nothing progress")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="What each channel holds")).to_be_visible(timeout=20_000)
    assert not wrong, wrong
    page.context.close()
    owner, _ = opened(browser, site, Role.BORROWER, viewport=PHONE)
    owner.goto("/my/")
    firm = owner.locator("main a[href$='/apply/']").first.get_attribute("href").split("/")[2]
    owner.goto(f"/my/{firm}/apply/")
    owner.context.new_cdp_session(owner).send("Network.emulateNetworkConditions", slow)
    sent = list[str]()
    owner.on(
        "request",
        lambda asked: sent.append(asked.url) if asked.method == "POST" and "drafts" not in asked.url else None,
    )
    owner.locator("input[value=account_credit]").check()
    button = owner.get_by_role("button", name="Go on")
    asleep = button.evaluate("it => { it.click(); it.click(); return it.getAttribute('aria-disabled'); }")
    assert asleep == "true"
    expect(owner.get_by_role("heading", name="May we read these data?")).to_be_visible(timeout=20_000)
    assert len(sent) == 1, sent
    owner.context.close()
