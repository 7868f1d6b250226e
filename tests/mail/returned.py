"""Mails as they come into the bounce mailbox: the files in `bounces/`, about a mail of ours."""

from pathlib import Path

FOLDER = Path(__file__).parent / "bounces"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))
ADA = "ada@musterhausen.example.org"


def returned(name: str, *, bounce_address: str, message_id: str = "<unknown@example.org>") -> bytes:
    """What a server answers to the mail that left from `bounce_address` with `message_id`."""
    written = (FOLDER / f"{name}.eml").read_bytes()
    told = written.replace(b"BOUNCE-ADDRESS", bounce_address.encode())
    return told.replace(b"MESSAGE-ID", message_id.encode())
