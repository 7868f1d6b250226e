"""Which organisation of the register somebody means; what is doubtful stays so for an organiser (U-08)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registration.rules.addresses import ascii_domain
from registration.rules.organisation_keys import OrganisationKey, organisation_key, parse_organisation
from registration.rules.organisation_search import NameSearch
from registration.rules.organisation_spellings import Candidate, Fit, Spelling, spellings_of
from registration.vocabulary import Certainty

__all__ = ["Candidate", "Match", "OrganisationIndex", "organisation_key"]

_LONGEST_TEXT = 300
_MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Match:
    """What was found: for sure, in doubt (with several candidates: without an id), or not at all."""

    certainty: Certainty
    organisation_id: int | None = None
    by: str = ""  # "name", "alias", "domain", "typing" or ""
    candidates: tuple[int, ...] = ()


class OrganisationIndex:
    """The register, prepared once for many look-ups; build it anew when the register changes."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._candidates = {candidate.id: candidate for candidate in candidates}
        self._spellings: dict[str, list[Spelling]] = defaultdict(list)
        self._ids_by_domain: dict[str, set[int]] = defaultdict(set)
        for candidate in self._candidates.values():
            for spelling in spellings_of(candidate):
                self._spellings[spelling.key.compact].append(spelling)
            for domain in filter(None, map(ascii_domain, candidate.domains)):
                self._ids_by_domain[domain].add(candidate.id)
        self._search = NameSearch(self._spellings, self._candidates.values())

    def match(self, text: str, email_domain: str = "") -> Match:
        """The organisation that a typed text means; the e-mail domain may settle a doubt."""
        ids_of_domain = self._ids_of_domain(email_domain)
        key = parse_organisation(text[:_LONGEST_TEXT])
        match = self._match_exactly(key, ids_of_domain) or self._match_nearly(key, ids_of_domain)
        if match.certainty is Certainty.NONE and len(ids_of_domain) == 1:
            return _doubtful(sorted(ids_of_domain), "domain")
        return match

    def suggest(self, text: str, limit: int = 8) -> list[Candidate]:
        """Organisations to choose from while somebody types, best first."""
        key = parse_organisation(text[:_LONGEST_TEXT])
        beginning = self._search.beginning_with(text[:_LONGEST_TEXT], key)
        found, begins_so = list(beginning), set(beginning)
        if len(found) < limit:
            similar = self._search.similar(key, cutoff=0.6)
            found += [
                spelling.organisation_id for compact in similar for spelling in self._spellings[compact]
            ]
        fits = {organisation_id: self._best_fit(organisation_id, key) for organisation_id in found}
        best_first = sorted(fits, key=lambda one: (one not in begins_so, -fits[one]))
        return [self._candidates[organisation_id] for organisation_id in best_first[:limit]]

    def _match_exactly(self, key: OrganisationKey, ids_of_domain: set[int]) -> Match | None:
        """By the same key; None when no organisation has it."""
        spellings = self._spellings.get(key.compact, []) if key.base else []
        if not spellings:
            return None
        agreeing = _ids(spellings, key.kind, Fit.AGREES)
        possible = _ids(spellings, key.kind, Fit.POSSIBLE)
        if len(agreeing) == 1 and (key.kind or len(possible) == 1):
            return Match(Certainty.CERTAIN, agreeing[0], _said_by(spellings, agreeing[0]), tuple(agreeing))
        settled = ids_of_domain.intersection(agreeing if key.kind else possible)
        if len(settled) == 1:
            return Match(Certainty.CERTAIN, settled.pop(), "domain", tuple(possible))
        if possible:
            return _doubtful(agreeing if key.kind and agreeing else possible, spellings[0].by)
        if longer := self._of_kind(self._search.longer_or_shorter(key), key.kind):
            return _doubtful(longer, "typing")  # Landkreis Potsdam, beside the city, for Potsdam-Mittelmark
        return Match(Certainty.NONE, candidates=tuple(_ids(spellings, key.kind, Fit.CONTRADICTS)))

    def _match_nearly(self, key: OrganisationKey, ids_of_domain: set[int]) -> Match:
        """By typing errors, or a shorter or longer name: never certain without the e-mail domain."""
        near = [s for compact in self._search.near(key) for s in self._spellings[compact]]
        possible = _ids(near, key.kind, Fit.POSSIBLE)
        # A longer text may be another house of the same town, unless it names the kind.
        sure = [s for s in near if key.kind or len(key.base.split()) <= len(s.key.base.split())]
        settled = ids_of_domain.intersection(_ids(sure, key.kind, Fit.AGREES if key.kind else Fit.POSSIBLE))
        if len(settled) == 1:
            return Match(Certainty.CERTAIN, settled.pop(), "typing", tuple(possible[:_MOST_CANDIDATES]))
        return _doubtful(possible, "typing") if possible else Match(Certainty.NONE)

    def _of_kind(self, compacts: Iterable[str], kind: str) -> list[int]:
        return _ids([s for compact in compacts for s in self._spellings[compact]], kind, Fit.AGREES)

    def _ids_of_domain(self, email_domain: str) -> set[int]:
        """Whose domain this is, or the nearest above it (schule.stadt.example is below stadt.example)."""
        labels = ascii_domain(email_domain).split(".")
        for start in range(len(labels) - 1):
            if ids := self._ids_by_domain.get(".".join(labels[start:])):
                return ids
        return set()

    def _best_fit(self, organisation_id: int, key: OrganisationKey) -> Fit:
        return max(
            (s.fit(key.kind) for s in spellings_of(self._candidates[organisation_id])), default=Fit.POSSIBLE
        )


def _ids(spellings: Sequence[Spelling], kind: str, at_least: Fit) -> list[int]:
    fitting = [spelling.organisation_id for spelling in spellings if spelling.fit(kind) >= at_least]
    return list(dict.fromkeys(fitting))


def _said_by(spellings: Sequence[Spelling], organisation_id: int) -> str:
    return next(spelling.by for spelling in spellings if spelling.organisation_id == organisation_id)


def _doubtful(ids: Sequence[int], by: str) -> Match:
    only = ids[0] if len(ids) == 1 else None
    return Match(Certainty.DOUBTFUL, only, by, tuple(ids[:_MOST_CANDIDATES]))
