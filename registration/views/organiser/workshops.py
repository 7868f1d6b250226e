"""A workshop at the desk: overview, settings, publishing, cancelling, copying."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from wtforms import HiddenField

from registration import clock
from registration.errors import ConcurrentEdit, RegistrationError
from registration.extensions import db
from registration.forms.organiser.fields import text
from registration.forms.organiser.workshop import GROUPS, WorkshopForm, new, stored
from registration.models import Registration, Workshop
from registration.rules.date_words import table_date_time
from registration.rules.wall_times import to_local
from registration.rules.working_days import is_working_day
from registration.services import publishing
from registration.services.publishing import Saved, WorkshopFacts
from registration.steps.completeness import what_is_missing, what_to_check
from registration.steps.timing import due_mails
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.changes import after_saving
from registration.views.organiser.lookups import acting, refuse, say, seen_version, workshop_or_404
from registration.views.organiser.overview import rows
from registration.views.organiser.waiting import moved_up_in_words
from registration.vocabulary import LIVE_STATES, FederalState, RegistrationState


class CancellationForm(FlaskForm):
    version = HiddenField()
    text = text(
        "Warum findet der Workshop nicht statt?", longest=2000, description="Steht in der E-Mail an alle."
    )


@blueprint.get("/workshops/<int:workshop_id>")
def workshop(workshop_id: int) -> str:
    now = clock.now()
    one = workshop_or_404(workshop_id)
    return _tab(
        "overview",
        one,
        row=rows([one], now=now)[0],
        time_line=_time_line(one),
        missing=what_is_missing(one, now=now),
        doubts=what_to_check(one),
    )


@blueprint.route("/workshops/new", methods=["GET", "POST"])
@for_changers
def new_workshop() -> ResponseReturnValue:
    form = WorkshopForm(data=new(current_app.config["TIME_ZONE"]))
    others: list[str] = []
    if form.validate_on_submit():
        try:
            workshop_id = publishing.create(WorkshopFacts(**form.facts()), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say("Der Entwurf ist gespeichert. Als Nächstes braucht er einen Termin.")
            return redirect(url_for("organiser.workshop", workshop_id=workshop_id), 303)
    page = render_template("organiser/new_workshop.html", form=form, groups=GROUPS, others=others)
    return page, 400 if form.errors or others else 200


@blueprint.route("/workshops/<int:workshop_id>/settings", methods=["GET", "POST"])
def settings(workshop_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    before = stored(one)
    form = WorkshopForm(data=before)
    others: list[str] = []
    differences: list[tuple[str, Any, Any]] = []
    if form.validate_on_submit():
        try:
            facts = WorkshopFacts(**form.facts())
            saved = publishing.change(workshop_id, facts, version=seen_version(form), **acting())
        except ConcurrentEdit as refusal:
            others, differences = [str(refusal.message)], _differences(form, workshop_or_404(workshop_id))
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say(" ".join(["Die Einstellungen sind gespeichert.", *_moved_up(saved, one.zone)]))
            return after_saving(workshop_id, "organiser.settings")
    one = workshop_or_404(workshop_id)
    page = _tab(
        "settings", one, form=form, groups=GROUPS, others=others, differences=differences, hint=_holiday(one)
    )
    return page, 409 if differences else 400 if form.errors or others else 200


@blueprint.route("/workshops/<int:workshop_id>/publication", methods=["GET", "POST"])
@for_changers
def publication(workshop_id: int) -> ResponseReturnValue:
    one, form = workshop_or_404(workshop_id), FlaskForm()
    others: list[str] = []
    if form.validate_on_submit():
        try:
            publishing.publish(workshop_id, version=seen_version(), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
            one = workshop_or_404(workshop_id)
        else:
            say("Der Workshop ist veröffentlicht.")
            return redirect(url_for("organiser.workshop", workshop_id=workshop_id), 303)
    page = render_template(
        "organiser/publication.html",
        workshop=one,
        form=form,
        others=others,
        missing=what_is_missing(one, now=clock.now()),
        doubts=what_to_check(one),
        hint=_holiday(one),
    )
    return page, 400 if others else 200


@blueprint.route("/workshops/<int:workshop_id>/cancellation", methods=["GET", "POST"])
@for_changers
def cancellation(workshop_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    form = CancellationForm(data={"version": one.version})
    others: list[str] = []
    if form.validate_on_submit():
        try:
            told = publishing.cancel(
                workshop_id, version=seen_version(form), text=form.text.data or "", **acting()
            )
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say(f"Der Workshop ist abgesagt. {told} Personen erhalten eine E-Mail.")
            return redirect(url_for("organiser.workshop", workshop_id=workshop_id), 303)
    one = workshop_or_404(workshop_id)
    page = render_template(
        "organiser/cancellation.html", workshop=one, form=form, others=others, people=_people(one)
    )
    return page, 400 if form.errors or others else 200


@blueprint.post("/workshops/<int:workshop_id>/copies")
def copy(workshop_id: int) -> ResponseReturnValue:
    """Make a copy; a first session is offered with the agenda of the old one."""
    one = workshop_or_404(workshop_id)
    first = one.first_session.id if one.first_session else None
    copy_id = publishing.duplicate(workshop_id, **acting())
    say("Die Kopie ist angelegt. Tragen Sie nun den Termin und den Zugang ein.")
    return redirect(url_for("organiser.new_session", workshop_id=copy_id, like=first), 303)


def _tab(name: str, one: Workshop, **values: Any) -> str:
    return render_template(
        f"organiser/workshop/{name}.html", workshop=one, tab=name, now=clock.now(), **values
    )


def _people(one: Workshop) -> int:
    """Count who gets a mail when the workshop is called off."""
    told = [state for state in LIVE_STATES if state is not RegistrationState.UNCONFIRMED]
    query = select(func.count()).where(Registration.workshop_id == one.id, Registration.state.in_(told))
    return db.session.scalar(query) or 0


def _differences(form: WorkshopForm, now_stored: Workshop) -> list[tuple[str, Any, Any]]:
    """Return label, stored and typed text of what differs; the next attempt builds on the stored (U-20)."""
    other = stored(now_stored)
    form.version.data = str(now_stored.version)
    compared = [name for group in GROUPS.values() for name in group]
    return [
        (form[name].label.text, other[name], form[name].data)
        for name in compared
        if (other[name] or "") != (form[name].data or "")
    ]


def _moved_up(saved: Saved, zone: str) -> Iterator[str]:
    end = saved.offered_until
    return moved_up_in_words(saved.moved_up, table_date_time(to_local(end, zone), "de") if end else "")


def _holiday(one: Workshop) -> str:
    """Return the hint that nobody works on the day of the deadline (T-03)."""
    state = FederalState(current_app.config["FEDERAL_STATE"])
    if one.deadline_on is None or is_working_day(one.deadline_on, state):
        return ""
    return "Der Anmeldeschluss ist kein Werktag."


def _time_line(one: Workshop) -> list[tuple[Any, str, str]]:
    """Return instant, kind and words of everything on the time line of the workshop, in order."""
    entries: list[tuple[Any, str, Any]] = [(one.opens_at or one.published_at, "opening", "Anmeldung öffnet")]
    # "until 12 February" closes at 0:00 on the 13th (T-02): shown is the last minute that counts
    last_minute = one.closes_at - timedelta(minutes=0 if one.deadline_time else 1) if one.closes_at else None
    entries.append((last_minute, "deadline", "Anmeldeschluss"))
    entries += [(session.starts_at, "session", session.title or "Termin") for session in one.sessions]
    entries += [(due, "mail", rule.kind) for rule, _, due, _ in due_mails(one)]
    entries.append((clock.now(), "today", "heute"))
    return sorted((entry for entry in entries if entry[0]), key=lambda entry: entry[0])
