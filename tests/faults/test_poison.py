"""Poison in the database, as if no form had looked at it: each mail leaves whole, or is marked with a reason
that helps an organiser, and the next one leaves (M-20, M-21, M-27).
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from itertools import cycle
from typing import Any

import icalendar
import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from registration.extensions import db
from registration.mail.transport import Transport
from registration.models import Workshop
from registration.services.delivering import deliver_due
from registration.vocabulary import MailKind, OutboxState
from tests.faults import poison
from tests.faults.poison import (
    BREAKING,
    ENCODED,
    IN_WORDS,
    LONG,
    SINGLE,
    STRINGS,
    bare,
    infect,
    outcome,
    queue_all,
)
from tests.servers.smtp import Received, SmtpSink
from tests.times import NOW

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)

Deliver = Callable[[], None]
SENT, FAILED = OutboxState.SENT, OutboxState.FAILED
SEAT = (MailKind.SEAT_CERTAIN,)
NO_TITLE = (MailKind.NEW_LINK, MailKind.TEST)
"""Mails whose subject names no title."""
REASON = re.compile(
    r"Fehler beim Erstellen: (der Betreff|die Empfängeradresse|die Absenderadresse) "
    r"(enthält ein unzulässiges Zeichen \(U\+[0-9A-F]{4,6}\)|käme verändert an"
    r"|ist keine zustellbare E-Mail-Adresse \(.+\))"
)
SAMPLE = ("smuggled header", "terminal", "direction overridden", "half a character", "markup", "encoded word")
SETTINGS = ("MAIL_FROM_NAME", "AGENCY_NAME", "AGENCY_ADDRESS", "HELP_EMAIL", "HELP_PHONE", "SERVICE_NAME")


@pytest.fixture
def app(make_app: Callable[..., Flask], smtp_sink: SmtpSink) -> Flask:
    smtp_sink.is_strict = False  # each round looks at its own mails, and knows what to expect
    return make_app(**smtp_sink.settings, PUBLIC_URL="https://anmeldung.example.org")


@pytest.fixture
def deliver(app_context: Flask) -> Iterator[Deliver]:
    """Send all that is due."""
    poison.make_patients()
    transport = Transport(app_context.config)

    def run() -> None:
        while deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


def is_stored(text: str, columns: dict[Any, tuple[str, ...]]) -> bool:
    """Put it in; False where the database refuses: half a character, and with PostgreSQL NUL."""
    try:
        infect(text, columns)
    except (DBAPIError, UnicodeEncodeError):
        db.session.rollback()
        return False
    return True


def arrived(sink: SmtpSink) -> dict[str, Received]:
    """What came in this round, by address; the next round begins with an empty box."""
    mails, sink.received = sink.received, []
    return {mail.to: mail for mail in mails}


def complaints(sink: SmtpSink, text: str) -> list[str]:
    """An address in a name stands on no line of its own; and a long text makes a large mail."""
    expected = "URL not on a line" if "://" in text else "larger than" if text == LONG else "-"
    return [one for one in sink.complaints() if expected not in one]


def shown(text: str) -> str:
    """What the eye sees of it: names and titles arrive composed (U-06)."""
    return unicodedata.normalize("NFC", bare(text))


def fates() -> dict[MailKind, OutboxState]:
    return {mail.kind: mail.state for mail in outcome()}


def riddles() -> list[str]:
    """Reasons that would not help an organiser."""
    reasons = [mail.state_reason for mail in outcome() if mail.state is FAILED]
    return [reason for reason in reasons if not REASON.fullmatch(reason)]


def assert_words_arrive(text: str, name: str, deliver: Deliver, sink: SmtpSink) -> None:
    stored = is_stored(text, IN_WORDS)
    queue_all(text)
    deliver()

    assert set(fates().values()) == {SENT}, (name, fates())
    assert complaints(sink, text) == [], name
    mails = arrived(sink)
    assert sorted(mails) == sorted(f"{kind}@example.org" for kind in MailKind), name
    seat, declined = mails["seat_certain@example.org"], mails["declined@example.org"]
    assert shown(text if stored else "") in shown(seat.text), name
    assert shown(text) in shown(declined.text), name
    (file,) = seat.message.iter_attachments()
    assert len(icalendar.Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")) == 1, name


def assert_title_stops_its_own_mails(
    text: str, name: str, deliver: Deliver, sink: SmtpSink, kinds: Collection[MailKind] = tuple(MailKind)
) -> None:
    if not is_stored(text, {Workshop: ("title",)}):
        return
    queue_all(kinds=kinds)
    deliver()

    wanted = FAILED if name in SINGLE | BREAKING | ENCODED else SENT
    assert fates() == {kind: SENT if kind in NO_TITLE else wanted for kind in kinds}, name
    assert riddles() == [], name
    assert complaints(sink, text) == [], name
    seat = arrived(sink).get("seat_certain@example.org")
    assert seat is None or shown(text) in shown(seat.subject), name


@on_sqlite
def test_words_with_poison_arrive_in_every_mail(deliver: Deliver, smtp_sink: SmtpSink) -> None:
    for name, text in STRINGS.items():
        assert_words_arrive(text, name, deliver, smtp_sink)


@on_sqlite
def test_title_with_poison_stops_the_mails_that_it_would_break_and_no_other(
    deliver: Deliver, smtp_sink: SmtpSink
) -> None:
    for name, text in STRINGS.items():
        assert_title_stops_its_own_mails(text, name, deliver, smtp_sink)


@on_sqlite
def test_each_control_character_in_a_title_stops_its_mails_and_the_next_leaves(
    deliver: Deliver, smtp_sink: SmtpSink
) -> None:
    kinds = cycle(MailKind)
    for name, text in SINGLE.items():
        some = {next(kinds), next(kinds), MailKind.NEW_LINK}
        assert_title_stops_its_own_mails(text, name, deliver, smtp_sink, some)


@on_postgresql
def test_the_same_holds_on_postgresql(deliver: Deliver, smtp_sink: SmtpSink) -> None:
    for name in SAMPLE:
        assert_title_stops_its_own_mails(STRINGS[name], name, deliver, smtp_sink)
    infect("Titel", {Workshop: ("title",)})
    for name in SAMPLE:
        if name != "half a character":  # PostgreSQL takes it in no text, and in no JSON
            assert_words_arrive(STRINGS[name], name, deliver, smtp_sink)


@on_sqlite
def test_hundred_thousand_characters_arrive(deliver: Deliver, smtp_sink: SmtpSink) -> None:
    for model, columns in (IN_WORDS | {Workshop: ("title", "contact_name", "expectations")}).items():
        for column in columns:
            infect(LONG, {model: (column,)})
            queue_all(kinds=SEAT)
            deliver()
            infect("kurz", {model: (column,)})

            assert fates() == dict.fromkeys(SEAT, SENT), column
            assert complaints(smtp_sink, LONG) == [], column
            arrived(smtp_sink)


@on_sqlite
@pytest.mark.parametrize(("address", "sent_to"), poison.ADDRESSES.items())
def test_mail_goes_to_a_right_address_or_nowhere(
    deliver: Deliver, smtp_sink: SmtpSink, address: str, sent_to: str | None
) -> None:
    queue_all(kinds=SEAT, to_address=address)
    deliver()

    assert fates() == dict.fromkeys(SEAT, SENT if sent_to else FAILED)
    assert riddles() == []
    assert complaints(smtp_sink, "") == []
    assert [mail.recipients for mail in smtp_sink.received] == ([[sent_to]] if sent_to else [])


@on_sqlite
def test_contact_address_with_poison_is_left_out(deliver: Deliver, smtp_sink: SmtpSink) -> None:
    for name, text in STRINGS.items():
        if is_stored(text, {Workshop: ("contact_email",)}):
            queue_all(kinds=SEAT)
            deliver()

            assert fates() == dict.fromkeys(SEAT, SENT), name
            assert complaints(smtp_sink, text) == [], name
            assert [mail.message["Reply-To"] for mail in arrived(smtp_sink).values()] == [None], name


@on_sqlite
def test_settings_with_poison_stop_no_mail(app_context: Flask, deliver: Deliver, smtp_sink: SmtpSink) -> None:
    for name, text in STRINGS.items():
        app_context.config.update(dict.fromkeys(SETTINGS, text))
        queue_all(kinds=SEAT)
        deliver()

        assert fates() == dict.fromkeys(SEAT, SENT), name
        assert complaints(smtp_sink, text) == [], name
        (mail,) = arrived(smtp_sink).values()
        assert mail.message["From"].addresses[0].addr_spec == "anmeldung@example.org", name
        assert shown(text) in shown(mail.text), name
