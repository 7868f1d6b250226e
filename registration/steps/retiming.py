"""What becomes of mails in the queue when their line of the mail plan, or their session, is changed."""

from datetime import datetime

from sqlalchemy import update

from registration.extensions import db, wake_workers
from registration.models import MailRule, OutboxMessage
from registration.steps.plan_lines import lines_of
from registration.steps.timing import quiet_hours
from registration.vocabulary import MailKind, OutboxState

NO_SESSION = "der Termin besteht nicht mehr"
ANOTHER_MAIL = "im Mailplan steht an dieser Stelle jetzt eine andere E-Mail"


def skip_session(session_id: int) -> None:
    """Before a session is taken out: its mails stay to be read, and those in the queue do not leave."""
    of_session = update(OutboxMessage).where(OutboxMessage.session_id == session_id)
    of_session = of_session.execution_options(synchronize_session=False)
    queued = OutboxMessage.state == OutboxState.QUEUED
    db.session.execute(of_session.where(queued).values(state=OutboxState.SKIPPED, state_reason=NO_SESSION))
    db.session.execute(of_session.values(session_id=None))


def apply_to_queue(rule: MailRule, kind_before: MailKind, *, now: datetime) -> None:
    """Let what no server has seen yet leave when the line says now; of another kind it does not leave at all.

    Nobody gets the same mail twice by it: the intents stay.
    """
    db.session.flush()
    waiting = (
        OutboxMessage.mail_rule_id == rule.id,
        OutboxMessage.state == OutboxState.QUEUED,
        OutboxMessage.attempts == 0,
    )
    change = update(OutboxMessage).where(*waiting).execution_options(synchronize_session=False)
    if rule.kind is not kind_before:
        db.session.execute(change.values(state=OutboxState.SKIPPED, state_reason=ANOTHER_MAIL))
        return
    for line in lines_of(rule.workshop_id):
        if line.rule_id == rule.id:
            leaves_at = line.window.leaves_at(now, quiet_hours())
            of_line = (
                OutboxMessage.session_id.is_not_distinct_from(line.session_id),
                OutboxMessage.revision.is_not_distinct_from(line.revision),
            )
            times = {"next_attempt_at": leaves_at, "pointless_after": line.window.pointless}
            db.session.execute(change.where(*of_line).values(times))
    wake_workers()
