"""What the rules said about one registration, in a form that is kept with it as it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from registration.vocabulary import Outcome, RuleEffect, RuleKind


@dataclass(frozen=True)
class Reason:
    """What one rule said; `met` None: it cannot be told. `code` names the sentence, `details` fill it."""

    rule_id: int
    kind: RuleKind
    met: bool | None
    effect: RuleEffect
    code: str
    details: dict[str, str]


@dataclass(frozen=True)
class Verdict:
    """The outcome with every reason, also those that are met."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        reasons = [
            asdict(reason) | {"kind": reason.kind.value, "effect": reason.effect.value}
            for reason in self.reasons
        ]
        return {"outcome": self.outcome.value, "reasons": reasons}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Verdict":
        """Back from a JSON column; raises KeyError or ValueError for anything else."""
        return cls(
            Outcome(stored["outcome"]), tuple(_reason_from_json(reason) for reason in stored["reasons"])
        )


def _reason_from_json(stored: Mapping[str, Any]) -> Reason:
    return Reason(
        rule_id=stored["rule_id"],
        kind=RuleKind(stored["kind"]),
        met=stored["met"],
        effect=RuleEffect(stored["effect"]),
        code=stored["code"],
        details=dict(stored["details"]),
    )
