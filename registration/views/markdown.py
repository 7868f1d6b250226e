"""Markdown of organisers as safe HTML: a subset, and links only where they may lead (L-57)."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "h5", "blockquote", "hr", "code"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
SCHEMES = {"http", "https", "mailto"}
TOP_HEADING = 3
"""Pages have h1 and h2 of their own: the first heading of a text is an h3."""

_parser = MarkdownIt("commonmark", {"html": False}).disable("image").enable("table")


@lru_cache(maxsize=512)
def render_markdown(text: str) -> Markup:
    """HTML of a Markdown text, free of scripts, styles, pictures and strange links."""
    tokens = _parser.parse(text)
    for token in tokens:
        _lower_heading(token)
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS | TABLE_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - cleaned above


def _lower_heading(token: Token) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1]) + TOP_HEADING - 1, 5)}"
