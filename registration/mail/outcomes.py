"""What becomes of an attempt to send: accepted, this mail refused, nobody knows, or no server to talk to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registration.mail.wire import Answer
from registration.rules.smtp_answers import PERMANENT, Step, enhanced_code, is_about_recipient, pause_after
from registration.vocabulary import RelayPause

_ADDRESS = re.compile(r"[^\s<>:;,]+@[^\s<>:;,]+")


@dataclass(frozen=True)
class Accepted:
    """The server took the mail and answers for it from now on."""

    code: int
    reply: str


class RelayUnusable(Exception):
    """The server cannot be used now: nothing was accepted, no mail is to blame; `pause` says what helps.

    `reason` is for the organiser's eyes and names no secret; `aside` is the mail during which the line broke;
    `is_before_any_mail`: there was no connection on which one could have done harm.
    """

    aside: int | None = None
    is_before_any_mail = False

    def __init__(self, reason: str, pause: RelayPause = RelayPause.TEMPORARY) -> None:
        super().__init__(reason)
        self.reason, self.pause = reason, pause


class Refused(Exception):
    """The server refused this one mail."""

    def __init__(self, step: str, code: int, reply: str) -> None:
        super().__init__(f"{step}: {code} {reply}")
        self.step, self.code, self.reply = step, code, reply

    @property
    def is_permanent(self) -> bool:
        return self.code >= PERMANENT

    @property
    def is_about_recipient(self) -> bool:
        """False when what the mail says, or where it comes from, displeased."""
        return is_about_recipient(self.step, self.code, self.reply)

    @property
    def enhanced(self) -> str:
        """The code of RFC 3463, as `5.1.1`, or an empty text."""
        return enhanced_code(self.reply)


class FateUnknown(Exception):
    """The connection was lost between the final dot and its answer: nobody can know (RFC 1047)."""


def unusable(name: str, step: str, answer: Answer, secrets: Iterable[str] = ()) -> RelayUnusable:
    """Return the error for an answer with which the server `name` cannot be used."""
    pause = pause_after(step, answer.code, answer.words) or RelayPause.TEMPORARY
    words = without_secrets(answer.words, secrets)
    if step in (Step.RCPT, Step.DATA):
        words = without_addresses(words)  # whom the mail was for is nobody's business in a log
    return RelayUnusable(f"{name}: {step}: {answer.code} {words}", pause)


def without_secrets(words: str, secrets: Iterable[str]) -> str:
    """Some servers repeat what they were told."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    return words


def without_addresses(words: str) -> str:
    """Return a server's words without whom they name."""
    return _ADDRESS.sub("…", words)
