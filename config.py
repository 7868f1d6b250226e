"""Every setting of the product, read once from the environment.

`docs/operating.md` lists the same settings for whoever runs the product. `load()` refuses to return settings
with which a public server would be unsafe, and says in one sentence what to do.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env

ROOT = Path(__file__).parent
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET_CHARACTERS = 32
MOST_CONNECTIONS = 4  # to the mail server
DEVELOPMENT_SECRET = "development-only-secret-key-0000000000000000"  # noqa: S105 - refused in production


class ConfigurationError(RuntimeError):
    """A setting is missing or unsafe; the message says what to do."""


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all settings, the environment first, `overrides` above it.

    Raises ConfigurationError when a production server would be unsafe (L-62, L-63).
    """
    env = Env()
    settings: dict[str, Any] = {
        **_basics(env),
        **_mail(env),
        **_bounces(env),
        **_operation(env),
        **_agency(env),
        **_rules(env),
        **(overrides or {}),
    }
    _refuse_senseless(settings)
    if settings["APP_ENV"] == "production":
        _refuse_unsafe(settings)
    settings["SECRET_KEY"] = settings["SECRET_KEY"] or DEVELOPMENT_SECRET
    return settings | _derived(settings)


def _basics(env: Env) -> dict[str, Any]:
    instance = Path(env.str("INSTANCE_DIR", str(ROOT / "instance"))).resolve()
    return {
        # "production" switches on all checks of _refuse_unsafe(); anything else is a laptop or a test
        "APP_ENV": env.str("APP_ENV", "development"),
        # signs cookies and makes the secrets of mailed links; at least 32 characters
        "SECRET_KEY": _secret(env, "SECRET_KEY"),
        # former keys, comma-separated: what they signed is still read
        "SECRET_KEY_FALLBACKS": env.list("SECRET_KEY_FALLBACKS", []),
        "DEBUG": env.bool("FLASK_DEBUG", False),
        # address of the site as people see it: every link starts with it, never with the Host header
        "PUBLIC_URL": env.str("PUBLIC_URL", "").rstrip("/"),
        # how many reverse proxies stand before us and set X-Forwarded-For and -Proto
        "TRUSTED_PROXY_HOPS": env.int("TRUSTED_PROXY_HOPS", 0),
        # folder for the SQLite database and everything local
        "INSTANCE_DIR": str(instance),
        "DATABASE_URL": env.str("DATABASE_URL", f"sqlite:///{instance / 'registration.sqlite3'}"),
        # database connections kept open per process (PostgreSQL)
        "DATABASE_POOL_SIZE": env.int("DATABASE_POOL_SIZE", 5),
        # largest request body in bytes: the forms carry text only
        "MAX_CONTENT_LENGTH": env.int("MAX_CONTENT_LENGTH", 1024 * 1024),
        "MAX_FORM_MEMORY_SIZE": env.int("MAX_FORM_MEMORY_SIZE", 512 * 1024),
        "MAX_FORM_PARTS": env.int("MAX_FORM_PARTS", 400),
    }


