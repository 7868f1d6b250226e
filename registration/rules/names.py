"""Names and other typed text: what is tidied up, what is refused, and how two names are compared."""

import re
import unicodedata

_LINE_BREAKS = "\r\n\v\f\u2028\u2029"
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\ufeff\u00ad")
)  # U+200D stays: emoji and Indic ligatures need it (U-06)
_BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs"})  # control characters, and halves of characters that no UTF-8 can carry
_ANY_BREAK = re.compile(r"\r\n|[\r\n\v\f\u2028\u2029]")
_BLANKS = re.compile(r"[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_APOSTROPHES = re.compile("[\u2019\u2018\u02bc\u02b9\u00b4`\u2032\u201b]")
_HYPHENS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")


def clean(value: str) -> str:
    """One tidy line: NFC, TAB and line breaks as blanks, no double blanks, no invisible junk (M-20, U-06)."""
    return _tidy_line(_ANY_BREAK.sub(" ", value))


def clean_multiline(value: str) -> str:
    """Tidy text that keeps its line breaks as "\\n" (M-20)."""
    return "\n".join(_tidy_line(line) for line in _ANY_BREAK.split(value)).strip("\n")


def has_forbidden_characters(value: str) -> bool:
    """Whether it holds control characters or bidi overrides that `clean` leaves in (M-20, U-06)."""
    return any(_is_forbidden(character) for character in value)


def full_name(given_name: str | None, family_name: str) -> str:
    """The name as it is spoken; the given name may be missing (U-06)."""
    return f"{given_name or ''} {family_name}".strip()


def name_key(given_name: str | None, family_name: str) -> str:
    """Equal for names that differ only by case, blanks, hyphens or kinds of apostrophe (U-14)."""
    # Accents on their own (´ and others) fall apart under NFKC, so apostrophes are folded before.
    name = _APOSTROPHES.sub("'", clean(full_name(given_name, family_name)))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _HYPHENS.sub(" ", _APOSTROPHES.sub("'", folded)).strip()


def _tidy_line(line: str) -> str:
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", line.translate(_INVISIBLE))).strip(" ")


def _is_forbidden(character: str) -> bool:
    if character == "\t" or character in _LINE_BREAKS:
        return False
    return character in _BIDI_OVERRIDES or unicodedata.category(character) in _UNPRINTABLE
