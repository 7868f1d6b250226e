"""Joining: the way to the current meeting room; only its button records presence (domain.md, Links)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import NotPossible
from registration.extensions import csrf, db
from registration.mail.words import room
from registration.models import Attendance, Registration, WorkshopSession
from registration.services.joining import current_session, join
from registration.views.durations import time_left
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose

SOON = timedelta(hours=12)
blueprint = Blueprint("joining", __name__, url_prefix="/join/<token>")


class Door(StrEnum):
    """Whether one can go in now."""

    NO_SEAT = "no_seat"
    NOT_YET = "not_yet"
    OPEN = "open"
    OVER = "over"


@blueprint.get("")
def show(token: str) -> str:
    return _page(link_or_404(LinkPurpose.JOIN, token).registration, token)


@blueprint.get("/room")
def room_now(token: str) -> Any:
    """On to the room that is right in this moment, however long the page has been open."""
    registration = link_or_404(LinkPurpose.JOIN, token).registration
    now = clock.now()
    session = current_session(registration.workshop.sessions, now)
    is_open = _door(registration, session, now) is Door.OPEN
    if session is None or not is_open or not session.room_link.startswith(("https://", "http://")):
        return redirect(url_for("joining.show", token=token), 303)
    return redirect(session.room_link, 303)


@blueprint.post("")
@csrf.exempt  # the secret in the address says who it is: who refuses cookies gets in as well
def enter(token: str) -> Any:
    registration = link_or_404(LinkPurpose.JOIN, token).registration
    now = clock.now()
    session = current_session(registration.workshop.sessions, now)
    if session is None:
        return _page(registration, token), 409
    try:
        join(registration.id, session.id, now=now)
    except NotPossible:
        return _page(registration, token), 409
    # not on to the room: browsers stop a form that leads to another host (form-action, L-50)
    return redirect(url_for("joining.show", token=token), 303)


def _page(registration: Registration, token: str) -> str:
    now = clock.now()
    session = current_session(registration.workshop.sessions, now)
    door = _door(registration, session, now)
    facts = room(session) if session is not None and door is Door.OPEN else []
    return render_template(
        "joining/show.html",
        workshop=registration.workshop,
        session=session,
        door=door.value,
        facts=[fact for fact in facts if not fact.is_web],
        link=next((fact.href for fact in facts if fact.is_web), ""),
        presence=_presence(registration, session),
        registration=registration,
        token=token,
        opens_in=_opens_in(session, now),
        page_path=f"/join/{token}",
        now=now,
    )


def _door(registration: Registration, session: WorkshopSession | None, now: datetime) -> Door:
    workshop = registration.workshop
    if not registration.has_seat:
        return Door.NO_SEAT
    if not workshop.is_published or workshop.is_over(now):
        return Door.OVER
    if session is None or now < session.dial_in_or_start_at:
        return Door.NOT_YET
    return Door.OPEN


def _opens_in(session: WorkshopSession | None, now: datetime) -> str:
    """How long it takes until the door opens; of days the page speaks by their names."""
    if session is None or not now < session.dial_in_or_start_at <= now + SOON:
        return ""
    return time_left(now, session.dial_in_or_start_at)


def _presence(registration: Registration, session: WorkshopSession | None) -> Attendance | None:
    if session is None:
        return None
    return db.session.scalar(
        select(Attendance).where(
            Attendance.registration_id == registration.id, Attendance.session_id == session.id
        )
    )
