"""A mail that came back is marked, and an address that no mail reaches is spared until it is another one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from registration.extensions import db
from registration.mail import messages
from registration.mail.bounces import Bounce, bounces_in
from registration.mail.still_wanted import reason_to_skip
from registration.mail.transport import Transport
from registration.mail.verp import envelope_sender
from registration.models import JournalEntry, OutboxMessage, SuppressedAddress
from registration.services.bouncing import lift, mark_undeliverable, record_bounce, suppressed
from registration.services.delivering import deliver_due
from registration.services.substituting import name_substitute
from registration.vocabulary import MailKind, OutboxState
from tests.factories import details, mails, make_organiser, make_workshop, save, sign_up, submit
from tests.mail.returned import ADA, returned
from tests.times import NOW

ONE_IS_ENOUGH = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""For what the databases do not do differently."""
LATER = NOW + timedelta(hours=1)
VERP = {"MAIL_VERP": True, "MAIL_BOUNCE_ADDRESS": "bounces@anmeldung.example.org"}


@pytest.fixture
def app(make_app, smtp_sink):
    return make_app(**smtp_sink.settings, **VERP)


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
def sent(deliver) -> OutboxMessage:
    """A mail that Ada was sent."""
    submit(make_workshop())
    deliver()
    (mail,) = mails()
    assert mail.state is OutboxState.SENT
    return mail


def unknown(message: OutboxMessage, **columns) -> Bounce:
    """The server of the address knows nobody there."""
    proved = {"outbox_id": message.id, "message_ids": (), "recipients": (ADA,)}
    said = {"action": "failed", "status": "5.1.1", "words": f"550 5.1.1 <{ADA}>: User unknown"}
    return Bounce(**(proved | said | columns))


def keys() -> list[str]:
    return [one.email_key for one in suppressed()]


def written(action: str) -> list[JournalEntry]:
    return list(db.session.scalars(select(JournalEntry).where(JournalEntry.action == action)))


def test_a_dead_address_marks_its_mail_and_is_spared(sent):
    assert record_bounce(unknown(sent), now=LATER)
    assert (sent.bounced_at, sent.state) == (LATER, OutboxState.SENT)
    assert sent.bounce == "das Postfach gibt es nicht (5.1.1): 550 …: User unknown"
    (address,) = suppressed()
    assert (address.email_key, address.status, address.since) == (ADA, "5.1.1", LATER)
    assert address.outbox_message_id == sent.id
    (entry,) = written("mail_bounced")
    assert entry.registration_id == sent.registration_id
    assert entry.details == {"message_id": sent.id, "status": "5.1.1", "suppressed": True}


def test_the_same_bounce_twice_changes_nothing(sent):
    record_bounce(unknown(sent), now=LATER)
    assert not record_bounce(unknown(sent), now=LATER + timedelta(hours=1))
    assert sent.bounced_at == LATER
    assert len(written("mail_bounced")) == 1


def test_after_lifting_an_old_bounce_does_not_count_again(sent):
    record_bounce(unknown(sent), now=LATER)
    assert lift(ADA, organiser_id=make_organiser().id, now=LATER)
    record_bounce(unknown(sent), now=LATER)
    assert keys() == []


@ONE_IS_ENOUGH
@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7", "5.4.4", ""])
def test_what_is_not_wrong_with_the_address_marks_the_mail_alone(sent, status):
    assert record_bounce(unknown(sent, status=status, words="no"), now=LATER)
    assert sent.bounced_at == LATER
    assert keys() == []


def test_a_delay_is_noted_and_no_failure(sent):
    record_bounce(unknown(sent, action="delayed", status="4.4.1", words="timed out"), now=LATER)
    assert sent.bounced_at is None
    assert sent.bounce == "verspätet: der Server der Adresse antwortet nicht (4.4.1): timed out"
    assert record_bounce(unknown(sent), now=LATER)
    assert "gibt es nicht" in sent.bounce


@ONE_IS_ENOUGH
def test_a_report_of_success_says_nothing(sent):
    assert not record_bounce(unknown(sent, action="delivered", status="2.0.0", words=""), now=LATER)
    assert (sent.bounced_at, sent.bounce) == (None, "")


@ONE_IS_ENOUGH
def test_a_worse_bounce_counts_after_a_harmless_one(sent):
    record_bounce(unknown(sent, status="5.2.2", words="full"), now=LATER)
    assert record_bounce(unknown(sent), now=LATER)
    assert keys() == [ADA]


@ONE_IS_ENOUGH
def test_the_address_that_a_mail_is_forwarded_to_is_not_ours(sent):
    record_bounce(unknown(sent, recipients=("somebody@else.example.org",)), now=LATER)
    assert sent.bounced_at == LATER
    assert keys() == []


@ONE_IS_ENOUGH
def test_of_a_list_one_dead_member_does_not_end_the_mails_to_the_others(app_context, sent):
    sender = envelope_sender(sent.id, app_context.config)
    for bounce in bounces_in(returned("several_recipients", bounce_address=sender), app_context.config):
        record_bounce(bounce, now=LATER)
    assert sent.bounced_at == LATER
    assert keys() == []


