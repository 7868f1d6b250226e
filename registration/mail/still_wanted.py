"""Whether a mail still makes sense at the moment it would leave (M-56, M-57)."""

from datetime import datetime

from sqlalchemy import select

from registration.extensions import db
from registration.mail.changes import has_news
from registration.mail.head_counts import head_counts
from registration.models import Attendance, OutboxMessage
from registration.state_words import REGISTRATION
from registration.vocabulary import (
    DESK_MAILS,
    LIVE_STATES,
    TIMED_MAILS,
    TIMED_NOTES,
    MailKind,
    RegistrationState,
    WorkshopState,
)

State = RegistrationState

# the states of a registration in which a mail says the truth
TRUE_IN: dict[MailKind, tuple[RegistrationState, ...]] = {
    MailKind.CONFIRM_ADDRESS: (State.UNCONFIRMED,),
    MailKind.UNDER_REVIEW: (State.IN_REVIEW,),
    MailKind.SEAT_CERTAIN: (State.CONFIRMED,),
    MailKind.MOVED_UP: (State.CONFIRMED,),
    MailKind.SEAT_OFFERED: (State.OFFERED,),
    MailKind.OFFER_ENDED: (State.LAPSED,),
    MailKind.REMINDER: (State.CONFIRMED,),
    MailKind.MEETING_LINK: (State.CONFIRMED,),
    MailKind.THANKS: (State.CONFIRMED,),
    MailKind.CERTIFICATE: (State.CONFIRMED,),
    MailKind.WAITING_LIST: (State.WAITING,),
    MailKind.DECLINED: (State.DECLINED,),
    MailKind.WITHDRAWN: (State.WITHDRAWN,),
    MailKind.CANCELLED: (State.CANCELLED,),
    MailKind.WORKSHOP_CANCELLED: (State.CANCELLED,),
    MailKind.SUBSTITUTED: (State.SUBSTITUTED,),
    MailKind.ALREADY_REGISTERED: LIVE_STATES,
    MailKind.WORKSHOP_CHANGED: (State.CONFIRMED, State.IN_REVIEW, State.WAITING, State.OFFERED),
    MailKind.CONFIRM_NEW_ADDRESS: LIVE_STATES,
}
# what leads to the workshop
BEFORE_THE_END = (
    MailKind.CONFIRM_ADDRESS,
    MailKind.ALREADY_REGISTERED,
    MailKind.WORKSHOP_CHANGED,
    MailKind.UNDER_REVIEW,
    MailKind.SEAT_CERTAIN,
    MailKind.WAITING_LIST,
    MailKind.SEAT_OFFERED,
    MailKind.MOVED_UP,
)
# what is still said about a workshop that was cancelled
AFTER_CANCELLING = (
    MailKind.WORKSHOP_CANCELLED,
    MailKind.CANCELLED,
    MailKind.WITHDRAWN,
    MailKind.DECLINED,
    MailKind.NEW_LINK,
    MailKind.ADDRESS_CHANGED,
)
NOT_NOW = "derzeit nicht: "
"""How the reason begins when a mail comes after all as soon as it does not hold any more."""
UNDELIVERABLE = "Adresse unzustellbar"
"""How the reason begins when it is the address to which nothing goes."""
OTHER_ADDRESS = "die Person hat inzwischen eine andere Adresse"
ABOUT_THE_CHANGE = (MailKind.CONFIRM_NEW_ADDRESS, MailKind.ADDRESS_CHANGED)
ASKED_FROM_ITS_ADDRESS = (MailKind.CONFIRM_ADDRESS, MailKind.NEW_LINK)
"""Of no use at another address: that one is asked, or asks, by itself."""


def reason_to_skip(message: OutboxMessage, *, now: datetime) -> str | None:
    """Return why the mail has become senseless, as the organiser reads it; None when it may leave."""
    if message.pointless_after is not None and now >= message.pointless_after:
        return "zu spät: Der Zeitpunkt, bis zu dem die E-Mail nützt, ist vorbei"
    if message.kind not in DESK_MAILS and message.registration is None:
        return "die Anmeldung besteht nicht mehr"
    if message.kind is MailKind.CERTIFICATE and (reason := _not_certified(message, now)):
        return NOT_NOW + reason
    return (
        _state_differs(message)
        or _address_differs(message)
        or _workshop_cancelled(message)
        or _not_planned(message)
        or _session_moved(message)
        or _change_differs(message)
        or _over(message, now)
        or _nothing_to_note(message, now)
        or _undeliverable(message)
    )


def _state_differs(message: OutboxMessage) -> str | None:
    right = TRUE_IN.get(message.kind)
    if right is None or message.registration is None or message.registration.state in right:
        return None
    return f"der Stand der Anmeldung ist inzwischen ein anderer ({REGISTRATION[message.registration.state]})"


