"""Putting a participant's address right, because it was mistyped or no mail arrives there."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.errors import RegistrationError
from registration.forms.organiser.address import AddressForm
from registration.models import Registration
from registration.services.correcting_address import correct_address
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.lookups import acting, refuse, registration_or_404, say


@blueprint.route("/registrations/<int:registration_id>/address", methods=["GET", "POST"])
@for_changers
def correct(registration_id: int) -> ResponseReturnValue:
    one = registration_or_404(registration_id)
    form, others = AddressForm(), []
    if form.validate_on_submit():
        was_confirmed = one.address_confirmed_at is not None
        try:
            is_changed = correct_address(
                one.id, form.email.data or "", is_certain=bool(form.is_certain.data), **acting()
            )
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say(_what_happens(was_confirmed=was_confirmed, is_changed=is_changed))
            return redirect(url_for("organiser.person", registration_id=one.id), 303)
    return _page(one.id, form, others), 400 if others or form.errors else 200


def _page(registration_id: int, form: AddressForm, others: list[str]) -> str:
    one: Registration = registration_or_404(registration_id)
    return render_template(
        "organiser/address.html", registration=one, workshop=one.workshop, form=form, others=others
    )


def _what_happens(*, was_confirmed: bool, is_changed: bool) -> str:
    if not was_confirmed:
        return "Die Adresse ist geändert. Dorthin geht die Bitte, sie zu bestätigen."
    if is_changed:
        return "Die Adresse ist geändert. Die neue erhält eine E-Mail, die alte auch, wenn es sie gibt."
    return "An die neue Adresse geht ein Link zum Bestätigen. Bis dahin bleibt die bisherige."
