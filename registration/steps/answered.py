"""Questions with answers: what may not change any more, as seats are counted by what was chosen."""

from collections.abc import Sequence

from sqlalchemy import select

from registration.errors import NotPossible
from registration.extensions import db
from registration.models import Answer, Question
from registration.rules.pools import choices_in
from registration.vocabulary import QuestionKind

_CHOICES = (QuestionKind.CHOICE, QuestionKind.CHOICES)
_WIDER = {(QuestionKind.CHOICE, QuestionKind.CHOICES), (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)}
"""Every answer to the first is one to the second."""


def refuse_unlike_answers(question: Question, kind: QuestionKind, options: Sequence[str]) -> None:
    """Raise NotPossible for another kind, or without an option that somebody has chosen.

    Given answers keep their text: under a new one its seats would be counted from 0 and people could not
    save their data. Answers of those who have left count too: a withdrawal can be undone.
    """
    is_other_kind = kind is not question.kind and (question.kind, kind) not in _WIDER
    gone = set(question.options) - set(options) if question.kind in _CHOICES else set()
    if not is_other_kind and not gone:
        return
    answers = db.session.scalars(select(Answer.value).where(Answer.question_id == question.id)).all()
    if is_other_kind and answers:
        raise NotPossible(
            "Auf diese Frage gibt es schon Antworten. Die Art der Antwort bleibt deshalb, wie sie ist. "
            "Ergänzen Sie stattdessen eine neue Frage.",
            field="options",
        )
    chosen = {option for answer in answers for _id, option in choices_in(question.id, answer)}
    for option in sorted(gone & chosen):
        raise NotPossible(
            f"Die Antwort „{option}“ ist schon gewählt worden. Lassen Sie sie genau so stehen. "
            "Neue Antworten können Sie ergänzen.",
            field="options",
        )
