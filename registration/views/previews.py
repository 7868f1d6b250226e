"""What search engines and link previews read in the head of a page: address, languages, summary."""

from dataclasses import dataclass

from registration.links import DEFAULT_LANGUAGE, LANGUAGES, public_url
from registration.views.languages import reader_language

LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class Preview:
    """A page as others speak of it; addresses come from PUBLIC_URL and carry no filter."""

    title: str
    description: str
    kind: str  # of the Open Graph protocol
    address: str
    languages: dict[str, str]
    is_indexed: bool

    @property
    def default(self) -> str:
        return self.languages[DEFAULT_LANGUAGE]


def preview(
    title: str,
    description: str,
    endpoint: str,
    *,
    kind: str = "website",
    is_indexed: bool = True,
    **values: str,
) -> Preview:
    """The preview of the page at this endpoint, in the reader's language."""
    languages = {one: public_url(endpoint, one, **values) for one in LANGUAGES}
    return Preview(title, _shortened(description), kind, languages[reader_language()], languages, is_indexed)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= LONGEST_DESCRIPTION:
        return line
    return f"{line[:LONGEST_DESCRIPTION].rsplit(' ', 1)[0]} …"
