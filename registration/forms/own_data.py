"""What the forms about one person share: her name, and where a refusal stands."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from registration.errors import RegistrationError
from registration.forms.checks import Filled, Text, tidy
from registration.forms.registration import LONGEST_LINE, SEND_AGAIN


class PersonForm(FlaskForm):
    """Given and family name; only the family name is required (U-06)."""

    given_name = StringField(
        _l("Vorname"),
        [Text(LONGEST_LINE)],
        filters=[tidy],
        description=_l("Bei nur einem Namen bleibt das Feld frei."),
    )
    family_name = StringField(
        _l("Nachname"), [Filled(_l("Geben Sie einen Nachnamen ein.")), Text(LONGEST_LINE)], filters=[tidy]
    )

    @property
    def other_errors(self) -> list[Any]:
        """What belongs to no field: an outdated form, a refusal of the whole."""
        outdated = [SEND_AGAIN] if self.csrf_token.errors else []
        return outdated + list(self.form_errors)

    def refuse(self, refusal: RegistrationError) -> None:
        """Put what a service said to its field, or on top."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]
