"""How a mail of a workshop reads: for a real person, and for the longest name (M-94)."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, render_template, request

from registration import clock
from registration.errors import RegistrationError
from registration.models import MailRule, Registration, Workshop, WorkshopSession
from registration.services import previewing
from registration.services.previewing import Preview
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import LARGEST_ID, registration_or_404, workshop_or_404
from registration.vocabulary import DESK_MAILS, TIMED_MAILS, MailKind

POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; base-uri 'none'"
)


@blueprint.get("/workshops/<int:workshop_id>/previews/<mail_kind>")
def preview(workshop_id: int, mail_kind: str) -> str:
    one, kind = workshop_or_404(workshop_id), _kind(mail_kind)
    people = [] if kind in DESK_MAILS else previewing.people(workshop_id)
    shown = _readers(workshop_id, kind, people)
    return render_template(
        "organiser/workshop/preview.html",
        workshop=one,
        tab="mails",
        kind=kind,
        kinds=previewing.PREVIEWED,
        people=people,
        asked=shown[0],
        session=_asked_session(one),
        rule=_asked_rule(one, kind),
        has_sessions=kind in TIMED_MAILS and len(one.sessions) > 1,
        mails=[_written(one, kind, person) for person in shown],
        now=clock.now(),
    )


def _readers(workshop_id: int, kind: MailKind, people: Sequence[Registration]) -> list[Registration | None]:
    """Return whom the mail is shown for: the person asked for or a fitting one, and the longest name."""
    if kind in DESK_MAILS:
        return [None]
    longest = previewing.longest(workshop_id)
    others = [one for one in people if one is not longest]
    first = _asked_person(workshop_id) or previewing.suited(others, kind) or longest
    return [first] if first is longest else [first, longest]


@blueprint.get("/workshops/<int:workshop_id>/previews/<mail_kind>/html")
def preview_html(workshop_id: int, mail_kind: str) -> Response:
    """Return the HTML part for a frame: a page that may do nothing, not even follow a link."""
    one, kind = workshop_or_404(workshop_id), _kind(mail_kind)
    written, refusal = _written(one, kind, _asked_person(workshop_id))
    response = Response(written.html if written else refusal, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _written(one: Workshop, kind: MailKind, person: Registration | None) -> tuple[Preview | None, str]:
    """Return the mail, or the sentence why there is none."""
    try:
        session, rule = _asked_session(one), _asked_rule(one, kind)
        mail = previewing.preview(one, kind, person, session=session, rule=rule, now=clock.now())
    except RegistrationError as refusal:
        return None, str(refusal.message)
    return mail, ""


def _kind(typed: str) -> MailKind:
    kinds = {str(kind): kind for kind in previewing.PREVIEWED}
    return kinds.get(typed) or abort(404)


def _asked_person(workshop_id: int) -> Registration | None:
    """Return the chosen registration; 404 when it belongs to another workshop."""
    number = _asked_number("registration")
    if number is None:
        return None
    person = registration_or_404(number)
    return person if person.workshop_id == workshop_id else abort(404)


def _asked_session(one: Workshop) -> WorkshopSession | None:
    number = _asked_number("session")
    return next((session for session in one.sessions if session.id == number), None)


def _asked_rule(one: Workshop, kind: MailKind) -> MailRule | None:
    number = _asked_number("rule")
    return next((rule for rule in one.mail_rules if rule.id == number and rule.kind is kind), None)


def _asked_number(name: str) -> int | None:
    typed: Any = request.args.get(name, type=int)
    return typed if typed and 0 < typed <= LARGEST_ID else None
