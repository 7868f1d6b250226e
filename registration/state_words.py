"""One word per state, the same on page, mail, list and export (R-05)."""

from typing import Any

from flask_babel import lazy_gettext as _l

from registration.vocabulary import Decision, OutboxState, RegistrationState, WorkshopFormat, WorkshopState

REGISTRATION: dict[RegistrationState, Any] = {
    RegistrationState.UNCONFIRMED: _l("E-Mail bestätigen"),
    RegistrationState.IN_REVIEW: _l("in Prüfung"),
    RegistrationState.WAITING: _l("Warteliste"),
    RegistrationState.OFFERED: _l("Platz angeboten"),
    RegistrationState.CONFIRMED: _l("Platz sicher"),
    RegistrationState.LAPSED: _l("verfallen"),
    RegistrationState.DECLINED: _l("abgelehnt"),
    RegistrationState.WITHDRAWN: _l("abgemeldet"),
    RegistrationState.CANCELLED: _l("storniert"),
    RegistrationState.SUBSTITUTED: _l("vertreten"),
}

FORMAT: dict[WorkshopFormat, Any] = {
    WorkshopFormat.ONLINE: _l("Online"),
    WorkshopFormat.ON_SITE: _l("Vor Ort"),
    WorkshopFormat.HYBRID: _l("Vor Ort und online"),
}

WORKSHOP: dict[WorkshopState, Any] = {
    WorkshopState.DRAFT: _l("Entwurf"),
    WorkshopState.PUBLISHED: _l("veröffentlicht"),
    WorkshopState.CANCELLED: _l("abgesagt"),
    WorkshopState.ARCHIVED: _l("archiviert"),
}

DECISION: dict[Decision, Any] = {
    Decision.AT_ONCE: _l("sofort, wenn berechtigt"),
    Decision.BY_ORGANISER: _l("immer durch die Organisation"),
    Decision.APPLY_FIRST: _l("erst bewerben, später entscheiden"),
}

OUTBOX: dict[OutboxState, Any] = {
    OutboxState.QUEUED: _l("wartet"),
    OutboxState.CLAIMED: _l("wird gesendet"),
    OutboxState.SENDING: _l("wird gesendet"),
    OutboxState.SENT: _l("gesendet"),
    OutboxState.FAILED: _l("nicht zustellbar"),
    OutboxState.SKIPPED: _l("entfallen"),
    OutboxState.HELD: _l("angehalten"),
}
