"""Changing the address under which somebody is registered (M-34)."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField

from registration.errors import RegistrationError
from registration.forms.checks import MailAddress
from registration.forms.registration import SEND_AGAIN


class NewAddressForm(FlaskForm):
    """Where the link to confirm goes."""

    email = EmailField(
        _l("Neue E-Mail-Adresse"),
        [MailAddress()],
        description=_l("Dorthin schicken wir einen Link, mit dem Sie die Änderung bestätigen."),
    )

    @property
    def other_errors(self) -> list[Any]:
        """What belongs to no field: an outdated form, a refusal of the whole."""
        outdated = [SEND_AGAIN] if self.csrf_token.errors else []
        return outdated + list(self.form_errors)

    def refuse(self, refusal: RegistrationError) -> None:
        """Put what a service said to the field, or on top."""
        if refusal.field == "email":
            self.email.errors = [*self.email.errors, refusal.message]
        else:
            self.form_errors.append(refusal.message)
