"""Decisions about one's own place: unselected, so that a robot that presses every button changes nothing.

Withdrawing is M-33; the same for coming back and for an offered seat.
"""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types
from wtforms.validators import AnyOf

WANTS_TO = _l("Wählen Sie „Ja, ich sage meine Teilnahme ab“, wenn Sie sich abmelden möchten.")
WANTS_OUT = _l("Wählen Sie „Ja, ich ziehe meine Anmeldung zurück“, wenn Sie das möchten.")
WANTS_TO_LEAVE = _l("Wählen Sie „Ja, ich verlasse die Warteliste“, wenn Sie das möchten.")
WANTS_BACK = _l("Wählen Sie „Ja, ich nehme doch teil“, wenn Sie die Abmeldung zurücknehmen möchten.")
EITHER = _l("Wählen Sie, ob Sie den Platz annehmen oder freigeben.")


class Said(AnyOf):
    """An answer that acts, and it is required."""

    field_flags = {"required": True}


class DecisionForm(FlaskForm):
    """The decision has to be said, not only sent."""

    decision: RadioField


def _decision(question: Any, choices: dict[str, Any], missing: Any) -> RadioField:
    options = [SelectChoice(value, word) for value, word in choices.items()]
    return RadioField(
        question, [Said(list(choices), message=missing)], choices=options, validate_choice=False
    )


class WithdrawalForm(DecisionForm):
    """Giving back what one has."""

    decision = _decision(
        _l("Möchten Sie sich abmelden?"), {"withdraw": _l("Ja, ich sage meine Teilnahme ab")}, WANTS_TO
    )


class RetractionForm(DecisionForm):
    """The same for who has no seat yet."""

    decision = _decision(
        _l("Möchten Sie Ihre Anmeldung zurückziehen?"),
        {"withdraw": _l("Ja, ich ziehe meine Anmeldung zurück")},
        WANTS_OUT,
    )


class LeavingForm(DecisionForm):
    """The same for who only waits."""

    decision = _decision(
        _l("Möchten Sie die Warteliste verlassen?"),
        {"withdraw": _l("Ja, ich verlasse die Warteliste")},
        WANTS_TO_LEAVE,
    )


class ReturnForm(DecisionForm):
    """Taking the withdrawal back."""

    decision = _decision(
        _l("Möchten Sie doch teilnehmen?"), {"return": _l("Ja, ich nehme doch teil")}, WANTS_BACK
    )


class OfferForm(DecisionForm):
    """A seat from the waiting list: taken or let go."""

    decision = _decision(
        _l("Möchten Sie den Platz?"),
        {
            "accept": _l("Ja, ich nehme den Platz an"),
            "let_go": _l("Nein, ich gebe den Platz frei und verlasse die Warteliste"),
        },
        EITHER,
    )
