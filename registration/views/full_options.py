"""Saying at the options of a form which of them have no seat left (domain.md, rule 5)."""

from collections.abc import Collection

from flask_babel import gettext as _

from registration.forms.questions import OfferingField
from registration.forms.registration import RegistrationForm
from registration.rules.pools import Choice


def mark_full(form: RegistrationForm, full: Collection[Choice], *, can_wait: bool) -> None:
    """Mark these options; they stay choosable. `can_wait`: whoever chooses one comes on the waiting list."""
    words = _("ausgebucht – Warteliste") if can_wait else _("ausgebucht")
    for field in form.question_fields if full else ():
        if isinstance(field, OfferingField):
            field.mark_full({option for number, option in full if number == field.asked.id}, words)
