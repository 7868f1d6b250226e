"""When the timed mails of a workshop are due."""

from collections.abc import Iterator
from datetime import datetime

from flask import current_app

from registration.models import MailRule, Workshop, WorkshopSession
from registration.rules.reminder_times import Appointment, Timing, due_at, pointless_after
from registration.vocabulary import Anchor, FederalState


def appointment_of(session: WorkshopSession) -> Appointment:
    """Return the instants of a session that timed mails count from."""
    return Appointment(
        starts=session.starts_at,
        ends=session.ends_at,
        dial_in=session.dial_in_at,
        closes=session.workshop.closes_at,
        zone=session.zone,
    )


def due_mails(workshop: Workshop) -> Iterator[tuple[MailRule, WorkshopSession, datetime, datetime]]:
    """Yield every timed mail of the plan: rule, session, due instant, and when it becomes pointless."""
    state = FederalState(current_app.config["FEDERAL_STATE"])
    for rule in workshop.mail_rules:
        if rule.anchor is Anchor.DEADLINE and workshop.closes_at is None:
            continue
        for session in workshop.sessions:
            appointment = appointment_of(session)
            due = due_at(Timing(rule.anchor, rule.unit, rule.offset, rule.at), appointment, state)
            yield rule, session, due, pointless_after(rule.kind, appointment)
