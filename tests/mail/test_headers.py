"""Header sources: what is let through, what is refused, which names survive (M-06, M-20 to M-26)."""

import unicodedata

import pytest

from registration.mail.headers import BuildError, check_header, display_name, sendable, subject_line
from registration.rules.names import has_forbidden_characters


@pytest.mark.parametrize(
    "character",
    ["\r", "\n", "\0", "\a", "\x1b", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\ud800"],
)
def test_header_with_a_breaking_character_is_refused(character: str):
    with pytest.raises(BuildError, match=f"der Betreff .*U\\+{ord(character):04X}"):
        check_header("der Betreff", f"Zusage{character}Bcc: eve@example.org")


def test_umlauts_and_emoji_may_stand_in_headers():
    assert check_header("der Betreff", "Grüße 👩‍👧") == "Grüße 👩‍👧"


def test_umlaut_domain_becomes_its_a_label():
    assert sendable("die Adresse", "info@Köln.example.org") == "info@xn--kln-sna.example.org"


@pytest.mark.parametrize(
    "address", ["jörg@example.org", "ohne-at", "", "a@b", "a b@example.org", "a@example.org\nb"]
)
def test_undeliverable_address_is_refused(address: str):
    with pytest.raises(BuildError):
        sendable("die Adresse", address)


def test_ordinary_german_name_stays():
    name = "Transferagentur für Großstädte und Landkreise in Baden-Württemberg e. V."
    assert display_name(name) == name


def test_characters_that_servers_refuse_leave_the_name():
    assert display_name('Agentur: "Bildung", Süd @ Hessen') == "Agentur Bildung Süd Hessen"


@pytest.mark.parametrize("name", ["Ä" * 23, "漢" * 16, "👩" * 12, "x" * 76])
def test_name_that_would_arrive_changed_is_left_out(name: str):
    assert display_name(name) == ""


def test_every_control_separator_and_override_is_refused_and_nothing_else():
    spoiling = {"Cc", "Cs", "Zl", "Zp"}
    for character in map(chr, range(0x3000)):
        is_refused = unicodedata.category(character) in spoiling or has_forbidden_characters(character)
        assert refuses(character) == is_refused, f"U+{ord(character):04X}"
    assert all(refuses(character) for character in map(chr, range(0xD800, 0xE000)))


def refuses(character: str) -> bool:
    try:
        check_header("der Betreff", character)
    except BuildError:
        return True
    return False


@pytest.mark.parametrize("length", range(1, 150))
def test_encoded_words_of_a_subject_stay_within_75_characters(length: int):
    subject = (
        "Zugang zu „Kooperationsvereinbarungen in (bester) Form“ am Mittwoch, 24.02., 10:00\u00a0Uhr" * 2
    )

    line = subject_line(subject[:length].rstrip("\u00a0 "))

    assert all(len(word) <= 75 for word in line.decode().replace("Subject:", "").split())
