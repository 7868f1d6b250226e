"""What a bounce means: whether the mail is lost, and whether its address exists at all (M-59).

Status codes: RFC 3463 and its registry at IANA; null MX: RFC 7505. The codes of Exchange Online, among them
5.4.1 for an address that its directory does not know, stand in Microsoft's list of non-delivery reports.
"""

import re

_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_UNSPECIFIC = re.compile(r"[245]\.[05]\.0")  # Exim says 5.0.0 whatever it is, others 5.5.0
_LOST = re.compile(r"fail|error")  # "error" is OpenSMTPD's word for it

_DEAD = {
    "5.1.1": "das Postfach gibt es nicht",
    "5.1.2": "die Domain der Adresse gibt es nicht",
    "5.1.3": "die Adresse ist falsch geschrieben",
    "5.1.6": "das Postfach ist umgezogen",
    "5.1.10": "das Postfach gibt es nicht",
    "5.1.351": "das Postfach gibt es nicht",
    "5.2.1": "das Postfach ist abgeschaltet",
    "5.4.310": "die Domain der Adresse gibt es nicht",
}
"""Nothing will ever arrive there: the address is suppressed."""

_OTHERS = {
    "5.2.2": "das Postfach ist voll",
    "5.2.3": "die E-Mail ist für das Postfach zu groß",
    "5.3.4": "die E-Mail ist für den Server zu groß",
    "5.4.1": "der Server der Adresse antwortet nicht",
    "5.4.4": "zu dieser Domain führt kein Weg",
    "4.2.2": "das Postfach ist voll",
    "4.4.1": "der Server der Adresse antwortet nicht",
    "4.4.7": "der Server der Adresse hat zu lange nicht geantwortet",
}
_BY_SUBJECT = {
    "1": "mit der Adresse stimmt etwas nicht",
    "2": "das Postfach nimmt die E-Mail nicht an",
    "3": "der Server der Adresse nimmt die E-Mail nicht an",
    "4": "der Server der Adresse ist nicht erreichbar",
    "6": "der Inhalt der E-Mail wurde nicht angenommen",
    "7": "die Regeln des Servers lassen die E-Mail nicht zu",
}

# A server that names no code says it in words. Whoever speaks of the sender does not mean our recipient.
_NOBODY = re.compile(
    r"user unknown|unknown (user|recipient|mailbox|local part)|no such (user|mailbox|recipient|address)"
    r"|(user|mailbox|recipient|address|account) (does not|doesn't) exist|(user|recipient|mailbox) not found"
    r"|unrouteable address|recipient address rejected: access denied"
    r"|(postfach|empf(ä|ae)nger|adresse|nutzer|benutzer)\w* (existiert nicht|(ist )?(uns )?(hier )?unbekannt)"
    r"|unbekannter (empf(ä|ae)nger|benutzer|nutzer)|nicht vorhandenes postfach",
    re.IGNORECASE,
)
_SENDER_REFUSED = re.compile(
    r"sender address rejected|sender ?denied|sender verify|sender not", re.IGNORECASE
)
_SENDER = re.compile(r"sender|absender|mail from", re.IGNORECASE)


def code_in(words: str) -> str:
    """Return the first status code in a text, as `5.1.1`, or an empty text; no IP address is one."""
    found = _CODE.search(words)
    return found[1] if found else ""


def status_of(field: str, words: str) -> str:
    """Return the status by the field of the report, or by the server's words where these know more."""
    status, spoken = code_in(field), code_in(words)
    return spoken if spoken and (not status or _UNSPECIFIC.fullmatch(status)) else status


def is_lost(action: str, status: str) -> bool:
    """Tell whether the mail is given up; a mail that is only late is not (RFC 3464 2.3.3)."""
    return bool(_LOST.match(action)) if action else status.startswith("5")


def is_dead(status: str, words: str) -> bool:
    """Tell whether the address itself is wrong for good, so that no other mail would arrive either.

    A full mailbox, a policy, a server out of reach, and whatever may be the fault of the sender are not.
    """
    if _SENDER_REFUSED.search(words):
        return False
    if status in _DEAD:
        return True
    says_little = not status or bool(_UNSPECIFIC.fullmatch(status)) or status == "5.4.1"
    speaks_of_us = _SENDER.search(words) is not None
    return says_little and not status.startswith("4") and not speaks_of_us and bool(_NOBODY.search(words))


def meaning(status: str, words: str) -> str:
    """Return what an organiser reads: why the mail did not arrive."""
    if is_dead(status, words):
        return _DEAD.get(status, _DEAD["5.1.1"])
    known = _OTHERS.get(status) or _BY_SUBJECT.get(status[2:].partition(".")[0])
    return known or "der Server der Adresse hat sie zurückgeschickt"
