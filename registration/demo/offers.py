"""The example workshops as records."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from registration.demo.dates import shift_for
from registration.models import AgendaItem, EligibilityRule, MailRule, Question, Workshop, WorkshopSession
from registration.rules.wall_times import closing_instant, to_local, to_nearest_instant
from registration.vocabulary import (
    Anchor,
    Decision,
    FederalState,
    MailKind,
    OffsetUnit,
    QuestionKind,
    RuleEffect,
    RuleKind,
    WorkshopFormat,
)

_PLAIN = (
    "slug", "title", "subtitle", "series", "summary", "description", "audience", "expectations", "language",
    "contact_name", "contact_email", "contact_phone", "capacity", "limit_per_organisation",
    "allows_late_requests", "asks_before_moving_up", "consents",
)  # fmt: skip
_IN_PUBLIC_SINCE = timedelta(weeks=4)


def workshop_from(
    written: Mapping[str, Any], *, zone: str, state: FederalState, now: datetime
) -> tuple[Workshop, dict[str, Question]]:
    """Return a published workshop with its days around today, and its questions by their key."""
    shift = _shift(written, to_local(now, zone).date(), state)
    deadline_on = written["deadline"]["day"] + shift
    published_at = min(now, closing_instant(deadline_on, None, zone)) - _IN_PUBLIC_SINCE
    questions = {one["key"]: _question(place, one) for place, one in enumerate(written.get("questions", []))}
    workshop = Workshop(
        **{name: written[name] for name in _PLAIN if name in written},
        format=WorkshopFormat(written["format"]),
        decision=Decision(written["decision"]),
        zone=zone,
        deadline_on=deadline_on,
        closes_at=closing_instant(deadline_on, None, zone),
        created_at=published_at,
        sessions=[_session(one, shift, zone) for one in written["sessions"]],
        questions=list(questions.values()),
        mail_rules=[_mail_rule(place, one) for place, one in enumerate(written["mail_plan"])],
    )
    workshop.publish(published_at)
    return workshop, questions


def rules_from(written: Mapping[str, Any], questions: Mapping[str, Question]) -> list[EligibilityRule]:
    """Return the eligibility rules; the questions that they ask for must have their ids."""
    return [
        EligibilityRule(
            position=place,
            kind=RuleKind(one["kind"]),
            effect=RuleEffect(one["effect"]),
            parameters=one.get("parameters", {}),
            question_id=questions[one["question"]].id if "question" in one else None,
        )
        for place, one in enumerate(written.get("rules", []))
    ]


def connect(written: Mapping[str, Any], questions: Mapping[str, Question]) -> None:
    """Let questions depend on others, which must have their ids."""
    for one in written.get("questions", []):
        if "depends_on" in one:
            asked = questions[one["key"]]
            asked.depends_on_id = questions[one["depends_on"]["key"]].id
            asked.depends_on_value = one["depends_on"]["value"]


def _shift(written: Mapping[str, Any], today: date, state: FederalState) -> timedelta:
    deadline = written["deadline"]
    meetings = [one["day"] for one in written["sessions"]]
    return shift_for(deadline["day"], meetings, today=today, days_ahead=deadline["days_ahead"], state=state)


def _session(written: Mapping[str, Any], shift: timedelta, zone: str) -> WorkshopSession:
    day = written["day"] + shift
    walls = {
        name: datetime.combine(day, time.fromisoformat(written[name])) if name in written else None
        for name in ("dial_in", "starts", "ends")
    }
    instants = {name: to_nearest_instant(wall, zone) if wall else None for name, wall in walls.items()}
    return WorkshopSession(
        title=written.get("title", ""),
        zone=zone,
        place=written.get("place", ""),
        calendar_uid=f"s-{uuid4()}@example.org",
        agenda=[_agenda_item(place, one) for place, one in enumerate(written.get("agenda", []))],
        **{f"{name}_local": wall for name, wall in walls.items()},
        **{f"{name}_at": instant for name, instant in instants.items()},
        **{f"room_{name}": text.strip() for name, text in written.get("room", {}).items()},
    )


def _agenda_item(place: int, written: Mapping[str, str]) -> AgendaItem:
    at = time.fromisoformat(written["at"])
    return AgendaItem(position=place, at=at, item=written["item"], by=written.get("by", ""))


def _question(place: int, written: Mapping[str, Any]) -> Question:
    return Question(
        position=place,
        kind=QuestionKind(written["kind"]),
        label=written["label"],
        purpose=written["purpose"],
        is_required=written.get("is_required", False),
        options=written.get("options", []),
        help_text=written.get("help_text", ""),
    )


def _mail_rule(place: int, written: Mapping[str, Any]) -> MailRule:
    return MailRule(
        position=place,
        kind=MailKind(written["kind"]),
        anchor=Anchor(written["anchor"]),
        unit=OffsetUnit(written["unit"]),
        offset=written["offset"],
        at=time.fromisoformat(written["at"]) if "at" in written else None,
        text=written.get("text", ""),
    )
