"""Static files keep for good and travel small; pages travel small where nothing secret is on them."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import ConfigurationError
from tests.factories import make_workshop, sign_up
from tests.views.pages import hidden_fields

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><path d="M0 0h200v50H0z"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x2c\x00\x00\x00\x64"  # 300 by 100
ZIPPED = {"Accept-Encoding": "gzip"}
_ADDRESS = re.compile(r'(?:href|src)="([^"]*/static/[^"]+)"')


def addresses(page: TestResponse) -> list[str]:
    return _ADDRESS.findall(page.text)


def address(page: TestResponse, name: str) -> str:
    """The one static address on the page of the file with this name."""
    stem, _, suffix = name.partition(".")
    (found,) = [one for one in addresses(page) if re.search(rf"/{stem}\.\w+\.{suffix}$", one)]
    return found


def test_every_file_of_a_page_is_there_and_is_kept_for_good(client: FlaskClient) -> None:
    named = addresses(client.get("/imprint"))

    answers = [client.get(one) for one in named]

    assert len(named) >= 6
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=31536000, immutable"}


def test_fonts_are_named_by_their_content_too(client: FlaskClient) -> None:
    sheet = client.get(address(client.get("/imprint"), "site.css")).text

    fonts = re.findall(r'url\("([^"]+woff2)"\)', sheet)

    assert fonts
    assert all(re.fullmatch(r"kern/fonts/[\w-]+\.[0-9a-f]{10}\.woff2", one) for one in fonts)
    for one in fonts:
        answer = client.get(f"/static/{one}")
        assert (answer.status_code, answer.content_type) == (200, "font/woff2")
        assert "immutable" in answer.headers["Cache-Control"]


def test_other_content_has_another_name(make_app: Callable[..., Flask]) -> None:
    blue, red = (
        address(make_app(ACCENT_COLOUR=colour).test_client().get("/imprint"), "accent.css")
        for colour in ("#1a4f9c", "#8a1538")
    )

    assert blue != red


def test_both_languages_share_their_files(client: FlaskClient) -> None:
    assert addresses(client.get("/imprint")) == addresses(client.get("/en/imprint"))


def test_style_sheet_travels_as_gzip_to_who_takes_it(client: FlaskClient) -> None:
    name = address(client.get("/imprint"), "site.css")

    plain, zipped = client.get(name), client.get(name, headers=ZIPPED)

    assert plain.content_encoding is None
    assert zipped.content_encoding == "gzip"
    assert gzip.decompress(zipped.data) == plain.data
    assert zipped.headers["Vary"] == "Accept-Encoding"
    assert len(zipped.data) < len(plain.data) / 2


def test_what_the_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    name = address(client.get("/imprint"), "site.css")
    seen = client.get(name)

    again = client.get(name, headers={"If-None-Match": seen.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def test_open_page_of_the_version_before_still_gets_a_style_sheet(client: FlaskClient) -> None:
    old = re.sub(r"\.[0-9a-f]{10}\.", ".0123456789.", address(client.get("/imprint"), "site.css"))

    answer = client.get(old)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["nothing.css", "../__init__.py", "%2e%2e/__init__.py", "kern", ""])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_file_ignores_cookies(client: FlaskClient) -> None:
    make_workshop()
    client.get("/workshops/kooperation/register")

    answer = client.get(address(client.get("/imprint"), "site.css"))

    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/imprint", "/workshops", "/workshops/kooperation"])
def test_public_page_travels_as_gzip(client: FlaskClient, path: str) -> None:
    make_workshop()

    plain, first, second = client.get(path), *(client.get(path, headers=ZIPPED) for _ in range(2))

    assert plain.content_encoding is None
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert first.content_encoding == second.content_encoding == "gzip"
    assert gzip.decompress(first.data) == gzip.decompress(second.data) == plain.data


def test_page_with_the_token_of_a_form_is_not_compressed(client: FlaskClient) -> None:
    make_workshop()

    answers = [client.get("/workshops/kooperation/register", headers=ZIPPED) for _ in range(2)]

    assert all(hidden_fields(answer)["csrf_token"] for answer in answers)
    assert [answer.content_encoding for answer in answers] == [None, None]


def test_page_behind_a_persons_own_link_is_not_compressed(client: FlaskClient, app: Flask) -> None:
    registration = sign_up(make_workshop())
    token = registration.links[0].token(app.config["SECRET_KEY"])

    for path in (f"/my-registration/{token}", f"/my-registration/{token}x", "/sign-in", "/new-link"):
        assert client.get(path, headers=ZIPPED).content_encoding is None


def test_answer_to_what_was_typed_is_not_compressed(client: FlaskClient) -> None:
    make_workshop()

    answer = client.post("/workshops/kooperation/register", data={"family_name": "x"}, headers=ZIPPED)

    assert answer.content_encoding is None


def test_who_refuses_gzip_gets_plain_text(client: FlaskClient) -> None:
    assert client.get("/imprint", headers={"Accept-Encoding": "gzip;q=0, br"}).content_encoding is None


@pytest.mark.parametrize(("name", "content"), [("logo.svg", SVG.encode()), ("logo.PNG", PNG)])
def test_logo_stands_in_the_header_with_name_and_size(
    make_app: Callable[..., Flask], tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    client = make_app(AGENCY_LOGO_FILE=str(tmp_path / name), AGENCY_NAME="Amt & Söhne").test_client()

    page = client.get("/imprint")
    answer = client.get(address(page, name.lower()))

    width = {"logo.svg": 192, "logo.PNG": 144}[name]
    assert f'width="{width}" height="48" alt="Amt &amp; Söhne"' in page.text
    assert answer.data == content
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_agency_without_logo_is_named(client: FlaskClient) -> None:
    page = client.get("/imprint")

    assert '<span class="site-name__agency">Transferagentur Beispielland</span>' in page.text
    assert "<img" not in page.text


@pytest.mark.parametrize(
    "content",
    [
        b"<html></html>",
        b"<svg></svg>",
        b'<svg viewBox="0 0 0 0">',
        b'<svg viewBox="0 0 1.2.3 5">',
        b'<svg viewBox="0 0 5 1.2.3">',
        b'<svg width="1.2.3" height="5">',
        b"",
    ],
)
def test_logo_that_is_no_picture_is_refused(
    make_app: Callable[..., Flask], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "logo.svg"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="is no SVG with a viewBox and no PNG"):
        make_app(AGENCY_LOGO_FILE=str(path))


def test_missing_logo_is_refused(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        make_app(AGENCY_LOGO_FILE="/nowhere/logo.svg")


def test_accent_colour_replaces_ours_and_is_lighter_in_the_dark(make_app: Callable[..., Flask]) -> None:
    client = make_app(ACCENT_COLOUR="#8A1538").test_client()

    sheet = client.get(address(client.get("/imprint"), "accent.css")).text

    light, dark = re.findall(r"--kern-color-action-default:(#[0-9a-f]{6})", sheet)
    assert light == "#8a1538"
    assert int(dark[1:], 16) > int(light[1:], 16)


@pytest.mark.parametrize(
    ("colour", "sentence"),
    [("#ffcc00", "has a contrast of 1.5"), ("blue", "such as #1a4f9c"), ("#12345", "such as #1a4f9c")],
)
def test_accent_colour_that_nobody_can_read_is_refused(
    make_app: Callable[..., Flask], colour: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        make_app(ACCENT_COLOUR=colour)
