"""Taking an address out of use, inside the caller's transaction (M-59)."""

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite

from registration.extensions import db
from registration.models import SuppressedAddress
from registration.rules.addresses import AddressRefused, parse_address


def suppress(
    address: str,
    *,
    status: str,
    reason: str,
    now: datetime,
    outbox_message_id: int | None = None,
    organiser_id: int | None = None,
) -> bool:
    """Send nothing to the address any more; False when it was suppressed already, which stays as it is."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = insert(SuppressedAddress).values(
        email_key=key_of(address),
        since=now,
        status=status,
        reason=reason,
        outbox_message_id=outbox_message_id,
        organiser_id=organiser_id,
    )
    done = db.session.execute(row.on_conflict_do_nothing().returning(SuppressedAddress.email_key))
    return done.first() is not None


def key_of(address: str) -> str:
    """Return by what an address is compared (M-25); one that we would not accept, in small letters."""
    try:
        return parse_address(address).key
    except AddressRefused:
        return address.strip().lower()
