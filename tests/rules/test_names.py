"""Typed text and names: tidied up, refused, compared (M-20, U-06, U-14)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.names import clean, clean_multiline, full_name, has_forbidden_characters, name_key

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("  Ada \t Beispiel ", "Ada Beispiel"),
        ("Titel\u2028aus Word", "Titel aus Word"),
        ("eins\r\nzwei\vdrei\fvier\u2029fünf", "eins zwei drei vier fünf"),
        ("Ada\u00a0\u202fBeispiel", "Ada Beispiel"),
        ("\ufeffAn\u00adna\u200b", "Anna"),
        ("Mu\u0308ller", "Müller"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_cleaning_leaves_one_tidy_line(typed: str, tidy: str) -> None:
    assert clean(typed) == tidy


def test_multiline_text_keeps_its_line_breaks() -> None:
    assert (
        clean_multiline("\r\n eins \r\n\r\nzwei\tdrei\rvier\u2028fünf\n") == "eins\n\nzwei drei\nvier\nfünf"
    )


@pytest.mark.parametrize(
    "character", [*"\0\a\x1b\x1c\x1d\x1e\x85\x7f", *"\u202a\u202b\u202c\u202d\u202e\u2066\u2069", "\ud800"]
)
def test_control_characters_and_bidi_overrides_are_forbidden(character: str) -> None:
    assert has_forbidden_characters(f"Ada{character}Beispiel")


@pytest.mark.parametrize(
    "name", ["O’Brien", "d'Été-Müller", "Nguyễn Thị", "محمد", "李", "👩\u200d🔬", "a\tb\nc", "क्\u200dष"]
)
def test_names_of_all_scripts_are_allowed(name: str) -> None:
    assert not has_forbidden_characters(name)


@given(ANY_TEXT)
def test_cleaning_is_done_after_one_pass_and_keeps_no_line_break(typed: str) -> None:
    tidy = clean(typed)

    assert clean(tidy) == tidy
    assert unicodedata.is_normalized("NFC", tidy)
    assert has_forbidden_characters(tidy) == has_forbidden_characters(typed)
    assert has_forbidden_characters(tidy) or len(tidy.splitlines()) <= 1


@given(ANY_TEXT)
def test_multiline_cleaning_is_done_after_one_pass(typed: str) -> None:
    assert clean_multiline(clean_multiline(typed)) == clean_multiline(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Anna-Lena", "Beispiel"), ("anna lena", "BEISPIEL")),
        (("Anna\u2011Lena", "Beispiel"), ("Anna - Lena", "Beispiel")),
        (("Sean", "O’Brien"), ("Sean", "O'Brien")),
        (("Sean", "O´Brien"), ("Sean", "O`Brien")),
        ((None, "Ada Beispiel"), ("Ada", "Beispiel")),
        (("Jo", "Mu\u0308ller"), ("Jo", "Müller")),
        (("Jo", "Strauß"), ("Jo", "STRAUSS")),
    ],
)
def test_spellings_of_one_name_share_a_key(
    one: tuple[str | None, str], other: tuple[str | None, str]
) -> None:
    assert name_key(*one) == name_key(*other)


def test_different_people_have_different_keys() -> None:
    keys = {name_key("Ada", "Beispiel"), name_key("Ben", "Beispiel"), name_key(None, "Beispiel")}

    assert len(keys) == 3


@given(ANY_TEXT)
def test_a_name_key_is_its_own_key(name: str) -> None:
    assert name_key(None, name_key(None, name)) == name_key(None, name)


def test_full_name_does_without_a_given_name() -> None:
    assert full_name("Ada", "Beispiel") == "Ada Beispiel"
    assert full_name(None, "Beispiel") == full_name("", "Beispiel") == "Beispiel"
