"""A bounce comes back to an address that names its mail, and nobody else can make one up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.mail.verp import envelope_sender, message_of

CONFIG = {
    "MAIL_VERP": True,
    "MAIL_BOUNCE_ADDRESS": "bounce@anmeldung.example.org",
    "MAIL_FROM_ADDRESS": "anmeldung@example.org",
    "SECRET_KEY": "a" * 40,
    "SECRET_KEY_FALLBACKS": [],
}
BIGGEST = 2**63 - 1


@given(st.integers(1, BIGGEST))
def test_the_address_leads_back_to_its_mail_whatever_happens_to_capitals(number):
    address = envelope_sender(number, CONFIG)
    assert message_of(address, CONFIG) == number
    assert message_of(address.upper(), CONFIG) == number


@given(st.integers(1, BIGGEST))
def test_the_address_is_short_and_plain(number):
    local, _, domain = envelope_sender(number, CONFIG).partition("@")
    assert re.fullmatch(r"bounce\+[a-z0-9-]+", local)
    assert len(local) <= 64
    assert domain == "anmeldung.example.org"


@pytest.mark.parametrize(
    "change", ["another number", "another code", "no code", "another box", "another domain"]
)
def test_an_address_that_was_made_up_names_no_mail(change):
    address = envelope_sender(7, CONFIG)
    number, code = address.split("+")[1].split("@")[0].split("-")
    made_up = {
        "another number": address.replace(f"+{number}-", "+8-"),
        "another code": address.replace(code, "a" * 16),
        "no code": "bounce+7@anmeldung.example.org",
        "another box": address.replace("bounce+", "office+"),
        "another domain": address.replace("anmeldung.", ""),
    }[change]
    assert made_up != address
    assert message_of(made_up, CONFIG) is None


@given(st.text())
def test_no_text_at_all_makes_it_raise(text):
    assert message_of(text, CONFIG) is None
    assert message_of(f"bounce+{text}@anmeldung.example.org", CONFIG) is None


def test_the_code_is_made_with_the_secret_key():
    address = envelope_sender(7, CONFIG)
    other = CONFIG | {"SECRET_KEY": "b" * 40}
    assert message_of(address, other) is None
    assert message_of(address, other | {"SECRET_KEY_FALLBACKS": ["c" * 40, "a" * 40]}) == 7


def test_without_subaddresses_there_is_one_bounce_address():
    assert envelope_sender(7, CONFIG | {"MAIL_VERP": False}) == "bounce@anmeldung.example.org"


def test_without_a_bounce_address_it_is_the_senders():
    config = CONFIG | {"MAIL_BOUNCE_ADDRESS": ""}
    assert re.fullmatch(r"anmeldung\+7-[a-z2-7]{16}@example\.org", envelope_sender(7, config))


def test_a_box_too_long_for_a_mark_stays_as_it_is():
    long = f"{'x' * 60}@example.org"
    assert envelope_sender(7, CONFIG | {"MAIL_BOUNCE_ADDRESS": long}) == long


def test_a_domain_with_umlauts_stands_in_the_envelope_as_it_travels():
    config = CONFIG | {"MAIL_BOUNCE_ADDRESS": "bounce@köln.example.org"}
    address = envelope_sender(7, config)
    assert address.endswith("@xn--kln-sna.example.org")
    assert message_of(address, config) == 7
