"""Änderung mitteilen: what people do not know yet of changed sessions, and the one mail that tells them."""

from collections.abc import Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField

from registration import clock
from registration.errors import RegistrationError
from registration.forms.organiser.fields import text
from registration.mail.changes import changes_in
from registration.services import telling_changes
from registration.services.previewing import preview
from registration.services.telling_changes import prospect
from registration.steps.unsent import in_words
from registration.steps.untold import Reader
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.lookups import acting, refuse, say, seen_version, workshop_or_404
from registration.views.organiser.previews import POLICY
from registration.vocabulary import MailKind


class ChangesForm(FlaskForm):
    version = HiddenField()
    text = text("Ihre Worte dazu", longest=2000, description="Stehen in der E-Mail an alle.")


@blueprint.context_processor
def _offer() -> dict[str, Any]:
    """The head of every page of a workshop asks it."""
    return {"untold_changes": lambda one: prospect(one, now=clock.now())}


@blueprint.route("/workshops/<int:workshop_id>/changes", methods=["GET", "POST"])
@for_changers
def changes(workshop_id: int) -> ResponseReturnValue:
    one = workshop_or_404(workshop_id)
    form = ChangesForm(data={"version": one.version})
    others: list[str] = []
    if form.validate_on_submit():
        words, version = form.text.data or "", seen_version(form)
        try:
            told = telling_changes.tell_changes(workshop_id, version=version, text=words, **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
            form.version.data = str(workshop_or_404(workshop_id).version)
        else:
            say(f"Mitgeteilt: {people_get(told)} eine E-Mail.")
            return redirect(url_for("organiser.sessions", workshop_id=workshop_id), 303)
    return _page(workshop_id, form, others)


@blueprint.post("/workshops/<int:workshop_id>/changes/silence")
def keep_quiet(workshop_id: int) -> ResponseReturnValue:
    try:
        telling_changes.keep_quiet(workshop_id, version=seen_version(), **acting())
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    else:
        say("Niemand erhält eine E-Mail. Das Journal hält Ihre Entscheidung fest.")
    return redirect(url_for("organiser.sessions", workshop_id=workshop_id), 303)


@blueprint.route("/workshops/<int:workshop_id>/changes/preview", methods=["GET", "POST"])
@for_changers
def changes_preview(workshop_id: int) -> Response:
    """Return the mail for a frame, with the words as they are typed; a page that may do nothing."""
    one, now = workshop_or_404(workshop_id), clock.now()
    found = prospect(one, now=now)
    page = "Es gibt nichts mitzuteilen."
    if found:
        reader = _sample(found.readers)
        context = in_words(reader.context, request.form.get("text", ""))
        kind = MailKind.WORKSHOP_CHANGED
        page = preview(one, kind, reader.registration, context=context, now=found.leaves_at).html
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def after_saving(workshop_id: int, otherwise: str) -> ResponseReturnValue:
    """Lead to the page where a change is told, if somebody has to know of it."""
    found = prospect(workshop_or_404(workshop_id), now=clock.now())
    endpoint = "organiser.changes" if found else otherwise
    return redirect(url_for(endpoint, workshop_id=workshop_id), 303)


def people_get(number: int) -> str:
    return "1 Person erhält" if number == 1 else f"{number} Personen erhalten"


def _page(workshop_id: int, form: ChangesForm, others: list[str]) -> ResponseReturnValue:
    """Show what is to be told; when somebody has told it meanwhile, that."""
    one, now = workshop_or_404(workshop_id), clock.now()
    found = prospect(one, now=now)
    page = render_template(
        "organiser/changes.html",
        workshop=one,
        form=form,
        others=others,
        prospect=found,
        changes=changes_in(found.news.context(), one, "de", with_room=True) if found else [],
        people=people_get(len(found.readers)) if found else "",
        sample=_sample(found.readers).registration if found else None,
        now=now,
    )
    return page, 400 if form.errors or others else 200


def _sample(readers: Sequence[Reader]) -> Reader:
    """Return somebody with a seat, as long as there is one (M-94)."""
    return next((one for one in readers if one.registration.has_seat), readers[0])
