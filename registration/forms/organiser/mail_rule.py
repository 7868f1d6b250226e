"""The form of a line of the mail plan."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired, NumberRange

from registration.forms.organiser import words
from registration.forms.organiser.fields import LocalTimeField, WholeNumberField, WordField, text
from registration.models import MailRule, Workshop
from registration.vocabulary import TIMED_MAILS, TIMED_NOTES, Anchor, MailKind, OffsetUnit

BEFORE, AFTER = "before", "after"
MOST_DAYS = 365
AFTERWARDS = {MailKind.THANKS: "Der Dank", MailKind.CERTIFICATE: "Die Bescheinigung"}


class MailRuleForm(FlaskForm):
    minimum: int | None = None  # of the workshop
    version = HiddenField()
    kind = WordField(
        "E-Mail",
        {kind: words.MAIL_KIND[kind] for kind in (*TIMED_MAILS, *TIMED_NOTES)},
        description="Hinweise gehen an die Ansprechperson, alle anderen an die Personen mit Platz. "
        "Die Bescheinigung geht nach dem letzten Termin an alle, deren Teilnahme eingetragen ist.",
    )
    amount = WholeNumberField(
        "Abstand",
        [InputRequired("Geben Sie eine Zahl ein, auch 0."), NumberRange(0, 5000, "Erlaubt sind 0 bis 5000.")],
    )
    unit = WordField("Einheit", words.OFFSET_UNIT)
    direction = SelectField(
        "Vorher oder nachher",
        [InputRequired("Wählen Sie vorher oder danach.")],
        choices=[(BEFORE, "vorher"), (AFTER, "danach")],
    )
    anchor = WordField("Gezählt von", words.ANCHOR)
    at = LocalTimeField("Uhrzeit", description="hh:mm. Für Tage und Werktage.")
    text = text(
        "Ihre Worte dazu",
        longest=2000,
        description="Stehen zusätzlich in der E-Mail, zum Beispiel der Link zu Materialien.",
    )

    def fit_to(self, workshop: Workshop, part: MailRule | None = None) -> None:
        self.minimum = workshop.minimum

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        problems = list(self._problems())
        for name, sentence in problems:
            self[name].errors = [*self[name].errors, sentence]
        return is_valid and not problems

    def _problems(self) -> Iterator[tuple[str, str]]:
        kind, anchor, is_before = self.kind.word, self.anchor.word, self.direction.data == BEFORE
        amount = self.amount.data or 0
        if self.unit.word is not OffsetUnit.MINUTES:
            if not self.at.data:
                yield "at", "Geben Sie die Uhrzeit ein, zum Beispiel 09:00."
            if amount > MOST_DAYS:
                yield "amount", f"Erlaubt sind höchstens {MOST_DAYS} Tage."
        if kind in AFTERWARDS and (anchor is not Anchor.SESSION_END or (is_before and amount)):
            yield "anchor", f"{AFTERWARDS[kind]} geht erst nach dem Termin hinaus. Zählen Sie ab dessen Ende."
        if kind is MailKind.DEADLINE_REACHED and (anchor is not Anchor.DEADLINE or (is_before and amount)):
            yield "anchor", "Zählen Sie ab dem Anmeldeschluss: Vorher wäre der Hinweis falsch."
        if kind is MailKind.MINIMUM_NOT_REACHED and anchor is Anchor.SESSION_END:
            yield "anchor", "Nach dem Termin nützt der Hinweis nichts mehr."
        if kind in TIMED_NOTES and self.text.data:
            yield (
                "text",
                "Hinweise an die Ansprechperson haben keinen Text von Ihnen. Leeren Sie das Feld.",
            )
        if kind is MailKind.MINIMUM_NOT_REACHED and self.minimum is None:
            yield "kind", "Tragen Sie zuerst in den Einstellungen die Mindestzahl ein."

    def facts(self) -> dict[str, Any]:
        amount = int(self.amount.data or 0)
        at: time | None = None if self.unit.word is OffsetUnit.MINUTES else self.at.wall_time
        return {
            "kind": self.kind.word,
            "anchor": self.anchor.word,
            "unit": self.unit.word,
            "offset": -amount if self.direction.data == BEFORE else amount,
            "at": at,
            "text": self.text.data or "",
        }


def stored_mail_rule(rule: MailRule) -> dict[str, Any]:
    return {
        "kind": rule.kind.value,
        "amount": abs(rule.offset),
        "unit": rule.unit.value,
        "direction": AFTER if rule.offset > 0 else BEFORE,
        "anchor": rule.anchor.value,
        "at": f"{rule.at:%H:%M}" if rule.at else "",
        "text": rule.text,
    }
