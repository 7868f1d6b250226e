"""Certifying: what somebody has attended, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from registration.extensions import db
from registration.models import Attendance, Registration, WorkshopSession


@dataclass(frozen=True)
class Attended:
    """A session at which she was; `minutes` where they are known and fewer than it has.

    `number`: its place among all sessions of the workshop, from 1.
    """

    number: int
    session: WorkshopSession
    minutes: int | None

    @property
    def lasted(self) -> timedelta:
        whole = self.session.ends_at - self.session.starts_at
        return whole if self.minutes is None else timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Certificate:
    """Every session that she has attended, in the order of time; never none."""

    attended: Sequence[Attended]

    @property
    def lasted(self) -> timedelta:
        """How long all of it was."""
        return sum((one.lasted for one in self.attended), timedelta())


def certificate_of(registration: Registration, *, now: datetime) -> Certificate | None:
    """Return what can be certified by now, whatever became of the rest; None when that is nothing."""
    known = {one.session_id: one for one in db.session.scalars(Attendance.certified(registration.id, now))}
    sessions = enumerate(registration.workshop.sessions, 1)
    attended = [_attended(number, one, known[one.id]) for number, one in sessions if one.id in known]
    return Certificate(attended) if attended else None


def _attended(number: int, session: WorkshopSession, attendance: Attendance) -> Attended:
    """Whoever was there for the whole of it has no minutes of her own."""
    whole = (session.ends_at - session.starts_at) // timedelta(minutes=1)
    minutes = attendance.minutes
    return Attended(number, session, minutes if minutes is not None and minutes < whole else None)
