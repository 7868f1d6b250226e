"""What came in since the last digest of a workshop."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.rules.digest_times import digest_before, latest_digest
from registration.rules.reminder_times import Window
from registration.steps.plan_lines import DigestPlan
from registration.steps.timing import federal_state
from registration.vocabulary import MailKind, OutboxState, RegistrationState

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


def key_of_digest(plan: DigestPlan, window: Window) -> str:
    return f"workshop:{plan.workshop_id}:digest:{window.due:%Y%m%dT%H%M}"


def digest_of(plan: DigestPlan, window: Window) -> Digest | None:
    """Return what there is to tell; None when nobody has registered, or it is told already.

    It begins where the last digest ended: a day on which no worker was awake is told with the next one.
    """
    key, last_end = key_of_digest(plan, window), None
    mail = OutboxMessage
    earlier = select(mail.intent_key, mail.state, mail.context).where(
        mail.workshop_id == plan.workshop_id, mail.kind == MailKind.DIGEST
    )
    for known, state, said in db.session.execute(earlier.order_by(mail.id.desc()).limit(20)):
        if known == key:
            return None
        if last_end is None and state not in _NOT_READ:
            last_end = datetime.fromisoformat(said["until"])
    since = last_end or digest_before(window.due, plan.zone, federal_state())
    new, withdrawn = _count(plan.workshop_id, since, window.due)
    return Digest(plan.workshop_id, key, window, since, new, withdrawn) if new else None


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
