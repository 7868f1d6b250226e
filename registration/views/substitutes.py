"""Naming a substitute: the seat passes when she confirms her address (domain.md)."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import csrf, db
from registration.forms.substitute import SubstituteForm
from registration.models import Registration
from registration.rules.addresses import parse_address
from registration.services.substituting import name_substitute
from registration.steps.recording import Details
from registration.views.languages import reader_language
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose, RegistrationState

blueprint = Blueprint("substitutes", __name__, url_prefix="/my-registration/<token>/substitute")


def can_pass_on(registration: Registration) -> bool:
    """Whether there is a seat that somebody else could take."""
    workshop = registration.workshop
    return registration.has_seat and workshop.is_published and not workshop.is_over(clock.now())


def named_substitute(registration: Registration) -> Registration | None:
    """Return who was named last and has not confirmed yet."""
    waiting = select(Registration).where(
        Registration.substitutes_id == registration.id, Registration.state == RegistrationState.UNCONFIRMED
    )
    return db.session.scalar(waiting.order_by(Registration.id.desc()).limit(1))


@blueprint.route("", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself and is shown again with what was typed
def new(token: str) -> Any:
    registration = link_or_404(LinkPurpose.MANAGE, token).registration
    form = SubstituteForm()
    if not can_pass_on(registration):
        return redirect(url_for("my_registration.show", token=token), 303)
    if not form.is_submitted():
        return _page(registration, token, form)
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        name_substitute(registration.id, _details(registration, form), now=clock.now())
    except RegistrationError as refusal:
        if not _was_sent_twice(registration, form):
            form.refuse(refusal)
            return _page(registration, token, form), 422
    return redirect(url_for("my_registration.show", token=token), 303)


def _was_sent_twice(registration: Registration, form: SubstituteForm) -> bool:
    """Whether the second click of a double one was refused: the first has named this very person (U-11)."""
    named = named_substitute(registration)
    return named is not None and named.email_key == parse_address(form.email.data or "").key


def _details(registration: Registration, form: SubstituteForm) -> Details:
    return Details(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=registration.organisation_name,
        role=form.role.data or "",
        language=reader_language(),
    )


def _page(registration: Registration, token: str, form: SubstituteForm) -> str:
    return render_template(
        "my_registration/substitute.html",
        registration=registration,
        workshop=registration.workshop,
        token=token,
        form=form,
    )