def _address_differs(message: OutboxMessage) -> str | None:
    """Nothing goes twice to an address that was replaced, nor to a new one that was given up (M-34).

    Links are written when a mail leaves: what welcomes a new address must not bring it those of a newer one.
    """
    registration, address = message.registration, message.to_address
    if registration is None:
        return None
    if message.kind is MailKind.ADDRESS_CHANGED:
        is_overtaken = (message.context or {}).get("is_new_address") and address != registration.email
        return OTHER_ADDRESS if is_overtaken else None
    if message.kind is MailKind.CONFIRM_NEW_ADDRESS:
        return None if address == registration.pending_email else "die Änderung der Adresse ist überholt"
    stays = message.is_uncertain or message.kind in ASKED_FROM_ITS_ADDRESS
    return OTHER_ADDRESS if stays and address != registration.email else None


def address_now(message: OutboxMessage) -> str:
    """Return where a mail that still makes sense goes: to the address that the person has now.

    Links are written when it leaves. Those that a change of address has made belong to the new one alone.
    """
    registration = message.registration
    is_hers = registration is not None and message.kind not in (*ABOUT_THE_CHANGE, *DESK_MAILS)
    return registration.email if registration and is_hers else message.to_address


def _workshop_cancelled(message: OutboxMessage) -> str | None:
    cancelled = message.workshop is not None and message.workshop.state is WorkshopState.CANCELLED
    return "die Veranstaltung ist abgesagt" if cancelled and message.kind not in AFTER_CANCELLING else None


def _not_planned(message: OutboxMessage) -> str | None:
    if message.kind not in (*TIMED_MAILS, *TIMED_NOTES, MailKind.DIGEST):
        return None
    if message.workshop is None or message.workshop.state is not WorkshopState.PUBLISHED:
        return "die Veranstaltung ist nicht veröffentlicht"
    if message.kind is not MailKind.DIGEST and message.mail_rule_id is None:
        return "die E-Mail wurde aus dem Mailplan entfernt"
    return None


def _session_moved(message: OutboxMessage) -> str | None:
    if message.kind is MailKind.CERTIFICATE:
        return None  # it certifies what was attended, whenever that was
    if message.kind not in TIMED_MAILS and (message.kind not in TIMED_NOTES or message.revision is None):
        return None
    session = message.workshop_session
    if session is None:
        return "der Termin besteht nicht mehr"
    return "der Termin wurde verlegt" if session.revision != message.revision else None


def _not_certified(message: OutboxMessage, now: datetime) -> str | None:
    """All of this can become true again, and the certificate is sent then."""
    if reason := _state_differs(message) or _workshop_cancelled(message) or _not_planned(message):
        return reason
    person = message.registration
    attended = select(Attendance.certified(person.id if person else 0, now).exists())
    return None if db.session.scalar(attended) else "es ist keine Teilnahme eingetragen"


def _change_differs(message: OutboxMessage) -> str | None:
    """A change that was taken back, or that a later mail tells together with another one (C-06)."""
    if message.kind is not MailKind.WORKSHOP_CHANGED or message.workshop is None:
        return None
    person = message.registration
    if not has_news(message.context, message.workshop, with_room=bool(person and person.has_seat)):
        return "es ist inzwischen wieder so, wie es war"
    later = select(OutboxMessage.id).where(
        OutboxMessage.registration_id == message.registration_id,
        OutboxMessage.kind == MailKind.WORKSHOP_CHANGED,
        OutboxMessage.id > message.id,
    )
    is_told_later = message.id is not None and db.session.scalar(later.limit(1)) is not None
    return "eine neuere Änderung sagt alles zusammen" if is_told_later else None


def _over(message: OutboxMessage, now: datetime) -> str | None:
    """What leads to the workshop is of no use when it is over (T-14)."""
    ends_at = message.workshop.ends_at if message.workshop else None
    is_over = message.kind in BEFORE_THE_END and ends_at is not None and now >= ends_at
    return "die Veranstaltung ist vorbei" if is_over else None


def _nothing_to_note(message: OutboxMessage, now: datetime) -> str | None:
    workshop = message.workshop
    if message.kind is MailKind.DEADLINE_REACHED and workshop and not workshop.is_closed(now):
        return "die Anmeldung ist wieder offen"
    if message.kind is not MailKind.MINIMUM_NOT_REACHED or workshop is None:
        return None
    if workshop.minimum is None:
        return "es ist keine Mindestzahl mehr gesetzt"
    if head_counts(workshop, now=now).seats.taken >= workshop.minimum:
        return "die Mindestzahl ist inzwischen erreicht"
    return None


def _undeliverable(message: OutboxMessage) -> str | None:
    """Whatever the mail says, and to whomever: it would not arrive where it goes now (M-59)."""
    suppressed = message.suppressed if address_now(message) == message.to_address else None
    return f"{UNDELIVERABLE}: {suppressed.reason}" if suppressed else None
