"""Announcing a mail by MAIL, RCPT and DATA: what a server's answers to the three mean."""

from collections.abc import Iterator, Sequence

from registration.mail.wire import Answer
from registration.rules.smtp_answers import PERMANENT, SERVICE_CLOSING, Step, pause_after
from registration.vocabulary import RelayPause

Commands = tuple[bytes, ...]
GO_AHEAD, REFUSED, OUT_OF_ORDER = 354, 400, 503
_HOPED_FOR = (Step.MAIL, 250, 299), (Step.RCPT, 250, 299), (Step.DATA, GO_AHEAD, GO_AHEAD)


def first_refusal(answers: Sequence[Answer]) -> tuple[Step, Answer] | None:
    """Return the first answer that is not the one hoped for, and to what it was given."""
    return next(_refusals(answers), None)


def is_good_bye(answers: Sequence[Answer]) -> bool:
    """Tell whether the server ends this connection (RFC 5321 3.8), and does not complain about us."""
    step, answer = first_refusal(answers) or (Step.MAIL, Answer(0, ""))
    return answer.code == SERVICE_CLOSING and pause_after(step, *answer) is RelayPause.TEMPORARY


def is_taken_badly(answers: Sequence[Answer]) -> bool:
    """Tell whether it may be the announcing that displeased the server, and not the mail.

    It said nothing, refused MAIL for good, or has lost the thread.
    """
    step, answer = first_refusal(answers) or (Step.MAIL, Answer(0, ""))
    return not answers or answer.code == OUT_OF_ORDER or (step is Step.MAIL and answer.code >= PERMANENT)


def _refusals(answers: Sequence[Answer]) -> Iterator[tuple[Step, Answer]]:
    for (step, lowest, highest), answer in zip(_HOPED_FOR, answers, strict=False):
        if not lowest <= answer.code <= highest:
            yield step, answer
