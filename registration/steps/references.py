"""The reference that a person says on the telephone: short, without look-alikes, opens nothing (U-12)."""

import secrets

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_reference() -> str:
    """Return for example `K7RX-4M2Q`: 31^8 possibilities; the database refuses a second of the same."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
