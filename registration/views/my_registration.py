"""One's own registration behind the mailed link. Looking changes nothing; buttons do (M-30…M-33)."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import NotPossible
from registration.extensions import csrf, db
from registration.forms.withdrawal import WithdrawalForm
from registration.mail.calendar import workshop_calendar
from registration.models import Attendance, Registration
from registration.services.joining import current_session
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.views.availability import Chance, availability
from registration.views.calendar_files import calendar_file
from registration.views.languages import reader_language
from registration.views.link_guard import link_or_404
from registration.views.private_addresses import private_address
from registration.views.registration_words import next_steps, progress, sentence
from registration.views.substitutes import can_pass_on, named_substitute
from registration.vocabulary import LinkPurpose, RegistrationState

blueprint = Blueprint("my_registration", __name__, url_prefix="/my-registration/<token>")


@blueprint.get("")
def show(token: str) -> str:
    registration = _own(token)
    # where nothing can be withdrawn there is no form, and no cookie for it (L-20)
    form = WithdrawalForm(formdata=None, meta={"csrf": registration.is_live})
    return _page(registration, token, form)


@blueprint.post("/withdrawal", endpoint="withdraw")
@csrf.exempt
def leave(token: str) -> Any:
    registration = _own(token)
    form = WithdrawalForm()
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        withdraw(registration.id, now=clock.now())
    except NotPossible as refusal:
        return _page(registration, token, form, refusal=refusal), 409
    return redirect(url_for("my_registration.show", token=token), 303)


@blueprint.post("/return", endpoint="undo")
def come_back(token: str) -> Any:
    registration = _own(token)
    try:
        undo_withdrawal(registration.id, now=clock.now())
    except NotPossible as refusal:
        return _page(registration, token, WithdrawalForm(formdata=None), refusal=refusal), 409
    return redirect(url_for("my_registration.show", token=token), 303)


@blueprint.get("/calendar.ics")
def calendar(token: str) -> Response:
    """The calendar file with the meeting room, for those with a seat only (C-11, C-14)."""
    registration = _own(token)
    if not registration.has_seat or not registration.workshop.sessions:
        abort(404)
    now, language = clock.now(), reader_language()
    told = registration.calendar_changes
    return calendar_file(
        workshop_calendar(registration.workshop, now=now, with_room=True, language=language, raised_by=told)
    )


def _own(token: str) -> Registration:
    return link_or_404(LinkPurpose.MANAGE, token).registration


def _page(registration: Registration, token: str, form: WithdrawalForm, refusal: Any = None) -> str:
    now = clock.now()
    workshop = registration.workshop
    rank = _rank(registration)
    return render_template(
        "my_registration/show.html",
        registration=registration,
        workshop=workshop,
        token=token,
        form=form,
        refusal=refusal,
        sentence=sentence(registration, rank),
        next_steps=next_steps(registration, now),
        progress=progress(registration, has_attended=_has_attended(registration)),
        can_withdraw=registration.is_live and not workshop.is_over(now),
        can_return=_can_return(registration, now),
        can_pass_on=can_pass_on(registration),
        substitute=named_substitute(registration),
        way_in=_way_in(registration, now),
        page_path=f"/my-registration/{token}",
        now=now,
    )


def _rank(registration: Registration) -> int | None:
    if registration.state != RegistrationState.WAITING:
        return None
    return (db.session.scalar(registration.ahead()) or 0) + 1


def _has_attended(registration: Registration) -> bool:
    attended = select(Attendance.id).where(
        Attendance.registration_id == registration.id, Attendance.attended.is_(True)
    )
    return bool(db.session.scalar(select(attended.exists())))


def _way_in(registration: Registration, now: datetime) -> str | None:
    """The address of the page that leads into the room, while the door is open."""
    session = current_session(registration.workshop.sessions, now)
    if session is None or not session.has_room or now < session.dial_in_or_start_at:
        return None
    return private_address(registration, LinkPurpose.JOIN, "joining.show")


def _can_return(registration: Registration, now: datetime) -> bool:
    """Whether the button to come back makes sense: the seat is still free."""
    workshop = registration.workshop
    if registration.state != RegistrationState.WITHDRAWN or registration.address_confirmed_at is None:
        return False
    if not workshop.is_published or workshop.is_over(now):
        return False
    seats = availability(workshop, now=now)
    has_room = seats.seats.free is None or (seats.seats.free > 0 and not seats.seats.waiting)
    return has_room or seats.chance == Chance.BY_CHOICE
