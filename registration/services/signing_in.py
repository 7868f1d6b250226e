"""Signing organisers in and out. A sign-in is a row: without it a kept cookie is worth nothing (L-52)."""

import hashlib
import hmac
import os
import secrets
import threading
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

import structlog
from flask import current_app
from flask_security import hash_password, verify_password
from sqlalchemy import delete, func, select

from registration.errors import NotPossible, RegistrationError, TooManyRequests
from registration.extensions import db, one_transaction
from registration.models import Organiser, RateCount, SignIn
from registration.rules.addresses import AddressRefused, parse_address
from registration.rules.sign_in_delays import MEMORY, seconds_to_wait
from registration.tokens import clean_token, fingerprint
from registration.vocabulary import Role

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
TOUCH_EVERY = timedelta(minutes=1)
EVERYBODY = "*"
log = structlog.get_logger(__name__)

# one hashing per core at a time: each takes 19 MiB and all of a core
_hashing = threading.BoundedSemaphore(os.cpu_count() or 1)


class SignInRefused(RegistrationError):
    """Wrong address or password: which of the two is never said (L-55)."""

    message = "E-Mail-Adresse oder Passwort stimmt nicht."


class SignInDelayed(TooManyRequests):
    """After failures the next attempt has to wait; delay, not a ban (L-59)."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        unit = "Sekunde" if seconds == 1 else "Sekunden"
        super().__init__(f"Bitte warten Sie {seconds} {unit}. Versuchen Sie es dann noch einmal.")


def create_organiser(email: str, *, name: str, role: Role, password: str, now: datetime) -> int:
    """Open an account and return its id; raises NotPossible for a known address or a password too short."""
    try:
        key = parse_address(email).key
    except AddressRefused as refusal:
        raise NotPossible("Das ist keine E-Mail-Adresse.", field="email") from refusal
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise NotPossible(
            f"Ein Passwort hat {SHORTEST_PASSWORD} bis {LONGEST_PASSWORD} Zeichen.", field="password"
        )
    hashed = hash_password(password)
    with one_transaction():
        if _find(key) is not None:
            raise NotPossible("Für diese Adresse gibt es schon ein Konto.", field="email")
        organiser = Organiser(
            email=key, name=name, role=role, password=hashed, fs_uniquifier=uuid.uuid4().hex, created_at=now
        )
        db.session.add(organiser)
        db.session.flush()
        return organiser.id


def sign_in(email: str, password: str, *, now: datetime) -> tuple[Organiser, str]:
    """Return the organiser and the secret of the new sign-in.

    Every attempt counts as a failure until it has succeeded, so that parallel guesses gain nothing. Raises
    SignInDelayed, and SignInRefused after the same work for known and unknown addresses.
    """
    key = _address_key(email)
    with one_transaction():
        _count_attempt(key, now=now)
    found = _find(key)
    hashed = found.password if found is not None and found.active and found.password else _nobodys_password()
    with _hashing:
        is_right = verify_password(password[:LONGEST_PASSWORD], hashed)
    if found is None or not is_right or hashed != found.password:
        log.warning("sign_in.refused", organiser=found.id if found else None)
        raise SignInRefused
    token = secrets.token_urlsafe(32)
    with one_transaction():
        _forget_attempts(key)
        mark = fingerprint(token)
        db.session.add(SignIn(organiser_id=found.id, fingerprint=mark, created_at=now, last_seen_at=now))
    return found, token


def sign_out(token: str) -> None:
    """End a sign-in for good; an unknown one is ended already."""
    with one_transaction():
        db.session.execute(delete(SignIn).where(SignIn.fingerprint == fingerprint(token)))


def signed_in(token: str, *, now: datetime) -> Organiser | None:
    """Return whose live sign-in this is, and note once per minute that it is in use."""
    if clean_token(token) is None:
        return None
    query = select(SignIn, Organiser).join(Organiser, Organiser.id == SignIn.organiser_id)
    row = db.session.execute(query.where(SignIn.fingerprint == fingerprint(token))).one_or_none()
    if row is None or not row.Organiser.active or _has_ended(row.SignIn, now):
        return None
    if now - row.SignIn.last_seen_at >= TOUCH_EVERY:
        _touch(row.SignIn.id, now=now)
    return db.session.get(Organiser, row.Organiser.id)


def _has_ended(sign_in_row: SignIn, now: datetime) -> bool:
    idle = timedelta(hours=current_app.config["SIGN_IN_IDLE_HOURS"])
    longest = timedelta(days=current_app.config["SIGN_IN_DAYS"])
    return now - sign_in_row.last_seen_at >= idle or now - sign_in_row.created_at >= longest


def _touch(sign_in_id: int, *, now: datetime) -> None:
    with one_transaction():
        row = db.session.get(SignIn, sign_in_id)
        if row is not None:
            row.last_seen_at = now


def _find(key: str) -> Organiser | None:
    return db.session.scalar(select(Organiser).where(Organiser.email == key))


def _address_key(email: str) -> str:
    try:
        return parse_address(email).key
    except AddressRefused:
        return email.strip().lower()[:254]


def _count_attempt(key: str, *, now: datetime) -> None:
    """Refuse while a delay runs, else count this attempt for the address and for everybody together."""
    waits = [
        seconds_to_wait(*_failures(one, now=now), now=now, is_everybody=one == EVERYBODY)
        for one in (key, EVERYBODY)
    ]
    if any(waits):
        raise SignInDelayed(max(waits))
    for one in (key, EVERYBODY):
        second = now.replace(microsecond=0)
        row = db.session.get(RateCount, (_opaque(one), second))
        if row is None:
            row = RateCount(key=_opaque(one), window_start=second, count=0)
            db.session.add(row)
        row.count += 1


def _failures(key: str, *, now: datetime) -> tuple[int, datetime | None]:
    query = select(func.coalesce(func.sum(RateCount.count), 0), func.max(RateCount.window_start))
    recent = query.where(RateCount.key == _opaque(key), RateCount.window_start > now - MEMORY)
    count, latest = db.session.execute(recent).one()
    return int(count), latest


def _forget_attempts(key: str) -> None:
    for row in _rows([key]):
        db.session.delete(row)


def _rows(keys: Iterable[str]) -> list[RateCount]:
    return list(
        db.session.scalars(select(RateCount).where(RateCount.key.in_([_opaque(key) for key in keys])))
    )


def _opaque(key: str) -> str:
    """Return a keyed fingerprint: addresses are not stored to count them (L-09)."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return f"sign_in:{hmac.digest(secret, key.encode(), hashlib.sha256).hex()[:32]}"


@cache
def _nobodys_password() -> str:
    """Return a hash to compare with when there is no account: the same work, so the same time."""
    return hash_password(secrets.token_urlsafe(32))
