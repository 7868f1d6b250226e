"""The last part of a workshop's address: small letters, digits and hyphens."""

import re
import unicodedata
from collections.abc import Container
from itertools import count

LONGEST = 80
SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def is_slug(text: str) -> bool:
    """Whether the text can stand in an address as it is."""
    return len(text) <= LONGEST and SHAPE.fullmatch(text) is not None


def slug_of(title: str) -> str:
    """Make a slug from a title: „Über Daten reden“ → `ueber-daten-reden`; never empty."""
    spelled = title.lower().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug[: LONGEST - 5].rstrip("-") or "workshop"


def free_slug(wanted: str, taken: Container[str]) -> str:
    """Return the slug, with the first number behind it that is not taken."""
    if wanted not in taken:
        return wanted
    return next(numbered for n in count(2) if (numbered := f"{wanted}-{n}") not in taken)
