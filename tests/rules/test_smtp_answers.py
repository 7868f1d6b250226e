"""What a mail server's words mean: the table of M-54, line by line, with the words of real servers."""

import pytest

from registration.rules.smtp_answers import enhanced_code, is_about_recipient, pause_after
from registration.vocabulary import RelayPause

TEMPORARY, THROTTLED, CONFIGURATION = RelayPause.TEMPORARY, RelayPause.THROTTLED, RelayPause.CONFIGURATION
THIS_MAIL = None

MEANINGS = [
    ("CONNECT", 421, "4.3.2 Service not active", TEMPORARY),
    ("CONNECT", 554, "no service", TEMPORARY),
    ("EHLO", 421, "closing", TEMPORARY),
    ("EHLO", 501, "5.5.4 invalid domain", CONFIGURATION),
    ("EHLO", 502, "not implemented", CONFIGURATION),
    ("STARTTLS", 454, "4.7.0 TLS not available due to local problem", TEMPORARY),
    ("STARTTLS", 502, "not implemented", CONFIGURATION),
    ("AUTH", 535, "5.7.8 Error: authentication failed", CONFIGURATION),
    ("AUTH", 535, "5.7.139 Authentication unsuccessful, basic authentication is disabled.", CONFIGURATION),
    ("AUTH", 534, "5.7.9 Application-specific password required", CONFIGURATION),
    ("AUTH", 530, "5.7.0 Must issue a STARTTLS command first", CONFIGURATION),
    ("AUTH", 550, "5.7.30 Basic authentication is not supported for Client Submission.", CONFIGURATION),
    ("AUTH", 454, "4.7.0 Temporary authentication failure", TEMPORARY),
    ("AUTH", 421, "too many tries", TEMPORARY),
    ("AUTH", 432, "4.3.2 Concurrent connections limit exceeded", THROTTLED),
    ("MAIL", 530, "5.7.57 Client not authenticated to send mail", CONFIGURATION),
    ("MAIL", 550, "5.1.8 sender's domain does not exist", CONFIGURATION),
    ("MAIL", 553, "5.7.1 not owned by user", CONFIGURATION),
    ("MAIL", 452, "4.3.1 insufficient system storage", TEMPORARY),
    ("MAIL", 421, "4.3.2 The maximum number of concurrent connections has exceeded a limit", THROTTLED),
    ("CONNECT", 421, "4.7.0 Too many connections from your host", THROTTLED),
    ("RCPT", 421, "closing", TEMPORARY),
    ("RCPT", 454, "4.7.1 Relay access denied", TEMPORARY),
    ("RCPT", 530, "5.7.0 authentication required", CONFIGURATION),
    ("RCPT", 550, "5.7.30 Basic authentication is not supported", CONFIGURATION),
    ("RCPT", 451, "4.7.500 concurrent connections, slow down", THROTTLED),
    ("RCPT", 450, "4.2.0 Greylisted, try again later", THIS_MAIL),
    ("RCPT", 451, "4.7.1 Greylisted", THIS_MAIL),
    ("RCPT", 452, "4.2.2 mailbox full", THIS_MAIL),
    ("RCPT", 550, "5.1.1 User unknown", THIS_MAIL),
    ("RCPT", 551, "user not local", THIS_MAIL),
    ("RCPT", 553, "mailbox name not allowed", THIS_MAIL),
    ("RCPT", 554, "5.7.1 <ada@example.org>: Relay access denied", THIS_MAIL),
    ("RCPT", 553, "5.7.1 <we@example.org>: Sender address rejected: not owned by user", CONFIGURATION),
    ("RCPT", 550, "5.1.1 unverified, host said: 550 Sender address rejected", THIS_MAIL),
    ("DATA", 552, "5.3.4 Message size exceeds fixed limit", THIS_MAIL),
    ("DATA", 554, "5.7.1 Message rejected as spam", THIS_MAIL),
    ("DATA", 451, "4.3.0 try later", THIS_MAIL),
    ("DATA", 421, "closing", TEMPORARY),
    ("DATA", 432, "4.3.2 Concurrent connections limit exceeded", THROTTLED),
    ("DATA", 550, "5.7.30 Basic authentication is not supported", CONFIGURATION),
    ("DATA", 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", CONFIGURATION),
    ("DATA", 554, "5.2.252 SendAsDenied; we@example.org not allowed to send as", CONFIGURATION),
]

SUBJECTS = [
    ("RCPT", 550, "5.1.1 User unknown", True),
    ("RCPT", 550, "no such user here", True),
    ("RCPT", 551, "user not local", True),
    ("RCPT", 553, "mailbox name not allowed", True),
    ("RCPT", 554, "5.1.1 unknown", True),
    ("RCPT", 552, "5.2.2 mailbox full", True),
    ("RCPT", 550, "5.4.1 Recipient address rejected: Access denied", True),
    ("RCPT", 450, "4.7.1 Greylisted", True),
    ("DATA", 550, "5.1.1 unknown, and said late", True),
    ("RCPT", 554, "5.7.1 Relay access denied", False),
    ("RCPT", 550, "5.7.1 Unable to relay", False),
    ("RCPT", 552, "5.3.4 too big", False),
    ("DATA", 552, "5.3.4 too big", False),
    ("DATA", 554, "5.7.1 spam", False),
    ("DATA", 554, "no", False),
    ("DATA", 451, "4.3.0 try later", False),
]


@pytest.mark.parametrize(("step", "code", "words", "pause"), MEANINGS)
def test_refusal_pauses_the_queue_or_concerns_one_mail(
    step: str, code: int, words: str, pause: RelayPause | None
) -> None:
    assert pause_after(step, code, words) == pause


@pytest.mark.parametrize(("step", "code", "words", "is_it"), SUBJECTS)
def test_refused_mail_is_refused_for_its_recipient_or_for_what_it_is(
    step: str, code: int, words: str, is_it: bool
) -> None:
    assert is_about_recipient(step, code, words) is is_it


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("5.1.1 unknown", "5.1.1"),
        ("4.7.500 slow", "4.7.500"),
        ("5.1.1\n5.1.1 unknown", "5.1.1"),
        ("unknown", ""),
        ("5.1.1unknown", ""),
        ("10.0.0.1 is listed", ""),
        ("5.1.1.1 is listed", ""),
    ],
)
def test_enhanced_code_stands_at_the_beginning(words: str, code: str) -> None:
    assert enhanced_code(words) == code
