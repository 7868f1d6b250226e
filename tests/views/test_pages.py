"""The legal pages, and what every page carries."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.views.pages import words

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now"),
]


@pytest.mark.parametrize("path", ["/", "/imprint", "/privacy", "/accessibility", "/new-link", "/not-there"])
def test_legal_pages_and_help_are_linked_from_everywhere(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    for link in ("/imprint", "/privacy", "/accessibility", "mailto:hilfe@example.org", "#main"):
        assert f'href="{link}"' in page
    assert page.count("<h1") == 1


def test_missing_text_names_its_setting_before_production(client: FlaskClient) -> None:
    assert "PRIVACY_CONTROLLER" in words(client.get("/privacy"))


def test_text_of_a_setting_is_shown_without_what_could_do_harm(make_app: Callable[..., Flask]) -> None:
    text = (
        "Landesamt\n\n<script>alert(1)</script> [Mehr](javascript:alert(1)) [Auskunft](https://example.org)"
    )
    client = make_app(PRIVACY_CONTROLLER=text).test_client()

    page = client.get("/privacy").text

    assert "Landesamt" in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert 'href="https://example.org"' in page


def test_security_txt_names_a_contact_and_an_end(client: FlaskClient) -> None:
    lines = client.get("/.well-known/security.txt").text.splitlines()

    assert "Contact: mailto:hilfe@example.org" in lines
    assert "Expires: 2027-07-14T00:00:00Z" in lines


def test_language_switch_stays_on_the_page(client: FlaskClient) -> None:
    assert 'href="/en/privacy" lang="en"' in client.get("/privacy").text
    assert 'href="/privacy" lang="de"' in client.get("/en/privacy").text


def test_no_page_carries_inline_styles_or_scripts(client: FlaskClient) -> None:
    page = client.get("/").text

    assert " style=" not in page
    assert "<script>" not in page
    assert "<style" not in page
