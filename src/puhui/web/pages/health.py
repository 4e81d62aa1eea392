"""Is the server well? For machines."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from puhui import __version__


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the book answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        book = True
    except DatabaseError:
        book = False
    facts = {"status": "ok" if book else "down", "book": book, "version": __version__}
    return JsonResponse(facts, status=200 if book else 503)
