"""How the many spellings of one organisation come down to one key: its kind, and its name without it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

KREIS, REGION, STADT, GEMEINDE = "kreis", "region", "stadt", "gemeinde"
MUNICIPAL = frozenset({STADT, GEMEINDE, "markt", "kommune"})
MIXED = "mixed"  # the text names two kinds, as in "Stadt und Landkreis Kassel"

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_KIND_WORDS = {
    KREIS: "kreis landkreis landkreises kreises landkr lkr lkrs lk lra landratsamt landratsamtes "
    "kreisverwaltung landkreisverwaltung kreisausschuss",
    REGION: "region staedteregion regionsverwaltung metropolregion",
    STADT: "stadt stadtverwaltung landeshauptstadt lh lhs lhst hauptstadt bundeshauptstadt bundesstadt "
    "universitaetsstadt hochschulstadt hansestadt kreisstadt stadtkreis lutherstadt wissenschaftsstadt "
    "documentastadt klingenstadt seestadt barlachstadt reuterstadt bergstadt magistrat",
    GEMEINDE: "gemeinde gemeindeverwaltung ortsgemeinde einheitsgemeinde gemeindeamt",
    "markt": "marktgemeinde",
    "kommune": "kommune kommunalverwaltung buergermeisteramt rathaus",
    "samtgemeinde": "samtgemeinde",
    "verbandsgemeinde": "verbandsgemeinde verbandsgemeindeverwaltung vg",
    "verwaltungsgemeinschaft": "verwaltungsgemeinschaft",
    "verwaltungsverband": "gemeindeverwaltungsverband gvv",
}
_KIND_OF_WORD = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split()}
_PHRASES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bfreie (und )?hansestadt\b", "stadt"),
        (r"\b(hanse|reichs|kreis|universitaets) und (universitaets|hanse|kreis)?stadt\b", "stadt"),
        (r"\buni stadt\b", "stadt"),
        (r"\b(grosse|kreisfreie|kreisangehoerige|selbstaendige) (kreisangehoerige |selbstaendige )?", ""),
        (r"\bdocumenta stadt\b", "stadt"),
        (r"\bstadt (der )?fernuniversitaet\b", "stadt"),
        (r"\b(a|am) m$", "am main"),
        (r"\b(a|am) n$", "am neckar"),
        (r"\b(a|am) rh$", "am rhein"),
        (r"\bod t$", "ob der tauber"),
        (r"\bo d t$", "ob der tauber"),
        (r"\bi br$", "im breisgau"),
        (r"\bi d opf$", "in der oberpfalz"),
        (r"\bwestf\b", "westfalen"),
        (r"\bthuer\b", "thueringen"),
        (r"\boldb\b", "oldenburg"),
        (r"\bst\b", "sankt"),
        (r"\bschwaeb\b", "schwaebisch"),
        (r"\buni\b", "universitaet"),
        (r"str\b", "strasse"),
    )
]
# Little words are written, abbreviated or left out at will: Neustadt a. d. Weinstraße, Frankfurt/Main.
_FILLERS = frozenset(
    (
        "a", "am", "an", "auf", "b", "bei", "d", "der", "des", "die", "i", "im", "in",
        "o", "ob", "u", "und", "v", "von", "vor", "zu", "zur",
    )
)  # fmt: skip
_NOT_A_WORD = re.compile(r"[^0-9a-z]+")
_SHORTEST_COMPOUND = len("xxkreis")


@dataclass(frozen=True)
class OrganisationKey:
    """The kind that the text names ("" for none), and the rest of the name, blanks between its words."""

    kind: str
    base: str

    @property
    def compact(self) -> str:
        """The name without blanks, so that hyphens and blanks make no difference."""
        return self.base.replace(" ", "")

    def __str__(self) -> str:
        return f"{self.kind} {self.base}".strip()


def organisation_key(text: str) -> str:
    """The normalised text: equal for all spellings that mean the same without doubt."""
    return str(parse_organisation(text))


@lru_cache(maxsize=65536)
def parse_organisation(text: str) -> OrganisationKey:
    """The kind and the name in a typed or registered text."""
    words = folded(text).split()
    kinds = []
    names = []
    for position, word in enumerate(words):
        kind, name = _split_word(word, position)
        kinds += [kind] if kind else []
        names += [name] if name else []
    return OrganisationKey(_one_kind(kinds), " ".join(_without_fillers(names)))


def folded(text: str) -> str:
    """Plain small letters: umlauts as ae, oe, ue, no accents, abbreviations written out."""
    small = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", small) if not unicodedata.combining(c))
    line = _NOT_A_WORD.sub(" ", plain).strip()
    for pattern, replacement in _PHRASES:
        line = pattern.sub(replacement, line)
    return " ".join(line.split())


def _split_word(word: str, position: int) -> tuple[str, str]:
    """A word's kind and its share of the name: Ortenaukreis is the Kreis of the name Ortenau."""
    if word in _KIND_OF_WORD:
        return _KIND_OF_WORD[word], ""
    if word in {"markt", "amt"} and position == 0:  # Markt Schwaben, Amt Hüttener Berge
        return word, ""
    if word.endswith(KREIS) and len(word) >= _SHORTEST_COMPOUND:
        return KREIS, word.removesuffix(KREIS)
    return "", word


def _one_kind(kinds: list[str]) -> str:
    """ "Gemeinde" says less than a city's own word, and "Rathaus" says nothing but: no district."""
    named = set(kinds)
    if len(named) > 1:
        named -= {"kommune"}
    return named.pop() if len(named) == 1 else (MIXED if named else "")


def _without_fillers(names: list[str]) -> list[str]:
    return [name for name in names if name not in _FILLERS] or names
