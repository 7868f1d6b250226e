"""The reader's language: `/en/…` is English, everything else German. No cookie is needed for it (L-20)."""

from collections.abc import Iterable
from typing import Any

from flask import has_request_context, request

from registration.links import DEFAULT_LANGUAGE, LANGUAGES


class LanguagePrefix:
    """Move a leading `/en` into SCRIPT_NAME: every address that is built on the page keeps the language."""

    def __init__(self, wsgi_app: Any) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        first, _, rest = environ.get("PATH_INFO", "").lstrip("/").partition("/")
        if first in LANGUAGES and first != DEFAULT_LANGUAGE:
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = f"/{rest}"
            environ["registration.language"] = first
        return self.wsgi_app(environ, start_response)  # type: ignore[no-any-return] # WSGI is untyped


def reader_language() -> str:
    """Return "de" or "en" for the page being shown."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    language: str = request.environ.get("registration.language", DEFAULT_LANGUAGE)
    return language


def site_root() -> str:
    """The path under which the site lies, without the language; empty at the root of its host."""
    language = reader_language()
    root = request.script_root
    return root if language == DEFAULT_LANGUAGE else root.removesuffix(f"/{language}")
