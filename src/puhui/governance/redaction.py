"""Logs and exceptions without people: a processor for structlog, a filter for logging, hooks for tracebacks.

Numbers of people are masked wherever they stand. The words of foreign errors (of databases and file readers) quote the
data that they stumbled over, so what stands in quotes in them is left out. Values under the names of personal columns
are left out of log events whatever they are.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

from puhui.governance.masking import scrubbed

FOREIGN = ("duckdb", "_duckdb", "pyarrow", "psycopg", "django.db", "pandera", "pyiceberg", "ibis", "sqlalchemy", "json")
PRIVATE = {"name", "person", "phone", "account", "counterparty", "counterparty_account", "address", "memo", "identity"}
PRIVATE |= {"before", "after", "raw", "cells", "text"}
QUOTES = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”|(?<==)\([^)]*\)|(?<=contains )\([^)]*\)")


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: masks numbers, leaves personal values out.

    >>> redact(None, "info", {"event": "called 13812341234", "person": "张三", "rows": 3})
    {'event': 'called 138****1234', 'person': '***', 'rows': 3}
    """
    for key, value in event.items():
        if key in PRIVATE and value is not None:
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = scrubbed(value)
        elif not isinstance(value, int | float | bool | None | BaseException):
            event[key] = scrubbed(str(value))
    return event


def told(error: BaseException) -> str:
    """What an error says, fit to be shown: numbers masked, and a foreign error's quotations left out.

    >>> import duckdb
    >>> told(duckdb.ConversionException("Could not convert string '张三' to INT32"))
    "Could not convert string '…' to INT32"
    >>> told(ValueError("call 13812341234"))
    'call 138****1234'
    """
    said = str(error)
    if type(error).__module__.startswith(FOREIGN):
        said = QUOTES.sub("'…'", said.splitlines()[0] if said else "")
    return scrubbed(said)


def lines(error: BaseException) -> str:
    """A traceback with the errors' words as `told`; it shows code and lines, and never a variable's value."""
    shown = traceback.TracebackException.from_exception(error)
    _retell(shown, error, set())
    return "".join(shown.format())


def install() -> None:
    """Use all of it in this process. Asking twice changes nothing."""
    sys.excepthook = _on_error
    threading.excepthook = _on_thread_error
    root = logging.getLogger()
    last = [logging.lastResort] if logging.lastResort is not None else []
    for handler in root.handlers or last:
        if not any(isinstance(f, _Filter) for f in handler.filters):
            handler.addFilter(_Filter())
    logging.setLogRecordFactory(_record)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_rendered),
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Filter(logging.Filter):
    """For handlers that were there before the hooks."""

    def filter(self, record: logging.LogRecord) -> bool:
        _quiet(record)
        return True


_plain_record = logging.getLogRecordFactory()


def _record(*args: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401  as logging hands it over
    record = _plain_record(*args, **more)
    _quiet(record)
    return record


def _quiet(record: logging.LogRecord) -> None:
    """The message as it is to be shown; a traceback is written out now, by our own hand."""
    record.msg, record.args = scrubbed(record.getMessage()), None
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text, record.exc_info = lines(record.exc_info[1]), None


def _rendered(exc_info: Any) -> str:  # noqa: ANN401  as structlog hands it over
    return lines(exc_info[1])


def _retell(shown: traceback.TracebackException, error: BaseException, seen: set[int]) -> None:
    if id(error) in seen:
        return
    seen.add(id(error))
    said = told(error)
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    shown.format_exception_only = lambda **_: iter([f"{name}: {said}\n"])  # type: ignore[method-assign,assignment]
    if shown.__cause__ is not None and error.__cause__ is not None:
        _retell(shown.__cause__, error.__cause__, seen)
    if shown.__context__ is not None and error.__context__ is not None:
        _retell(shown.__context__, error.__context__, seen)


def _on_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(lines(error.with_traceback(trace)))


def _on_thread_error(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        sys.stderr.write(lines(args.exc_value))
