"""Addresses of a person's own pages, as her mails carry them (L-54, M-35)."""

from flask import current_app

from registration.links import public_url
from registration.models import Registration
from registration.vocabulary import LinkPurpose, RegistrationState


class RenderingError(ValueError):
    """The mail cannot be written: a record or a link that it speaks of is missing, or it would be untrue."""


def confirm_url(registration: Registration, language: str) -> str:
    token = _token(registration, LinkPurpose.CONFIRM)
    return public_url("confirmations.show", language, token=token)


def manage_url(registration: Registration, language: str) -> str:
    token = _token(registration, LinkPurpose.MANAGE)
    return public_url("my_registration.show", language, token=token)


def calendar_url(registration: Registration, language: str) -> str:
    token = _token(registration, LinkPurpose.MANAGE)
    return public_url("my_registration.calendar", language, token=token)


def way_in_url(registration: Registration, language: str) -> str:
    """Lead whoever has not confirmed her address there first."""
    if registration.state == RegistrationState.UNCONFIRMED and registration.link(LinkPurpose.CONFIRM):
        return confirm_url(registration, language)
    return manage_url(registration, language)


def _token(registration: Registration, purpose: LinkPurpose) -> str:
    """Return the secret of the newest link; RenderingError when there is none, or its key is gone."""
    link = registration.link(purpose)
    if link is None:
        raise RenderingError(f"der Anmeldung fehlt der Link „{purpose}“")
    if token := link.token(current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]):
        return token
    raise RenderingError("SECRET_KEY wurde geändert: der frühere fehlt in SECRET_KEY_FALLBACKS")
