"""An application as its owner walks it: product, consent, progress, answer, offer, contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from puhui import days
from puhui.approval import selectors, services
from puhui.approval.deciding import Decided
from puhui.approval.services import Applied
from puhui.approval.states import WORDS, Status
from puhui.channels.catalogue import CHANNELS
from puhui.documents import plots
from puhui.documents.wording import Form
from puhui.ids import EnterpriseId
from puhui.lending.acts.acting import Acted
from puhui.lending.engine import comparing
from puhui.money import Money
from puhui.products import selectors as products
from puhui.products.definition import PRODUCTS
from puhui.refusals import BadInput, Code, Refused
from puhui.web import acting, doors, drafts, pieces, reading, signing
from puhui.web.doors import who
from puhui.web.pages.channel_words import SAYS
from puhui.words import Label

BASIS_POINT = Decimal("0.0001")
YUAN = 100
NO_OFFER = frozenset({Status.WITHDRAWN, Status.EXPIRED})


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Products in plain words; a POST begins an application."""
    firm = EnterpriseId(code)
    doors.require(request, "apply", firm=firm)
    if request.method == "POST":
        text = request.POST.get("amount", "").strip()
        asked = acting.amount_of(text)
        if text and asked is None:
            return _mistyped(request, firm)
        answer = services.apply(
            firm, request.POST.get("product", ""), asked=asked, property=request.POST.get("property", ""),
            guarantee=request.POST.get("guarantee", "").strip(), by=who(request),
            request=acting.request_of(request), on=reading.business_day(), at=days.now(),
        )  # fmt: skip
        if isinstance(answer, Refused):
            to = (
                reverse("portal_application", args=[answer.details["application"]])
                if "application" in answer.details
                else reverse("portal_apply", args=[firm])
            )
            return acting.told(request, answer, "", to)
        drafts.forget(who(request), f"apply-{firm}")
        return redirect("portal_application", answer.number)
    found = [
        ready.definition
        for name in PRODUCTS
        if (ready := products.live(name, on=reading.business_day(), firm=firm)) is not None
    ]
    shown = [
        {
            "product": one,
            "needed": _listed(one.needed),
            "helpful": _listed(one.helpful),
        }
        for one in found
    ]
    facts = {"firm": firm, "products": shown, "tab": "apply", "draft": drafts.of(who(request), f"apply-{firm}")}
    return render(request, "portal/choose.html", facts)


def _listed(channels: Iterable[str]) -> Label | None:
    labels = [CHANNELS[name].label for name in channels]
    return Label(", ".join(one.en for one in labels), "、".join(one.zh for one in labels)) if labels else None


def _mistyped(request: HttpRequest, firm: EnterpriseId) -> HttpResponse:
    """Back to the form as it was filled in, with what is wrong in words."""
    drafts.keep(who(request), f"apply-{firm}", acting.written(request), at=days.now())
    messages.error(request, _("That is no amount. Write it in yuan, such as 200000."))
    return redirect("portal_apply", firm)


@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, number: str) -> HttpResponse:
    """An application where it stands; a POST takes its next step."""
    found = selectors.application(number)
    firm = EnterpriseId(found.firm)
    doors.require(request, "see_application", firm=firm)
    if request.method == "POST":
        return _acted(request, found)
    product = products.live(found.product, on=reading.business_day(), firm=firm)
    facts: dict[str, Any] = {
        "application": found,
        "firm": firm,
        "status": WORDS[found.status],
        "product": product.definition if product else None,
        "tab": "portal",
    }
    made = selectors.decisions(application=number)
    decision = made[-1] if made else None
    facts["steps"] = _steps(found, str(decision.outcome) if decision else "")
    if found.status is Status.DRAFTED and product is not None:
        facts["channels"] = [
            {
                "name": name,
                "label": CHANNELS[name].label,
                "says": SAYS.get(name),
                "needed": name in product.definition.needed,
            }
            for name in product.definition.channels
        ]
        return render(request, "portal/consent.html", facts)
    if found.status in (Status.CONSENTED, Status.PULLING):
        facts["waits"] = [CHANNELS[name].label for name in found.waits_for]
        return render(request, "portal/progress.html", facts)
    facts |= _answered(decision)
    if found.status is Status.OFFERED:
        return render(request, "portal/offer.html", facts | _offered(request, number, decision))
    facts["draft"] = drafts.of(who(request), f"person-{number}")
    facts["asked_person"] = any(case.application == number for case in selectors.queue())
    return render(request, "portal/answer.html", facts)


