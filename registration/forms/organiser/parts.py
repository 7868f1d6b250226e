"""The form of an eligibility rule."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import Optional

from registration.forms.organiser import words
from registration.forms.organiser.fields import CheckboxesField, WordField, line, text
from registration.models import EligibilityRule, Workshop
from registration.rules.addresses import ascii_domain
from registration.vocabulary import RuleKind

STORED_ANSWERS = {word.lower(): stored for stored, word in words.ANSWER.items()}


class RuleForm(FlaskForm):
    """A rule; of the parameters only those of the chosen kind are read."""

    version = HiddenField()
    kind = WordField("Voraussetzung", words.RULE_KIND)
    effect = WordField("Wenn sie nicht erfüllt ist", words.RULE_EFFECT)
    states = CheckboxesField(
        "Bundesländer",
        choices=[(state.value, name) for state, name in words.FEDERAL_STATE.items()],
        description="Nur für „Organisation in einem Bundesland“.",
    )
    domains = text(
        "Domains",
        longest=2000,
        description="Nur für „E-Mail-Adresse mit bestimmter Domain“. Eine je Zeile: kreis.example.org",
    )
    or_organisation = BooleanField("Auch eine Adresse der erkannten Organisation genügt")
    question_id = SelectField(
        "Frage", [Optional()], coerce=str, description="Nur für „Antwort auf eine Frage“."
    )
    accepted = line(
        "Passende Antworten",
        description="Mit Komma getrennt, zum Beispiel: Ja, unsicher. Leer bedeutet: Ja.",
    )

    def fit_to(self, workshop: Workshop, part: EligibilityRule | None = None) -> None:
        self.question_id.choices = [("", "keine"), *((str(one.id), one.label) for one in workshop.questions)]

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        needed = {
            RuleKind.FEDERAL_STATE: (self.states, "Wählen Sie mindestens ein Bundesland."),
            RuleKind.QUESTION: (self.question_id, "Wählen Sie die Frage."),
        }
        field, sentence = needed.get(self.kind.word, (None, ""))
        if field is not None and not field.data:
            field.errors = [*field.errors, sentence]
            return False
        if self.kind.word is RuleKind.EMAIL_DOMAIN and not (self.domains.data or self.or_organisation.data):
            self.domains.errors = [*self.domains.errors, "Geben Sie mindestens eine Domain ein."]
            return False
        return is_valid

    def facts(self) -> dict[str, Any]:
        kind = self.kind.word
        return {
            "kind": kind,
            "effect": self.effect.word,
            "parameters": self._parameters(kind),
            "question_id": int(self.question_id.data) if kind is RuleKind.QUESTION else None,
        }

    def _parameters(self, kind: RuleKind) -> dict[str, Any]:
        match kind:
            case RuleKind.FEDERAL_STATE:
                return {"states": list(self.states.data or [])}
            case RuleKind.EMAIL_DOMAIN:
                domains = [ascii_domain(one.lstrip("@*.")) for one in (self.domains.data or "").split()]
                return {
                    "domains": [one for one in domains if one],
                    "or_organisation": bool(self.or_organisation.data),
                }
            case RuleKind.QUESTION:
                typed = [word.strip() for word in (self.accepted.data or "").split(",") if word.strip()]
                return {"accepted": [STORED_ANSWERS.get(word.lower(), word) for word in typed] or ["yes"]}
        return {}


def stored_rule(rule: EligibilityRule) -> dict[str, Any]:
    return {
        "kind": rule.kind.value,
        "effect": rule.effect.value,
        "states": rule.parameters.get("states", []),
        "domains": "\n".join(rule.parameters.get("domains", [])),
        "or_organisation": rule.parameters.get("or_organisation", False),
        "question_id": str(rule.question_id or ""),
        "accepted": ", ".join(words.ANSWER.get(one, one) for one in rule.parameters.get("accepted", [])),
    }
