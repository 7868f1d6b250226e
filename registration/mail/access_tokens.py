"""Access tokens for XOAUTH2, asked for with the client's secret, kept as long as they live (M-62)."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from registration.mail.outcomes import RelayUnusable, without_secrets
from registration.mail.trust import trusted_by
from registration.vocabulary import RelayPause

SECONDS_BEFORE_END = 300
LONGEST_ANSWER = 256 * 1024
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_BUSY = {408, 425, 429}
_SECRET = {"client_secret", "refresh_token"}
Request = tuple[str, bytes]
"""Address and form: what a token belongs to."""

_known: dict[Request, tuple[str, float]] = {}
_lock = Lock()


class TokenRefused(RelayUnusable):
    """The mail server did not take the token."""


def access_token(config: Mapping[str, Any]) -> str:
    """Return a token that lives for another five minutes, asked for when needed. Raises RelayUnusable."""
    request = _request(config)
    with _lock:  # several connections need one token
        token, until = _known.get(request, ("", 0.0))
        if not token or monotonic() >= until:
            token, seconds = _issued(request, config)
            _known[request] = token, monotonic() + seconds - SECONDS_BEFORE_END
    return token


def forget_token(config: Mapping[str, Any]) -> None:
    with _lock:
        _known.pop(_request(config), None)


def _request(config: Mapping[str, Any]) -> Request:
    """Refresh a user's token where one is set, else ask for the application itself (RFC 6749 4.4, 6)."""
    url = str(config["MAIL_OAUTH_TOKEN_URL"])
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise _misconfigured("MAIL_OAUTH_TOKEN_URL muss mit https:// beginnen")
    form = {"client_id": config["MAIL_OAUTH_CLIENT_ID"], "client_secret": config["MAIL_OAUTH_CLIENT_SECRET"]}
    form |= {"scope": config["MAIL_OAUTH_SCOPE"], "grant_type": "client_credentials"}
    if refresh := config["MAIL_OAUTH_REFRESH_TOKEN"]:
        form |= {"grant_type": "refresh_token", "refresh_token": refresh}
    return url, urlencode({name: value for name, value in form.items() if value}).encode("ascii")


def _issued(request: Request, config: Mapping[str, Any]) -> tuple[str, float]:
    """Return a new token and its life in seconds."""
    url, form = request
    try:
        with _opener(url, config).open(url, form, config["MAIL_CONNECT_TIMEOUT_SECONDS"]) as response:
            answer = json.loads(response.read(LONGEST_ANSWER))
        return str(answer["access_token"]), float(answer.get("expires_in") or 3600)
    except urllib.error.HTTPError as error:
        raise _refusal(error, request) from None  # the traceback would hold the form with the secrets
    except (ValueError, KeyError, TypeError, AttributeError):
        words = f"{_host(url)} antwortet ohne access_token. Bitte MAIL_OAUTH_TOKEN_URL prüfen"
        raise _misconfigured(words) from None
    except (OSError, HTTPException) as error:
        cause = getattr(error, "reason", error)
        words = f"{_host(url)} (MAIL_OAUTH_TOKEN_URL) ist nicht erreichbar: {cause}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise _misconfigured(
                f"Das Zertifikat von {_host(url)} ist ungültig: {cause.verify_message}"
            ) from None
        raise RelayUnusable(words, RelayPause.TEMPORARY) from None


def _opener(url: str, config: Mapping[str, Any]) -> urllib.request.OpenerDirector:
    context = trusted_by(config["MAIL_CA_FILE"], and_system=True)
    handlers = [urllib.request.HTTPSHandler(context=context), _StayHere()]
    if _host(url) in _LOCAL:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Secrets go to the address in the settings and to no other."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


def _refusal(error: urllib.error.HTTPError, request: Request) -> RelayUnusable:
    words = f"{_host(request[0])} gibt kein Token für den Mailserver aus ({error.code})"
    if error.code in _BUSY or error.code >= 500:
        return RelayUnusable(words, RelayPause.TEMPORARY)
    return _misconfigured(
        f"{words}: {_told(error, request)} Bitte MAIL_OAUTH_TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET, _SCOPE "
        "und gegebenenfalls _REFRESH_TOKEN prüfen"
    )


def _told(error: urllib.error.HTTPError, request: Request) -> str:
    """What the server says about it (RFC 6749 5.2), first line only, and none of our secrets."""
    try:
        answer = json.loads(error.read(LONGEST_ANSWER))
        words = [str(answer.get(name) or "") for name in ("error", "error_description")]
    except (OSError, ValueError, AttributeError, HTTPException):
        return ""
    told = ": ".join(filter(None, (word.partition("\n")[0].strip() for word in words)))
    secrets = [value for name, value in parse_qsl(request[1].decode()) if name in _SECRET]
    return without_secrets(f"{told[:200]}.", secrets) if told else ""


def _misconfigured(words: str) -> RelayUnusable:
    return RelayUnusable(words, RelayPause.CONFIGURATION)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
