"""Who may register, in the words of U-09: a rule that is reviewed invites, a rule that refuses tells."""

from flask_babel import gettext as _

from registration.models import EligibilityRule, Workshop
from registration.views.words import FEDERAL_STATE
from registration.vocabulary import Decision, FederalState, RuleEffect, RuleKind


def who_may_register(workshop: Workshop) -> str:
    """One or two sentences; empty when everybody may."""
    sentences = [sentence for rule in workshop.rules if (sentence := _sentence(rule))]
    if not sentences:
        return ""
    if any(rule.effect == RuleEffect.REVIEW for rule in workshop.rules):
        sentences.append(_invitation(workshop))
    return " ".join(sentences)


def _sentence(rule: EligibilityRule) -> str:
    if rule.kind == RuleKind.AGREEMENT:
        return str(_("Richtet sich an Mitarbeitende von Kommunen mit Zielvereinbarung."))
    if rule.kind == RuleKind.FEDERAL_STATE:
        names = [str(FEDERAL_STATE[FederalState(code)]) for code in rule.parameters.get("states", [])]
        return (
            str(_("Richtet sich an Mitarbeitende aus %(states)s.", states=", ".join(names))) if names else ""
        )
    return ""


def _invitation(workshop: Workshop) -> str:
    if workshop.decision == Decision.APPLY_FIRST:
        return str(_("Nicht sicher? Bewerben Sie sich – wir prüfen das."))
    return str(_("Nicht sicher? Melden Sie sich an – wir prüfen das."))