@require_safe
def contract(request: HttpRequest, number: str, sha256: str) -> HttpResponse:
    """The contract of an offer as it was offered, a PDF."""
    found = selectors.application(number)
    doors.require(request, "see_application", firm=EnterpriseId(found.firm))
    offer = selectors.offer(number)
    if offer is None or sha256 not in offer.contracts.values():
        raise Http404("there is no such contract")
    response = HttpResponse(selectors.contract(sha256), content_type="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename=contract-{number}.pdf"
    return response


def _acted(request: HttpRequest, found: Applied) -> HttpResponse:
    act = request.POST.get("act", "")
    if act not in ACTS:
        raise BadInput(_("the page knows no act '%(act)s'") % {"act": act[:40]}, then=_("use the buttons of its page"))
    needs, do = ACTS[act]
    doors.require(request, needs, firm=EnterpriseId(found.firm))
    return do(request, found, reverse("portal_application", args=[found.number]))


def _consented(request: HttpRequest, found: Applied, here: str) -> HttpResponse:
    given = request.POST.getlist("channel")
    evidence = f"portal, application {found.number}, request {acting.request_of(request)}"
    answer = services.consent(
        found.number, channels=given, evidence=evidence, by=who(request), on=reading.business_day(), at=days.now()
    )
    if isinstance(answer, Refused) and answer.code is Code.CONSENT_NEEDED:
        product = products.live(found.product, on=reading.business_day(), firm=EnterpriseId(found.firm))
        lacking = _listed(name for name in (product.definition.needed if product else ()) if name not in given)
        named = lacking.in_(get_language() or "en") if lacking else ""
        messages.error(request, _("Without these the rules cannot decide: %(sources)s.") % {"sources": named})
        return redirect(here)
    return acting.told(request, answer, _("Thank you. Your data are being looked at."), here)


def _advanced(request: HttpRequest, found: Applied, here: str) -> HttpResponse:
    answer = services.advance(found.number, on=reading.business_day(), at=days.now(), by=who(request))
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = here
        return response
    if isinstance(answer, Refused):
        return acting.told(request, answer, "", here)
    return redirect(here)


def _asked_person(request: HttpRequest, found: Applied, here: str) -> HttpResponse:
    answer = services.ask_for_person(
        found.number, why=request.POST.get("why", ""), by=who(request), request=acting.request_of(request),
        on=reading.business_day(), at=days.now(),
    )  # fmt: skip
    if not isinstance(answer, Refused):
        drafts.forget(who(request), f"person-{found.number}")
    return acting.told(request, answer, _("A person will look at it and answer here."), here)


def _withdrawn(request: HttpRequest, found: Applied, _here: str) -> HttpResponse:
    why = request.POST.get("why", "") or "by its owner"
    answer = services.withdraw(found.number, why=why, by=who(request), on=reading.business_day(), at=days.now())
    return acting.told(request, answer, _("The application has been withdrawn."), reverse("portal"))


def _agreed(request: HttpRequest, found: Applied, here: str) -> HttpResponse:
    if "read" not in request.POST:
        messages.error(request, _("Read the contract first, and set the mark that you agree."))
        return redirect(here)
    today, now, by = reading.business_day(), days.now(), who(request)
    opened = signing.agree(
        found.number, contract_sha256=request.POST.get("contract", ""), way=request.POST.get("way", ""), by=by,
        request=acting.request_of(request), on=today, at=now,
    )  # fmt: skip
    to = reverse("portal_line", args=[opened.facility]) if isinstance(opened, Acted) else here
    return acting.told(request, opened, _("Your line is open."), to)


ACTS: dict[str, tuple[str, Callable[[HttpRequest, Applied, str], HttpResponse]]] = {
    "consent": ("give_consent", _consented),
    "advance": ("apply", _advanced),
    "person": ("ask_for_person", _asked_person),
    "withdraw": ("apply", _withdrawn),
    "agree": ("agree", _agreed),
}


def _answered(decision: Decided | None) -> dict[str, Any]:
    """The answer in the owner's words: outcome, reasons, and what would change it."""
    if decision is None:
        return {}
    return {
        "outcome": decision.outcome,
        "reasons": [Label(one["en"], one["zh"]) for one in decision.reasons],
        "changes": [
            {
                "do": [Label(step["en"], step["zh"]) for step in one["do"]],
                "limit": Money(one["limit_fen"]) if one["limit_fen"] else None,
            }
            for one in decision.would_change
        ],
    }


def _offered(request: HttpRequest, number: str, decision: Decided | None) -> dict[str, Any]:
    offer = selectors.offer(number)
    assert offer is not None, "an offered application has an offer"
    limit, rate = Money(offer.limit_fen), offer.rate_bp * BASIS_POINT
    amount = acting.amount_of(request.GET.get("amount", "")) or limit
    amount = min(amount, limit)
    months = max(1, min(offer.term_months, _whole(request.GET.get("months", ""), min(12, offer.term_months))))
    ways = comparing.compare(offer.ways, amount=amount, annual_rate=rate, months=months, on=reading.business_day())
    said = selectors.evidence(decision.number)["answer"] if decision else {}
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return {
        "offer": offer,
        "limit": limit,
        "rate": rate,
        "limit_parts": _parts(said),
        "price": _price(said, rate),
        "amount": amount,
        "months": months,
        "ways": [
            {
                "way": str(one.way),
                "label": comparing.WORDS[one.way],
                "first": one.first,
                "most": one.most,
                "interest": one.interest,
            }
            for one in ways
        ],
        "plot": _instalments(ways),
        "contract": offer.contracts[language],
        "mortgage": Money(offer.mortgage_fen) if offer.mortgage_fen else None,
        "guarantee": Money(offer.guarantee_fen) if offer.guarantee_fen else None,
        "least": min(10_000, limit.fen // YUAN),
        "most": limit.fen // YUAN,
        "step": max(1_000, limit.fen // YUAN // 100),
        "yuan": amount.fen // YUAN,
    }


def _parts(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What capped the limit: each part, the smallest of which binds."""
    return [
        {
            "label": Label(part["en"], part["zh"]),
            "amount": Money(round(part["yuan"] * YUAN)),
            "binding": part["binding"],
        }
        for part in said.get("limit_parts", [])
    ]


def _price(said: Mapping[str, Any], rate: Decimal) -> pieces.Waterfall | None:
    """How the rate is put together, in per cent a year."""
    steps = [pieces.Step(Label(part["en"], part["zh"]), part["bp"] / 100) for part in said.get("build_up", [])]
    if not steps:
        return None
    whole = pieces.Step(Label("Your rate", "您的年利率"), float(rate * 100), whole=True)
    return pieces.Waterfall(
        Label("How the rate is put together", "利率构成"), (*steps, whole), Form.NUMBER, 2, up_is_good=False
    )


def _instalments(ways: list[comparing.Way]) -> Any:  # noqa: ANN401  a Plot
    curves = {comparing.WORDS[one.way]: [(row.number, row.total / YUAN) for row in one.rows] for one in ways}
    month = plots.Axis(Label("instalment", "期数"), Form.COUNT, 0)
    amount = plots.Axis(Label("yuan", "元"), Form.MONEY_SHORT)
    said = Label("What is due with each instalment, for each way of repaying.", "各还款方式每期应还金额。")
    return plots.lines(
        Label("What is due when", "各期应还"), curves, month, amount, said=said, steps=True, height_px=240
    )


def _steps(found: Applied, said: str) -> list[dict[str, Any]]:
    """The way from the first word to an open line, and how far it has been gone."""
    walk: tuple[tuple[Label, Status], ...] = (
        (Label("Application", "申请"), Status.DRAFTED),
        (Label("Your consent", "授权"), Status.CONSENTED),
        (Label("Your data are read", "读取数据"), Status.PULLING),
        (Label("Answer", "审批结果"), Status.DECIDED),
        (Label("Offer", "要约"), Status.OFFERED),
        (Label("Line open", "额度启用"), Status.OPENED),
    )
    taken = {step.status: step.on for step in selectors.steps(found.number)}
    order = [status for _label, status in walk]
    far = max((order.index(status) for status in taken if status in order), default=0)
    if found.status in NO_OFFER or (found.status is Status.DECIDED and said == "declined"):
        walk = walk[: far + 1]  # nothing follows a no, or what was given up
    return [
        {
            "label": label,
            "state": "done" if place <= far else "now" if place == far + 1 else "",
            "note": taken.get(status),
        }
        for place, (label, status) in enumerate(walk)
    ]


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isdigit() and len(text) < 4 else otherwise
