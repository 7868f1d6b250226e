"""A friendly page for everything that can go wrong. None of it asks the database, which may be the cause."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from flask.globals import request_ctx
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

RETRY_AFTER_SECONDS = 30


@dataclass(frozen=True)
class Trouble:
    """What happened, and what the reader can do."""

    title: Any
    text: Any


TROUBLES = {
    400: Trouble(
        _l("Das hat nicht geklappt"),
        _l("Wir konnten Ihre Anfrage nicht verarbeiten. Gehen Sie zurück und versuchen Sie es noch einmal."),
    ),
    403: Trouble(
        _l("Das dürfen Sie nicht öffnen"),
        _l("Diese Seite ist nur für bestimmte Personen. Melden Sie sich mit dem richtigen Konto an."),
    ),
    404: Trouble(
        _l("Diese Seite gibt es nicht"),
        _l(
            "Vielleicht ist der Link unvollständig oder nicht mehr gültig. Sie können einen neuen Link "
            "zu Ihrer Anmeldung anfordern oder alle Veranstaltungen ansehen."
        ),
    ),
    405: Trouble(
        _l("So lässt sich diese Seite nicht öffnen"),
        _l("Gehen Sie zurück und benutzen Sie die Knöpfe auf der Seite."),
    ),
    413: Trouble(
        _l("Das ist zu viel Text"),
        _l("Was Sie geschickt haben, ist zu groß. Gehen Sie zurück und kürzen Sie Ihre Angaben."),
    ),
    429: Trouble(
        _l("Zu viele Versuche"),
        _l("Von Ihrem Anschluss kamen zu viele Anfragen. Versuchen Sie es in einer Minute erneut."),
    ),
    500: Trouble(
        _l("Bei uns ist ein Fehler passiert"),
        _l("Das liegt nicht an Ihnen. Versuchen Sie es in einigen Minuten noch einmal."),
    ),
    503: Trouble(
        _l("Der Dienst ist gerade nicht erreichbar"),
        _l(
            "Versuchen Sie es in einer Minute noch einmal. Ihre früheren Anmeldungen sind sicher gespeichert."
        ),
    ),
}
AT_THE_DESK = {
    404: Trouble(
        "Diese Seite gibt es nicht",
        "Vielleicht ist die Adresse unvollständig, oder jemand hat den Eintrag inzwischen entfernt. "
        "Gehen Sie zur Seite „Heute“ und suchen Sie von dort aus.",
    ),
}
"""What helps organisers instead; the desk speaks German only."""
EXPIRED_FORM = Trouble(
    _l("Bitte senden Sie das Formular noch einmal ab"),
    _l("Das Formular war zu lange offen. Gehen Sie zurück, laden Sie die Seite neu und senden Sie sie ab."),
)


def register(app: Flask) -> None:
    """Attach a page to every error."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _expired_form)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _unavailable)


def _http_error(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error
    at_the_desk = AT_THE_DESK.get(code) if is_at_the_desk() else None
    trouble = at_the_desk or TROUBLES.get(code) or TROUBLES[400 if code < 500 else 500]
    response = _page(trouble, code)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def is_at_the_desk() -> bool:
    """Return whether the address is one of organisers, also where no page is."""
    return request.path == "/organiser" or request.path.startswith("/organiser/")


def _expired_form(_error: CSRFError) -> Response:
    return _page(EXPIRED_FORM, 400)


def _unavailable(_error: Exception) -> Response:
    response = _page(TROUBLES[503], 503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _page(trouble: Trouble, code: int) -> Response:
    if request_ctx.url_adapter is None:  # a foreign Host header: no address can be built, so no page either
        return Response(str(trouble.title), code, content_type="text/plain; charset=utf-8")
    return make_response(
        render_template("errors/show.html", trouble=trouble, code=code, is_at_the_desk=is_at_the_desk()), code
    )
