"""What a search finds."""

import pytest

from registration.rules.finding import Facts, Search, Wanted, folded, lines
from registration.vocabulary import WorkshopFormat

FACTS = Facts(
    words=folded("Öffentlichkeitsbeteiligung für Große und Kleine – 李 und O'Brien"),
    format=WorkshopFormat.HYBRID,
    audience=frozenset({folded("Bildungsbüros"), folded("Leitungen")}),
    series=folded("Daten im Dialog"),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "öffentlich",
        "OEFFENTLICH",
        "o\u0308ffentlich",
        "beteiligung",
        "kleine grosse",
        "GROẞE",
        "李",
        "o'brien",
        "O’Brien",
        " , – ",
    ],
)
def test_every_spelling_of_a_word_finds_it(text: str) -> None:
    assert Search.of(Wanted(text=text)).finds(FACTS)


@pytest.mark.parametrize("text", ["offentlich", "beteiligung haushalt", "leitungen"])
def test_what_is_not_there_is_not_found(text: str) -> None:
    assert not Search.of(Wanted(text=text)).finds(FACTS)


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        (Wanted(format=WorkshopFormat.ONLINE), True),
        (Wanted(format=WorkshopFormat.ON_SITE), True),
        (Wanted(format=WorkshopFormat.HYBRID), True),
        (Wanted(audience="BILDUNGSBUEROS"), True),
        (Wanted(audience="Bildung"), False),
        (Wanted(series="daten im dialog"), True),
        (Wanted(series="Daten"), False),
        (Wanted(text="beteiligung", series="Andere"), False),
    ],
)
def test_each_filter_has_to_fit(wanted: Wanted, is_found: bool) -> None:
    assert Search.of(wanted).finds(FACTS) is is_found


def test_who_wants_both_is_not_served_by_one() -> None:
    online = Facts("", WorkshopFormat.ONLINE, frozenset(), "")

    assert not Search.of(Wanted(format=WorkshopFormat.HYBRID)).finds(online)


def test_lines_lose_the_dashes_that_people_put_before_them() -> None:
    assert lines("- Leitungen\n\n  • Fachkräfte \n") == ["Leitungen", "Fachkräfte"]
