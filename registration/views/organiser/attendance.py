"""Anwesenheit: who was at a session, by the join page or entered by hand."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import Attendance, JournalEntry, Registration, Workshop, WorkshopSession
from registration.services.attending import record_attendance
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import acting, say, workshop_or_404
from registration.vocabulary import RegistrationState


@dataclass(frozen=True)
class Line:
    """A person with a seat, and what is recorded of her."""

    registration: Registration
    attendance: Attendance | None
    is_by_hand: bool


@blueprint.route("/workshops/<int:workshop_id>/sessions/<int:session_id>/attendance", methods=["GET", "POST"])
def attendance(workshop_id: int, session_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    session = next((each for each in one.sessions if each.id == session_id), None) or abort(404)
    form = FlaskForm()
    if form.validate_on_submit():
        try:
            changed = record_attendance(session_id, _said(session), **acting())
        except RegistrationError as refusal:
            say(str(refusal.message), "danger")
        else:
            say(
                "Gespeichert. 1 Eintrag ist neu."
                if changed == 1
                else f"Gespeichert. {changed} Einträge sind neu."
            )
        return redirect(request.path, 303)
    return _page(one, session, form)


def _said(session: WorkshopSession) -> dict[int, bool]:
    """Return what the form says, by registration id.

    An empty box means "absent" only after the end, and only for whom the page showed as it is now: whoever
    has joined since it was opened stays present.
    """
    present, shown = _numbers("present"), _numbers("recorded")
    recorded = {one.registration_id for one in _recorded(session)}
    is_over = clock.now() >= session.ends_at
    return {
        number: number in present
        for number in _numbers("listed")
        if number in present or number in shown or (is_over and number not in recorded)
    }


def _numbers(name: str) -> set[int]:
    return {int(typed) for typed in request.form.getlist(name) if typed.isdecimal() and len(typed) < 10}


def _page(one: Workshop, session: WorkshopSession, form: FlaskForm) -> str:
    lines = _lines(session)
    return render_template(
        "organiser/attendance.html",
        workshop=one,
        session=session,
        lines=lines,
        present=sum(1 for line in lines if line.attendance and line.attendance.attended),
        has_begun=clock.now() >= session.dial_in_or_start_at,
        form=form,
    )


def _lines(session: WorkshopSession) -> list[Line]:
    known = {entry.registration_id: entry for entry in _recorded(session)}
    by_hand = _moments_by_hand(session)
    seated = Registration.live(session.workshop_id).where(Registration.state == RegistrationState.CONFIRMED)
    people = sorted(db.session.scalars(seated), key=lambda one: (one.family_name.casefold(), one.given_name))
    entries = ((person, known.get(person.id)) for person in people)
    return [
        Line(person, entry, entry is not None and entry.recorded_at in by_hand) for person, entry in entries
    ]


def _recorded(session: WorkshopSession) -> list[Attendance]:
    return list(db.session.scalars(select(Attendance).where(Attendance.session_id == session.id)))


def _moments_by_hand(session: WorkshopSession) -> set[datetime]:
    """The instants at which organisers saved: their entries carry the same one as the journal."""
    saved = select(JournalEntry.at).where(
        JournalEntry.workshop_id == session.workshop_id, JournalEntry.action == "attendance_recorded"
    )
    return set(db.session.scalars(saved))
