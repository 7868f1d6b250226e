"""Questions that depend on each other: what an organiser may not save."""

from registration.errors import NotPossible
from registration.models import Question, Workshop
from registration.vocabulary import QuestionKind


def offered_answers(question: Question) -> list[str]:
    """Return the stored values that one can choose; none where people write freely."""
    if question.kind is QuestionKind.YES_NO_UNSURE:
        return ["yes", "no", "unsure"]
    return list(question.options) if question.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES) else []


def earlier_questions(workshop: Workshop, question: Question | None) -> list[Question]:
    """Return those before it, on which it may depend: they are asked of everybody (no chains, no circles)."""
    before = workshop.questions
    if question in before:
        before = before[: before.index(question)]
    return [one for one in before if one.depends_on_id is None]


def refuse_wrong_dependency(workshop: Workshop, question: Question) -> None:
    """Raise NotPossible when it needs a question that is not asked before it, or others need it as it was."""
    others = [one for one in workshop.questions if question.id and one.depends_on_id == question.id]
    if question.depends_on_id:
        _refuse_needed(workshop, question, others)
    for other in others:
        value = other.depends_on_value
        if value and value not in offered_answers(question):
            raise NotPossible(
                f"Die Frage „{other.label}“ wird nur bei der Antwort „{value}“ gestellt. Ändern Sie "
                "zuerst dort, wann sie gestellt wird.",
                field="options",
            )


def refuse_when_needed(workshop: Workshop, question: Question) -> None:
    """Raise NotPossible when another question depends on it."""
    for other in workshop.questions:
        if other.depends_on_id == question.id:
            raise NotPossible(
                f"Von dieser Frage hängt die Frage „{other.label}“ ab. Ändern Sie zuerst, wann diese "
                "gestellt wird."
            )


def _refuse_needed(workshop: Workshop, question: Question, others: list[Question]) -> None:
    before = {one.id: one for one in earlier_questions(workshop, question)}
    needed = before.get(question.depends_on_id or 0)
    value = question.depends_on_value
    if needed is None:
        raise NotPossible(
            "Wählen Sie eine Frage, die vorher steht und allen gestellt wird.", field="shown_when"
        )
    if others:
        raise NotPossible(
            f"Von dieser Frage hängt schon die Frage „{others[0].label}“ ab. Sie muss allen gestellt werden.",
            field="shown_when",
        )
    if value and value not in offered_answers(needed):
        raise NotPossible("Diese Antwort wird dort nicht angeboten.", field="shown_when")
