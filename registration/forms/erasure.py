"""Asking for erasure: a box that is not ticked, so that a robot that presses every button changes nothing."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types

from registration.forms.withdrawal import Said

WANTS_TO = _l("Wählen Sie „Ja, bitte löschen Sie meine Daten“, wenn Sie das möchten.")


class ErasureForm(FlaskForm):
    """The wish has to be said, not only sent."""

    decision = RadioField(
        _l("Sollen wir Ihre Daten löschen?"),
        [Said(["erase"], message=WANTS_TO)],
        choices=[SelectChoice("erase", _l("Ja, bitte löschen Sie meine Daten"))],
        validate_choice=False,
    )
