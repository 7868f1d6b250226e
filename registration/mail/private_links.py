"""Addresses of a person's own pages, as her mails carry them (L-54, M-35)."""

from flask import current_app

from registration.mail.remembering import page_url
from registration.models import Registration
from registration.vocabulary import LinkPurpose, RegistrationState

_ANY_TOKEN = "0" * 43


class RenderingError(ValueError):
    """The mail cannot be written: a record or a link that it speaks of is missing, or it would be untrue."""


def confirm_url(registration: Registration, language: str) -> str:
    return _private("confirmations.show", registration, language, LinkPurpose.CONFIRM)


def new_address_url(registration: Registration, language: str) -> str:
    return _private("new_addresses.confirm", registration, language, LinkPurpose.NEW_ADDRESS)


def manage_url(registration: Registration, language: str) -> str:
    return _private("my_registration.show", registration, language, LinkPurpose.MANAGE)


def calendar_url(registration: Registration, language: str) -> str:
    return _private("my_registration.calendar", registration, language, LinkPurpose.MANAGE)


def certificate_url(registration: Registration, language: str) -> str:
    return _private("certificates.show", registration, language, LinkPurpose.MANAGE)


def join_url(registration: Registration, language: str) -> str:
    """Lead to the room of the day; nothing for a registration from before there was such a link."""
    if registration.link(LinkPurpose.JOIN) is None:
        return ""
    return _private("joining.show", registration, language, LinkPurpose.JOIN)


def way_in_url(registration: Registration, language: str) -> str:
    """Lead whoever has not confirmed her address there first."""
    if registration.state == RegistrationState.UNCONFIRMED and registration.link(LinkPurpose.CONFIRM):
        return confirm_url(registration, language)
    return manage_url(registration, language)


def _private(endpoint: str, registration: Registration, language: str, purpose: LinkPurpose) -> str:
    """A token stands in an address as it is: it is made of letters, digits, - and _ (M-35)."""
    return page_url(endpoint, language, token=_ANY_TOKEN).replace(_ANY_TOKEN, _token(registration, purpose))


def _token(registration: Registration, purpose: LinkPurpose) -> str:
    """Return the secret of the newest link; RenderingError when there is none, or its key is gone."""
    link = registration.link(purpose)
    if link is None:
        raise RenderingError(f"der Anmeldung fehlt der Link „{purpose}“")
    if token := link.token(current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]):
        return token
    raise RenderingError("SECRET_KEY wurde geändert: der frühere fehlt in SECRET_KEY_FALLBACKS")
