"""Papers: what is printed is what the values say, in each language, the same bytes every time."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pypdf
import pytest

from puhui.documents import services, typesetting
from puhui.documents.blocks import Column, Fact, Facts, Figure, Figures, Note, Points, Prose, Tone
from puhui.documents.paper import Clause, Course, Listing, Paper, Signatures
from puhui.documents.wording import Form
from puhui.money import MOST_FEN, Money
from puhui.refusals import NotReady
from puhui.words import Label

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)
YUAN = Label("yuan", "元")
DAY = date(2026, 4, 1)
HOSTILE = '#panic("no") $x$ *bold* @who <label> \\'


def paper(*, rows: int = 60) -> Paper:
    """A paper that holds every piece, with words that Typst would act on if it read them as markup."""
    listing = Listing(
        (
            Column(Label("Day", "日期")),
            Column(Label("What", "事项")),
            Column(Label("Out", "支出"), Form.MONEY, 2, YUAN),
        ),
        tuple((DAY, Label(f"{HOSTILE} {n}", f"提款 {n}"), Money(n)) for n in range(rows)),
        Label("Entries", "明细"),
        frozenset({0}),
        (Label("Total", "合计"), None, Money(rows * (rows - 1) // 2)),
    )
    points = ((DAY, Money(0)), (date(2026, 5, 1), Money(9)))
    ceiling = (Label("Limit", "额度"), Money(500_00))
    course = Course(Label("Course", "走势"), Label("It rose.", "上升。"), points, ceiling)
    figure = Figure(Label("Owed", "欠款"), Money(MOST_FEN), Form.MONEY, 2, YUAN, Label("all of it", "全部"))
    rules = (Label("By the day.", "按日计息。"), Label("Half a fen up.", "四舍五入。"))
    return Paper(
        Label("Specimen", "样张"),
        Label("A paper", "一份文书"),
        "P-1",
        DAY,
        Label("The bank", "本行"),
        (
            Figures((figure,)),
            Facts(Label("The line", "授信"), (Fact(Label("Rate", "利率"), 0.0615, Form.PERCENT),)),
            course,
            listing,
            Clause(Label("Interest", "利息"), rules),
            Note(Label("Mind this.", "请注意。"), Tone.WATCH),
            Prose(Label("Some prose.", "一段文字。")),
            Points((Label("A point.", "一点。"),)),
            Signatures((Label("Borrower", "借款人"), Label("Lender", "贷款人"))),
        ),
        Label("Made for a test.", "为测试而制。"),
        Label("As it is", "如实"),
    )


def text_of(made: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(made)).pages)


@pytest.mark.parametrize(("language", "words"), [("en", "Interest"), ("zh-hans", "按日计息")])
def test_a_paper_says_all_that_its_values_say(language: str, words: str) -> None:
    made = services.pdf(paper(), language, at=AT)
    said = text_of(made)
    assert made.startswith(b"%PDF-")
    for each in (words, "P-1", "2026-04-01", "92,233,720,368,547,758.07", "0.59", "17.70", "6.15"):
        assert each in said
    other = {"en": "按日计息", "zh-hans": "By the day."}[language]
    assert other not in said


def test_words_are_never_read_as_markup() -> None:
    assert "#panic" in text_of(services.pdf(paper(rows=1), "en", at=AT))


def test_a_long_listing_repeats_its_heads_and_counts_its_sheets() -> None:
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(_made())).pages]
    assert len(pages) >= 2
    assert all(f"Sheet {n} of {len(pages)}" in page for n, page in enumerate(pages, start=1))
    assert sum("Day What Out" in page for page in pages) >= 2


def test_the_same_paper_at_the_same_moment_is_the_same_bytes() -> None:
    assert services.pdf(paper(), "en", at=AT) == services.pdf(paper(), "en", at=AT) == _made()


def test_rows_and_courses_must_fit() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 heads"):
        Listing((Column(YUAN), Column(YUAN)), (("one",),))
    with pytest.raises(ValueError, match="two days or more"):
        Course(YUAN, YUAN, ((DAY, Money(1)), (DAY, Money(2))))


def test_without_the_built_fonts_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(typesetting, "FONTS", tmp_path)
    typesetting._fonts.cache_clear()
    with pytest.raises(NotReady, match="make build"):
        _made()
    typesetting._fonts.cache_clear()


def _made() -> bytes:
    return services.pdf(paper(), "en", at=AT)
