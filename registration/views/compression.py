"""Pages travel as gzip where nothing secret can be guessed from their length (BREACH).

A page with the token of a form, or behind a person's own link, holds secrets: it goes as it is.
See docs/decisions/0018-hashed-names-and-what-is-compressed.md.
"""

import gzip

from flask import Flask, Response, request

from registration.steps.keeping import store
from registration.views.headers import PRIVATE_PATHS, has_made_a_token

LEAST_BYTES = 1000  # below, a packet is saved by nobody
LEVEL = 5  # 6 to 9 take up to twice as long for one percent
COMPRESSIBLE = {
    "text/html",
    "text/calendar",
    "text/plain",
    "application/json",
    "application/ld+json",
    "application/atom+xml",
    "application/xml",
}


def register(app: Flask) -> None:
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if not _may_be_compressed(response):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(_compressed(response.get_data()))
        response.content_encoding = "gzip"
    return response


def _may_be_compressed(response: Response) -> bool:
    return (
        response.mimetype in COMPRESSIBLE
        and not response.is_streamed
        and not response.content_encoding
        and (response.content_length or 0) >= LEAST_BYTES
        and not _holds_secrets(response)
    )


def _holds_secrets(response: Response) -> bool:
    """Tokens of forms, cookies, answers to what was typed; private paths whatever they hold."""
    return (
        request.method not in ("GET", "HEAD")
        or has_made_a_token()
        or request.path.startswith(PRIVATE_PATHS)
        or "Set-Cookie" in response.headers
        or response.cache_control.no_store
    )


def _compressed(body: bytes) -> bytes:
    """Kept pages are the same bytes again and again: each is compressed once."""
    kept = store("compressed")
    found: bytes | None = kept.get(body)
    if found is None:
        found = gzip.compress(body, LEVEL, mtime=0)
        kept.keep(body, found)
    return found
