"""Correcting one's own data (Art. 16 GDPR)."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from registration.forms.checks import Text, tidy, tidy_multiline
from registration.forms.own_data import PersonForm
from registration.forms.registration import LONGEST_LINE, LONGEST_NOTE, NOTE_TOO_LONG


class CorrectionForm(PersonForm):
    """What a person may change by herself; address and organisation decide about the seat."""

    role = StringField(_l("Funktion"), [Text(LONGEST_LINE)], filters=[tidy])
    note = TextAreaField(
        _l("Nachricht an das Organisationsteam"),
        [Text(LONGEST_NOTE, NOTE_TOO_LONG)],
        filters=[tidy_multiline],
        description=_l("Höchstens 2.000 Zeichen."),
    )
