"""Correcting one's own data, and saying what follows from it (Art. 16 GDPR)."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import csrf
from registration.forms.correction import correction_form
from registration.forms.registration import RegistrationForm
from registration.models import Registration
from registration.rules.pools import Choice, choices_in
from registration.services.correcting import JUDGED, Correction, correct
from registration.steps.counting import full_options
from registration.views.full_options import mark_full
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose, RegistrationState

blueprint = Blueprint("corrections", __name__, url_prefix="/my-registration/<token>/data")


@blueprint.route("", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again with what was typed
def edit(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    if not registration.is_live:
        return redirect(url_for("my_registration.show", token=token), 303)
    form = correction_form(registration)
    if not form.is_submitted():
        return _page(registration, token, form)
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        changed = correct(registration.id, _typed(form), now=clock.now())
    except RegistrationError as refusal:
        form.refuse(refusal)
        return _page(registration, token, form), 422
    saved = "judged" if JUDGED & changed else "data" if changed else "nothing"
    return redirect(url_for("my_registration.show", token=token, saved=saved), 303)


def _typed(form: RegistrationForm) -> Correction:
    return Correction(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        organisation=form.organisation.data or "",
        role=form.role.data or "",
        note=form.note.data or "",
        support_needs=form.support_needs.data or "",
        answers=form.answers,
    )


def _page(registration: Registration, token: str, form: RegistrationForm) -> str:
    """The form with the options marked that are full: of others than she has she can only wait for one."""
    is_waiting = registration.state is RegistrationState.WAITING
    full = full_options(registration.workshop, now=clock.now()) - _chosen(registration)
    mark_full(form, full, can_wait=is_waiting)
    return render_template(
        "my_registration/data.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )


def _chosen(registration: Registration) -> set[Choice]:
    return {choice for one in registration.answers for choice in choices_in(one.question_id, one.value)}
