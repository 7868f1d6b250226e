"""Calendar files, read by the icalendar package and by a strict reader of our own (C-01 to C-15)."""

import re
from datetime import UTC, timedelta

import icalendar
import pytest
from flask import Flask

from registration.mail.calendar import CalendarError, cancelled_calendar, removed_calendar, workshop_calendar
from registration.models import Workshop
from registration.steps.journal import SYSTEM, write
from registration.vocabulary import WorkshopFormat
from tests.mail.cast import ROOM_SECRETS, ada, kooperation, session_at, wall
from tests.mail.ics import faults, instant_of, lines_of, read
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def _lines(content: bytes) -> list[str]:
    assert faults(content) == []
    return lines_of(content)


def _tree(content: bytes) -> dict[str, list[list[str]]]:
    """Return the lines of each component by its name."""
    found: dict[str, list[list[str]]] = {}
    open_: list[str] = []
    for line in _lines(content):
        if line.startswith("BEGIN:"):
            open_.append(line.removeprefix("BEGIN:"))
            found.setdefault(open_[-1], []).append([])
        elif line.startswith("END:"):
            open_.pop()
        else:
            found[open_[-1]][-1].append(line)
    return found


def _value(lines: list[str], name: str) -> str:
    """Return the one line of a property, without its name."""
    (found,) = [line for line in lines if re.match(rf"{name}[;:]", line)]
    return found.removeprefix(name)


def _event(content: bytes) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    return event


def _published(workshop: Workshop, **options) -> bytes:
    return workshop_calendar(workshop, now=NOW, **({"with_room": True} | options))


def test_file_says_that_it_publishes(app_context: Flask):
    (calendar,) = _tree(_published(kooperation()))["VCALENDAR"]

    assert [_value(calendar, name) for name in ("VERSION", "CALSCALE", "METHOD")] == [
        ":2.0",
        ":GREGORIAN",
        ":PUBLISH",
    ]


def test_berlin_has_one_summer_and_one_winter(app_context: Flask):
    tree = _tree(_published(kooperation()))

    assert tree["VTIMEZONE"] == [["TZID:Europe/Berlin"]]
    (summer,), (winter,) = tree["DAYLIGHT"], tree["STANDARD"]
    assert _value(summer, "DTSTART") == ":19700329T020000"
    assert _value(winter, "DTSTART") == ":19701025T030000"
    assert _value(summer, "TZOFFSETTO") == _value(winter, "TZOFFSETFROM") == ":+0200"
    assert set(_value(winter, "RRULE")[1:].split(";")) == {"FREQ=YEARLY", "BYMONTH=10", "BYDAY=-1SU"}


def test_times_are_wall_times_of_the_zone(app_context: Flask):
    content = _published(kooperation())

    (event,) = _tree(content)["VEVENT"]
    assert _value(event, "DTSTART") == ";TZID=Europe/Berlin:20270224T100000"
    assert _value(event, "DTEND") == ";TZID=Europe/Berlin:20270224T123000"
    assert _event(content).start.astimezone(UTC).hour == 9


def test_summer_session_lies_two_hours_after_utc(app_context: Flask):
    workshop = kooperation()
    workshop.sessions = [session_at(wall(2027, 6, 2, 10), hours=2)]

    assert _event(_published(workshop)).start.astimezone(UTC).hour == 8


def test_alarm_rings_when_the_dial_in_opens(app_context: Flask):
    content = _published(kooperation())

    (alarm,) = _tree(content)["VALARM"]
    assert _value(alarm, "ACTION") == ":DISPLAY"
    (parsed,) = icalendar.Calendar.from_ical(content).walk("VALARM")
    assert parsed["TRIGGER"].dt == timedelta(minutes=-15)


def test_session_on_site_has_no_alarm(app_context: Flask):
    workshop = kooperation(format=WorkshopFormat.ON_SITE)
    workshop.sessions = [
        session_at(wall(2027, 2, 24, 10), hours=2, dial_in_local=None, place="Rathaus, Saal 1")
    ]

    content = _published(workshop)

    assert "VALARM" not in _tree(content)
    assert str(_event(content)["LOCATION"]) == "Rathaus, Saal 1"


def test_room_stands_in_the_first_line_and_as_conference(app_context: Flask):
    link, number, password, _phone = ROOM_SECRETS

    content = _published(kooperation())

    event = _event(content)
    description = str(event["DESCRIPTION"])
    assert description.splitlines()[0] == f"Link zum Meeting-Raum: {link}"
    assert number in description
    assert password in description
    room, phone = [line for line in _tree(content)["VEVENT"][0] if line.startswith("CONFERENCE")]
    assert room == f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Webex:{link}"
    assert phone == "CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL=Telefon:tel:+49695550199"
    assert str(event["LOCATION"]) == "Online (Webex)"