def _mail(env: Env) -> dict[str, Any]:
    return {
        "MAIL_SERVER": env.str("MAIL_SERVER", "127.0.0.1"),
        "MAIL_PORT": env.int("MAIL_PORT", 2525),
        # STARTTLS is demanded (port 587) / TLS from the first byte (port 465)
        "MAIL_USE_TLS": env.bool("MAIL_USE_TLS", False),
        "MAIL_USE_SSL": env.bool("MAIL_USE_SSL", False),
        "MAIL_USERNAME": env.str("MAIL_USERNAME", "") or None,
        "MAIL_PASSWORD": _secret(env, "MAIL_PASSWORD") or None,
        # seconds to wait for a connection / a reply / the reply after the final dot (RFC 5321 4.5.3.2)
        "MAIL_CONNECT_TIMEOUT_SECONDS": env.float("MAIL_CONNECT_TIMEOUT_SECONDS", 10),
        "MAIL_COMMAND_TIMEOUT_SECONDS": env.float("MAIL_COMMAND_TIMEOUT_SECONDS", 30),
        "MAIL_FINAL_TIMEOUT_SECONDS": env.float("MAIL_FINAL_TIMEOUT_SECONDS", 600),
        # how long a worker has a claimed mail for itself, in seconds
        "MAIL_LEASE_SECONDS": env.float("MAIL_LEASE_SECONDS", 120),
        # sender of every mail; its domain is also the right side of every Message-ID (M-03, M-05)
        "MAIL_FROM_NAME": env.str("MAIL_FROM_NAME", "Transferagentur Beispielland"),
        "MAIL_FROM_ADDRESS": env.str("MAIL_FROM_ADDRESS", "anmeldung@example.org"),
        # envelope sender; with MAIL_VERP=true the mail's id is added as bounce+<id>@… (M-07)
        "MAIL_BOUNCE_ADDRESS": env.str("MAIL_BOUNCE_ADDRESS", ""),
        "MAIL_VERP": env.bool("MAIL_VERP", False),
        # own certificate authority of the mail server, as a PEM file; empty: those of the system
        "MAIL_CA_FILE": env.str("MAIL_CA_FILE", "") or None,
        # sign-in by XOAUTH2 instead of a password: where tokens are issued, and for whom
        "MAIL_OAUTH_TOKEN_URL": env.str("MAIL_OAUTH_TOKEN_URL", ""),
        "MAIL_OAUTH_CLIENT_ID": env.str("MAIL_OAUTH_CLIENT_ID", ""),
        "MAIL_OAUTH_CLIENT_SECRET": _secret(env, "MAIL_OAUTH_CLIENT_SECRET"),
        "MAIL_OAUTH_SCOPE": env.str("MAIL_OAUTH_SCOPE", ""),
        # with it the token is refreshed for a user; without, it is issued to the application itself
        "MAIL_OAUTH_REFRESH_TOKEN": _secret(env, "MAIL_OAUTH_REFRESH_TOKEN"),
        # mails per minute of all workers together, 0: no limit; connections of all workers together,
        # and of one worker, one to four (M-55)
        "MAIL_PER_MINUTE": env.int("MAIL_PER_MINUTE", 25),
        "MAIL_CONNECTIONS": env.int("MAIL_CONNECTIONS", 1),
        "MAIL_CONNECTIONS_PER_WORKER": env.int("MAIL_CONNECTIONS_PER_WORKER", 4),
        # a mail whose fate a crash left unknown: "resend" with the same Message-ID, or "hold" for a person;
        # exceptions by kind: "resend,digest=hold"
        "MAIL_UNCERTAIN": env.str("MAIL_UNCERTAIN", "resend"),
        # test mode: every mail goes to this address instead, with [TEST] before its subject (M-60)
        "MAIL_TEST_ADDRESS": env.str("MAIL_TEST_ADDRESS", ""),
        # reminders and digests do not leave between these times, or at weekends; empty: at any time (T-11)
        "MAIL_QUIET_FROM": env.str("MAIL_QUIET_FROM", "19:00"),
        "MAIL_QUIET_UNTIL": env.str("MAIL_QUIET_UNTIL", "07:00"),
        # a file that gets a line when mails cannot leave: mail itself cannot tell (M-58)
        "MAIL_ALERT_FILE": env.str("MAIL_ALERT_FILE", "") or None,
        # DKIM selector of the sender's domain, for `flask doctor` (M-80)
        "MAIL_DKIM_SELECTOR": env.str("MAIL_DKIM_SELECTOR", ""),
        # folder (Maildir) of the local mailbox and its page /mailbox; never in production
        "MAILBOX_DIR": env.str("MAILBOX_DIR", "") or None,
    }


