"""Withdrawing: one unselected choice, so that a robot that presses every button changes nothing (M-33)."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types
from wtforms.validators import AnyOf

WANTS_TO = _l("Wählen Sie „Ja, ich sage meine Teilnahme ab“, wenn Sie sich abmelden möchten.")


class Said(AnyOf):
    """The one answer that acts, and it is required."""

    field_flags = {"required": True}


class WithdrawalForm(FlaskForm):
    """The decision has to be said, not only sent."""

    decision = RadioField(
        _l("Möchten Sie sich abmelden?"),
        [Said(["withdraw"], message=WANTS_TO)],
        choices=[SelectChoice("withdraw", _l("Ja, ich sage meine Teilnahme ab"))],
        validate_choice=False,
    )
