"""Web addresses in an organiser's words can be clicked, and nothing else becomes HTML (M-27)."""

import pytest

from registration.mail.linking import linked


@pytest.mark.parametrize(
    ("line", "html"),
    [
        (
            "Die Folien: https://example.org/a?b=1&c=2.",
            'Die Folien: <a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a>.',
        ),
        ("(http://example.org/x)", '(<a href="http://example.org/x">http://example.org/x</a>)'),
        ("example.org/raum und ada@example.org", "example.org/raum und ada@example.org"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("<b>fett</b> & mehr", "&lt;b&gt;fett&lt;/b&gt; &amp; mehr"),
        (
            'https://example.org/"onclick=x',
            '<a href="https://example.org/">https://example.org/</a>&#34;onclick=x',
        ),
        (
            "„https://example.org/folien“ …",
            '„<a href="https://example.org/folien">https://example.org/folien</a>“ …',
        ),
        ("[https://example.org/a]", '[<a href="https://example.org/a">https://example.org/a</a>]'),
        (
            "https://example.org/Gemeinde_(Land).",
            '<a href="https://example.org/Gemeinde_(Land)">https://example.org/Gemeinde_(Land)</a>.',
        ),
        ("https://...", "https://..."),
        ("", ""),
    ],
)
def test_only_whole_web_addresses_become_links(line: str, html: str) -> None:
    assert str(linked(line)) == html
