"""Correcting one's own data: name, role and note (Art. 16 GDPR)."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import csrf
from registration.forms.correction import CorrectionForm
from registration.models import Registration
from registration.services.correcting import correct
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("corrections", __name__, url_prefix="/my-registration/<token>/data")


@blueprint.route("", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again with what was typed
def edit(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    if not registration.is_live:
        return redirect(url_for("my_registration.show", token=token), 303)
    form = CorrectionForm(obj=registration)
    if not form.is_submitted():
        return _page(registration, token, form)
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        correct(registration.id, **_typed(form), now=clock.now())
    except RegistrationError as refusal:
        form.refuse(refusal)
        return _page(registration, token, form), 422
    return redirect(url_for("my_registration.show", token=token), 303)


def _typed(form: CorrectionForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("given_name", "family_name", "role", "note")}


def _page(registration: Registration, token: str, form: CorrectionForm) -> str:
    return render_template(
        "my_registration/data.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )
