"""Bounces of many servers are understood, everything else is not taken for one, and nothing makes it fail."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.mail.bounces import LONGEST_WORDS, MOST_BYTES, Bounce, bounces_in
from registration.mail.verp import envelope_sender
from tests.mail.returned import ADA, NAMES, returned

CONFIG = {
    "MAIL_VERP": True,
    "MAIL_BOUNCE_ADDRESS": "bounces@anmeldung.example.org",
    "MAIL_FROM_ADDRESS": "anmeldung@example.org",
    "SECRET_KEY": "a" * 40,
    "SECRET_KEY_FALLBACKS": [],
}
OURS = f"<{'0123456789abcdef' * 2}@example.org>"
NO_BOUNCES = {"vacation", "auto_reply", "answer", "read_receipt"}
ONE_RECIPIENT = sorted({*NAMES} - NO_BOUNCES - {"forged", "several_recipients"})


def read(name: str) -> list[Bounce]:
    return bounces_in(returned(name, bounce_address=envelope_sender(7, CONFIG), message_id=OURS), CONFIG)


@pytest.mark.parametrize(
    ("name", "status", "is_lost", "is_permanent"),
    [
        ("postfix", "5.1.1", True, True),
        ("exchange_online", "5.1.10", True, True),
        ("exim", "5.1.1", True, True),  # its own field says 5.0.0
        ("exim_words_only", "", True, True),
        ("sendmail", "5.1.2", True, True),
        ("international", "5.2.1", True, True),
        ("wrong_charset", "5.1.1", True, True),
        ("german_words_only", "", True, True),
        ("delayed", "4.4.1", False, False),
        ("expired", "4.4.1", True, False),
        ("mailbox_full", "5.2.2", True, False),
        ("policy", "5.7.1", True, False),
    ],
)
def test_the_bounces_of_many_servers_are_understood(name, status, is_lost, is_permanent):
    (bounce,) = read(name)
    assert (bounce.status, bounce.is_lost, bounce.is_permanent) == (status, is_lost, is_permanent)


@pytest.mark.parametrize("name", ONE_RECIPIENT)
def test_a_bounce_shows_its_mail_and_its_recipient(name):
    (bounce,) = read(name)
    assert bounce.outbox_id == 7
    assert bounce.message_ids == (OURS,)
    assert ADA in bounce.recipients


@pytest.mark.parametrize("name", sorted(NO_BOUNCES))
def test_what_people_and_their_robots_answer_is_no_bounce(name):
    assert read(name) == []


def test_a_report_about_several_recipients_tells_of_each():
    bounces = read("several_recipients")
    assert [(one.recipients[0].partition("@")[0], one.is_lost) for one in bounces] == [
        ("ben", False),
        ("cleo", True),
        ("dora", False),
    ]


def test_a_made_up_bounce_names_no_mail():
    (bounce,) = read("forged")
    assert bounce.outbox_id is None


def test_a_report_that_somebody_hands_on_is_no_bounce():
    mail = EmailMessage()
    mail["From"], mail["Subject"] = ADA, "Fwd: Undelivered Mail Returned to Sender"
    mail.set_content("Das kam bei mir an.")
    inner = EmailMessage()
    inner.set_content("…")
    mail.add_attachment(inner)
    handed_on = mail.as_bytes().replace(inner.as_bytes(), returned("postfix", bounce_address="x@example.org"))
    assert b"delivery-status" in handed_on
    assert bounces_in(handed_on, CONFIG) == []


def test_the_words_are_one_printable_line_of_limited_length():
    report = returned("policy", bounce_address=envelope_sender(7, CONFIG))
    spoilt = report.replace(b"Message rejected", b"\x00\x07\x1b[31m" + b"sehr " * 5000 + b"lang")
    (bounce,) = bounces_in(spoilt, CONFIG)
    assert bounce.words.isprintable()
    assert len(bounce.words) <= LONGEST_WORDS


def test_a_report_stays_readable_when_what_it_returns_is_huge():
    report = returned("postfix", bounce_address=envelope_sender(7, CONFIG), message_id=OURS)
    (bounce,) = bounces_in(
        report.replace(b"MIME-Version: 1.0\n\n", b"X: y\n" + b"x" * MOST_BYTES * 4), CONFIG
    )
    assert (bounce.outbox_id, bounce.status) == (7, "5.1.1")


HEAD = b"From: mailer-daemon@example.org\nSubject: Undelivered\n"
REPORT = HEAD + b"Content-Type: message/delivery-status\n\n"
POISON = {
    "nothing": b"",
    "10 MB without a line break": b"x" * 10_000_000,
    "10 MB of addresses": b"a@b " * 2_500_000,
    "200,000 headers": b"X-Many: y\n" * 200_000,
    "one header of 10 MB": b"To: " + b"bounces+7-aaaaaaaaaaaaaaaa@anmeldung.example.org," * 200_000,
    "parts within parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(5000)
    ),
    "a part without end": HEAD.replace(b"Subject", b"Content-Type: multipart/report; boundary=x\n\n--x\nX"),
    "mails within mails": b"Content-Type: message/rfc822\n\n" * 8000,
    "groups of fields without end": REPORT + b"Action: failed\n\n" * 80_000,
    "a charset that is a folder": HEAD + b"Content-Type: text/plain; charset=../../etc\n\nundeliverable",
    "a charset that is no text": HEAD + b"Content-Type: text/plain; charset=hex\n\nundeliverable",
    "a boundary of blanks": HEAD + b'Content-Type: multipart/report; boundary="   "\n\n--   \n\n--   --\n',
    "angle brackets": HEAD + b"\n" + b"< " * 100_000,
    "words without end": HEAD + b"\n" + b"kann " * 60_000,
    "empty lines": REPORT.replace(b"delivery", b"global-delivery") + b"A: b\n\n" + b"\n \t" * 60_000,
    "a wrong base64": HEAD + b"Content-Transfer-Encoding: base64\nContent-Type: text/plain\n\n\xff\xfe===a",
}  # fmt: skip


@pytest.mark.parametrize("content", POISON.values(), ids=POISON.keys())
def test_poison_neither_fails_nor_takes_long(content):
    began = time.monotonic()
    bounces_in(content, CONFIG)
    assert time.monotonic() - began < 8


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_a_damaged_mail_never_makes_it_raise_and_proves_nothing_false(name, data):
    whole = returned(name, bounce_address=envelope_sender(7, CONFIG), message_id=OURS)
    start = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.binary(max_size=20))
    for bounce in bounces_in(whole[:start] + junk + whole[start + len(junk) :], CONFIG):
        assert bounce.outbox_id in (7, None)
        assert bounce.words.isprintable()


@given(st.binary())
def test_no_bytes_at_all_make_it_raise(content):
    assert bounces_in(content, CONFIG) == []
