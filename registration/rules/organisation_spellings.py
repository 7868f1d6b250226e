"""The spellings under which one organisation is known, and how well a kind named in a text fits them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from registration.rules.organisation_keys import (
    KREIS,
    MIXED,
    MUNICIPAL,
    REGION,
    OrganisationKey,
    parse_organisation,
)

_ALIKE = (MUNICIPAL, frozenset({KREIS, REGION}))  # one of them is easily said for another
_PLAIN_KINDS = frozenset({"", "stadt", "gemeinde"})  # what a bare place name may mean


@dataclass(frozen=True)
class Candidate:
    """One organisation of the register as far as matching needs it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Fit(IntEnum):
    """How the kind in a typed text stands to the kind of an organisation."""

    CONTRADICTS = 0  # Landkreis Kassel is never Stadt Kassel
    POSSIBLE = 1
    AGREES = 2


@dataclass(frozen=True)
class Spelling:
    """A name or alias; where an alias names no kind, the kind of the organisation's name stays its own."""

    organisation_id: int
    by: str  # "name" or "alias"
    key: OrganisationKey
    own_kind: str

    def fit(self, kind: str) -> Fit:
        """How well the kind fits that a text names ("" for none)."""
        if not kind:
            return Fit.AGREES if self._is_plain() else Fit.POSSIBLE
        if kind == self.own_kind != MIXED or self._is_municipality_for(kind):
            return Fit.AGREES
        is_open = MIXED in {kind, self.own_kind} or not self.own_kind
        is_close = any({kind, self.own_kind} <= alike for alike in _ALIKE)
        return Fit.POSSIBLE if is_open or is_close else Fit.CONTRADICTS

    def _is_plain(self) -> bool:
        return self.key.kind in _PLAIN_KINDS

    def _is_municipality_for(self, kind: str) -> bool:
        """A register entry without a kind is a municipality; "Rathaus" is said of every one."""
        if not self.own_kind:
            return kind in MUNICIPAL
        return kind == "kommune" and self.own_kind in MUNICIPAL


def spellings_of(candidate: Candidate) -> Iterator[Spelling]:
    """All spellings that say anything beside a kind."""
    name = parse_organisation(candidate.name)
    if name.base:
        yield Spelling(candidate.id, "name", name, name.kind)
    for alias in candidate.aliases:
        key = parse_organisation(alias)
        if key.base:
            yield Spelling(candidate.id, "alias", key, key.kind or name.kind)