def _bounces(env: Env) -> dict[str, Any]:
    return {
        # mailbox of the bounce address, read by IMAP; empty: bounces are not read (M-59)
        "BOUNCE_IMAP_SERVER": env.str("BOUNCE_IMAP_SERVER", ""),
        "BOUNCE_IMAP_PORT": env.int("BOUNCE_IMAP_PORT", 993),
        # "ssl": TLS from the first byte, "starttls", or "none" for a server on this machine
        "BOUNCE_IMAP_SECURITY": env.str("BOUNCE_IMAP_SECURITY", "ssl"),
        "BOUNCE_IMAP_USERNAME": env.str("BOUNCE_IMAP_USERNAME", ""),
        "BOUNCE_IMAP_PASSWORD": _secret(env, "BOUNCE_IMAP_PASSWORD"),
        "BOUNCE_IMAP_FOLDER": env.str("BOUNCE_IMAP_FOLDER", "INBOX"),
        # read mails are moved here; it is made when it is missing
        "BOUNCE_IMAP_DONE_FOLDER": env.str("BOUNCE_IMAP_DONE_FOLDER", "Gelesen"),
    }


def _operation(env: Env) -> dict[str, Any]:
    return {
        # who knows it may read /metrics from anywhere; empty: only from this machine
        "METRICS_TOKEN": _secret(env, "METRICS_TOKEN"),
        # "json", one object per line, or "text"; empty: json in production
        "LOG_FORMAT": env.str("LOG_FORMAT", ""),
        # `flask doctor` warns when less is free on the disk of the instance folder
        "DISK_FREE_ALERT_MB": env.int("DISK_FREE_ALERT_MB", 500),
    }


def _agency(env: Env) -> dict[str, Any]:
    return {
        "AGENCY_NAME": env.str("AGENCY_NAME", "Transferagentur Beispielland"),
        "AGENCY_ADDRESS": env.str("AGENCY_ADDRESS", "Musterstraße 1, 12345 Beispielstadt"),
        "SERVICE_NAME": env.str("SERVICE_NAME", "Anmeldung zu Veranstaltungen"),
        "SERVICE_NAME_EN": env.str("SERVICE_NAME_EN", "Workshop registration"),
        # an SVG or PNG for the header, 48 pixels high; the agency's name is its text. Empty: the name alone
        "AGENCY_LOGO_FILE": env.str("AGENCY_LOGO_FILE", ""),
        # the one accent colour, such as #1a4f9c, 4.5:1 or more on white; empty: KERN's blue
        "ACCENT_COLOUR": env.str("ACCENT_COLOUR", ""),
        # web sites that may frame /embed/workshops, comma-separated: https://www.example.org,*.example.org
        "EMBED_HOSTS": list(map(str.strip, env.list("EMBED_HOSTS", []))),
        # help at the same place of every page and mail (L-39)
        "HELP_EMAIL": env.str("HELP_EMAIL", "hilfe@example.org"),
        "HELP_PHONE": env.str("HELP_PHONE", ""),
        # legal pages: what the law asks for, filled in by the agency (L-01, L-22, L-44)
        "IMPRINT_TEXT": _text(env, "IMPRINT_TEXT"),
        "ACCESSIBILITY_TEXT": _text(env, "ACCESSIBILITY_TEXT"),
        "PRIVACY_CONTROLLER": _text(env, "PRIVACY_CONTROLLER"),
        "PRIVACY_OFFICER": _text(env, "PRIVACY_OFFICER"),
        "PRIVACY_LEGAL_BASIS": _text(env, "PRIVACY_LEGAL_BASIS"),
        "PRIVACY_RECIPIENTS": _text(env, "PRIVACY_RECIPIENTS"),
        "PRIVACY_RETENTION": _text(env, "PRIVACY_RETENTION"),
        "PRIVACY_AUTHORITY": _text(env, "PRIVACY_AUTHORITY"),
    }


