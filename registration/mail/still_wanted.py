"""Whether a mail still makes sense at the moment it would leave (M-56, M-57)."""

from datetime import datetime

from registration.models import OutboxMessage
from registration.state_words import REGISTRATION
from registration.vocabulary import LIVE_STATES, TIMED_MAILS, MailKind, RegistrationState, WorkshopState

State = RegistrationState

# the states of a registration in which a mail says the truth
TRUE_IN: dict[MailKind, tuple[RegistrationState, ...]] = {
    MailKind.CONFIRM_ADDRESS: (State.UNCONFIRMED,),
    MailKind.UNDER_REVIEW: (State.IN_REVIEW,),
    MailKind.SEAT_CERTAIN: (State.CONFIRMED,),
    MailKind.MOVED_UP: (State.CONFIRMED,),
    MailKind.REMINDER: (State.CONFIRMED,),
    MailKind.MEETING_LINK: (State.CONFIRMED,),
    MailKind.WAITING_LIST: (State.WAITING,),
    MailKind.DECLINED: (State.DECLINED,),
    MailKind.WITHDRAWN: (State.WITHDRAWN,),
    MailKind.CANCELLED: (State.CANCELLED,),
    MailKind.WORKSHOP_CANCELLED: (State.CANCELLED,),
    MailKind.SUBSTITUTED: (State.SUBSTITUTED,),
    MailKind.ALREADY_REGISTERED: LIVE_STATES,
}
# what is still said about a workshop that was cancelled
AFTER_CANCELLING = (
    MailKind.WORKSHOP_CANCELLED,
    MailKind.CANCELLED,
    MailKind.WITHDRAWN,
    MailKind.DECLINED,
    MailKind.NEW_LINK,
)


def reason_to_skip(message: OutboxMessage, *, now: datetime) -> str | None:
    """Return why the mail has become senseless, as the organiser reads it; None when it may leave."""
    if message.pointless_after is not None and now >= message.pointless_after:
        return "zu spät: Der Zeitpunkt, bis zu dem die E-Mail nützt, ist vorbei"
    if message.kind is not MailKind.SEAT_FREE and message.registration is None:
        return "die Anmeldung besteht nicht mehr"
    return (
        _state_differs(message)
        or _workshop_cancelled(message)
        or _session_moved(message)
        or _undeliverable(message)
    )


def _state_differs(message: OutboxMessage) -> str | None:
    right = TRUE_IN.get(message.kind)
    if right is None or message.registration is None or message.registration.state in right:
        return None
    return f"der Stand der Anmeldung ist inzwischen ein anderer ({REGISTRATION[message.registration.state]})"


def _workshop_cancelled(message: OutboxMessage) -> str | None:
    cancelled = message.workshop is not None and message.workshop.state is WorkshopState.CANCELLED
    return "die Veranstaltung ist abgesagt" if cancelled and message.kind not in AFTER_CANCELLING else None


def _session_moved(message: OutboxMessage) -> str | None:
    if message.kind not in TIMED_MAILS:
        return None
    session = message.workshop_session
    if session is None:
        return "der Termin besteht nicht mehr"
    return "der Termin wurde verlegt" if session.revision != message.revision else None


def _undeliverable(message: OutboxMessage) -> str | None:
    """Whatever the mail says, and to whomever: it would not arrive (M-59)."""
    suppressed = message.suppressed
    return f"Adresse unzustellbar: {suppressed.reason}" if suppressed else None
