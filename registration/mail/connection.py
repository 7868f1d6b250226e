"""Opening a connection to the mail server: find it, encrypt, greet, sign in (M-62, L-63)."""

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registration.mail.access_tokens import TokenRefused, forget_token
from registration.mail.outcomes import RelayUnusable, unusable
from registration.mail.sign_in import sign_in
from registration.mail.trust import trusted_by
from registration.mail.wire import Wire
from registration.rules.addresses import ascii_domain
from registration.rules.smtp_answers import Step
from registration.vocabulary import RelayPause

NO_NAME = "[127.0.0.1]"
_READY, _OK = 220, 250


@dataclass(frozen=True)
class Connection:
    """A wire on which mails can be sent now, and what the server offers: EHLO keyword → parameters."""

    wire: Wire
    offers: Mapping[str, str]


def connect(config: Mapping[str, Any]) -> Connection:
    """Open a connection as the settings say, never less encrypted. Raises RelayUnusable."""
    try:
        return _open(config)
    except TokenRefused:  # withdrawn before its time, perhaps: once more, with a new one
        forget_token(config)
        return _open(config)


def _open(config: Mapping[str, Any]) -> Connection:
    wire: Wire | None = None
    try:
        wire = _dial(config)
        offers = _introduce(wire, config)
        sign_in(wire, config, offers.get("AUTH", ""))
        wire.wait_at_most(config["MAIL_COMMAND_TIMEOUT_SECONDS"])
    except BaseException as error:
        if wire is not None:
            wire.hang_up()
        if isinstance(error, OSError):
            raise _explained(config, error) from error
        if isinstance(error, ValueError):  # a name that none can be, a file that is none
            name = f"{config['MAIL_SERVER']}:{config['MAIL_PORT']}"
            raise RelayUnusable(f"{name}: {error}", RelayPause.CONFIGURATION) from error
        raise
    return Connection(wire, offers)


def _dial(config: Mapping[str, Any]) -> Wire:
    """Reach the server and hear its greeting, encrypted from the first byte where the settings say so."""
    host, port = config["MAIL_SERVER"], config["MAIL_PORT"]
    sock = socket.create_connection((host, port), config["MAIL_CONNECT_TIMEOUT_SECONDS"])
    wire = Wire(sock, f"{host}:{port}", config["MAIL_COMMAND_TIMEOUT_SECONDS"])
    try:
        if config["MAIL_USE_SSL"]:
            wire.encrypt(trusted_by(config["MAIL_CA_FILE"]), host)
        greeting = wire.answer()
        if greeting.code != _READY:
            raise unusable(wire.name, Step.CONNECT, greeting)
    except BaseException:
        wire.hang_up()
        raise
    return wire


def _introduce(wire: Wire, config: Mapping[str, Any]) -> dict[str, str]:
    """Say who calls, begin TLS where it is demanded, and return what the server offers after that."""
    offers = _greet(wire, config)
    if not config["MAIL_USE_TLS"] or wire.is_encrypted:
        return offers
    if "STARTTLS" not in offers:
        words = (
            "Der Mailserver bietet keine Verschlüsselung (STARTTLS) an; unverschlüsselt wird nicht gesendet"
        )
        raise RelayUnusable(f"{wire.name}: {words}", RelayPause.CONFIGURATION)
    answer = wire.ask(b"STARTTLS\r\n")
    if answer.code != _READY:
        raise unusable(wire.name, Step.STARTTLS, answer)
    wire.encrypt(trusted_by(config["MAIL_CA_FILE"]), config["MAIL_SERVER"])
    return _greet(wire, config)  # what was offered in clear text counts no more


def _greet(wire: Wire, config: Mapping[str, Any]) -> dict[str, str]:
    """Say EHLO with the sender's domain, without asking anybody for the name of this machine."""
    name = ascii_domain(str(config["MAIL_FROM_ADDRESS"]).rpartition("@")[2]) or NO_NAME
    answer = wire.ask(f"EHLO {name}\r\n".encode("ascii"))
    if answer.code != _OK:
        raise unusable(wire.name, Step.EHLO, answer)
    offered = (line.replace("=", " ", 1).partition(" ") for line in answer.words.split("\n")[1:])
    return {keyword.upper(): parameters.upper() for keyword, _, parameters in offered}


def _explained(config: Mapping[str, Any], error: OSError) -> RelayUnusable:
    name = f"{config['MAIL_SERVER']}:{config['MAIL_PORT']}"
    if isinstance(error, ssl.SSLCertVerificationError):
        words = (
            f"Das Zertifikat des Mailservers ist ungültig: {error.verify_message}. "
            "Bitte MAIL_SERVER und MAIL_CA_FILE prüfen"
        )
        return RelayUnusable(f"{name}: {words}", RelayPause.CONFIGURATION)
    if isinstance(error, ssl.SSLError):
        words = (
            f"Die Verschlüsselung kam nicht zustande: {error.reason or error}. "
            "MAIL_USE_SSL gehört zu Port 465, MAIL_USE_TLS zu Port 587"
        )
        return RelayUnusable(f"{name}: {words}", RelayPause.TEMPORARY)
    return RelayUnusable(f"{name}: {error.strerror or error}", RelayPause.TEMPORARY)
