"""Strings that break mails, and a workshop with a person for each kind of mail to put them into."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from registration.extensions import db, one_transaction
from registration.models import (
    AgendaItem,
    Attendance,
    MailRule,
    OutboxMessage,
    Registration,
    Workshop,
    WorkshopSession,
)
from registration.vocabulary import DESK_MAILS, TIMED_MAILS, TIMED_NOTES, MailKind
from tests.mail.cast import STATES, ada, kooperation, outbox, session_at, wall
from tests.times import NOW

CONTROLS = [*map(chr, (*range(32), 0x7F, 0x80, 0x85, 0x9B, 0x9F, 0x2028, 0x2029))]
SINGLE = {f"U+{ord(one):04X}": f"Ti{one}tel" for one in CONTROLS}
BREAKING = {
    "all controls": f"Ti{''.join(CONTROLS)}tel",
    "smuggled header": "Titel\r\nBcc: eve@example.org\r\n\r\nBody",
    "smuggled end": "Titel\r\n.\r\nMAIL FROM:<eve@example.org>\r\n",
    "terminal": "Ti\x1b[31mtel\x07",
    "direction overridden": "abc \u202efdp.exe",
    "direction isolated": "abc \u2067fdp\u2069",
    "half a character": "Ti\ud800tel",
}
"""May stand in no header."""
HARMLESS = {
    "address signs": 'Agentur: "Bildung", Süd @ Hessen <eve@example.org>; \\o/',
    "template": "{{ config }} {% raw %} {0} %s %(title)s ${x} #{x}",
    "markup": "<script>alert(1)</script><img src=//eve.example.org>&amp;&lt;</body>",
    "markup in an address": "https://example.org/?a=1&b=<x>\"'&amp;c",
    "leading dots": ".\n..\n.Titel".replace("\n", " "),
    "right to left": "مرحبا بالعالم שלום",
    "emoji with joiners": "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈",
    "unbroken umlauts": "Ä" * 23,
    "unbroken Chinese": "漢" * 16,
    "unbroken emoji": "👩" * 12,
    "variants": "A\u030a\ufe0f e\u0301",
    "invisible": "Ti\u200btel\u00ad\ufeff",
    "no characters": "Ti\ufffe\uffff\U0010ffff",
    "percent": "100 % =20 =C3=A4",
    "script": "javascript:alert(1)",
    "boundary": "--=_0",
    "calendar": "x;y,z\\n\\;END:VEVENT",
}
ENCODED = {
    "encoded word": "=?utf-8?q?abc?= =?utf-8?b?w4Q=?=",
    "encoded sender": "=?utf-8?q?=00?= <eve@example.org>",
}
"""Mail programs would show other words than these."""
STRINGS = BREAKING | HARMLESS | ENCODED
LONG = "Langes Wort " * 8_333 + "Ende"

ADDRESSES = {
    "ada@straße.de": "ada@xn--strae-oqa.de",
    "Ada@Köln.de": "Ada@xn--kln-sna.de",
    "o'brien+x@example.org": "o'brien+x@example.org",
    "ada@example.org\u200b": "ada@example.org",
    "jörg@example.org": None,
    "ada@example.org\r\nRCPT TO:<eve@example.org>": None,
    "ada@example.org>\r\nDATA": None,
    "ada@exa\0mple.org": None,
    "ada@example.org, eve@example.org": None,
    "=?utf-8?q?ada?=@example.org": None,
    "a" * 65 + "@example.org": None,
    "a@" + "b" * 100_000 + ".org": None,
    "ohne": None,
    "": None,
}
"""What may stand in the outbox, and where the mail goes: None, if nowhere."""

IN_WORDS: dict[Any, tuple[str, ...]] = {
    Workshop: ("contact_name", "contact_phone", "expectations", "summary"),
    WorkshopSession: ("title", "place", "room_platform", "room_link", "room_meeting_number", "room_password",
                      "room_phones"),
    AgendaItem: ("item", "by"),
    Registration: ("given_name", "family_name", "organisation_name", "role"),
}  # fmt: skip
"""Every text that people type, but the title: that stands in subjects."""


def make_patients() -> None:
    """A workshop that is over for registration, and in it somebody in the right state for each mail.

    Only who gets a certificate has been at another one, which is over.
    """
    workshop = kooperation(state="published", closes_at=NOW - timedelta(days=1), minimum=64)
    over = kooperation(state="published", slug="over")
    over.sessions = [session_at(wall(2027, 1, 5, 10), hours=2.5)]
    for one in (workshop, over):
        one.mail_rules = [MailRule(kind=MailKind.REMINDER, offset=-7, at=NOW.time())]
    for kind in MailKind:
        mark = {"reference": f"R-{kind}", "email": f"{kind}@example.org", "email_key": f"{kind}@example.org"}
        state = {"state": STATES[kind]} if kind in STATES else {}
        if kind is MailKind.CONFIRM_NEW_ADDRESS:
            state = {"pending_email": mark["email"], "pending_email_key": mark["email_key"]}
        person = ada(over if kind is MailKind.CERTIFICATE else workshop, **state | mark)
        if kind is MailKind.CERTIFICATE:
            there = {"registration_id": person.id, "session_id": over.sessions[0].id}
            db.session.add(Attendance(attended=True, recorded_at=NOW, **there))
    workshop.sessions[0].agenda = [
        AgendaItem(position=1, at=NOW.time(), item="Begrüßung", by="Projektleitung")
    ]
    db.session.commit()


def infect(text: str, columns: dict[Any, tuple[str, ...]]) -> None:
    """Write it past all forms and models. Raises what the database says to it."""
    with one_transaction():
        for model, names in columns.items():
            db.session.execute(update(model).values(dict.fromkeys(names, text)))


def queue_all(text: str = "", kinds: Iterable[MailKind] = MailKind, **columns: Any) -> None:
    """Make a mail of each kind due, with these words of an organiser, in place of those that were there."""
    db.session.rollback()
    db.session.execute(delete(OutboxMessage))
    for registration in db.session.scalars(select(Registration)):
        kind = MailKind(registration.reference.removeprefix("R-"))
        if kind in kinds:
            db.session.add(_mail(kind, registration, text, columns))
    db.session.commit()


def _mail(kind: MailKind, registration: Registration, text: str, columns: dict[str, Any]) -> OutboxMessage:
    if "to_address" in columns and kind not in DESK_MAILS:
        registration.email = columns["to_address"]
    mail = outbox(kind, registration, **{"to_address": f"{kind}@example.org"} | columns)
    workshop = registration.workshop
    with db.session.no_autoflush:
        mail.context = (mail.context or {}) | {"text": text}
        if kind in (*TIMED_MAILS, *TIMED_NOTES):
            mail.mail_rule_id, mail.revision = workshop.mail_rules[0].id, workshop.sessions[0].revision
    return mail


def outcome() -> list[OutboxMessage]:
    """The mails of this round, as they stand now."""
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def bare(words: str) -> str:
    """What is left for the eye: without blanks, breaks, controls and what cannot be seen."""
    seen = words.encode(errors="replace").decode()
    return re.sub(r"[\s\x00-\x1f\x7f\u0085\u2028\u2029\u200b\u00ad\ufeff]+", "", seen)
