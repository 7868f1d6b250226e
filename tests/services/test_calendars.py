"""What arrives in calendars over the life of a programme, by two readers of the mails (C-06, C-12)."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import NamedTuple

import icalendar
import pytest

from registration.extensions import db
from registration.mail.transport import Transport
from registration.models import Workshop
from registration.services import publishing, reviewing, scheduling, telling_changes
from registration.services.delivering import deliver_due
from registration.services.scheduling import SessionFacts
from registration.services.withdrawing import withdraw
from registration.vocabulary import Decision, RegistrationState
from tests.factories import find, make_organiser, make_session, make_workshop, sign_up, submit
from tests.mail.ics import faults, instant_of, read
from tests.servers.smtp import Received
from tests.services.plans import HOUR, wall
from tests.times import NOW

BEFORE, AFTER = wall("2027-03-26T10:00"), wall("2027-03-30T10:00")
"""Friday and Tuesday: on the Sunday between them the clock changes."""
SECRETS = ("meeting.example.org", "2741 555 0199", "lupine", "5550 1234", "CONFERENCE")


class Seen(NamedTuple):
    """One session in one calendar file."""

    method: str
    uid: str
    sequence: int
    starts_at: datetime
    has_room: bool


@pytest.fixture
def app(make_app, smtp_sink):
    return make_app(**smtp_sink.settings)


@pytest.fixture
def deliver(app_context):
    """Send everything that is due at an instant."""
    transport = Transport(app_context.config)

    def run(now=NOW):
        while deliver_due(transport, instant=lambda: now, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


@pytest.fixture
def by(app_context):
    organiser_id = make_organiser().id

    def who(workshop_id: int, now: datetime = NOW) -> dict:
        db.session.rollback()
        version = db.session.get_one(Workshop, workshop_id).version
        return {"version": version, "organiser_id": organiser_id, "now": now}

    return who


def files(mail: Received) -> list[bytes]:
    parts = [part for part in mail.message.walk() if part.get_content_type() == "text/calendar"]
    return [part.get_payload(decode=True) for part in parts if isinstance(part, EmailMessage)]


def seen_in(mails: list[Received]) -> list[Seen]:
    """What both readers see in all the files, one after the other; they must agree."""
    found = []
    for content in (one for mail in mails for one in files(mail)):
        assert faults(content) == []
        calendar = read(content)
        parsed = icalendar.Calendar.from_ical(content).walk("VEVENT")
        for event, other in zip(calendar.of("VEVENT"), parsed, strict=True):
            starts_at = instant_of(calendar, event.one("DTSTART"))
            assert (str(other["UID"]), other["SEQUENCE"], other.start.astimezone(UTC)) == (
                event.value("UID"),
                int(event.value("SEQUENCE")),
                starts_at,
            )
            numbers = event.value("UID"), int(event.value("SEQUENCE")), starts_at
            found.append(Seen(calendar.value("METHOD"), *numbers, bool(event.all("CONFERENCE"))))
    return found


def times(start: datetime, **facts: str) -> SessionFacts:
    opening = start - timedelta(minutes=15)
    room = {"room_platform": "Webex", "room_link": "https://meeting.example.org/room/4711"}
    return SessionFacts(
        starts_local=start, ends_local=start + 2 * HOUR, dial_in_local=opening, **(room | facts)
    )


def test_every_change_of_a_programme_reaches_the_calendar_with_a_higher_number(deliver, smtp_sink, by):
    sessions = [make_session(start, uid=f"at-{start.day}") for start in (BEFORE, AFTER)]
    workshop_id = make_workshop(slug="programm", sessions=sessions).id
    uids = [one.calendar_uid for one in db.session.get_one(Workshop, workshop_id).sessions]
    second = db.session.get_one(Workshop, workshop_id).sessions[1].id
    sign_up(db.session.get_one(Workshop, workshop_id), "ada")
    deliver()
    steps = (
        times(AFTER + timedelta(days=1)),  # moved
        times(AFTER + timedelta(days=1), room_link="https://meeting.example.org/room/neu"),
        times(AFTER),  # and back
    )
    for hour, facts in enumerate(steps, 1):
        now = NOW + hour * HOUR
        scheduling.change_session(workshop_id, second, facts, **by(workshop_id, now))
        telling_changes.tell_changes(workshop_id, text="", **by(workshop_id, now))
        deliver(now)
    publishing.cancel(workshop_id, text="", **by(workshop_id, NOW + 5 * HOUR))
    deliver(NOW + 5 * HOUR)

    seen = seen_in(smtp_sink.to("ada@musterhausen.example.org"))
    first, changed = ([one for one in seen if one.uid == uid] for uid in uids)
    assert len(first) + len(changed) == len(seen)
    assert [one.method for one in changed] == ["PUBLISH"] * 4 + ["CANCEL"]
    numbers = [one.sequence for one in changed]
    assert numbers == sorted(set(numbers))
    assert [one.starts_at for one in changed] == [
        datetime(2027, 3, day, 8, tzinfo=UTC) for day in (30, 31, 31, 30, 30)
    ]
    assert {one.starts_at for one in first} == {datetime(2027, 3, 26, 9, tzinfo=UTC)}
    assert [one.has_room for one in changed] == [True] * 4 + [False]
    assert first[-1].sequence > first[0].sequence


def test_nobody_without_a_seat_ever_gets_a_room_or_a_file(deliver, smtp_sink, by):
    workshop_id = make_workshop(capacity=1, asks_before_moving_up=True).id
    for name in ("ada", "ben", "cleo"):
        sign_up(db.session.get_one(Workshop, workshop_id), name)
    submit(db.session.get_one(Workshop, workshop_id), "hal")
    chosen_id = make_workshop(slug="auswahl", decision=Decision.APPLY_FIRST).id
    dora = sign_up(db.session.get_one(Workshop, chosen_id), "dora")
    withdraw(find(workshop_id, "ada").id, now=NOW)  # offers the seat to Ben
    for one in (workshop_id, chosen_id):
        session_id = db.session.get_one(Workshop, one).sessions[0].id
        facts = times(wall("2027-02-25T10:00"), room_link="https://meeting.example.org/room/neu")
        scheduling.change_session(one, session_id, facts, **by(one, NOW + HOUR))
        telling_changes.tell_changes(one, text="", **by(one, NOW + HOUR))
    reviewing.decline([dora.id], text="", **_without_version(by(chosen_id, NOW + HOUR)))
    deliver(NOW + HOUR)

    states = {name: find(workshop_id, name).state for name in ("ben", "cleo", "hal")}
    assert states["ben"] is RegistrationState.OFFERED
    for name in ("ben", "cleo", "hal", "dora"):
        mails = smtp_sink.to(f"{name}@musterhausen.example.org")
        assert mails
        everything = " ".join(mail.subject + mail.text + mail.html for mail in mails)
        assert [secret for secret in SECRETS if secret in everything] == []
        assert [content for mail in mails for content in files(mail)] == []


@pytest.mark.parametrize("had_it", [True, False])
def test_only_who_had_the_event_gets_its_withdrawal(deliver, smtp_sink, by, had_it):
    capacity = 10 if had_it else 0
    workshop_id = make_workshop(capacity=capacity).id
    names = ("ada", "ben", "cleo", "dora")
    for name in names:
        sign_up(db.session.get_one(Workshop, workshop_id), name)
    deliver()
    ids = {name: find(workshop_id, name).id for name in names}
    who = _without_version(by(workshop_id))
    withdraw(ids["ada"], now=NOW)
    reviewing.decline([ids["ben"]], text="", **who)
    reviewing.cancel([ids["cleo"]], text="", **who)
    publishing.cancel(workshop_id, text="", **by(workshop_id))
    deliver()

    for name in names:
        seen = seen_in(smtp_sink.to(f"{name}@musterhausen.example.org"))
        expected = ["PUBLISH", "CANCEL"] if had_it else []
        assert [one.method for one in seen] == expected, name
        assert [one.sequence for one in seen] == sorted({one.sequence for one in seen})


def _without_version(by: dict) -> dict:
    return {name: value for name, value in by.items() if name != "version"}
