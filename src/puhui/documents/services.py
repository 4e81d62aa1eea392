"""Render a document to one HTML file that needs nothing else, and a paper to PDF."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from puhui.documents import blocks, typesetting
from puhui.documents.blocks import Document
from puhui.documents.details import details_of
from puhui.documents.paper import Paper
from puhui.documents.wording import sort_key, written
from puhui.refusals import NotReady
from puhui.words import Label

ROOM = Path(__file__).parent
BUILT = ROOM / "built" / "plots.js"
PAGE_WORDS = {
    "search": Label("Search", "搜索"),
    "details": Label("Details", "详情"),
    "skip": Label("Skip to the content", "跳到正文"),
    "theme": Label("Light or dark", "浅色／深色"),
}
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def write(document: Document, path: Path) -> None:
    """Write the document to `path` whole or not at all. Raises NotReady when the plots are not built."""
    text = render(document)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def render(document: Document) -> str:
    """The document as one HTML page. Raises NotReady when the plots are not built."""
    page = _templates().get_template("page.html.j2")
    return page.render(
        document=document,
        early=Markup((ROOM / "early.js").read_text(encoding="utf-8")),  # noqa: S704 our own file
        style=Markup((ROOM / "page.css").read_text(encoding="utf-8")),  # noqa: S704 our own file
        script=Markup(_plots()),  # noqa: S704 built by us
        policy=policy((ROOM / "early.js").read_text(encoding="utf-8"), _plots()),
    )


def pdf(paper: Paper, language: str, *, at: datetime) -> bytes:
    """The paper as PDF/A in one language (`en` or `zh-hans`): the same bytes for the same paper, language and moment.

    Raises NotReady when the fonts are not built.
    """
    return typesetting.pdf(paper, language, at=at)


def policy(*scripts: str) -> str:
    """The content security policy under which a document runs: only these inline scripts, and no network.

    >>> policy("alert(1)")[:80]
    "default-src 'none'; script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+"
    """
    allowed = " ".join(f"'sha256-{_sha256(text)}'" for text in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def policy_of(page: str) -> str:
    """The content security policy for a page that `render` made, from the scripts that stand in it."""
    return policy(*SCRIPT.findall(page))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _plots() -> str:
    if not BUILT.exists():
        raise NotReady("the plots are not built", then="run: make build")
    return BUILT.read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    env = Environment(
        loader=PackageLoader("puhui.documents", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"words": words, "json": script_json, "sort_key": sort_key}
    env.globals |= {"written": written, "details": details_of, "words_of": PAGE_WORDS}
    env.tests |= {
        name: (lambda value, kind=kind: isinstance(value, kind))
        for name, kind in vars(blocks).items()
        if isinstance(kind, type) and kind.__module__ == blocks.__name__
    }
    return env


def words(label: Label) -> Markup:
    """Both languages as HTML; once only where they are the same.

    >>> words(Label("1 < 2", "1 < 2"))
    Markup('1 &lt; 2')
    >>> words(Label("Sales", "销售额"))
    Markup('<span lang="en">Sales</span><span lang="zh-Hans">销售额</span>')
    """
    if label.en == label.zh:
        return Markup.escape(label.en)
    return Markup('<span lang="en">{}</span><span lang="zh-Hans">{}</span>').format(label.en, label.zh)


def script_json(value: Any) -> Markup:  # noqa: ANN401 any JSON
    """JSON that may stand inside a script element: nothing in it can end the element.

    >>> script_json({"a": "</script>", "b": 0.123456789})
    Markup('{"a":"\\\\u003c/script>","b":0.123457}')
    """
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 "<" cannot stand in it


def _plain(value: Any) -> Any:  # noqa: ANN401 any JSON
    """Labels as texts, tuples as lists, floats with the six figures that a screen can show."""
    if isinstance(value, Label):
        return value.en if value.en == value.zh else {"en": value.en, "zh": value.zh}
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