def test_a_message_id_counts_with_the_right_recipient_only(sent):
    by_id = {"outbox_id": None, "message_ids": ("<0@example.org>", sent.message_id)}
    assert not record_bounce(unknown(sent, **by_id, recipients=("ben@else.example.org",)), now=LATER)
    assert not record_bounce(unknown(sent, **by_id, recipients=()), now=LATER)
    assert keys() == []
    assert record_bounce(unknown(sent, **by_id, recipients=(ADA.upper(),)), now=LATER)
    assert keys() == [ADA]


@ONE_IS_ENOUGH
def test_a_made_up_bounce_changes_nothing(app_context, sent):
    made_up = bounces_in(returned("forged", bounce_address="x@example.org"), app_context.config)
    assert [record_bounce(one, now=LATER) for one in made_up] == [False]
    assert (sent.bounced_at, keys()) == (None, [])


def test_nobody_can_end_the_mails_to_somebody_else(app_context, deliver, sent):
    submit(make_workshop(slug="other"), "ben")
    deliver()
    own = envelope_sender(sent.id, app_context.config)  # Ada has seen it in her own mail
    text = returned("postfix", bounce_address=own).replace(b"ada@", b"ben@")
    for bounce in bounces_in(text, app_context.config):
        record_bounce(bounce, now=LATER)
    assert keys() == []
    assert mails()[1].bounced_at is None


@ONE_IS_ENOUGH
def test_no_address_of_anybody_stands_in_the_mark(sent):
    record_bounce(unknown(sent, words=f"550 {ADA} moved to <a.secret@private.example.org>"), now=LATER)
    assert "@" not in sent.bounce
    assert "@" not in suppressed()[0].reason


@ONE_IS_ENOUGH
def test_the_mark_is_short(sent):
    record_bounce(unknown(sent, words="x" * 5000), now=LATER)
    assert len(sent.bounce) <= 500


def test_queued_mails_to_a_dead_address_are_skipped_with_the_reason(deliver, smtp_sink, sent):
    submit(make_workshop(slug="other"), email=ADA.replace("ada", "Ada"))
    record_bounce(unknown(sent), now=LATER)
    deliver(LATER)
    mail = mails()[-1]
    assert mail.state is OutboxState.SKIPPED
    assert mail.state_reason.startswith("Adresse unzustellbar: das Postfach gibt es nicht (5.1.1)")
    assert len(smtp_sink.received) == 1


def test_once_lifted_the_address_gets_mails_again(deliver, smtp_sink, sent):
    record_bounce(unknown(sent), now=LATER)
    organiser = make_organiser()
    assert lift(ADA, organiser_id=organiser.id, now=LATER)
    assert not lift(ADA, organiser_id=organiser.id, now=LATER)
    submit(make_workshop(slug="other"))
    deliver(LATER)
    assert len(smtp_sink.to(ADA)) == 2
    (entry,) = written("address_lifted")
    assert (entry.organiser_id, entry.registration_id) == (organiser.id, sent.registration_id)


def test_a_corrected_address_is_another_one(deliver, smtp_sink, sent):
    record_bounce(unknown(sent), now=LATER)
    submit(make_workshop(slug="other"), email="ada.lovelace@musterhausen.example.org")
    deliver(LATER)
    assert len(smtp_sink.to("ada.lovelace@musterhausen.example.org")) == 1


def test_a_colleague_with_another_address_gets_her_mail(deliver, smtp_sink):
    ada = sign_up(make_workshop())
    deliver()
    record_bounce(unknown(mails(MailKind.SEAT_CERTAIN)[0]), now=LATER)
    name_substitute(ada.id, details("ben"), now=LATER)
    deliver(LATER)
    assert len(smtp_sink.to("ben@musterhausen.example.org")) == 1


def test_notes_to_an_organiser_respect_it_as_well(app_context):
    workshop = make_workshop()
    note = save(messages.seat_free(workshop, cause="one", now=NOW, context={"free": 1}))
    assert reason_to_skip(note, now=NOW) is None
    save(SuppressedAddress(email_key=note.to_address, since=NOW, reason="weg"))
    db.session.refresh(note)
    assert reason_to_skip(note, now=NOW) == "Adresse unzustellbar: weg"


def test_an_organiser_can_say_that_an_address_is_dead(sent):
    organiser = make_organiser()
    assert mark_undeliverable(sent.id, organiser_id=organiser.id, now=LATER)
    assert not mark_undeliverable(sent.id, organiser_id=organiser.id, now=LATER)
    assert (sent.bounced_at, keys()) == (LATER, [ADA])
    assert suppressed()[0].organiser_id == organiser.id
    (entry,) = written("address_suppressed")
    assert (entry.organiser_id, entry.registration_id) == (organiser.id, sent.registration_id)


@ONE_IS_ENOUGH
def test_a_mail_that_never_left_is_not_marked_by_hand(app_context):
    submit(make_workshop())
    (queued,) = mails()
    mark_undeliverable(queued.id, organiser_id=make_organiser().id, now=LATER)
    assert queued.bounced_at is None
    assert keys() == [ADA]


@ONE_IS_ENOUGH
def test_a_bounce_of_a_mail_that_is_no_more_changes_nothing(sent):
    assert not record_bounce(replace(unknown(sent), outbox_id=sent.id + 1000), now=LATER)
