"""Inlining: a mail's style sheet moves to its elements, because some mail programs drop `<style>` (M-13).

Nothing is loaded from anywhere. What elements cannot hold, such as rules for the dark, stays in the style
sheet that is marked so.
"""

from css_inline import CSSInliner

KEPT = ' data-css-inline="keep"'
"""Marks the style sheet that stays; receivers do not see the mark."""
_INLINER = CSSInliner(load_remote_stylesheets=False)


def inline(html: str) -> str:
    """Return the page with its styles at its elements; halves of characters become "?", fit for UTF-8."""
    return _INLINER.inline(html.encode(errors="replace").decode()).replace(KEPT, "", 1)
