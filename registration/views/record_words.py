"""What the records about a person are called when she reads them: mails, lines of the journal, who acted."""

from typing import Any

from flask_babel import lazy_gettext as _l

from registration import state_words
from registration.vocabulary import ActorKind, LinkPurpose, MailKind
from registration.vocabulary import RegistrationState as State

MAILS: dict[MailKind, Any] = {
    MailKind.CONFIRM_ADDRESS: _l("Bitte um Bestätigung der Adresse"),
    MailKind.UNDER_REVIEW: _l("Anmeldung eingegangen"),
    MailKind.SEAT_CERTAIN: _l("Zusage"),
    MailKind.WAITING_LIST: _l("Warteliste"),
    MailKind.MOVED_UP: _l("Nachgerückt"),
    MailKind.DECLINED: _l("Ablehnung"),
    MailKind.WITHDRAWN: _l("Abmeldung"),
    MailKind.CANCELLED: _l("Anmeldung storniert"),
    MailKind.WORKSHOP_CANCELLED: _l("Veranstaltung abgesagt"),
    MailKind.SUBSTITUTED: _l("Vertretung"),
    MailKind.WORKSHOP_CHANGED: _l("Änderung der Veranstaltung"),
    MailKind.SEAT_OFFERED: _l("Platz angeboten"),
    MailKind.OFFER_ENDED: _l("Angebot abgelaufen"),
    MailKind.CONFIRM_NEW_ADDRESS: _l("Bitte um Bestätigung der neuen Adresse"),
    MailKind.ADDRESS_CHANGED: _l("Adresse geändert"),
    MailKind.ALREADY_REGISTERED: _l("Bereits angemeldet"),
    MailKind.NEW_LINK: _l("Links zu Anmeldungen"),
    MailKind.REMINDER: _l("Erinnerung"),
    MailKind.MEETING_LINK: _l("Zugang zum Meeting"),
    MailKind.THANKS: _l("Dank und Materialien"),
    MailKind.CERTIFICATE: _l("Teilnahmebescheinigung"),
}
ACTIONS: dict[str, Any] = {
    **{state.value: word for state, word in state_words.REGISTRATION.items()},
    "received": _l("Anmeldung eingegangen"),
    "entered_by_hand": _l("von Hand eingetragen"),
    "form_repeated": _l("Formular noch einmal gesendet"),
    "link_requested": _l("Link angefordert"),
    "substitute_named": _l("Vertretung genannt"),
    "corrected": _l("Angaben geändert"),
    "to_check": _l("zur Prüfung vorgemerkt"),
    "changes_seen": _l("Änderung gesehen"),
    "judged_again": _l("Voraussetzungen neu geprüft"),
    "offer_shortened": _l("Angebot endet früher: mit dem Beginn"),
    "new_address_asked": _l("neue E-Mail-Adresse genannt"),
    "new_address_dropped": _l("neue E-Mail-Adresse verworfen"),
    "address_changed": _l("E-Mail-Adresse geändert"),
    "consent_given": _l("Einwilligung erteilt"),
    "consent_revoked": _l("Einwilligung widerrufen"),
    "erasure_requested": _l("um Löschung gebeten"),
    "erasure_answered": _l("Bitte um Löschung beantwortet"),
    "attendance_recorded": _l("Anwesenheit eingetragen"),
    "mail_resent": _l("E-Mail noch einmal gesendet"),
    "mail_retried": _l("E-Mail noch einmal versucht"),
    "mail_bounced": _l("E-Mail zurückgekommen"),
    "address_suppressed": _l("Adresse als unzustellbar gekennzeichnet"),
    "address_lifted": _l("Adresse wieder freigegeben"),
}
"""Lines of the journal that name a registration; one that is missing stands there by its code."""
ACTORS: dict[ActorKind, Any] = {
    ActorKind.PARTICIPANT: _l("Sie"),
    ActorKind.ORGANISER: _l("Organisationsteam"),
    ActorKind.SYSTEM: _l("automatisch"),
}
_FOLLOWS = {
    *(State.CONFIRMED, State.WAITING, State.IN_REVIEW, State.DECLINED, State.SUBSTITUTED),
    *("judged_again", "to_check"),
}
"""What follows from what a person has done: the journal names her for it, but the program decided."""


def who(action: str, kind: ActorKind) -> Any:
    """Say who acted, as the person reads it."""
    follows = kind is ActorKind.PARTICIPANT and action in _FOLLOWS
    return ACTORS[ActorKind.SYSTEM if follows else kind]


LINKS: dict[LinkPurpose, Any] = {
    LinkPurpose.CONFIRM: _l("E-Mail-Adresse bestätigen"),
    LinkPurpose.MANAGE: _l("Meine Anmeldung"),
    LinkPurpose.JOIN: _l("Zum Meeting"),
    LinkPurpose.NEW_ADDRESS: _l("Neue E-Mail-Adresse bestätigen"),
}
