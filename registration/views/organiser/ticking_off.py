"""Buttons of the page of a person that tick off what waited for the desk."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from registration.services import ticking_off
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import acting, registration_or_404, say


@blueprint.post("/registrations/<int:registration_id>/changes-seen")
def accept_changes(registration_id: int) -> ResponseReturnValue:
    one = registration_or_404(registration_id)
    if ticking_off.accept_changes(one.id, **acting()):
        say("Die Änderung ist abgehakt.")
    return redirect(url_for("organiser.person", registration_id=registration_id), 303)


@blueprint.post("/registrations/<int:registration_id>/erasure-answered")
def answer_erasure(registration_id: int) -> ResponseReturnValue:
    one = registration_or_404(registration_id)
    if ticking_off.answer_erasure(one.id, **acting()):
        say("Die Bitte um Löschung ist beantwortet. Die Daten stehen noch hier.")
    return redirect(url_for("organiser.person", registration_id=registration_id), 303)
