"""Secrets of links, and what is sealed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.tokens import clean_token, link_token, new_nonce, seal, unseal


def test_a_token_has_256_bit_and_only_letters_that_mail_programs_leave_alone():
    token = link_token("key", "confirm", new_nonce())
    assert clean_token(token) == token
    assert len(token) == 43


def test_purposes_and_keys_make_different_tokens():
    nonce = new_nonce()
    tokens = {link_token(k, p, nonce) for k in ("a", "b") for p in ("confirm", "manage")}
    assert len(tokens) == 4


@pytest.mark.parametrize("glued", [".", ">", ",", ").", ";"])
def test_what_a_mail_program_glues_to_a_link_is_taken_off(glued):
    token = link_token("key", "confirm", new_nonce())
    assert clean_token(token + glued) == token


@given(st.text())
def test_nothing_else_is_a_token(text):
    assert clean_token(text) is None or len(clean_token(text)) == 43


@given(st.binary(max_size=2000))
def test_what_is_sealed_comes_back_with_any_of_the_keys(content):
    sealed = seal(content, "former")
    assert unseal(sealed, ["present", "former"]) == content
    assert unseal(sealed, ["present"]) is None