def _rules(env: Env) -> dict[str, Any]:
    return {
        # zone of new workshops, and the federal state whose holidays are no working days (T-01, T-08)
        "TIME_ZONE": env.str("TIME_ZONE", "Europe/Berlin"),
        "FEDERAL_STATE": env.str("FEDERAL_STATE", "HE"),
        # how long an unconfirmed registration holds a seat, and how long its link lives (domain.md, rule 2)
        "SEAT_HOLD_HOURS": env.int("SEAT_HOLD_HOURS", 2),
        "CONFIRMATION_HOURS": env.int("CONFIRMATION_HOURS", 48),
        # in these last hours before the start no one moves up without an organiser (domain.md, rule 4)
        "MOVE_UP_UNTIL_HOURS": env.int("MOVE_UP_UNTIL_HOURS", 24),
        # mails about a known registration that anybody can cause to one address per hour, and wrong links
        # that one client may open per minute (L-54, L-56)
        "MAILS_PER_ADDRESS_PER_HOUR": env.int("MAILS_PER_ADDRESS_PER_HOUR", 3),
        # a functional mailbox may register this many colleagues per hour (U-14)
        "REGISTRATIONS_PER_ADDRESS_PER_HOUR": env.int("REGISTRATIONS_PER_ADDRESS_PER_HOUR", 30),
        # one client may register this often per hour: generous, a whole district office is one client (L-56)
        "REGISTRATIONS_PER_CLIENT_PER_HOUR": env.int("REGISTRATIONS_PER_CLIENT_PER_HOUR", 600),
        # a form that comes back sooner is shown again: nobody types so fast (L-39)
        "FORM_MINIMUM_SECONDS": env.int("FORM_MINIMUM_SECONDS", 2),
        "LINK_GUESSES_PER_MINUTE": env.int("LINK_GUESSES_PER_MINUTE", 60),
        # forms that one client may have looked at before sending, per minute; many people share one address
        "OUTLOOKS_PER_MINUTE": env.int("OUTLOOKS_PER_MINUTE", 300),
        # whether the form may tell at once that an organisation has an agreement, or has none
        "AGREEMENTS_ARE_PUBLIC": env.bool("AGREEMENTS_ARE_PUBLIC", False),
        # what people need to take part well is forgotten so many days after the last session (L-07)
        "SUPPORT_NEEDS_KEPT_DAYS": env.int("SUPPORT_NEEDS_KEPT_DAYS", 30),
        # a signed-in organiser is signed out after this long without a click / altogether
        "SIGN_IN_IDLE_HOURS": env.int("SIGN_IN_IDLE_HOURS", 8),
        "SIGN_IN_DAYS": env.int("SIGN_IN_DAYS", 7),
        # /healthz turns red when a due mail is older than this, or a job has not run for this long
        "QUEUE_AGE_ALERT_MINUTES": env.int("QUEUE_AGE_ALERT_MINUTES", 15),
        "JOB_AGE_ALERT_SECONDS": env.int("JOB_AGE_ALERT_SECONDS", 120),
    }


def _secret(env: Env, name: str) -> str:
    """Read NAME, or the file that NAME_FILE names, so that a secret need not stand in the environment."""
    path = env.str(f"{name}_FILE", "")
    return Path(path).read_text().strip() if path else env.str(name, "")


_text = _secret


