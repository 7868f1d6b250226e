"""From the sent mail to its bounce in a real mailbox, and to the mail that is not sent any more."""

import shutil

import pytest

from registration.extensions import db
from registration.mail import bounce_mailbox
from registration.mail.bounce_mailbox import BounceMailbox, MailboxUnusable
from registration.mail.transport import Transport
from registration.services.bouncing import read_bounces, suppressed
from registration.services.delivering import deliver_due
from registration.vocabulary import OutboxState
from tests.factories import mails, make_workshop, submit
from tests.mail.returned import ADA, returned
from tests.servers.imap import ImapServer, Mailbox, run_imap
from tests.servers.tokens import Reply, TokenServer
from tests.times import NOW

ONE_IS_ENOUGH = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
UNDELIVERED = "Undelivered Mail Returned to Sender"


@pytest.fixture(scope="module")
def imap_server():
    server = run_imap()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def mailbox(imap_server: ImapServer) -> Mailbox:
    return imap_server.mailbox()


@pytest.fixture
def app(make_app, smtp_sink, mailbox):
    verp = {"MAIL_VERP": True, "MAIL_BOUNCE_ADDRESS": "bounces@anmeldung.example.org"}
    return make_app(**smtp_sink.settings, **mailbox.settings, **verp)


@pytest.fixture
def config(app_context):
    return app_context.config


@pytest.fixture
def deliver(app_context):
    """Send everything that is due."""
    transport = Transport(app_context.config)

    def run():
        while deliver_due(transport, instant=lambda: NOW, wants_to_stop=lambda: False):
            pass

    yield run
    transport.close()


@pytest.fixture
def bounce(deliver, smtp_sink, mailbox):
    """Ada was sent a mail, and what her server answers lies in the mailbox."""

    def come(name: str = "postfix") -> None:
        (received,) = smtp_sink.received
        message_id = received.message["Message-ID"]
        mailbox.drop(returned(name, bounce_address=received.sender, message_id=message_id))

    submit(make_workshop())
    deliver()
    return come


def test_a_bounce_marks_its_mail_and_the_next_one_is_not_sent(config, deliver, smtp_sink, mailbox, bounce):
    bounce()
    assert read_bounces(config, now=NOW) == 1
    db.session.rollback()
    (mail,) = mails()
    assert (mail.bounced_at, [one.email_key for one in suppressed()]) == (NOW, [ADA])
    submit(make_workshop(slug="other"))
    deliver()
    assert mails()[-1].state is OutboxState.SKIPPED
    assert mails()[-1].state_reason.startswith("Adresse unzustellbar: das Postfach gibt es nicht (5.1.1)")
    assert len(smtp_sink.received) == 1
    assert mailbox.content_of("INBOX") == []
    assert mailbox.content_of("Gelesen") == [(UNDELIVERED, True)]
    assert read_bounces(config, now=NOW) == 0


@ONE_IS_ENOUGH
def test_what_is_no_bounce_is_put_away_unread_and_changes_nothing(config, mailbox, bounce):
    bounce("vacation")
    bounce("answer")
    assert read_bounces(config, now=NOW) == 2
    (mail,) = mails()
    assert (mail.bounced_at, suppressed()) == (None, [])
    assert [is_read for _subject, is_read in mailbox.content_of("Gelesen")] == [False, False]


def test_death_between_recording_and_putting_away_changes_nothing(config, mailbox, bounce, monkeypatch):
    bounce()
    with monkeypatch.context() as patched:
        patched.setattr(BounceMailbox, "put_away", _die)
        with pytest.raises(KeyboardInterrupt):
            read_bounces(config, now=NOW)
    db.session.rollback()
    first = mails()[0].bounced_at, mails()[0].bounce
    assert first[0] == NOW
    assert mailbox.content_of("INBOX") == [(UNDELIVERED, False)]
    assert read_bounces(config, now=NOW.replace(hour=12)) == 1
    db.session.rollback()
    assert (mails()[0].bounced_at, mails()[0].bounce) == first
    assert len(suppressed()) == 1
    assert mailbox.content_of("INBOX") == []


