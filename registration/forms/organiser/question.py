"""The form of a question: its shape, its reason, and when it is asked."""

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField

from registration.forms.organiser import words
from registration.forms.organiser.fields import WordField, text
from registration.models import Question, Workshop
from registration.steps.dependencies import earlier_questions, offered_answers
from registration.vocabulary import QuestionKind

WITH_OPTIONS = (QuestionKind.CHOICE, QuestionKind.CHOICES)
_LIMITED = re.compile(r"(?P<option>.*?)\s*\|\s*(?P<most>[^|]*)")
MOST_SEATS = 100_000


class QuestionForm(FlaskForm):
    """Options and their limits stand in one field, so that neither can be without the other."""

    version = HiddenField()
    label = text("Frage", required="Geben Sie die Frage ein.", longest=500)
    purpose = text(
        "Wozu fragen Sie das?",
        required="Schreiben Sie, wozu Sie das fragen. Ohne Grund darf nichts gefragt werden.",
        longest=500,
        description="Steht als Hinweis neben dem Feld.",
    )
    help_text = text(
        "Hilfe beim Antworten",
        longest=500,
        description="Steht ebenfalls neben dem Feld, zum Beispiel: Eine Schätzung genügt.",
    )
    kind = WordField("Art der Antwort", words.QUESTION_KIND)
    options = text(
        "Antworten zur Auswahl",
        longest=2000,
        description="Nur bei einer Auswahl. Eine je Zeile. Sind die Plätze für eine Antwort begrenzt, "
        "schreiben Sie die Höchstzahl dahinter: vor Ort | 12",
    )
    is_required = BooleanField("Die Frage muss beantwortet werden")
    shown_when = SelectField(
        "Wann wird sie gestellt?",
        coerce=str,
        default="",
        description="Nur Fragen, die vorher stehen und allen gestellt werden.",
    )

    def fit_to(self, workshop: Workshop, part: Question | None = None) -> None:
        """Offer the answers to the questions before this one."""
        choices = [("", "immer")]
        for one in earlier_questions(workshop, part):
            choices += [
                (f"{one.id}:{value}", f"nur bei „{words.ANSWER.get(value, value)}“ auf „{one.label}“")
                for value in offered_answers(one)
            ]
            choices.append((f"{one.id}:", f"nur, wenn „{one.label}“ beantwortet ist"))
        self.shown_when.choices = choices

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        problem = self._problem_of_options() if self.kind.word in WITH_OPTIONS else ""
        if problem:
            self.options.errors = [*self.options.errors, problem]
        return is_valid and not problem

    def facts(self) -> dict[str, Any]:
        limits = self._lines() if self.kind.word in WITH_OPTIONS else {}
        on, _colon, value = (self.shown_when.data or "").partition(":")
        return {
            "kind": self.kind.word,
            "label": self.label.data,
            "purpose": self.purpose.data,
            "help_text": self.help_text.data,
            "is_required": bool(self.is_required.data),
            "options": list(limits),
            "option_limits": {option: int(most) for option, most in limits.items() if most},
            "depends_on_id": int(on) if on else None,
            "depends_on_value": value,
        }

    def _lines(self) -> dict[str, str]:
        """The options with what stands behind the line, each once."""
        found: dict[str, str] = {}
        for line in (self.options.data or "").splitlines():
            limited = _LIMITED.fullmatch(line.strip())
            option, most = (limited["option"], limited["most"]) if limited else (line.strip(), "")
            if option:
                found.setdefault(option, most)
        return found

    def _problem_of_options(self) -> str:
        lines = self._lines()
        if len(lines) < 2:
            return "Geben Sie mindestens zwei Antworten ein."
        wrong = [most for most in lines.values() if most and not _is_number_of_seats(most)]
        return f"„{wrong[0]}“ ist keine Höchstzahl. Schreiben Sie zum Beispiel: vor Ort | 12" if wrong else ""


def stored_question(question: Question) -> dict[str, Any]:
    limits = question.option_limits or {}
    lines = [f"{one} | {limits[one]}" if one in limits else one for one in question.options]
    on = question.depends_on_id
    return {
        "label": question.label,
        "purpose": question.purpose,
        "help_text": question.help_text,
        "kind": question.kind.value,
        "options": "\n".join(lines),
        "is_required": question.is_required,
        "shown_when": f"{on}:{question.depends_on_value}" if on else "",
    }


def _is_number_of_seats(text_: str) -> bool:
    return text_.isascii() and text_.isdigit() and len(text_) <= 6 and int(text_) <= MOST_SEATS