def _refuse_senseless(settings: Mapping[str, Any]) -> None:
    if not 1 <= settings["MAIL_CONNECTIONS"] <= MOST_CONNECTIONS:
        raise ConfigurationError(f"Set MAIL_CONNECTIONS to a number from 1 to {MOST_CONNECTIONS}.")
    if settings["MAIL_PER_MINUTE"] < 0:
        raise ConfigurationError("Set MAIL_PER_MINUTE to the mails per minute, or to 0 for no limit.")
    if not re.fullmatch(r"(resend|hold)(,\s*[a-z_]+=(resend|hold))*", settings["MAIL_UNCERTAIN"]):
        raise ConfigurationError(
            "Set MAIL_UNCERTAIN to resend or hold, with exceptions by kind if you like: resend,digest=hold."
        )
    quiet = (settings["MAIL_QUIET_FROM"], settings["MAIL_QUIET_UNTIL"])
    if any(quiet) and not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", one) for one in quiet):
        raise ConfigurationError(
            "Set MAIL_QUIET_FROM and MAIL_QUIET_UNTIL to times such as 19:00 and 07:00, or both to nothing."
        )
    if not all(
        re.fullmatch(r"(https?://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?", one)
        for one in settings["EMBED_HOSTS"]
    ):
        raise ConfigurationError(
            "Set EMBED_HOSTS to names of web sites such as https://www.example.org, separated by commas."
        )
    if settings["LOG_FORMAT"] not in ("", "json", "text"):
        raise ConfigurationError("Set LOG_FORMAT to json or text, or to nothing.")


def _refuse_unsafe(settings: Mapping[str, Any]) -> None:
    secret, url = settings["SECRET_KEY"], settings["PUBLIC_URL"]
    if len(secret) < SHORTEST_SECRET_CHARACTERS or secret == DEVELOPMENT_SECRET:
        raise ConfigurationError(
            f"Set SECRET_KEY (or SECRET_KEY_FILE) to {SHORTEST_SECRET_CHARACTERS} random characters or more, "
            "for example the output of: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if settings["DEBUG"]:
        raise ConfigurationError("Remove FLASK_DEBUG: debug mode shows internals to every visitor.")
    if not urlsplit(url).hostname:
        raise ConfigurationError(
            "Set PUBLIC_URL to the address that people use, for example https://anmeldung.example.org."
        )
    encrypted = settings["MAIL_USE_TLS"] or settings["MAIL_USE_SSL"]
    if not encrypted and settings["MAIL_SERVER"] not in LOCAL_HOSTS:
        raise ConfigurationError(
            "Set MAIL_USE_TLS=true (port 587) or MAIL_USE_SSL=true (port 465): "
            f"mail to {settings['MAIL_SERVER']} would travel unencrypted."
        )
    if settings["MAILBOX_DIR"]:
        raise ConfigurationError("Remove MAILBOX_DIR: the page /mailbox would show every mail to everybody.")


def _derived(settings: Mapping[str, Any]) -> dict[str, Any]:
    public = urlsplit(settings["PUBLIC_URL"] or "http://localhost:8000")
    https = public.scheme == "https"
    return {
        "PUBLIC_URL": public.geturl(),
        "SQLALCHEMY_DATABASE_URI": _with_driver(settings["DATABASE_URL"]),
        "TRUSTED_HOSTS": [public.hostname, *sorted(LOCAL_HOSTS)],
        "PREFERRED_URL_SCHEME": public.scheme,
        "SESSION_COOKIE_NAME": "__Host-session" if https else "session",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,  # a lunch break must not lose the form (L-38)
        "WTF_CSRF_FIELD_NAME": "csrf_token",
        "BABEL_DEFAULT_LOCALE": "de",
        "BABEL_DEFAULT_TIMEZONE": settings["TIME_ZONE"],
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "MAIL_DEFAULT_SENDER": (settings["MAIL_FROM_NAME"], settings["MAIL_FROM_ADDRESS"]),
        "MAIL_SUPPRESS_SEND": False,
    } | _sign_in()


def _sign_in() -> dict[str, Any]:
    """Settings of Flask-Security-Too (argon2id as measured: 19 MiB, two rounds, about 20 ms)."""
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__memory_cost": 19_456,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        # accounts are made by `flask create-organiser`, which writes the journal
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
    }


def _with_driver(url: str) -> str:
    """`postgresql://` means another driver in each SQLAlchemy version; name ours."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
