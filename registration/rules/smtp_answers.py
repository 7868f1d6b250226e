"""What a mail server's refusal means: the table of M-54, from step, code and words."""

import re
from enum import StrEnum

from registration.vocabulary import RelayPause

SERVICE_CLOSING, THROTTLING, TRY_LATER, SIGN_IN_FIRST = 421, 432, 454, 530
PERMANENT = 500
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b(?!\.\d)")  # RFC 3463
_TOO_MANY = re.compile(r"concurrent connection|too many (concurrent |simultaneous )?connections", re.I)
_NO_PASSWORDS = re.compile(r"basic authentication", re.I)
_SENDER_REFUSED = re.compile(r"\S+ (<[^>]*>: )?sender address rejected|.*senddenied|.*sendasdenied", re.I)
_ABOUT_SENDER = {"5.1.7", "5.1.8", "5.7.60", "5.2.252"}
_ABOUT_RECIPIENT = {501, 550, 551, 553}


class Step(StrEnum):
    """What the server was asked; DATA is also the answer to the final dot."""

    CONNECT = "CONNECT"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"


def enhanced_code(reply: str) -> str:
    """Return the code that the words begin with, as `5.1.1`, or an empty text."""
    found = _ENHANCED.match(reply)
    return found[1] if found else ""


def pause_after(step: str, code: int, reply: str) -> RelayPause | None:
    """Return how the whole queue pauses after a refusal; None when it concerns this one mail only."""
    if code == THROTTLING or (code < PERMANENT and _TOO_MANY.search(reply)):
        return RelayPause.THROTTLED
    if code == SIGN_IN_FIRST or _is_sign_in_refused(code, reply):
        return RelayPause.CONFIGURATION
    if code in (SERVICE_CLOSING, TRY_LATER):
        return RelayPause.TEMPORARY
    if step in (Step.RCPT, Step.DATA):  # some servers tell only here what they think of the sender
        return RelayPause.CONFIGURATION if _is_sender_refused(code, reply) else None
    is_wrong = code >= PERMANENT and step != Step.CONNECT
    return RelayPause.CONFIGURATION if is_wrong else RelayPause.TEMPORARY


def is_about_recipient(step: str, code: int, reply: str) -> bool:
    """Tell whether a refused mail was refused for its recipient, and not for what it says."""
    subject = enhanced_code(reply)[2:3]
    if subject in ("1", "2"):  # address, mailbox
        return True
    if step != Step.RCPT:
        return False
    if code < PERMANENT:
        return True
    return code in _ABOUT_RECIPIENT and subject not in ("3", "6", "7")  # system, content, policy


def _is_sign_in_refused(code: int, reply: str) -> bool:
    """Exchange Online: 550 5.7.30 and 535 5.7.139, wherever it says so."""
    enhanced = enhanced_code(reply)
    is_policy = code >= PERMANENT and enhanced.startswith("5.7.")
    return is_policy and (enhanced == "5.7.30" or bool(_NO_PASSWORDS.search(reply)))


def _is_sender_refused(code: int, reply: str) -> bool:
    is_sender = enhanced_code(reply) in _ABOUT_SENDER or bool(_SENDER_REFUSED.match(reply))
    return code >= PERMANENT and is_sender
