"""Bounces without a report for programs: what older servers and gateways say in words (M-59).

flufl.bounce knows many of them; German ones it does not. A person's answer, an absence note, a receipt and
the news that a mail is late are no bounces.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from registration.mail.reports import Report, addresses_in, parts_of, readable
from registration.rules import bounce_codes

_MOST_TEXT = 32 * 1024
_ROBOTS = re.compile(r"(mailer-?daemon|mail-?daemon|mdaemon|postmaster|mail\.?delivery\S*)@", re.I)
_NULL_SENDER = re.compile(r"\s*<\s*>\s*")
_ANSWERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Vacation", "X-Auto-Reply-From")
_FAILED = re.compile(
    r"(konnte|kann|können)\s[^.]{0,200}?nicht\s(\w+\s)?(zugestellt|ausgeliefert|übermittelt)\swerden"
    r"|unzustellbar|nicht\szustellbar|zustellung[^.]{0,80}?fehlgeschlagen|fehler\sbei\sder\szustellung"
    r"|undeliver(ed|able)|could\snot\sbe\sdelivered|delivery\s(to\s[^.]{0,100})?failed|failure\snotice|returned\smail",
    re.I,
)
_LATE = re.compile(
    r"verzögert|noch\snicht\szugestellt|weiter(e|hin)?\s(versucht|versuche)|erneut\sversucht"
    r"|delayed|will\sbe\sretried|not\syet\sbeen\sdelivered|do\snot\sneed\sto\sresend|warning",
    re.I,
)
_RETURNED = re.compile(
    r"^\W*(-{3,}|_{3,}).*$|^(return-path|received|message-id|from|von|date|subject|betreff):\s.*$",
    re.I | re.M,
)
_ANSWER = re.compile(r"(?<![\d.])(5\d\d[ -]|5\.\d{1,3}\.\d{1,3}(?![\d.]))")


def failed_in_words(mail: Message) -> Iterator[Report]:
    """Yield the one report that the words amount to, or nothing."""
    if not _comes_from_a_robot(mail) or _is_receipt(mail):
        return
    said = _said(mail)
    head = f"{readable(str(mail.get('Subject', '')).encode('utf-8', 'surrogateescape'))}\n{said}"
    named = str(mail.get("X-Failed-Recipients", "")) or " ".join(_second_opinion(mail))
    if _LATE.search(head) or not (named or _FAILED.search(head)):
        return
    words = _answer_in(said)
    status = bounce_codes.code_in(words)
    yield Report(addresses_in(named) or addresses_in(said), "failed", status, words)


def _comes_from_a_robot(mail: Message) -> bool:
    """Servers call themselves so, or send from nowhere and do not say that they answer for somebody."""
    if _ROBOTS.search(str(mail.get("From", ""))):
        return True
    answers = str(mail.get("Auto-Submitted", "")).lower().startswith("auto-replied")
    from_nowhere = _NULL_SENDER.fullmatch(str(mail.get("Return-Path", ""))) is not None
    return from_nowhere and not answers and not any(name in mail for name in _ANSWERS)


def _is_receipt(mail: Message) -> bool:
    return any(part.get_content_type() == "message/disposition-notification" for part in parts_of(mail))


def _said(mail: Message) -> str:
    """Return the words in front of the returned mail."""
    texts = [part for part in parts_of(mail) if part.get_content_maintype() == "text"]
    plain = [part for part in texts if part.get_content_subtype() == "plain"]
    for part in plain or texts:
        octets = part.get_payload(decode=True)
        text = readable(octets if isinstance(octets, bytes) else b"", part.get_content_charset("utf-8"))
        return _RETURNED.split(re.sub(r"<(?![^<>\s]+@)[^<>]{0,500}>", " ", text[:_MOST_TEXT]), maxsplit=1)[0]
    return ""


def _answer_in(said: str) -> str:
    """Return the line with the other server's answer: one with a code, or one that says who is unknown."""
    lines = said.splitlines()
    with_code = (line for line in lines if _ANSWER.search(line))
    return next(with_code, "") or next((line for line in lines if bounce_codes.is_dead("", line)), "")


def _second_opinion(mail: Message) -> list[str]:
    """Return the addresses that flufl.bounce finds to have failed."""
    from flufl.bounce import scan_message  # noqa: PLC0415 - no web process needs it

    short = message_from_bytes(mail.as_bytes()[:_MOST_TEXT], policy=compat32)
    return sorted(address.decode("ascii", "replace") for address in scan_message(short))
