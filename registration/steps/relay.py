"""What all workers know about the mail server: whether it is used now, and why not (M-54)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db
from registration.models import MailRelay
from registration.models.mail_relay import DEFAULT_RELAY
from registration.rules.pauses import SLOW_FOR, longest_pause, pause_of_relay
from registration.vocabulary import RelayPause

_WHO = (
    "MAIL_SERVER",
    "MAIL_PORT",
    "MAIL_USE_TLS",
    "MAIL_USE_SSL",
    "MAIL_USERNAME",
    "MAIL_PASSWORD",
    "MAIL_CA_FILE",
    "MAIL_OAUTH_TOKEN_URL",
    "MAIL_OAUTH_CLIENT_ID",
    "MAIL_OAUTH_CLIENT_SECRET",
    "MAIL_OAUTH_REFRESH_TOKEN",
    "MAIL_OAUTH_SCOPE",
    "MAIL_FROM_ADDRESS",
    "MAIL_BOUNCE_ADDRESS",
)


def relay_row(*, lock: bool = False) -> MailRelay:
    """Return the row as it is now, made when it is missing; inside `one_transaction()`."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    first = insert(MailRelay).values(name=DEFAULT_RELAY)
    db.session.execute(first.on_conflict_do_nothing())  # two workers may be the first together
    return db.session.get_one(MailRelay, DEFAULT_RELAY, with_for_update=lock, populate_existing=True)


def relay_as_read() -> MailRelay | None:
    """Return the row for reading only; None while nothing has ever gone wrong."""
    return db.session.get(MailRelay, DEFAULT_RELAY, populate_existing=True)


def is_paused(relay: MailRelay | None, now: datetime) -> bool:
    """Return whether no mail may leave now. A pause from a clock gone wrong is over (T-12)."""
    if relay is None or relay.pause is None:
        return False
    until = relay.paused_until
    return until is None or now < until <= now + longest_pause()


def is_slow(relay: MailRelay | None, now: datetime) -> bool:
    """Return whether the server has lately complained about too many connections."""
    until = relay.slow_until if relay else None
    return until is not None and now < until <= now + SLOW_FOR


def pause(relay: MailRelay, why: RelayPause, reason: str, *, now: datetime, by: str = "") -> None:
    """Let all workers leave the server alone; no mail loses an attempt by it."""
    if relay.pause is RelayPause.BY_HAND and why is not RelayPause.BY_HAND:
        return  # what somebody wants is not ended by what goes wrong besides
    if relay.pause is RelayPause.REJECTIONS and why is not RelayPause.BY_HAND:
        return  # nor what waits for somebody
    if relay.pause is why and relay.paused_until and is_paused(relay, now):
        return  # several connections have met the same trouble: that is one
    relay.failures += why is not RelayPause.BY_HAND
    rest = pause_of_relay(why, relay.failures)
    relay.paused_until = now + rest if rest else None
    relay.since = relay.since if relay.pause else now
    relay.pause, relay.reason, relay.paused_by = why, reason[:500], by
    if why is RelayPause.THROTTLED:
        relay.slow_until = now + SLOW_FOR


def resume(relay: MailRelay) -> None:
    """Forget the pause and what led to it."""
    relay.pause = relay.paused_until = relay.since = None
    relay.reason = relay.paused_by = relay.settings_mark = ""
    relay.failures = 0
    relay.in_a_row = None


def settings_mark(config: Mapping[str, Any]) -> str:
    """Return a mark of how the server is used: when it changes, somebody has mended something."""
    words = "\0".join(str(config[name]) for name in _WHO)
    return hmac.new(config["SECRET_KEY"].encode(), words.encode(), hashlib.sha256).hexdigest()[:16]
