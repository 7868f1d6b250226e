"""Addresses of our pages as mails carry them: always from PUBLIC_URL, never from a Host header."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

DEFAULT_LANGUAGE = "de"
LANGUAGES = ("de", "en")


def public_url(endpoint: str, language: str = DEFAULT_LANGUAGE, **values: Any) -> str:
    """Return the absolute address of a page in a language, also outside a request."""
    public = urlsplit(current_app.config["PUBLIC_URL"])
    prefix = public.path.rstrip("/") + ("" if language == DEFAULT_LANGUAGE else f"/{language}")
    adapter = current_app.url_map.bind(public.netloc, script_name=prefix or "/", url_scheme=public.scheme)
    return adapter.build(endpoint, values, force_external=True)
