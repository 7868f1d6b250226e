"""Addresses of a person's own pages, as her other pages lead to them."""

from flask import current_app, url_for

from registration.models import Registration
from registration.vocabulary import LinkPurpose


def private_address(registration: Registration, purpose: LinkPurpose, endpoint: str) -> str | None:
    """Return the address; None when there is no such link, or the key that made it is gone."""
    link = registration.link(purpose)
    keys = (current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"])
    token = link.token(*keys) if link else None
    return url_for(endpoint, token=token) if token else None
