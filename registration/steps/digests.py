"""What came in since the last digest of a workshop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.rules.digest_times import digest_before, latest_digest, next_digest
from registration.rules.reminder_times import Window
from registration.steps.plan_lines import DigestPlan
from registration.steps.timing import federal_state
from registration.vocabulary import OutboxState, RegistrationState

_NOT_READ = (OutboxState.SKIPPED, OutboxState.FAILED)


@dataclass(frozen=True)
class Digest:
    """The digest of one day and workshop; `key` is its intent."""

    workshop_id: int
    key: str
    window: Window
    since: datetime
    new: int
    withdrawn: int

    @property
    def context(self) -> dict[str, int | str]:
        """What the mail says beyond its records."""
        until = self.window.due.isoformat()
        return {
            "new": self.new,
            "withdrawn": self.withdrawn,
            "since": self.since.isoformat(),
            "until": until,
        }


def window_of_digest(plan: DigestPlan, now: datetime) -> Window | None:
    """Return the window of the digest that is due now; None when the workshop was over by then."""
    window = latest_digest(now, plan.zone, federal_state())
    return window if window.due < plan.ends_at else None


def window_of_next_digest(plan: DigestPlan, now: datetime) -> Window | None:
    """Return the window of the digest after that; None when the workshop will be over."""
    window = next_digest(now, plan.zone, federal_state())
    return window if window.due < plan.ends_at else None


def key_of_digest(plan: DigestPlan, window: Window) -> str:
    return f"{_start_of_keys(plan)}{window.due:%Y%m%dT%H%M}"


def _start_of_keys(plan: DigestPlan) -> str:
    return f"workshop:{plan.workshop_id}:digest:"


def digest_of(plan: DigestPlan, window: Window) -> Digest | None:
    """Return what there is to tell; None when nobody has registered, or it is told already.

    It begins where the last digest ended: a day on which no worker was awake is told with the next one.
    """
    key, last_end = key_of_digest(plan, window), None
    for known, state, said in _last_digests(plan):
        if known == key:
            return None
        if last_end is None and state not in _NOT_READ:
            last_end = datetime.fromisoformat(said["until"])
    since = last_end or digest_before(window.due, plan.zone, federal_state())
    new, withdrawn = _count(plan.workshop_id, since, window.due)
    return Digest(plan.workshop_id, key, window, since, new, withdrawn) if new else None


def _last_digests(plan: DigestPlan) -> Sequence[Row[*tuple[Any, ...]]]:
    """Read the last ones by the index of the intents, however many mails the workshop has sent.

    The bounds are digits in the place of digits: they hold in the order of letters of any database.
    """
    mail, start = OutboxMessage, _start_of_keys(plan)
    of_workshop = mail.intent_key.between(f"{start}00000000T0000", f"{start}99999999T9999")
    earlier = select(mail.intent_key, mail.state, mail.context).where(of_workshop)
    return db.session.execute(earlier.order_by(mail.intent_key.desc()).limit(20)).all()


def _count(workshop_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    came = (Registration.address_confirmed_at > since, Registration.address_confirmed_at <= until)
    left = (
        Registration.state == RegistrationState.WITHDRAWN,
        Registration.state_changed_at > since,
        Registration.state_changed_at <= until,
    )
    query = select(func.count().filter(*came), func.count().filter(*left))
    new, withdrawn = db.session.execute(query.where(Registration.workshop_id == workshop_id)).one()
    return int(new), int(withdrawn)
