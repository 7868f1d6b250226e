"""Finding a workshop: what somebody asks the public list for, and which workshop answers it."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from registration.vocabulary import WorkshopFormat

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NOT_A_WORD = re.compile(r"[\W_]+")
# Whoever can take part online, or on site, is also served by a workshop that offers both.
SERVED_BY = {
    WorkshopFormat.ONLINE: frozenset({WorkshopFormat.ONLINE, WorkshopFormat.HYBRID}),
    WorkshopFormat.ON_SITE: frozenset({WorkshopFormat.ON_SITE, WorkshopFormat.HYBRID}),
    WorkshopFormat.HYBRID: frozenset({WorkshopFormat.HYBRID}),
}


@dataclass(frozen=True)
class Wanted:
    """What somebody is looking for; what is empty does not matter."""

    text: str = ""
    month: date | None = None  # its first day
    format: WorkshopFormat | None = None
    audience: str = ""
    series: str = ""
    free: bool = False  # only where a seat, and not only the waiting list, is to be had

    @property
    def is_anything(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True)
class Facts:
    """What a workshop says about itself, folded once, so that asking is cheap."""

    words: str
    format: WorkshopFormat
    audience: frozenset[str]
    series: str


@dataclass(frozen=True)
class Search:
    """What is wanted, folded once for all; free seats are asked elsewhere, they have to be counted."""

    words: tuple[str, ...]
    formats: frozenset[WorkshopFormat]
    audience: str
    series: str

    @classmethod
    def of(cls, wanted: Wanted) -> "Search":
        formats = SERVED_BY[wanted.format] if wanted.format else frozenset(WorkshopFormat)
        return cls(
            tuple(folded(wanted.text).split()), formats, folded(wanted.audience), folded(wanted.series)
        )

    def finds(self, facts: Facts) -> bool:
        """Whether all that is asked fits: every word somewhere, also inside a longer one."""
        return (
            facts.format in self.formats
            and self.series in ("", facts.series)
            and (not self.audience or self.audience in facts.audience)
            and all(word in facts.words for word in self.words)
        )


def folded(text: str) -> str:
    """Small letters without accents, umlauts as ae, oe, ue, single blanks between words; of any script."""
    small = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    plain = "".join(one for one in unicodedata.normalize("NFKD", small) if not unicodedata.combining(one))
    return _NOT_A_WORD.sub(" ", plain).strip()


def first_of_month(day: date | datetime) -> date:
    """The first day of a month stands for the month."""
    return date(day.year, day.month, 1)


def lines(text: str) -> list[str]:
    """The lines of a text that hold something, without the dashes that people put before them."""
    return [line for raw in text.splitlines() if (line := raw.strip().lstrip("-–•* ").strip())]
