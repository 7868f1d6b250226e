"""Test mode: nothing reaches a participant, and every mail says that it is one (M-60)."""

import pytest

from registration.mail.test_mode import as_they_leave

OFF = {"MAIL_TEST_ADDRESS": ""}
ON = {"MAIL_TEST_ADDRESS": "probe@example.org"}


def test_without_test_mode_a_mail_leaves_as_it_is() -> None:
    assert as_they_leave("ada@example.org", "Zusage", OFF) == ("ada@example.org", "Zusage")


def test_in_test_mode_every_mail_goes_to_the_one_address_and_says_so() -> None:
    assert as_they_leave("ada@example.org", "Zusage", ON) == ("probe@example.org", "[TEST] Zusage")


def test_a_subject_is_marked_once() -> None:
    assert as_they_leave("ada@example.org", "[TEST] Zusage", ON)[1] == "[TEST] Zusage"


@pytest.mark.parametrize("length", [143, 144, 150])
def test_a_marked_subject_is_no_longer_than_others(length: int) -> None:
    subject = as_they_leave("ada@example.org", "x" * length, ON)[1]

    assert subject.startswith("[TEST] xxx")
    assert len(subject) == 150
    assert subject.endswith("…") is (length > 143)
