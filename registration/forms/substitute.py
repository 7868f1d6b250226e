"""Naming a colleague who takes the seat."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField

from registration.forms.checks import MailAddress, Text, tidy
from registration.forms.own_data import PersonForm
from registration.forms.registration import LONGEST_LINE


class SubstituteForm(PersonForm):
    """Who it is, and where she can be asked."""

    email = EmailField(
        _l("Dienstliche E-Mail-Adresse"),
        [MailAddress(_l("Geben Sie die E-Mail-Adresse der Vertretung ein."))],
        description=_l("An diese Adresse schicken wir den Link zum Bestätigen."),
    )
    role = StringField(_l("Funktion"), [Text(LONGEST_LINE)], filters=[tidy])
