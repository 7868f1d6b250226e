"""Styles stand at the elements of an HTML mail; only what cannot stays in a style sheet (M-13)."""

import re

import pytest
from flask import Flask

from registration.mail import rendering
from registration.mail.inlining import KEPT, inline
from registration.mail.rendering import render
from registration.vocabulary import MailKind
from tests.mail.cast import ada, in_its_state, kooperation, outbox
from tests.times import NOW

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def test_rules_move_to_elements_and_those_for_the_dark_stay():
    page = (
        f"<style>p {{ color: red; }}</style><style{KEPT}>@media (dark) {{ p {{ color: blue; }} }}</style><p>x"
    )

    inlined = inline(page)

    assert '<p style="color: red;">x</p>' in inlined
    assert re.findall("<style>.*?</style>", inlined) == [
        "<style>@media (dark) { p { color: blue; } }</style>"
    ]


def test_nothing_is_loaded_from_anywhere():
    link = '<link rel="stylesheet" href="http://127.0.0.1:1/never.css">'  # nobody listens there

    assert "<p>x</p>" in inline(f"{link}<p>x")


def test_words_come_through_as_they_were():
    words = "&lt;b&gt; &amp;amp; &#34;x&#39; „Ä“ 👩\u200d👧 {{ 7*7 }} %s"

    assert "&lt;b&gt; &amp;amp; \"x' „Ä“ 👩\u200d👧 {{ 7*7 }} %s" in inline(f"<p>{words}</p>")


@on_sqlite
@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_carries_its_styles_at_its_elements(app_context: Flask, kind: MailKind):
    html = re.sub("<!--.*?-->", "", render(outbox(kind, in_its_state(kind)), now=NOW).html)

    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    outside = re.sub(r"@media [^{]+\{([^{}]+\{[^{}]*\}\s*)+\}", "", sheet)
    assert outside.strip() == ""
    assert (
        re.search(r'<td class="button" style="[^"]*background: #254ba5', html) or 'class="button"' not in html
    )
    assert html.index("<meta charset") < 100


@on_sqlite
def test_second_mail_of_the_same_words_is_not_inlined_again(
    app_context: Flask, monkeypatch: pytest.MonkeyPatch
):
    inlined = []
    monkeypatch.setattr(rendering, "inline", lambda html: inlined.append(html) or inline(html))
    workshop = kooperation()
    people = [ada(workshop, reference=f"R-{one}", email_key=f"{one}@example.org") for one in range(3)]

    for person in people:
        render(outbox(MailKind.REMINDER, person), now=NOW)

    assert len(inlined) == 1
