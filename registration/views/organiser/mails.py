"""E-Mails: the queue of all workshops, one mail, and what an organiser does about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.errors import RegistrationError
from registration.extensions import db
from registration.models import OutboxMessage, Workshop
from registration.services import bouncing, recovering, resending
from registration.tokens import unseal
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import LARGEST_ID, acting, record_or_404, say
from registration.views.organiser.overview import TROUBLE
from registration.views.sign_in import local_path
from registration.vocabulary import MailKind, OutboxState

PER_PAGE = 50
UNDELIVERED = "undelivered"
_M = OutboxMessage


@dataclass(frozen=True)
class Chosen:
    """Which mails the list shows; each part may be left open."""

    state: OutboxState | None = None
    undelivered: bool = False
    kind: MailKind | None = None
    workshop: int | None = None

    @classmethod
    def asked(cls) -> "Chosen":
        """Read the address; what makes no sense there is left open."""
        state, kind = request.args.get("state", ""), request.args.get("kind", "")
        workshop = request.args.get("workshop", type=int)
        return cls(
            OutboxState(state) if state in list(OutboxState) else None,
            request.args.get("show") == UNDELIVERED,
            MailKind(kind) if kind in list(MailKind) else None,
            workshop if workshop and 0 < workshop <= LARGEST_ID else None,
        )

    def arguments(self) -> dict[str, Any]:
        return {
            "state": self.state.value if self.state else None,
            "show": UNDELIVERED if self.undelivered else None,
            "kind": self.kind.value if self.kind else None,
            "workshop": self.workshop,
        }

    def url(self, **changes: Any) -> str:
        """Return the address of the list with one part chosen otherwise."""
        return url_for("organiser.mails", **replace(self, **changes).arguments())

    def conditions(self) -> list[ColumnElement[bool]]:
        stuck = or_(_M.state.in_(TROUBLE), _M.bounced_at.is_not(None))
        parts = (
            (self.state, _M.state == self.state),
            (self.undelivered, stuck),
            (self.kind, _M.kind == self.kind),
            (self.workshop, _M.workshop_id == self.workshop),
        )
        return [condition for chosen, condition in parts if chosen]


@blueprint.get("/mails")
def mails() -> str:
    chosen = Chosen.asked()
    return render_template(
        "organiser/mails.html",
        page=paginated(newest_first().where(*chosen.conditions())),
        chosen=chosen,
        states=_counts(_M.state, replace(chosen, state=None, undelivered=False)),
        kinds=_counts(_M.kind, replace(chosen, kind=None)),
        workshops=_workshops(),
        suppressed=bouncing.suppressed(),
        trouble=TROUBLE,
        now=clock.now(),
    )


@blueprint.get("/mails/<int:message_id>")
def mail(message_id: int) -> str:
    message = record_or_404(OutboxMessage, message_id)
    return render_template(
        "organiser/mail.html",
        message=message,
        text=text_of(message),
        trouble=TROUBLE,
        finished=resending.FINISHED,
        now=clock.now(),
    )


@blueprint.post("/mails/attempts")
def retry() -> ResponseReturnValue:
    """Put failed and held mails back into the queue."""
    ids = [int(typed) for typed in request.form.getlist("ids") if typed.isdecimal() and len(typed) < 10]
    return carry_out(lambda: tell_tried(recovering.retry(ids, **acting())))


@blueprint.post("/mails/attempts/all")
def retry_all() -> ResponseReturnValue:
    """Put all failed mails back into the queue, of one kind or of every."""
    typed = request.form.get("kind", "")
    kind = MailKind(typed) if typed in list(MailKind) else None
    return carry_out(lambda: tell_tried(recovering.retry_all(kind, **acting())))


@blueprint.post("/mails/<int:message_id>/copies")
def resend(message_id: int) -> ResponseReturnValue:
    """Send a mail like this one once more."""
    message = record_or_404(OutboxMessage, message_id)

    def send() -> None:
        resending.resend(message.id, **acting())
        say("Die E-Mail wird noch einmal gesendet.")

    return carry_out(send)


def carry_out(what: Callable[[], None]) -> ResponseReturnValue:
    """Do it, or say why not, and go back to where the button was."""
    try:
        what()
    except RegistrationError as refusal:
        say(str(refusal.message), "danger")
    return redirect(local_path(request.form.get("back", "")) or url_for("organiser.mails"), 303)


def tell_tried(count: int) -> None:
    say(
        "Eine E-Mail wird noch einmal versucht."
        if count == 1
        else f"{count} E-Mails werden noch einmal versucht."
    )


def text_of(message: OutboxMessage) -> str:
    """Return the text part as it went out; empty when it has not gone, or no key fits any more."""
    keys = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]
    content = unseal(message.content, keys) if message.content else None
    if content is None:
        return ""
    parsed = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)
    part = parsed.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def newest_first() -> Select[Any]:
    query = select(_M).options(
        joinedload(_M.workshop), joinedload(_M.registration), joinedload(_M.suppressed)
    )
    return query.order_by(_M.id.desc())  # as they were written; the key costs no sorting


def paginated(query: Select[Any]) -> Any:
    return db.paginate(query, page=request.args.get("page", 1, type=int), per_page=PER_PAGE, error_out=False)


def _counts(column: Any, chosen: Chosen) -> dict[Any, int]:
    query = select(column, func.count()).where(*chosen.conditions()).group_by(column)
    return dict(db.session.execute(query).all())


def _workshops() -> list[tuple[int, str]]:
    """Return the workshops that have mails, the newest first."""
    have = select(_M.id).where(_M.workshop_id == Workshop.id).exists()
    rows = db.session.execute(select(Workshop.id, Workshop.title).where(have).order_by(Workshop.id.desc()))
    return [(number, title) for number, title in rows]