def test_public_file_knows_nothing_of_the_room(app_context: Flask):
    text = "".join(_lines(_published(kooperation(), with_room=False)))

    assert [secret for secret in (*ROOM_SECRETS, "tel:+49695550199", "CONFERENCE") if secret in text] == []
    assert "DTSTART" in text


def test_event_is_public_busy_and_names_no_attendee(app_context: Flask):
    (event,) = _tree(_published(kooperation()))["VEVENT"]

    assert _value(event, "CLASS") == ":PUBLIC"
    assert _value(event, "TRANSP") == ":OPAQUE"
    assert _value(event, "X-MICROSOFT-CDO-BUSYSTATUS") == ":BUSY"
    assert _value(event, "STATUS") == ":CONFIRMED"
    assert _value(event, "ORGANIZER") == ";CN=Projektleitung:mailto:projektleitung@example.org"
    assert not any(line.startswith("ATTENDEE") for line in event)


def test_no_personal_link_is_in_the_file(app_context: Flask):
    assert "my-registration" not in "".join(_lines(_published(kooperation())))


def test_sequence_and_uid_come_from_the_session(app_context: Flask):
    workshop = kooperation()
    workshop.sessions[0].sequence = 4

    event = _event(_published(workshop))

    assert (event["SEQUENCE"], event["UID"]) == (4, "s-202702241000@example.org")
    assert event["DTSTAMP"].dt == NOW


def test_it_was_changed_when_the_journal_says_so(app_context: Flask):
    workshop = kooperation(created_at=NOW - timedelta(days=9))
    ada(workshop)
    session_id = workshop.sessions[0].id
    for days, action, details in (
        (5, "session_added", {"session": session_id}),
        (3, "session_changed", {"session": session_id, "changed": ["place"]}),
        (1, "session_changed", {"session": session_id + 1, "changed": ["place"]}),
        (2, "mail_rule_added", {}),
    ):
        write(action, now=NOW - timedelta(days=days), actor=SYSTEM, workshop_id=workshop.id, details=details)

    event = _event(_published(workshop))

    assert event["LAST-MODIFIED"].dt == NOW - timedelta(days=3)
    assert event["DTSTAMP"].dt == NOW


def test_both_readers_see_the_same_instants_across_the_change_of_the_clock(app_context: Flask):
    workshop = kooperation()
    workshop.sessions = [
        session_at(wall(2027, 3, 26, 10), hours=2),
        session_at(wall(2027, 3, 28, 10), hours=2),
        session_at(wall(2027, 10, 30, 18), hours=48),  # over the night in which the clock goes back
        session_at(wall(2027, 11, 2, 10), hours=2),
    ]

    content = _published(workshop)

    parsed = [event.start.astimezone(UTC) for event in icalendar.Calendar.from_ical(content).walk("VEVENT")]
    calendar = read(content)
    events = calendar.of("VEVENT")
    assert [instant_of(calendar, one.one("DTSTART")) for one in events] == parsed
    assert [one.hour for one in parsed] == [9, 8, 16, 9]
    ends = [instant_of(calendar, one.one("DTEND")) for one in events]
    assert ends[2] - parsed[2] == timedelta(hours=49)
    assert [one.starts_at for one in workshop.sessions] == parsed


def test_removed_session_is_taken_out_by_its_own_file(app_context: Flask):
    removal = {
        "uid": "s-gone",
        "sequence": 3,
        "zone": "Europe/Berlin",
        "starts_local": "2027-03-30T10:00:00",
        "ends_local": "2027-03-30T12:00:00",
        "title": "Gute Sache: Seminar 2",
    }

    content = removed_calendar([removal], kooperation(), now=NOW)

    (event,) = read(content).of("VEVENT")
    assert (event.value("UID"), event.value("SEQUENCE")) == ("s-gone", "3")
    assert event.one("SUMMARY").text == "ABGESAGT: Gute Sache: Seminar 2"
    assert event.value("DTSTART") == "20270330T100000"


