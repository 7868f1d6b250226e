"""After "Guten Tag …," German goes on with a small letter (DIN 5008, M-90)."""

import pytest

from registration.rules.salutations import after_salutation


@pytest.mark.parametrize(
    ("sentence", "language", "goes_on"),
    [
        ("Wir bieten Ihnen einen Platz an.", "de", "wir bieten Ihnen einen Platz an."),
        ("\n  Eine Person bittet.\n", "de", "\n  eine Person bittet.\n"),
        ("Sie haben sich abgemeldet.", "de", "Sie haben sich abgemeldet."),
        ("Ihr Platz ist sicher.", "de", "Ihr Platz ist sicher."),
        ("Anmeldungen sind eingegangen.", "de", "Anmeldungen sind eingegangen."),
        ("", "de", ""),
        ("The workshop will not take place.", "en", "The workshop will not take place."),
        ("Die Sitzung", "en", "Die Sitzung"),
    ],
)
def test_goes_on(sentence: str, language: str, goes_on: str):
    assert after_salutation(sentence, language) == goes_on
