"""What several pages of the desk ask first: the record of the address, the person who acts, the moment."""

from typing import Any, TypeVar

from flask import abort, flash, request
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import Base, db
from registration.models import Registration, Workshop, WorkshopSession
from registration.views.sign_in import signed_in_organiser

Record = TypeVar("Record", bound=Base)
LARGEST_ID = 2**31 - 1


def workshop_or_404(workshop_id: int) -> Workshop:
    """Return the workshop with its sessions, rules, questions and mail plan."""
    if workshop_id > LARGEST_ID:
        abort(404)
    query = select(Workshop).where(Workshop.id == workshop_id)
    parts = (
        selectinload(Workshop.sessions).selectinload(WorkshopSession.agenda),
        selectinload(Workshop.rules),
        selectinload(Workshop.questions),
        selectinload(Workshop.mail_rules),
    )
    return db.session.scalar(query.options(*parts)) or abort(404)


def registration_or_404(registration_id: int) -> Registration:
    return record_or_404(Registration, registration_id)


def record_or_404(model: type[Record], record_id: int) -> Record:
    if record_id > LARGEST_ID:
        abort(404)
    return db.session.get(model, record_id) or abort(404)


def acting() -> dict[str, Any]:
    """Return who acts and when, as every service asks for it."""
    organiser = signed_in_organiser()
    if organiser is None:
        abort(403)
    return {"organiser_id": organiser.id, "now": clock.now()}


def seen_version(form: FlaskForm | None = None) -> int:
    """Return the version that the page was made from; 400 when somebody has tampered with it."""
    typed = str(form["version"].data if form else request.form.get("version", ""))
    return int(typed) if typed.isdecimal() and len(typed) < 10 else abort(400)


def refuse(form: FlaskForm, refusal: RegistrationError) -> list[str]:
    """Put the refusal on its field; return it as a list when it belongs to none."""
    if refusal.field and refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
        return []
    return [str(refusal.message)]


def say(sentence: str, kind: str = "success") -> None:
    """Tell on the next page what has happened."""
    flash(sentence, kind)
