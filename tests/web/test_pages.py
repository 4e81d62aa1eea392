"""The workbench's pages: in both languages, to anybody on this machine, under strict headers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from signed_in import visitor

import example_document as example
from puhui.channels import services as channels
from puhui.days import parse
from puhui.documents import services as documents
from puhui.governance import selectors as governance
from puhui.governance import services as rights
from puhui.governance.access import MAY, Role
from puhui.ids import EnterpriseId
from puhui.refusals import BadInput
from puhui.web import security, server, statuses, strategy, urls
from puhui.web.pages import deliveries, health

SALES = """企业代号,发票号码,开票日期,购方单位代号,金额,税额,价税合计,发票状态
E1,1,2019/1/2,B1,100,13,113,有效发票
E1,2,2019/13/2,B1,100,13,113,有效发票
E1,3,2019/1/2,<script>alert(1)</script>,100,13,213,有效发票
"""
SUMMARY = {
    "enterprises": 302,
    "lent_to": 110,
    "budget_yuan": 100_000_000,
    "allocated_yuan": 99_500_000,
    "expected_profit_yuan": 1_533_733.21,
    "gap": 0.0012,
    "auc_cv": {"mean": 0.902, "lo": 0.823, "hi": 0.96},
}


def one_who_may(page: urls.Page) -> Role:
    """The right person for a page: of all who may, an auditor first, because an auditor changes nothing."""
    return Role.AUDITOR if Role.AUDITOR in MAY[page.needs] else min(MAY[page.needs])


PAGES = [page for page in urls.PAGES if page.group is not None]
pytestmark = pytest.mark.usefixtures("module_book")


@pytest.fixture(scope="module")
def delivery(module_book: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("delivery") / "sales_invoices.csv"
    file.write_text(SALES, encoding="utf-8")
    done = channels.deliver("vat_invoices", file, source="upload", on=parse("2020-03-01"), by="test")
    assert (done.accepted, done.quarantined) == (1, 2)
    rights.register_public_basis(
        [EnterpriseId("E1")], channels=["vat_invoices"], dataset="a", evidence="a", on=parse("2020-03-01"), by="test"
    )
    return done.delivery


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "summary.json").write_text(json.dumps(SUMMARY), encoding="utf-8")
    (tmp_path / "decisions.csv").write_text("enterprise\nE124\n", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("no", encoding="utf-8")
    documents.write(example.document(), tmp_path / "report.html")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_of_the_menu_speaks_both_languages(page, delivery: str) -> None:
    for language, tag in (("en", "en"), ("zh-hans", "zh-Hans")):
        response = visitor(one_who_may(page), headers={"accept-language": language}).get(f"/{page.at}")
        text = response.content.decode()
        assert response.status_code == 200
        assert f'<html lang="{tag}">' in text
        assert re.search(rf'aria-current="page">.*{page.label.in_(language)}</a>', text)


@pytest.mark.parametrize("at", ["/", "/deliveries/", "/variables/", "/audit/", "/healthz", "/nothing-here"])
def test_every_answer_carries_the_safety_headers(at: str) -> None:
    response = visitor().get(at)
    for name, value in security.HEADERS.items():
        assert response.headers[name] == value
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_has_inline_script_or_style(page) -> None:
    text = visitor(one_who_may(page)).get(f"/{page.at}").content.decode()
    assert "<style" not in text and " style=" not in text and " onclick=" not in text
    assert text.count("<script") == len(
        re.findall(r'<script (type="module" )?src="/static/built/[^"]+"></script>', text)
    )
    assert "http://" not in text and "https://" not in text


def test_home_says_how_to_begin_when_there_is_no_run() -> None:
    assert "puhui strategy --data" in visitor(Role.ANALYST).get("/").content.decode()


def test_home_shows_the_run_in_the_readers_words(run: Path) -> None:
    english = visitor(**{strategy.FOLDER: str(run)}).get("/").content.decode()
    chinese = visitor(headers={"accept-language": "zh-CN"}, **{strategy.FOLDER: str(run)}).get("/").content.decode()
    assert "99.5 million" in english and "0.823 – 0.960" in english
    assert "9,950万" in chinese


def test_the_report_is_served_whole_and_may_run_only_its_own_scripts(run: Path) -> None:
    response = visitor(**{strategy.FOLDER: str(run)}).get("/report/")
    assert response.content == (run / "report.html").read_bytes()
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith(documents.policy_of(response.content.decode()))
    assert "script-src 'sha256-" in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", ["secret.txt", "..%2Fsummary.json", "%2e%2e/x", ".part", "report.html%00"])
def test_no_other_file_of_the_folder_is_served(run: Path, name: str) -> None:
    assert visitor(**{strategy.FOLDER: str(run)}).get(f"/report/{name}").status_code == 404


def test_the_machine_readable_papers_are_served(run: Path) -> None:
    client = visitor(**{strategy.FOLDER: str(run)})
    assert client.get("/report/summary.json").json()["lent_to"] == 110
    assert client.get("/report/decisions.csv").headers["Content-Type"].startswith("text/csv")
    assert visitor().get("/report/").status_code == 404


def test_a_broken_summary_says_what_to_do(run: Path) -> None:
    (run / "summary.json").write_text('{"lent_to": 3}')
    response = visitor(**{strategy.FOLDER: str(run)}).get("/")
    assert response.status_code == 400
    assert "run `puhui strategy` again" in response.content.decode()


def test_deliveries_show_the_tally_and_lead_to_the_quarantine(delivery: str) -> None:
    text = visitor().get("/deliveries/").content.decode()
    assert delivery in text and f"/deliveries/{delivery}/quarantine/" in text


def test_quarantine_shows_raw_rows_as_text_and_the_look_is_recorded(delivery: str) -> None:
    text = visitor().get(f"/deliveries/{delivery}/quarantine/").content.decode()
    assert ">Mend</a>" not in text, "an auditor changes nothing"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "2019/13/2" in text
    latest = governance.latest(1)[0]
    assert (latest.act, latest.subject, latest.by) == ("look", delivery, "auditor")
    assert visitor().get("/deliveries/none/quarantine/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "channel", "en", "zh"),
    [
        ("virus.exe", b"MZ", "vat_invoices", "is of no kind that can be read", "格式无法读取"),
        ("empty.csv", b"", "vat_invoices", "is empty", "是空文件"),
        ("large.csv", b"x" * 2_000, "vat_invoices", "is larger than", "超过"),
        ("bank.csv", b"a", "no_such", "Choose the channel", "请选择文件所属渠道"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "vat_invoices", "", ""),
        ("other.csv", "甲,乙\n1,2\n".encode(), "vat_invoices", "no column for", "文件缺少列"),
    ],
    ids=["a program", "nothing", "too large", "no channel", "a picture", "another table"],
)
def test_an_upload_that_cannot_be_taken_is_told_in_words(  # noqa: PLR0917
    delivery: str, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, channel: str, en: str, zh: str
) -> None:
    monkeypatch.setattr(deliveries, "MOST_BYTES", 1_000)
    for language, said in (("en", en), ("zh-hans", zh)):
        form = {"channel": channel, "file": SimpleUploadedFile(name, content), "request": f"{name}/{language}"}
        client = visitor(Role.ANALYST, headers={"accept-language": language})
        page = client.post("/deliveries/", form, follow=True).content.decode()
        (told,) = re.findall(r'<div class="note-box bad" role="status">.*?<p>(.*?)</p>', page, re.DOTALL)
        assert said in told, told
        assert ("To go on" in told or told.isascii()) is (language == "en"), told


def test_variables_are_found_by_words_and_the_list_alone_can_be_asked_for() -> None:
    whole = visitor().get("/variables/?q=sales growth").content.decode()
    assert "vat_sales_growth_12m" in whole and "<html" in whole
    asks = {"HX-Request": "true", "HX-Target": "section#rows-rows"}
    part = visitor(headers=asks).get("/variables/?q=zzz").content.decode()
    assert "<html" not in part and "Nothing matches" in part


def test_the_chain_is_verified_on_request_and_only_from_our_own_page(delivery: str) -> None:
    assert "The chain holds." in visitor().post("/audit/").content.decode()
    assert visitor(enforce_csrf_checks=True).post("/audit/").status_code == 403


def test_the_language_is_kept_by_a_cookie() -> None:
    client = visitor()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/audit/"})
    assert '<html lang="zh-Hans">' in client.get("/audit/").content.decode()
    away = client.post("/i18n/setlang/", {"language": "en", "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/"


def test_health_tells_when_the_book_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitor().get("/healthz").json()["status"] == "ok"

    class Gone:
        def cursor(self) -> None:
            raise OperationalError("no book")

    monkeypatch.setattr(health, "connection", Gone())
    response = visitor().get("/healthz")
    assert (response.status_code, response.json()["book"]) == (503, False)


def test_pages_only_read() -> None:
    for page in PAGES:
        assert visitor(one_who_may(page)).delete(f"/{page.at}").status_code == 405


def test_every_kind_of_broken_promise_has_a_status() -> None:
    kinds = {BadInput, *BadInput.__subclasses__()}
    assert kinds == set(statuses.OF_WRONG)


def test_the_server_refuses_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no strategy run"):
        server.serve(0, tmp_path)
