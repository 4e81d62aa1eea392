"""Pages of rows from a REST service or a database, on dlt's sources: retries with back-off, pages, cursors.

Whatever a source does wrong ends in words: `Unreachable` when another try may do (it does not answer, it is
overloaded), BadInput when somebody must act first (no JSON, pages in a circle, a table that is not there).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from puhui.channels.pulls.sources import Cursor, Source
from puhui.refusals import BadInput, NotReady

Row = dict[str, Any]
ROWS_A_PAGE = 10_000
MOST_PAGES = 200_000
MOST_REPEATS = 3  # pages that came before; more of them are a circle
UNREADABLE_SHOWN = 80
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # dlt reports its use to its makers unless told not to


class Unreachable(NotReady):
    """The source does not answer as it should right now; the next pull tries again."""


def pages(source: Source, since: Cursor | None) -> Iterator[list[Row]]:
    """The rows from a cursor on (that value included, as it may not have been complete), page by page."""
    return _rest(source, since) if source.kind == "rest" else _sql(source, since)


def secret_of(source: Source) -> str:
    """The secret from the environment. Raises BadInput when it is named and not there."""
    if source.secret and not os.environ.get(source.secret):
        raise BadInput(
            f"{source.name} needs the secret {source.secret}", then=f"set {source.secret} in the environment"
        )
    return os.environ.get(source.secret, "") if source.secret else ""


def _rest(source: Source, since: Cursor | None) -> Iterator[list[Row]]:
    from dlt.sources.helpers.requests import Client  # noqa: PLC0415  dlt takes seconds to load
    from dlt.sources.helpers.rest_client import RESTClient  # noqa: PLC0415
    from dlt.sources.rest_api.config_setup import create_paginator  # noqa: PLC0415
    from requests import exceptions as wrong  # noqa: PLC0415

    secret = secret_of(source)
    value = f"Bearer {secret}" if source.header == "Authorization" else secret
    session = Client(
        request_timeout=source.timeout_seconds,
        raise_for_status=False,
        request_max_attempts=source.attempts,
        request_backoff_factor=source.back_off_seconds,
        request_max_retry_delay=60,
    ).session
    try:
        paginator = create_paginator(dict(source.pages))
    except (TypeError, ValueError) as error:
        raise BadInput(f"{source.name} cannot be paged ({error})", then="mend `pages` in sources.json") from error
    client = RESTClient(
        source.address,
        headers={source.header: value} if secret else None,
        session=session,
        paginator=paginator,
        data_selector=source.rows or None,
    )
    params = {source.since: str(since)} if source.since and since is not None else {}
    try:
        found = client.paginate(params=params, hooks={"response": [_checked]})
        yield from _unrepeated(source, found)
    except wrong.JSONDecodeError as error:
        raise BadInput(
            f"{source.name} does not answer in JSON but with '{_start(error.doc)}'",
            then="look at its address in a browser: it may be a log-in page or a notice; then pull again",
        ) from error
    except wrong.HTTPError as error:
        raise _refused(source, error) from error
    except wrong.RequestException as error:
        raise Unreachable(
            f"{source.name} did not answer in {source.attempts} tries of {source.timeout_seconds:g} s"
            f" ({type(error).__name__})",
            then="nothing: the next pull begins where the last one ended",
        ) from error
    finally:
        session.close()


def _checked(response: Any, *_: object, **__: object) -> None:  # noqa: ANN401  requests' own type
    """Wrong status codes raise, once all is read and the line is free; fractions keep the digits they came with."""
    _ = response.content
    response.raise_for_status()
    response.json = partial(response.json, parse_float=str)


def _unrepeated(source: Source, found: Iterator[Any]) -> Iterator[list[Row]]:
    """Each page once. A page may come again when rows shift while one reads; a circle of pages never ends."""
    seen: set[bytes] = set()
    repeats = 0
    host = urlsplit(source.address).netloc
    for number, page in enumerate(found, start=1):
        if not all(isinstance(row, dict) for row in page):
            raise BadInput(f"page {number} of {source.name} holds no objects", then="mend `rows` in sources.json")
        if not page and source.rows and not _has(page.response.json(), source.rows):
            raise BadInput(
                f"page {number} of {source.name} has no '{source.rows}' but '{_start(page.response.text)}'",
                then="mend `rows` in sources.json, or ask the supplier what changed",
            )
        mark = hashlib.sha256(json.dumps(page, sort_keys=True, default=str).encode()).digest()
        if page and mark in seen:
            repeats += 1
            if repeats > MOST_REPEATS:
                raise BadInput(
                    f"the pages of {source.name} go in a circle: page {number} came before",
                    then="ask the supplier to mend the cursor; nothing of this pull was kept",
                )
        elif page:
            seen.add(mark)
            yield list(page)
        following = urlsplit(page.request.url)
        if page.paginator.has_next_page and following.netloc and following.netloc != host:
            raise BadInput(
                f"{source.name} sends on to another host, {following.netloc}",
                then="declare that host as the source's address if it is right; secrets go to one host only",
            )
        if number >= MOST_PAGES:
            raise BadInput(f"{source.name} has more than {MOST_PAGES:,} pages", then="ask for bigger pages")


def _has(answer: Any, path: str) -> bool:  # noqa: ANN401  whatever JSON holds
    from dlt.common import jsonpath  # noqa: PLC0415

    return bool(jsonpath.find_values(path, answer))


def _refused(source: Source, error: Any) -> BadInput:  # noqa: ANN401  requests' own type
    status = error.response.status_code
    if status in {401, 403}:
        named = f"the secret {source.secret}" if source.secret else "no secret: name one as `secret` in sources.json"
        return BadInput(f"{source.name} does not let us in (HTTP {status})", then=f"check {named}")
    if status == 429 or status >= 500:
        return Unreachable(
            f"{source.name} answered HTTP {status} in all {source.attempts} tries",
            then="nothing: the next pull begins where the last one ended",
        )
    return BadInput(
        f"{source.name} answered HTTP {status}: '{_start(error.response.text)}'",
        then="check its address and parameters",
    )


def _start(text: str) -> str:
    return " ".join(text.split())[:UNREADABLE_SHOWN]


def _sql(source: Source, since: Cursor | None) -> Iterator[list[Row]]:
    import dlt  # noqa: PLC0415  it takes seconds to load
    import sqlalchemy as sa  # noqa: PLC0415
    from dlt.extract.exceptions import ResourceExtractionError  # noqa: PLC0415
    from dlt.sources.sql_database import sql_table  # noqa: PLC0415

    url = sa.make_url(source.address)
    secret = secret_of(source)
    engine = sa.create_engine(url.set(password=secret) if secret else url, pool_pre_ping=True)
    cursor = dlt.sources.incremental(
        source.cursor, initial_value=since, row_order="asc", on_cursor_value_missing="include"
    )
    try:
        rows = sql_table(
            credentials=engine,
            table=source.table,
            schema=source.schema or None,
            incremental=cursor if source.cursor else None,
            chunk_size=ROWS_A_PAGE,
        )
        page: list[Row] = []
        for row in rows:
            page.append(row)
            if len(page) >= ROWS_A_PAGE:
                yield page
                page = []
        if page:
            yield page
    except sa.exc.NoSuchTableError as error:
        raise BadInput(f"{source.name} has no table {source.table}", then="mend `table` in sources.json") from error
    except (sa.exc.SQLAlchemyError, ResourceExtractionError) as error:
        raise _broken(source, error) from error
    finally:
        engine.dispose()


def _broken(source: Source, error: Exception) -> BadInput:
    """What the database said, from under dlt's wrapping, and whether it may say otherwise next time."""
    import sqlalchemy as sa  # noqa: PLC0415

    links: list[BaseException] = [error]
    while (link := links[-1].__cause__) is not None:
        links.append(link)
    own = next((link for link in links if isinstance(link, sa.exc.SQLAlchemyError)), links[min(1, len(links) - 1)])
    said = _start(str(getattr(own, "orig", None) or own))
    if isinstance(own, sa.exc.OperationalError | sa.exc.InterfaceError):
        return Unreachable(f"{source.name} cannot be read ({said})", then="check that the database runs; pull again")
    return BadInput(f"{source.name} cannot be read ({said})", then="mend its table and cursor in sources.json")