@pytest.mark.parametrize(
    ("was", "broken"),
    [
        (b"\r\nDTSTAMP", b"\nDTSTAMP"),
        (b"BEGIN:VCALENDAR", b" BEGIN:VCALENDAR"),
        (b"\r\nDTEND;TZID=Europe/Berlin:20270224T123000", b""),
        (b"DTSTART;TZID=Europe/Berlin:2027", b"DTSTART:2027"),
        (b"TZID=Europe/Berlin:20270224T10", b"TZID=Europe/Paris:20270224T10"),
        (b"SEQUENCE:0", b"SEQUENCE:0\r\nATTENDEE:mailto:eve@example.org"),
        (b"SEQUENCE:0", b"SEQUENCE:one"),
        (b"SEQUENCE:0\r\n", b""),
        (b"METHOD:PUBLISH", b"METHOD:CANCEL"),
        (b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
        (b"LOCATION:Online", b"LOCATION:Online; Raum 1, unten"),
        (b"CLASS:PUBLIC", b"CLASS:" + b"P" * 70),
        (b"CLASS:PUBLIC", b"class public"),
        (b"END:VEVENT", b"END:VTODO"),
        (b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", b"RRULE:FREQ=DAILY"),
        (b"END:DAYLIGHT", b"END:DAYLIGHT\r\nBEGIN:DAYLIGHT\r\nDTSTART:19800101T000000\r\n"
         b"TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT"),
        (b"TRIGGER:-PT15M", b"TRIGGER:soon"),
    ],
)  # fmt: skip
def test_the_second_reader_finds_what_is_wrong(app_context: Flask, was: bytes, broken: bytes):
    content = _published(kooperation())
    assert faults(content) == []
    assert was in content

    assert faults(content.replace(was, broken, 1)) != []


def test_every_session_of_a_programme_has_its_own_event(app_context: Flask):
    workshop = kooperation(title="Gute Sache")
    workshop.sessions = [
        session_at(wall(2027, 4, 9, 14), hours=4, title="Seminar 1"),
        session_at(wall(2027, 5, 7, 14), hours=4, title="Seminar 2"),
    ]

    events = icalendar.Calendar.from_ical(_published(workshop)).walk("VEVENT")

    assert [str(event["SUMMARY"]) for event in events] == ["Gute Sache: Seminar 1", "Gute Sache: Seminar 2"]
    assert len({event["UID"] for event in events}) == 2
    assert len(_tree(_published(workshop))["VTIMEZONE"]) == 1


def test_cancelled_file_takes_the_same_event_back(app_context: Flask):
    workshop = kooperation()

    content = cancelled_calendar(workshop, now=NOW, language="de")

    (calendar,), event = _tree(content)["VCALENDAR"], _event(content)
    assert _value(calendar, "METHOD") == ":CANCEL"
    assert event["UID"] == _event(_published(workshop))["UID"]
    assert (event["SEQUENCE"], str(event["STATUS"])) == (1, "CANCELLED")
    assert str(event["SUMMARY"]) == "ABGESAGT: Kooperationsvereinbarungen in (bester) Form"
    assert "ORGANIZER" in event
    assert ROOM_SECRETS[0] not in "".join(_lines(content))


def test_workshop_without_sessions_has_no_file(app_context: Flask):
    workshop = kooperation()
    workshop.sessions = []

    with pytest.raises(CalendarError):
        _published(workshop)


def test_other_zones_are_described_for_the_dates_at_hand(app_context: Flask):
    workshop = kooperation()
    workshop.sessions = [session_at(wall(2027, 2, 24, 10), hours=2, zone="America/New_York")]

    content = _published(workshop)

    assert _event(content).start.astimezone(UTC).hour == 15
    assert len(content) < 4000


@pytest.mark.parametrize(
    "title",
    [
        'Komma, Semikolon; Rückstrich \\ und "Anführung"',
        "Zwei\r\nZeilen\u2028und drei",
        "ä" * 200,
        "👩‍👩‍👧‍👦" * 40,
        "BEGIN:VEVENT\nATTENDEE:mailto:eve@example.org",
        "10:00;TZID=Europe/Berlin:20270101",
    ],
)
def test_titles_come_through_as_one_line_of_text(app_context: Flask, title: str):
    content = _published(kooperation(title=title, contact_name=title))

    expected = " ".join(re.split(r"\r\n|\n|\u2028", title))
    assert str(_event(content)["SUMMARY"]) == expected
    assert len(_tree(content)["VEVENT"]) == 1


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "webex.example.org",
        "https://a\r\nATTENDEE:x",
        "https://a.example.org/\0",
        "https://a.example.org/b c",
        "https://[:::1",
    ],
)
def test_only_web_addresses_become_conferences(app_context: Flask, link: str):
    workshop = kooperation()
    workshop.sessions[0].room_link = link

    (event,) = _tree(_published(workshop))["VEVENT"]

    assert [
        line for line in event if line.startswith(("CONFERENCE;VALUE=URI;FEATURE=AUDIO", "ATTENDEE"))
    ] == []
