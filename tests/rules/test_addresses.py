"""E-mail addresses: accepted, refused, compared (M-22 to M-25)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registration.rules.addresses import AddressRefused, ascii_domain, belongs_to, parse_address, typo_hint


@pytest.mark.parametrize(
    ("typed", "sent_to"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Beispiel@Example.COM\n", "Ada.Beispiel@example.com"),
        ("ben+workshop@example.org", "ben+workshop@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("ada@stadt.test", "ada@stadt.test"),
        ("ada@example.photography", "ada@example.photography"),
        ("\u202aada@exa\u00admple.org\u202c\u200b\ufeff", "ada@example.org"),
        ("info@köln.de", "info@xn--kln-sna.de"),
        ("info@ko\u0308ln.de", "info@xn--kln-sna.de"),
        ("info@straße.de", "info@xn--strae-oqa.de"),
        ("info@XN--KLN-SNA.de", "info@xn--kln-sna.de"),
        ("a@sub.sub.example.org", "a@sub.sub.example.org"),
    ],
)
def test_address_is_accepted_with_its_domain_as_a_label(typed: str, sent_to: str) -> None:
    assert parse_address(typed).address == sent_to


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (" \u200b\t", "empty"),
        ("ada", "format"),
        ("@example.org", "format"),
        ("ada@", "format"),
        ("ada@localhost", "format"),
        ("ada@@example.org", "format"),
        ("ada beispiel@example.org", "format"),
        ("ada@example..org", "format"),
        ("ada@example.org.", "format"),
        (".ada@example.org", "format"),
        ("ada..b@example.org", "format"),
        ("ada@-example.org", "format"),
        ("ada@exa_mple.org", "format"),
        ("ada@10.0.0.1", "format"),
        ("ada@[10.0.0.1]", "format"),
        ('"ada b"@example.org', "format"),
        ("ada@example.org,ben@example.org", "format"),
        ("ada@example.org\nBcc: x@example.org", "format"),
        ("ada\0@example.org", "format"),
        ("„ada@example.org", "format"),
        ("jörg@example.org", "umlaut"),
        ("jo\u0308rg@example.org", "umlaut"),
        ("straße@example.org", "umlaut"),
        ("a" * 65 + "@example.org", "too_long"),
        ("a@" + "b." * 130 + "org", "too_long"),
        ("a" * 60 + "@" + "ö." * 25 + "org", "too_long"),  # only its A-labels are
    ],
)
def test_what_mail_cannot_go_to_is_refused_with_a_code(typed: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        parse_address(typed)

    assert refusal.value.code == code


def test_the_longest_local_part_and_address_are_accepted() -> None:
    domain = ".".join(["d" * 60] * 3) + ".org"

    assert len(parse_address("a" * 64 + "@" + domain).address) == 64 + 1 + len(domain) <= 254


def test_key_ignores_case_but_keeps_tags_and_dots() -> None:
    assert parse_address("Ada@Köln.DE").key == parse_address("ada@xn--kln-sna.de").key
    assert parse_address("a.da@example.org").key != parse_address("ada@example.org").key
    assert parse_address("ada+x@example.org").key != parse_address("ada@example.org").key
    assert parse_address("ada@straße.de").key != parse_address("ada@strasse.de").key


@given(
    st.one_of(st.text(st.characters()), st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1)))
)
@example("a@xn--\u0130.de")
@example("a@xn--a.de")
@example("a@" + "\u0f81" * 50 + ".de")
@example("\ud800@example.org")
@example("a@\ud800.org")
def test_any_text_is_an_address_or_refused(typed: str) -> None:
    try:
        accepted = parse_address(typed)
    except AddressRefused:
        return
    assert accepted.address.isascii()
    assert accepted.address.isprintable()
    assert " " not in accepted.address
    assert parse_address(accepted.address) == accepted


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmai.com", "ada@gmail.com"),
        ("Ada@gmx.dr", "Ada@gmx.de"),
        ("ada@t-onlin.de", "ada@t-online.de"),
        ("ada@outlok.com", "ada@outlook.com"),
        ("ada@wed.de", "ada@web.de"),
    ],
)
def test_slips_in_well_known_providers_get_a_hint(typed: str, meant: str) -> None:
    assert typo_hint(typed) == meant


@pytest.mark.parametrize(
    "typed", ["ada@gmail.com", "ada@mail.com", "ada@wab.example", "ada@stadt.test", "ada", "@gmial.com", ""]
)
def test_other_addresses_get_no_hint(typed: str) -> None:
    assert typo_hint(typed) is None


@given(st.text(st.characters()))
def test_a_hint_never_fails(typed: str) -> None:
    hint = typo_hint(typed)

    assert hint is None or typo_hint(hint) is None


def test_subdomains_belong_to_their_parent_only() -> None:
    assert belongs_to("schule.example.org", "example.org")
    assert belongs_to("example.org", "example.org")
    assert not belongs_to("badexample.org", "example.org")
    assert not belongs_to("example.org", "")


@given(st.text(st.characters()))
def test_any_text_is_a_domain_or_nothing(typed: str) -> None:
    assert ascii_domain(typed).isascii()
