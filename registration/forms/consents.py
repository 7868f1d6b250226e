"""One's consents as boxes that stand as they are: sending the form unchanged changes nothing (L-04)."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField

from registration.vocabulary import ConsentKind


class ConsentForm(FlaskForm):
    """`form_for_consents` adds a box for each kind."""

    @property
    def boxes(self) -> dict[ConsentKind, Any]:
        """The boxes by what they are about."""
        return {kind: self._fields[kind.value] for kind in ConsentKind if kind.value in self._fields}


def form_for_consents(kinds: Iterable[ConsentKind], words: Any, **options: Any) -> ConsentForm:
    """The form with these kinds in their `words`; `options` go to the form."""
    boxes = {kind.value: BooleanField(words[kind]) for kind in kinds}
    form: ConsentForm = type("TheseConsents", (ConsentForm,), boxes)(**options)
    return form
