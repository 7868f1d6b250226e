"""The register of organisations, and recognising a typed one with one click."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.forms.organiser.organisation import OrganisationForm, stored
from registration.models import Organisation, OrganisationAlias, Registration
from registration.services import cataloguing
from registration.services.cataloguing import OrganisationFacts
from registration.views.organiser import blueprint, for_changers
from registration.views.organiser.lookups import acting, record_or_404, refuse, registration_or_404, say

PER_PAGE = 50


@blueprint.get("/organisations")
def organisations() -> str:
    asked = request.args.get("search", "").strip()
    query = select(Organisation).order_by(Organisation.name)
    if asked:
        named = Organisation.name.icontains(asked, autoescape=True)
        aliased = Organisation.aliases.any(OrganisationAlias.name.icontains(asked, autoescape=True))
        query = query.where(or_(named, aliased))
    page = db.paginate(query, page=request.args.get("page", 1, type=int), per_page=PER_PAGE, error_out=False)
    today = clock.now().date()
    return render_template("organiser/organisations.html", page=page, search=asked, today=today)


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@for_changers
def new_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    others: list[str] = []
    if form.validate_on_submit():
        try:
            cataloguing.add_organisation(OrganisationFacts(**form.facts()), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say("Die Organisation ist aufgenommen.")
            return redirect(url_for("organiser.organisations"), 303)
    return _page(form, others, "Organisation aufnehmen")


@blueprint.route("/organisations/<int:organisation_id>", methods=["GET", "POST"])
@for_changers
def organisation(organisation_id: int) -> ResponseReturnValue:
    one = record_or_404(Organisation, organisation_id)
    form = OrganisationForm(data=stored(one))
    others: list[str] = []
    if form.validate_on_submit():
        try:
            cataloguing.change_organisation(organisation_id, OrganisationFacts(**form.facts()), **acting())
        except RegistrationError as refusal:
            others = refuse(form, refusal)
        else:
            say("Die Organisation ist gespeichert.")
            return redirect(url_for("organiser.organisations"), 303)
    return _page(form, others, "Organisation ändern")


@blueprint.post("/registrations/<int:registration_id>/organisation")
def recognise(registration_id: int) -> ResponseReturnValue:
    """Add the typed organisation, or note it as another name of the chosen one (domain.md, Eligibility)."""
    one = registration_or_404(registration_id)
    chosen = request.form.get("organisation_id", type=int)
    try:
        _recognise(one, chosen)
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    else:
        say("Die Organisation ist eingetragen. Die Voraussetzungen sind neu geprüft.")
    return redirect(url_for("organiser.person", registration_id=registration_id), 303)


def _recognise(one: Registration, chosen: int | None) -> None:
    if chosen:
        found = record_or_404(Organisation, chosen)
        cataloguing.add_alias(found.id, one.organisation_name, **acting())
    else:
        cataloguing.add_organisation(OrganisationFacts(name=one.organisation_name), **acting())


def _page(form: OrganisationForm, others: list[str], title: str) -> ResponseReturnValue:
    page = render_template("organiser/organisation.html", form=form, others=others, title=title)
    return page, 400 if form.errors or others else 200
