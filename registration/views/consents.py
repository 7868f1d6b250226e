"""What one has agreed to beside taking part: to see, to give and to take back (L-04)."""

from typing import Any

from flask import Blueprint, redirect, url_for

from registration import clock
from registration.consent_words import WORDING
from registration.errors import NotPossible
from registration.extensions import csrf
from registration.forms.consents import ConsentForm, form_for_consents
from registration.models import Registration
from registration.services.consenting import give_consent, revoke_consent
from registration.views.link_guard import link_or_404
from registration.vocabulary import ConsentKind, LinkPurpose

blueprint = Blueprint("consents", __name__, url_prefix="/my-registration/<token>/consents")


@blueprint.post("")
@csrf.exempt  # an outdated form changes nothing and is shown again as things are
def save(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    given, form = _in_force(registration), form_for_consents(_kinds(registration), WORDING)
    if not form.validate():
        return redirect(url_for("my_registration.show", token=token, saved="nothing"), 303)
    now, number = clock.now(), registration.id
    for kind, wanted in {kind: box.data for kind, box in form.boxes.items()}.items():
        if kind in given and not wanted:
            revoke_consent(number, kind, now=now)
        elif wanted and kind not in given:
            try:
                give_consent(number, kind, now=now)
            except NotPossible:
                continue  # nobody asks for it any more: the page shows how things are
    return redirect(url_for("my_registration.show", token=token, saved="consents"), 303)


def consent_form(registration: Registration) -> ConsentForm | None:
    """The boxes as they stand; None where nobody asks, or nothing can be changed any more."""
    kinds = _kinds(registration)
    if not kinds:
        return None
    given = {kind.value: True for kind in _in_force(registration)}
    return form_for_consents(kinds, WORDING, formdata=None, data=given)


def _kinds(registration: Registration) -> list[ConsentKind]:
    """What the workshop asks for, as long as she takes part, and what she has given: that can always end."""
    asked = set(registration.workshop.consents) if registration.is_live else set()
    given = _in_force(registration)
    return [kind for kind in ConsentKind if kind in asked or kind in given]


def _in_force(registration: Registration) -> set[ConsentKind]:
    return {one.kind for one in registration.consents if one.is_in_force}
