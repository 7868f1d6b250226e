"""Addresses of workshops."""

import pytest

from registration.rules.slugs import free_slug, is_slug, slug_of


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Über Daten reden", "ueber-daten-reden"),
        ("Kooperationsvereinbarungen in (bester) Form", "kooperationsvereinbarungen-in-bester-form"),
        ("  Größe & Maß – 2027  ", "groesse-mass-2027"),
        ("Café Éducation", "cafe-education"),
        ("日本", "workshop"),
    ],
)
def test_slug_is_made_from_the_title(title: str, slug: str) -> None:
    assert slug_of(title) == slug
    assert is_slug(slug)


def test_slug_of_a_long_title_stays_short() -> None:
    assert is_slug(free_slug(slug_of("Wort " * 60), set()))


@pytest.mark.parametrize("text", ["", "Groß", "a b", "-a", "a-", "a--b", "a/b", "x" * 81, "a\n"])
def test_other_shapes_are_no_slugs(text: str) -> None:
    assert not is_slug(text)


def test_taken_slug_gets_a_number() -> None:
    assert free_slug("daten", {"daten", "daten-2"}) == "daten-3"
