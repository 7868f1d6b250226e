"""Signing in at the mail server: by password, or by an access token (RFC 4954, 4616; XOAUTH2)."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from registration.mail.access_tokens import TokenRefused, access_token
from registration.mail.outcomes import RelayUnusable, unusable
from registration.mail.wire import Answer, Wire
from registration.rules.smtp_answers import Step
from registration.vocabulary import RelayPause

_WELCOME, _GO_ON, _NOT_LIKE_THAT, _WRONG = 235, 334, 504, 535


def sign_in(wire: Wire, config: Mapping[str, Any], mechanisms: str) -> None:
    """Sign in when the settings name a user; `mechanisms` is what the server offers.

    Raises RelayUnusable; TokenRefused when another token may help. Nothing secret travels in clear text.
    """
    with_token = bool(config["MAIL_OAUTH_TOKEN_URL"])
    user = config["MAIL_USERNAME"]
    if not user:
        if with_token:
            raise _misconfigured(
                wire, "Zu MAIL_OAUTH_TOKEN_URL fehlt MAIL_USERNAME, die Adresse des Postfachs"
            )
        return
    if not wire.is_encrypted and not wire.is_to_this_machine:
        words = (
            "Ohne Verschlüsselung wird kein Passwort gesendet; bitte MAIL_USE_TLS oder MAIL_USE_SSL setzen"
        )
        raise _misconfigured(wire, words)
    if with_token:
        _by_token(wire, user, access_token(config))
    else:
        _by_password(wire, user, config["MAIL_PASSWORD"] or "", mechanisms.split())


def _by_password(wire: Wire, user: str, password: str, mechanisms: list[str]) -> None:
    ways = [way for name, way in (("PLAIN", _plain), ("LOGIN", _login)) if name in mechanisms]
    if not ways:
        offered = " ".join(mechanisms) or "keine"
        raise _misconfigured(wire, f"Der Mailserver bietet keine Anmeldung mit Passwort an (AUTH: {offered})")
    for way in ways:
        answer = way(wire, user, password)
        if answer.code != _NOT_LIKE_THAT:
            break
    if answer.code != _WELCOME:
        encoded = (_encoded(password), _encoded(f"\0{user}\0{password}"))
        raise unusable(wire.name, Step.AUTH, answer, (password, *encoded))


def _plain(wire: Wire, user: str, password: str) -> Answer:
    words = _encoded(f"\0{user}\0{password}")
    return wire.ask(f"AUTH PLAIN {words}\r\n".encode("ascii"))


def _login(wire: Wire, user: str, password: str) -> Answer:
    answer = wire.ask(f"AUTH LOGIN {_encoded(user)}\r\n".encode("ascii"))
    return wire.ask(f"{_encoded(password)}\r\n".encode("ascii")) if answer.code == _GO_ON else answer


def _by_token(wire: Wire, user: str, token: str) -> None:
    words = _encoded(f"user={user}\1auth=Bearer {token}\1\1")
    answer = wire.ask(f"AUTH XOAUTH2 {words}\r\n".encode("ascii"))
    if answer.code == _GO_ON:  # the refusal stands in the challenge; an empty line asks for the code
        answer = wire.ask(b"\r\n")
    if answer.code == _WELCOME:
        return
    error = unusable(wire.name, Step.AUTH, answer, (token, words))
    raise TokenRefused(error.reason, error.pause) if answer.code == _WRONG else error


def _encoded(words: str) -> str:
    return b64encode(words.encode()).decode("ascii")


def _misconfigured(wire: Wire, words: str) -> RelayUnusable:
    return RelayUnusable(f"{wire.name}: {words}", RelayPause.CONFIGURATION)
