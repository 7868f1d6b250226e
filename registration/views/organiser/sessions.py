"""Termine und Raum: the meetings of a workshop."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from registration import clock
from registration.errors import RegistrationError
from registration.forms.organiser.session import SessionForm, like, stored
from registration.models import Workshop, WorkshopSession
from registration.rules.agenda_times import outside
from registration.services import scheduling
from registration.services.scheduling import AgendaLine, SessionFacts
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.changes import after_saving
from registration.views.organiser.lookups import (
    acting,
    record_or_404,
    refuse,
    say,
    seen_version,
    workshop_or_404,
)


@blueprint.get("/workshops/<int:workshop_id>/sessions")
def sessions(workshop_id: int) -> str:
    one = workshop_or_404(workshop_id)
    return render_template("organiser/workshop/sessions.html", workshop=one, tab="sessions", now=clock.now())


@blueprint.route("/workshops/<int:workshop_id>/sessions/new", methods=["GET", "POST"])
@for_changers
def new_session(workshop_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    form = _form(one, _taken_over() | {"version": one.version})
    others: list[str] = []
    if form.validate_on_submit():
        try:
            scheduling.add_session(workshop_id, _facts(form), version=seen_version(form), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say("Der Termin ist gespeichert.")
            _warn_of_agenda(form)
            return after_saving(workshop_id, "organiser.sessions")
    return _page(workshop_id, form, others)


@blueprint.route("/workshops/<int:workshop_id>/sessions/<int:session_id>", methods=["GET", "POST"])
@for_changers
def edit_session(workshop_id: int, session_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    session = _session(one, session_id)
    form = _form(one, stored(session))
    others: list[str] = []
    if form.validate_on_submit():
        try:
            scheduling.change_session(
                workshop_id, session_id, _facts(form), version=seen_version(form), **acting()
            )
        except RegistrationError as refusal:
            others = refuse(form, refusal)
            form.version.data = str(workshop_or_404(workshop_id).version)
        else:
            say("Der Termin ist gespeichert.")
            _warn_of_agenda(form)
            return after_saving(workshop_id, "organiser.sessions")
    return _page(workshop_id, form, others, session_id)


@blueprint.post("/workshops/<int:workshop_id>/sessions/<int:session_id>/removal")
def remove_session(workshop_id: int, session_id: int) -> ResponseReturnValue:
    _session(workshop_or_404(workshop_id), session_id)
    try:
        scheduling.remove_session(workshop_id, session_id, version=seen_version(), **acting())
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    else:
        say("Der Termin ist entfernt.")
        return after_saving(workshop_id, "organiser.sessions")
    return redirect(url_for("organiser.sessions", workshop_id=workshop_id), 303)


def _form(one: Workshop, shown: dict[str, Any]) -> SessionForm:
    form = SessionForm(data=shown)
    form.zone = one.zone
    return form


def _facts(form: SessionForm) -> SessionFacts:
    typed = form.facts()
    typed["agenda"] = tuple(AgendaLine(*line) for line in typed["agenda"])
    return SessionFacts(**typed)


def _warn_of_agenda(form: SessionForm) -> None:
    """Whoever moves a session easily forgets its programme."""
    facts = form.facts()
    found = outside((at for at, *_ in facts["agenda"]), facts["starts_local"], facts["ends_local"])
    if found:
        times = ", ".join(f"{at:%H:%M}" for at in found)
        say(f"Im Programm liegen Uhrzeiten außerhalb des Termins: {times}. Bitte prüfen Sie sie.", "warning")


def _taken_over() -> dict[str, Any]:
    """Return the agenda of an older session when `like` names one."""
    model = request.args.get("like", type=int)
    return like(record_or_404(WorkshopSession, model)) if model else {}


def _session(one: Workshop, session_id: int) -> WorkshopSession:
    """Return a session of this workshop and of no other."""
    return next((session for session in one.sessions if session.id == session_id), None) or abort(404)


def _page(
    workshop_id: int, form: SessionForm, others: list[str], session_id: int | None = None
) -> ResponseReturnValue:
    is_wrong = bool(form.errors or others)
    form.add_spare_lines()
    page = render_template(
        "organiser/session.html",
        workshop=workshop_or_404(workshop_id),
        form=form,
        others=others,
        session_id=session_id,
    )
    return page, 400 if is_wrong else 200
