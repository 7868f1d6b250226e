"""One's own registration behind the mailed link. Looking changes nothing; buttons do (M-30…M-33)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy import select

from registration import clock
from registration.errors import NotPossible
from registration.extensions import csrf, db
from registration.forms.withdrawal import (
    DecisionForm,
    LeavingForm,
    OfferForm,
    RetractionForm,
    ReturnForm,
    WithdrawalForm,
)
from registration.mail.calendar import workshop_calendar
from registration.models import Attendance, Registration
from registration.services.certifying import certificate_of
from registration.services.joining import current_session
from registration.services.withdrawing import undo_withdrawal, withdraw
from registration.steps.answer_words import answer_words
from registration.views.calendar_files import calendar_file
from registration.views.consents import consent_form
from registration.views.languages import reader_language
from registration.views.link_guard import link_or_404
from registration.views.new_addresses import can_change_address
from registration.views.private_addresses import private_address
from registration.views.registration_words import next_steps, progress, saved_sentence, sentence
from registration.views.returning import can_return
from registration.views.substitutes import can_pass_on, has_named_somebody
from registration.vocabulary import LinkPurpose, RegistrationState

blueprint = Blueprint("my_registration", __name__, url_prefix="/my-registration/<token>")


@blueprint.get("")
def show(token: str) -> str:
    return _page(_own(token), token)


@blueprint.post("/withdrawal", endpoint="withdraw")
@csrf.exempt  # the forms check their token themselves, and the page is shown again
def leave(token: str) -> Any:
    registration = _own(token)
    return decide(token, registration, _leaving_form(registration)(), withdraw)


@blueprint.post("/return", endpoint="undo")
@csrf.exempt
def come_back(token: str) -> Any:
    return decide(token, _own(token), ReturnForm(), undo_withdrawal)


@blueprint.get("/calendar.ics")
def calendar(token: str) -> Response:
    """The calendar file with the meeting room, for those with a seat only (C-11, C-14)."""
    registration = _own(token)
    if not registration.has_seat or not registration.workshop.sessions:
        abort(404)
    now, language = clock.now(), reader_language()
    told = registration.calendar_changes
    return calendar_file(
        workshop_calendar(registration.workshop, now=now, with_room=True, language=language, raised_by=told)
    )


def decide(token: str, registration: Registration, form: DecisionForm, do: Callable[..., Any]) -> Any:
    """Do what was decided, or show the page again and say why not."""
    if not form.validate():
        return _page(registration, token, form), 422
    try:
        do(registration.id, now=clock.now())
    except NotPossible as refusal:
        return _page(registration, token, refusal=refusal), 409
    return redirect(url_for("my_registration.show", token=token), 303)


def _own(token: str) -> Registration:
    return link_or_404(LinkPurpose.MANAGE, token).registration


def _leaving_form(registration: Registration) -> type[DecisionForm]:
    if registration.state is RegistrationState.WAITING:
        return LeavingForm
    return WithdrawalForm if registration.has_seat else RetractionForm


def _page(
    registration: Registration, token: str, sent: DecisionForm | None = None, refusal: Any = None
) -> str:
    now = clock.now()
    workshop = registration.workshop
    forms = _forms(registration, now, sent)
    return render_template(
        "my_registration/show.html",
        registration=registration,
        workshop=workshop,
        token=token,
        form=sent or DecisionForm(formdata=None, meta={"csrf": False}),
        forms=forms,
        refusal=refusal,
        saved=saved_sentence(request.args.get("saved", ""), registration),
        sentence=sentence(registration, _rank(registration), now),
        next_steps=next_steps(registration, now),
        progress=progress(registration, has_attended=_has_attended(registration)),
        can_pass_on=can_pass_on(registration),
        can_change_address=can_change_address(registration),
        consents=consent_form(registration),
        answer_words=answer_words,
        has_named_somebody=has_named_somebody(registration),
        way_in=_way_in(registration, now),
        has_certificate=certificate_of(registration, now=now) is not None,
        page_path=f"/my-registration/{token}",
        now=now,
    )


def _forms(registration: Registration, now: datetime, sent: DecisionForm | None) -> dict[str, DecisionForm]:
    """What can be decided now, by name; where there is nothing, there is no form and no cookie (L-20)."""
    kinds: dict[str, type[DecisionForm]] = {}
    is_past = registration.workshop.is_over(now) or registration.has_offer_ended(now)
    if registration.state is RegistrationState.OFFERED and not is_past:
        kinds["offer"] = OfferForm
    elif registration.is_live and not is_past:
        kinds["withdrawal"] = _leaving_form(registration)
    elif can_return(registration, now):
        kinds["return"] = ReturnForm
    return {name: sent if isinstance(sent, kind) else kind(formdata=None) for name, kind in kinds.items()}


def _rank(registration: Registration) -> int | None:
    if registration.state != RegistrationState.WAITING:
        return None
    return (db.session.scalar(registration.ahead()) or 0) + 1


def _has_attended(registration: Registration) -> bool:
    return bool(db.session.scalar(select(Attendance.present(registration.id).exists())))


def _way_in(registration: Registration, now: datetime) -> str | None:
    """The address of the page that leads into the room, while the door is open."""
    if not registration.has_seat:
        return None
    session = current_session(registration.workshop.sessions, now)
    if session is None or not session.has_room or now < session.dial_in_or_start_at:
        return None
    return private_address(registration, LinkPurpose.JOIN, "joining.show")
