"""When the timed mails of a workshop are due, by the settings of the agency (T-08, T-11)."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, NamedTuple

from flask import current_app

from registration.models import MailRule, Workshop, WorkshopSession
from registration.rules.quiet_hours import QuietHours
from registration.rules.reminder_times import Appointment, Timing, Window, window
from registration.vocabulary import TIMED_NOTES, Anchor, FederalState, MailKind


class TimedMail(NamedTuple):
    """One mail of the plan for one session; `due` is when it leaves, after quiet hours."""

    rule: MailRule
    session: WorkshopSession
    due: datetime
    pointless: datetime


def due_mails(workshop: Workshop) -> Iterator[TimedMail]:
    """Yield every timed mail of the plan: to participants for each session, certificates and notes once."""
    for rule in workshop.mail_rules:
        if rule.anchor is Anchor.DEADLINE and workshop.closes_at is None:
            continue
        for session in _sessions_of(rule, workshop):
            found = window_of(rule, session, workshop.closes_at)
            yield TimedMail(rule, session, found.due, found.pointless)


def _sessions_of(rule: MailRule, workshop: Workshop) -> list[WorkshopSession]:
    if rule.kind is MailKind.CERTIFICATE:
        return [last] if (last := workshop.last_session) else []
    return workshop.sessions[: 1 if rule.kind in TIMED_NOTES else None]


def window_of(rule: Any, session: Any, closes_at: datetime | None) -> Window:
    """Return from when until when a line of the plan sends for a session, both records or rows of a query."""
    timing = Timing(rule.anchor, rule.unit, rule.offset, rule.at)
    return window(rule.kind, timing, appointment_of(session, closes_at), federal_state(), quiet_hours())


def appointment_of(session: Any, closes_at: datetime | None) -> Appointment:
    """Return the instants that timed mails count from."""
    return Appointment(
        starts=session.starts_at,
        ends=session.ends_at,
        dial_in=session.dial_in_at,
        closes=closes_at,
        zone=session.zone,
    )


def federal_state() -> FederalState:
    """Return the state whose holidays are no working days."""
    return FederalState(current_app.config["FEDERAL_STATE"])


def quiet_hours() -> QuietHours | None:
    """Return the agency's quiet hours; None without (T-11). ValueError for what is no clock time."""
    since, until = (str(current_app.config[f"MAIL_QUIET_{end}"]) for end in ("FROM", "UNTIL"))
    if not since or not until:
        return None
    return QuietHours(time.fromisoformat(since), time.fromisoformat(until), federal_state())
