"""Logs: one line per event, JSON in production, readable text elsewhere; ids, never personal data (L-61).

`log = structlog.get_logger(__name__)`, then `log.info("mail.sent", mail=7, code=250)`. Loggers of the
standard library (gunicorn, alembic, Flask) go the same way. Names are kept out by saying ids; addresses, keys
of private links, and what a database adds to its errors are removed from every line besides.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

NOTABLE = ("registration", "gunicorn.error", "gunicorn.access", "werkzeug")
QUIET = ("apscheduler",)  # a run that takes longer is no news
FIRST = ("time", "level", "event")

_ADDRESS = re.compile(r"[^\s\"'<>(),:;=\\\[\]]+@[^\s\"'<>(),:;=\\\[\]]+")
_KEY = re.compile(r"(/(?:confirm|my-registration|join|new-address|mailbox)/[/\s]*)[^\s/?\"'\\]+", re.I)
_QUERY = re.compile(r"(/[\w./…-]*)\?[^\s\"'\\]+")


def configure(settings: Mapping[str, Any]) -> None:
    """Send every log line of this process to standard error; may be called again."""
    form = formatter(_form(settings))
    handler = _StandardError()
    handler.setFormatter(form)
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one, _StandardError)]:
        root.removeHandler(before)
    root.addHandler(handler)
    for name in NOTABLE:
        logging.getLogger(name).setLevel(logging.INFO)
        for own in logging.getLogger(name).handlers:  # gunicorn has its own: they keep their target
            own.setFormatter(form)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def formatter(form: str) -> logging.Formatter:
    """Return what makes a line of an event: `form` is "json" or "text"."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_request],
        processors=[
            _origin,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _exception,
            _as_json if form == "json" else _as_text,
            _without_personal_data,
        ],
        pass_foreign_args=True,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Let only what is wrong be logged: for one command that does what else a hundred requests do."""
    ours = logging.getLogger("registration")
    before = ours.level
    ours.setLevel(logging.WARNING)
    try:
        yield
    finally:
        ours.setLevel(before)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override] # the same as logging.lastResort does it
        return sys.stderr


def _form(settings: Mapping[str, Any]) -> str:
    return settings["LOG_FORMAT"] or ("json" if settings["APP_ENV"] == "production" else "text")


def _origin(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event.update(level=record.levelname.lower(), logger=record.name)
    return event


def _request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of a request: what was asked and answered, not by whom (L-09), nor with which words."""
    atoms = event.pop("positional_args", None)
    if event["_record"].name != "gunicorn.access" or not isinstance(atoms, Mapping):
        return event
    event.update(event="http.request", method=atoms["m"], path=atoms["U"])
    event.update(status=int(atoms["s"]), milliseconds=atoms["M"])
    return event


def _exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Type, first line and places: no source, no values of variables, no rows that a database cites."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_chain(error))
    return event


def _chain(error: BaseException) -> list[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = _chain(cause) if cause is not None else []
    places = traceback.extract_tb(error.__traceback__)
    lines = [f"  {place.filename}:{place.lineno} {place.name}" for place in places]
    first_line = (str(error).splitlines() or [""])[0]
    return [*before, *lines, f"{type(error).__name__}: {first_line}"]


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return json.dumps(_ordered(event), ensure_ascii=False, default=str)


def _as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    facts = _ordered(event)
    time, level, name = (facts.pop(one) for one in FIRST)
    trace = facts.pop("exception", "")
    facts.pop("logger")
    words = " ".join(f"{key}={value}" for key, value in facts.items())
    return f"{time[11:19]} {level:<7} {name} {words}".rstrip() + (f"\n{trace}" if trace else "")


def _ordered(event: EventDict) -> dict[str, Any]:
    return {name: event[name] for name in FIRST} | dict(event)


def _without_personal_data(_logger: WrappedLogger, _method: str, line: Any) -> str:
    line = _ADDRESS.sub("[address]", line)
    line = _KEY.sub(r"\1…", line)
    return _QUERY.sub(r"\1?…", line)
