"""E-Mails: the queue of all workshops, the mails and the plan of one, and trying again."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import OutboxMessage
from registration.services import recovering
from registration.steps.timing import due_mails
from registration.tokens import unseal
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import acting, record_or_404, say, workshop_or_404
from registration.views.organiser.overview import TROUBLE
from registration.views.sign_in import local_path
from registration.vocabulary import OutboxState

PER_PAGE = 50


@blueprint.get("/mails")
def mails() -> str:
    state = _asked_state()
    page = _paginated(_newest_first(state))
    return render_template(
        "organiser/mails.html", page=page, state=state, counts=_counts(), trouble=TROUBLE, now=clock.now()
    )


@blueprint.get("/workshops/<int:workshop_id>/mails")
def workshop_mails(workshop_id: int) -> str:
    one = workshop_or_404(workshop_id)
    plan = sorted(due_mails(one), key=lambda entry: entry[2])
    page = _paginated(_newest_first(None).where(OutboxMessage.workshop_id == workshop_id))
    return render_template(
        "organiser/workshop/mails.html",
        workshop=one,
        tab="mails",
        plan=plan,
        page=page,
        trouble=TROUBLE,
        now=clock.now(),
    )


@blueprint.get("/mails/<int:message_id>")
def mail(message_id: int) -> str:
    message = record_or_404(OutboxMessage, message_id)
    return render_template(
        "organiser/mail.html", message=message, text=text_of(message), trouble=TROUBLE, now=clock.now()
    )


@blueprint.post("/mails/attempts")
def retry() -> ResponseReturnValue:
    """Put failed and held mails back into the queue."""
    ids = [int(typed) for typed in request.form.getlist("ids") if typed.isdecimal() and len(typed) < 10]
    try:
        count = recovering.retry(ids, **acting())
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    else:
        say(
            "Eine E-Mail wird noch einmal versucht."
            if count == 1
            else f"{count} E-Mails werden noch einmal versucht."
        )
    return redirect(local_path(request.form.get("back", "")) or url_for("organiser.mails"), 303)


def text_of(message: OutboxMessage) -> str:
    """Return the text part as it went out; empty when it has not gone, or no key fits any more."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    content = unseal(message.content, keys) if message.content else None
    if content is None:
        return ""
    parsed = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)
    part = parsed.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _asked_state() -> OutboxState | None:
    asked = request.args.get("state", "")
    return OutboxState(asked) if asked in list(OutboxState) else None


def _newest_first(state: OutboxState | None) -> Select[Any]:
    query = select(OutboxMessage).options(
        joinedload(OutboxMessage.workshop), joinedload(OutboxMessage.registration)
    )
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    return query.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())


def _paginated(query: Select[Any]) -> Any:
    return db.paginate(query, page=request.args.get("page", 1, type=int), per_page=PER_PAGE, error_out=False)


def _counts() -> dict[OutboxState, int]:
    query = select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
    return dict(db.session.execute(query).all())
