"""Refusals: what a service says when it will not do something, in the words that the person reads."""

from typing import Any

from flask_babel import lazy_gettext as _l


class RegistrationError(Exception):
    """A use case refused; `message` is the sentence for the person, `field` the form field it belongs to."""

    message: Any = _l("Das ist gerade nicht möglich.")
    field: str | None = None

    def __init__(self, message: Any = None, field: str | None = None) -> None:
        self.message = message if message is not None else self.message
        self.field = field or self.field
        super().__init__(str(type(self).__name__))


class RegistrationClosed(RegistrationError):
    """The deadline has passed, or the workshop takes no registrations (T-02…T-04)."""

    message = _l("Die Anmeldung ist geschlossen.")


class NotEligible(RegistrationError):
    """A rule with the effect `refuse` is not met; `reasons` are the unmet ones."""

    message = _l("Sie können sich zu dieser Veranstaltung nicht anmelden.")

    def __init__(
        self, message: Any = None, field: str | None = None, *, reasons: tuple[Any, ...] = ()
    ) -> None:
        self.reasons = reasons
        super().__init__(message, field)


class WorkshopFull(RegistrationError):
    """No seat is free and the workshop keeps no waiting list."""

    message = _l("Leider sind alle Plätze vergeben. Es gibt keine Warteliste.")


class TooManyRequests(RegistrationError):
    """A limit that protects people was reached (L-56)."""

    message = _l("Zu viele Versuche in kurzer Zeit. Bitte versuchen Sie es später noch einmal.")


class LinkExpired(RegistrationError):
    """The link was right, but its time is over."""

    message = _l("Dieser Link ist nicht mehr gültig.")


class NotPossible(RegistrationError):
    """The state of the record does not allow this step."""


class ConcurrentEdit(RegistrationError):
    """Somebody else saved the same record in the meantime (U-20)."""

    message = _l(
        "Jemand hat inzwischen etwas geändert. Bitte prüfen Sie die Angaben und speichern Sie erneut."
    )
