"""The strategy's papers, served as they were written; the report under its own content security policy."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from puhui.documents import services as documents
from puhui.web import strategy


@require_safe
def paper(request: HttpRequest, name: str = "report.html") -> HttpResponse:
    """One of the run's papers by name; no other file of the folder is reachable."""
    run = strategy.latest(request)
    if run is None or name not in strategy.PAPERS or not (run.folder / name).is_file():
        raise Http404(f"there is no {name}: run `puhui strategy` and start the server with --report")
    text = (run.folder / name).read_text(encoding="utf-8")
    response = HttpResponse(text, content_type=strategy.PAPERS[name])
    if name == "report.html":
        own = documents.policy_of(text)
        response.headers["Content-Security-Policy"] = f"{own}; form-action 'none'; frame-ancestors 'none'"
    return response
