"""Finding names in a register of some ten thousand that begin alike or differ by typing errors."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registration.rules.organisation_keys import OrganisationKey, folded
from registration.rules.organisation_spellings import Candidate, Spelling

_SIMILAR = 0.799  # one slip in five letters, two in ten; with 0.8 rounding would leave them out
_CLEARLY_BETTER = 0.05
_SHORTEST_TO_GUESS = 4
_MOST_READ = 200  # entries behind a beginning of one or two letters


class NameSearch:
    """Sorted beginnings and plain lists over all spellings, made once."""

    def __init__(self, spellings: Mapping[str, Sequence[Spelling]], candidates: Iterable[Candidate]) -> None:
        self._compacts = list(spellings)
        self._words_of = {compact: known[0].key.base.split() for compact, known in spellings.items()}
        self._by_first_word: dict[str, list[str]] = defaultdict(list)
        self._by_last_word: dict[str, list[str]] = defaultdict(list)
        for compact, words in self._words_of.items():
            self._by_first_word[words[0]].append(compact)
            self._by_last_word[words[-1]].append(compact)
        self._beginnings = sorted({*_name_beginnings(spellings), *_written_beginnings(candidates)})

    def near(self, key: OrganisationKey) -> list[str]:
        """Compact keys that may be meant: with typing errors, or with fewer or more words."""
        if len(key.compact) < _SHORTEST_TO_GUESS:
            return []
        scored = self._scored(key.compact, _SIMILAR)
        best = max((score for _, score in scored), default=0.0)
        typing = [compact for compact, score in scored if score >= best - _CLEARLY_BETTER]
        return list(dict.fromkeys([*typing, *self.longer_or_shorter(key)]))

    def similar(self, key: OrganisationKey, cutoff: float) -> list[str]:
        """Compact keys in the order of their likeness."""
        return [compact for compact, _ in self._scored(key.compact, cutoff)] if key.base else []

    def beginning_with(self, text: str, key: OrganisationKey) -> list[int]:
        """Ids of organisations with a word that begins like the text or the name in it; whole names first."""
        starts = dict.fromkeys(start for start in (key.compact, folded(text).replace(" ", "")) if start)
        hits = sorted(hit for start in starts for hit in self._from(start))
        return list(dict.fromkeys(organisation_id for _, _, organisation_id in hits))

    def _scored(self, compact: str, cutoff: float) -> list[tuple[str, float]]:
        scorer = OSA.normalized_similarity
        found = process.extract(compact, self._compacts, scorer=scorer, score_cutoff=cutoff, limit=10)
        return [(name, score) for name, score, _ in found]

    def longer_or_shorter(self, key: OrganisationKey) -> Iterator[str]:
        """Freiburg for Freiburg im Breisgau; "Stadt Freiburg, Schulamt"; at the end only with a kind."""
        words = key.base.split()
        for compact in self._by_first_word.get(words[0], []):
            known = self._words_of[compact]
            if all(map(_abbreviates, words, known)):
                yield compact
        if key.kind:
            for compact in self._by_last_word.get(words[-1], []):
                known = self._words_of[compact]
                if words[-len(known) :] == known:
                    yield compact

    def _from(self, start: str) -> Iterator[tuple[int, int, int]]:
        """(place of the word in the name, length of the name, id) for every entry that begins so."""
        position = bisect_left(self._beginnings, (start,))
        for beginning, word, organisation_id in islice(self._beginnings, position, position + _MOST_READ):
            if not beginning.startswith(start):
                return
            yield word, len(beginning), organisation_id


def _abbreviates(word: str, known: str) -> bool:
    """M. for Main, Cbg. for Coburg: the same first letter, and the others in their order."""
    letters = iter(known)
    return word[0] == known[0] and all(letter in letters for letter in word)


def _name_beginnings(spellings: Mapping[str, Sequence[Spelling]]) -> Iterator[tuple[str, int, int]]:
    """Every word of a name may be the one that somebody types first."""
    for known in spellings.values():
        for spelling in known:
            words = spelling.key.base.split()
            for position in range(len(words)):
                yield "".join(words[position:]), position, spelling.organisation_id


def _written_beginnings(candidates: Iterable[Candidate]) -> Iterator[tuple[str, int, int]]:
    """Names as they are written, with their kind in front: "Landkr" finds districts."""
    for candidate in candidates:
        yield folded(candidate.name).replace(" ", ""), 0, candidate.id
