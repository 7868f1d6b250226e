"""When a timed mail is due, and from when on it makes no sense any more (T-08, T-09, M-56)."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from registration.rules.quiet_hours import QuietHours, end_of_quiet
from registration.rules.wall_times import to_local, to_nearest_instant
from registration.rules.working_days import working_days_after, working_days_before
from registration.vocabulary import Anchor, FederalState, MailKind, OffsetUnit

THANKS_MAKE_SENSE = timedelta(days=14)
CERTIFICATES_MAKE_SENSE = timedelta(days=365)  # who has attended is often entered later
_REMINDER_IN_MINUTES = (MailKind.REMINDER, OffsetUnit.MINUTES)
_INSTANT_BEFORE = timedelta(microseconds=1)
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Timing:
    """How far from its anchor a mail goes out: negative before; `at` is the wall time for days."""

    anchor: Anchor
    unit: OffsetUnit
    offset: int
    at: time | None = None


@dataclass(frozen=True)
class Appointment:
    """The instants of one meeting (aware UTC) and the zone in which its days are counted."""

    starts: datetime
    ends: datetime
    dial_in: datetime | None
    closes: datetime | None
    zone: str


def due_at(timing: Timing, appointment: Appointment, state: FederalState) -> datetime:
    """The UTC instant at which the mail is due (T-08); ValueError when the deadline is missing.

    Days are days at a wall time, never multiples of 24 hours. A wall time that the clock jumps over
    becomes the next one; of two equal ones the first counts.
    """
    anchor = _anchor_instant(timing.anchor, appointment)
    if timing.unit is OffsetUnit.MINUTES:
        return anchor + timedelta(minutes=timing.offset)
    anchor_day = _anchor_day(timing.anchor, anchor, appointment.zone)
    day = _counted_day(timing, anchor_day, state)
    if timing.at is not None:
        return to_nearest_instant(datetime.combine(day, timing.at), appointment.zone)
    wall_time = to_local(anchor, appointment.zone).replace(tzinfo=None)
    return to_nearest_instant(wall_time + (day - anchor_day), appointment.zone)


@dataclass(frozen=True)
class Window:
    """From when a timed mail is due until it is pointless; `waits`: not at night, not on free days (T-11)."""

    due: datetime
    pointless: datetime
    waits: bool
    zone: str

    def leaves_at(self, now: datetime, quiet: QuietHours | None) -> datetime:
        """Return when a mail leaves that is planned now: when due, out of quiet hours, while of use."""
        soonest = max(now, self.due)
        if quiet is None or not self.waits:
            return soonest
        after_quiet = end_of_quiet(soonest, self.zone, quiet)
        return after_quiet if after_quiet < self.pointless else soonest


@lru_cache(maxsize=8192)
def window(
    kind: MailKind, timing: Timing, appointment: Appointment, state: FederalState, quiet: QuietHours | None
) -> Window:
    """Return when a mail of the plan is due, after quiet hours, and how long; ValueError as `due_at`.

    Thanks and certificates are due after the session, a note that the deadline is reached after the
    deadline, whatever the plan says: before, they would be untrue.
    """
    due = max(due_at(timing, appointment, state), _earliest(kind, appointment))
    waits = not (kind is MailKind.MEETING_LINK or (kind, timing.unit) == _REMINDER_IN_MINUTES)
    plain = Window(due, pointless_after(kind, appointment, due), waits, appointment.zone)
    return replace(plain, due=plain.leaves_at(due, quiet))


def pointless_after(kind: MailKind, appointment: Appointment, due: datetime) -> datetime:
    """From when on the mail is skipped (M-56): mostly when the session starts; the link when it is over."""
    if kind is MailKind.THANKS:
        return due + THANKS_MAKE_SENSE
    if kind is MailKind.CERTIFICATE:
        return due + CERTIFICATES_MAKE_SENSE
    if kind is MailKind.DEADLINE_REACHED:
        return max(appointment.starts, due + timedelta(days=1))
    return appointment.ends if kind is MailKind.MEETING_LINK else appointment.starts


def _earliest(kind: MailKind, appointment: Appointment) -> datetime:
    if kind in (MailKind.THANKS, MailKind.CERTIFICATE):
        return appointment.ends
    if kind is MailKind.DEADLINE_REACHED:
        return appointment.closes or appointment.starts
    return _ANY_TIME


def _anchor_instant(anchor: Anchor, appointment: Appointment) -> datetime:
    if anchor is Anchor.DEADLINE:
        if appointment.closes is None:
            raise ValueError("this workshop has no deadline to count from")
        return appointment.closes
    if anchor is Anchor.DIAL_IN:
        return appointment.dial_in or appointment.starts
    return appointment.ends if anchor is Anchor.SESSION_END else appointment.starts


def _anchor_day(anchor: Anchor, instant: datetime, zone: str) -> date:
    # "Until 12 February" closes at 0:00 on the 13th (T-02), and yet its day is the 12th.
    if anchor is Anchor.DEADLINE:
        instant -= _INSTANT_BEFORE
    return to_local(instant, zone).date()


def _counted_day(timing: Timing, day: date, state: FederalState) -> date:
    if timing.unit is OffsetUnit.DAYS:
        return day + timedelta(days=timing.offset)
    if timing.offset < 0:
        return working_days_before(day, -timing.offset, state)
    return working_days_after(day, timing.offset, state)