def _die(*_args, **_named):
    raise KeyboardInterrupt


@ONE_IS_ENOUGH
def test_one_run_takes_so_many_and_the_next_one_the_rest(config, mailbox, bounce, monkeypatch):
    monkeypatch.setattr(bounce_mailbox, "MAILS_PER_RUN", 2)
    for _ in range(3):
        bounce("vacation")
    assert [read_bounces(config, now=NOW) for _ in range(3)] == [2, 1, 0]


@ONE_IS_ENOUGH
def test_a_huge_mail_is_read_in_part(config, mailbox, bounce, smtp_sink):
    sender = smtp_sink.received[0].sender
    mailbox.drop(returned("postfix", bounce_address=sender) + b"x" * 8_000_000)
    assert read_bounces(config, now=NOW) == 1
    assert mails()[0].bounced_at == NOW


@ONE_IS_ENOUGH
def test_a_poison_mail_stops_no_other(config, mailbox, bounce):
    mailbox.drop(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 3000)
    mailbox.drop(b"\xff\xfe\x00")
    bounce()
    assert read_bounces(config, now=NOW) == 3
    assert mails()[0].bounced_at == NOW


@ONE_IS_ENOUGH
def test_the_mailbox_is_read_with_starttls_as_well(config, imap_server, bounce):
    bounce()
    settings = config | {"BOUNCE_IMAP_PORT": imap_server.plain_port, "BOUNCE_IMAP_SECURITY": "starttls"}
    assert read_bounces(settings, now=NOW) == 1


@ONE_IS_ENOUGH
def test_without_tls_only_on_this_machine(config, imap_server, bounce):
    bounce()
    plain = config | {"BOUNCE_IMAP_PORT": imap_server.plain_port, "BOUNCE_IMAP_SECURITY": "none"}
    with pytest.raises(MailboxUnusable, match="for this machine only"):
        read_bounces(plain | {"BOUNCE_IMAP_SERVER": "imap.example.org"}, now=NOW)
    assert read_bounces(plain, now=NOW) == 1


@ONE_IS_ENOUGH
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"BOUNCE_IMAP_PASSWORD": "wrong"}, "AUTHENTICATIONFAILED"),
        ({"BOUNCE_IMAP_PASSWORD": "wörng"}, "AUTHENTICATIONFAILED"),
        ({"BOUNCE_IMAP_PORT": 1}, "refused"),
        ({"BOUNCE_IMAP_FOLDER": "Elsewhere"}, "Elsewhere"),
        ({"BOUNCE_IMAP_DONE_FOLDER": "INBOX"}, "another folder"),
        ({"BOUNCE_IMAP_SECURITY": "tls"}, "must be ssl"),
        ({"MAIL_CA_FILE": None}, "certificate"),
        ({"BOUNCE_IMAP_SERVER": "127.0.0.1"}, "certificate"),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else None,
)
def test_trouble_with_the_mailbox_is_one_error_that_tells_no_secret(config, change, words):
    with pytest.raises(MailboxUnusable, match=words) as trouble:
        read_bounces(config | change, now=NOW)
    assert config["BOUNCE_IMAP_PASSWORD"] not in str(trouble.value)
    assert str(change.get("BOUNCE_IMAP_PASSWORD", "…")) not in str(trouble.value)


@pytest.fixture
def tokens():
    issuing = TokenServer()
    yield issuing
    issuing.close()


@ONE_IS_ENOUGH
def test_a_token_opens_the_mailbox_where_passwords_are_not_taken_any_more(config, mailbox, bounce, tokens):
    bounce()
    oauth = {"MAIL_OAUTH_TOKEN_URL": tokens.url, "MAIL_OAUTH_CLIENT_ID": "registration"}
    by_token = config | oauth | {"BOUNCE_IMAP_PASSWORD": ""}
    with pytest.raises(MailboxUnusable) as trouble:  # the first token is not the right one
        read_bounces(by_token, now=NOW)
    assert "token-1" not in str(trouble.value)
    tokens.replies.append(Reply(body={"access_token": mailbox.token}))
    assert read_bounces(by_token, now=NOW) == 1
    assert len(tokens.asked) == 2
