"""Suggesting organisations of the register while somebody types (U-08): only what anybody may know."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import lazy_gettext as _l

from registration.rules.eligibility import OrganisationFacts
from registration.steps.register import register_of_organisations
from registration.views.words import FEDERAL_STATE
from registration.vocabulary import OrganisationKind

blueprint = Blueprint("organisation_search", __name__)

MOST_HITS = 10
LONGEST_QUERY = 200
FRESH_SECONDS = 60
KIND: dict[OrganisationKind, Any] = {
    OrganisationKind.MUNICIPALITY: _l("Stadt oder Gemeinde"),
    OrganisationKind.INDEPENDENT_CITY: _l("Kreisfreie Stadt"),
    OrganisationKind.DISTRICT: _l("Landkreis"),
    OrganisationKind.UNIVERSITY: _l("Hochschule"),
    OrganisationKind.AGENCY: _l("Agentur"),
    OrganisationKind.OTHER: _l("Andere Organisation"),
}


@blueprint.get("/organisations")
def search() -> Response:
    """At most ten, best first. Only the beginning of a long text is read, so that the work stays bounded."""
    asked = request.args.get("q", "")[:LONGEST_QUERY]
    answer = jsonify(organisations=_found(asked) if asked.strip() else [])
    answer.headers["Cache-Control"] = f"private, max-age={FRESH_SECONDS}"
    return answer


def _found(asked: str) -> list[dict[str, str]]:
    register = register_of_organisations()
    return [_public(register.facts[one.id]) for one in register.index.suggest(asked, limit=MOST_HITS)]


def _public(organisation: OrganisationFacts) -> dict[str, str]:
    """Name, kind and federal state: neither agreement nor aliases nor domains."""
    state = organisation.state
    return {
        "name": organisation.name,
        "kind": str(KIND[organisation.kind]),
        "state": str(FEDERAL_STATE[state]) if state else "",
    }
