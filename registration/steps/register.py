"""The register of organisations as it is searched and judged by, read anew only when it has changed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from registration.extensions import db
from registration.models import Agreement, Organisation, OrganisationAlias, OrganisationDomain
from registration.rules.eligibility import OrganisationFacts
from registration.rules.organisations import Candidate, OrganisationIndex
from registration.steps.keeping import store
from registration.steps.offers import REGISTER_STAMP


@dataclass(frozen=True)
class Register:
    """All organisations at the stamp: an index for searching, and what is known by id."""

    stamp: tuple[Any, ...]
    index: OrganisationIndex
    facts: Mapping[int, OrganisationFacts]


def register_of_organisations(stamp: tuple[Any, ...] = ()) -> Register:
    """Return the register, read anew only when it has changed; `stamp` when it is known (offers.py)."""
    stamp = stamp or tuple(db.session.execute(_STAMP).one())
    kept: Register | None = store("register").get("register")
    if kept is None or kept.stamp != stamp:
        kept = _read(stamp)
        store("register").keep("register", kept)
    return kept


def _read(stamp: tuple[Any, ...]) -> Register:
    """Four plain queries: ten thousand records with their parts would take seconds."""
    aliases, domains, agreements = map(_by_organisation, (_ALIASES, _DOMAINS, _AGREEMENTS))
    facts, candidates = {}, []
    for number, name, state, kind in db.session.execute(_ORGANISATIONS):
        names = tuple(alias for (alias,) in aliases[number])
        own_domains = tuple(domain for (domain,) in domains[number])
        candidates.append(Candidate(number, name, names, own_domains))
        facts[number] = OrganisationFacts(number, name, state, kind, own_domains, tuple(agreements[number]))
    return Register(stamp, OrganisationIndex(candidates), facts)


def _by_organisation(query: Any) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for number, *rest in db.session.execute(query):
        found[number].append(tuple(rest))
    return found


# Built once: putting a query together takes longer than the database needs for it.
_STAMP = select(*REGISTER_STAMP)
_ORGANISATIONS = select(Organisation.id, Organisation.name, Organisation.state, Organisation.kind).order_by(
    Organisation.id
)
_ALIASES = select(OrganisationAlias.organisation_id, OrganisationAlias.name).order_by(OrganisationAlias.id)
_DOMAINS = select(OrganisationDomain.organisation_id, OrganisationDomain.domain).order_by(
    OrganisationDomain.id
)
_AGREEMENTS = select(Agreement.organisation_id, Agreement.valid_from, Agreement.valid_until).order_by(
    Agreement.valid_from
)
