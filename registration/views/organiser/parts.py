"""Rules, questions and lines of the mail plan of a workshop: three kinds of parts, edited alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registration.errors import RegistrationError
from registration.forms.organiser import mail_rule, question
from registration.forms.organiser import parts as forms
from registration.models import EligibilityRule, MailRule, Question, Workshop
from registration.services import furnishing
from registration.services.furnishing import MailRuleFacts, QuestionFacts, RuleFacts
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.lookups import acting, refuse, say, seen_version, workshop_or_404


@dataclass(frozen=True)
class Kind:
    """One kind of part: its words, form, record, and the tab that lists it."""

    name: str
    new_title: str
    title: str
    form: type[Any]
    facts: type[Any]
    record: type[Any]
    stored: Callable[[Any], dict[str, Any]]
    tab: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            *("rules", "Voraussetzung ergänzen", "Voraussetzung ändern", forms.RuleForm, RuleFacts),
            *(EligibilityRule, forms.stored_rule, "organiser.settings"),
        ),
        Kind(
            *("questions", "Frage ergänzen", "Frage ändern", question.QuestionForm, QuestionFacts),
            *(Question, question.stored_question, "organiser.settings"),
        ),
        Kind(
            *("mail-plan", "E-Mail ergänzen", "E-Mail ändern", mail_rule.MailRuleForm, MailRuleFacts),
            *(MailRule, mail_rule.stored_mail_rule, "organiser.workshop_mails"),
        ),
    )
}
_PART = "/workshops/<int:workshop_id>/<any('rules', 'questions', 'mail-plan'):kind>"


@blueprint.route(f"{_PART}/new", methods=["GET", "POST"])
@for_changers
def new_part(workshop_id: int, kind: str) -> ResponseReturnValue:
    one, found = workshop_or_404(workshop_id), KINDS[kind]
    form = found.form(data={"version": one.version})
    form.fit_to(one)
    others: list[str] = []
    if form.validate_on_submit():
        try:
            facts = found.facts(**form.facts())
            furnishing.add_part(workshop_id, facts, version=seen_version(form), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say("Gespeichert.")
            return redirect(url_for(found.tab, workshop_id=workshop_id), 303)
    return _page(workshop_id, found, form, others)


@blueprint.route(f"{_PART}/<int:part_id>", methods=["GET", "POST"])
@for_changers
def edit_part(workshop_id: int, kind: str, part_id: int) -> ResponseReturnValue:
    one, found = workshop_or_404(workshop_id), KINDS[kind]
    part = _part(one, found, part_id)
    form = found.form(data=found.stored(part) | {"version": one.version})
    form.fit_to(one, part)
    others: list[str] = []
    if form.validate_on_submit():
        try:
            facts = found.facts(**form.facts())
            furnishing.change_part(workshop_id, part_id, facts, version=seen_version(form), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
            form.version.data = str(workshop_or_404(workshop_id).version)
        else:
            say("Gespeichert.")
            return redirect(url_for(found.tab, workshop_id=workshop_id), 303)
    return _page(workshop_id, found, form, others, part_id)


@blueprint.post(f"{_PART}/<int:part_id>/removal")
def remove_part(workshop_id: int, kind: str, part_id: int) -> ResponseReturnValue:
    found = KINDS[kind]
    _part(workshop_or_404(workshop_id), found, part_id)
    try:
        furnishing.remove_part(workshop_id, found.record, part_id, version=seen_version(), **acting())
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    else:
        say("Entfernt.")
    return redirect(url_for(found.tab, workshop_id=workshop_id), 303)


def _part(one: Workshop, kind: Kind, part_id: int) -> Any:
    """Return a part of this workshop and of no other."""
    siblings = getattr(one, furnishing.RELATIONS[kind.record])
    return next((part for part in siblings if part.id == part_id), None) or abort(404)


def _page(
    workshop_id: int, kind: Kind, form: Any, others: list[str], part_id: int | None = None
) -> ResponseReturnValue:
    page = render_template(
        "organiser/part.html",
        workshop=workshop_or_404(workshop_id),
        kind=kind,
        title=kind.title if part_id else kind.new_title,
        form=form,
        others=others,
    )
    return page, 400 if form.errors or others else 200
