"""The registrations of a workshop: the list, decisions for one or many, and entering one by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select

from registration import clock
from registration.errors import RegistrationError, WorkshopFull
from registration.extensions import db
from registration.forms.organiser.fields import text
from registration.forms.registration import form_for
from registration.models import Registration
from registration.services import entering, reviewing
from registration.steps.recording import Details
from registration.views.organiser import blueprint, for_changers, listing
from registration.views.organiser.lookups import LARGEST_ID, acting, say, workshop_or_404
from registration.views.organiser.waiting import end_of_offer, waiting_list_in_words
from registration.views.sign_in import local_path
from registration.vocabulary import RegistrationState

PER_PAGE = 50
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Decision:
    """Something that an organiser can do with registrations."""

    name: str
    button: str
    done: str
    carry_out: Callable[..., int]
    has_text: bool = True
    can_exceed_capacity: bool = False
    is_dangerous: bool = False


DECISIONS = {
    one.name: one
    for one in (
        Decision("approve", "Zusagen", "angenommen", reviewing.approve, can_exceed_capacity=True),
        Decision("waiting", "Auf die Warteliste", "auf der Warteliste", reviewing.put_on_waiting_list),
        Decision("move-up", "Nachrücken", "nachgerückt", reviewing.move_up, can_exceed_capacity=True),
        Decision("decline", "Ablehnen", "abgelehnt", reviewing.decline, is_dangerous=True),
        Decision("cancel", "Stornieren", "storniert", reviewing.cancel, is_dangerous=True),
        Decision("resend", "Erneut senden", "erneut angeschrieben", reviewing.resend, has_text=False),
        Decision("confirm", "Adresse bestätigen", "bestätigt", reviewing.confirm_for, has_text=False),
    )
}
S = RegistrationState
BUTTONS = {
    S.UNCONFIRMED: ("confirm", "resend", "cancel"),
    S.IN_REVIEW: ("approve", "waiting", "decline"),
    S.WAITING: ("move-up", "decline", "resend"),
    S.OFFERED: ("approve", "waiting", "decline", "resend"),
    S.CONFIRMED: ("resend", "cancel"),
    S.LAPSED: ("confirm",),
    S.DECLINED: ("approve", "waiting"),
    S.CANCELLED: ("approve", "waiting"),
    S.WITHDRAWN: (),
    S.SUBSTITUTED: (),
}
"""What the row of a registration offers; everything else is on the bar for several."""


def buttons(one: Registration) -> tuple[str, ...]:
    """Return the names of the decisions; who let an offer end has confirmed her address long ago."""
    let_offer_end = one.state is S.LAPSED and one.address_confirmed_at is not None
    return ("approve", "waiting") if let_offer_end else BUTTONS[one.state]


class DecisionForm(FlaskForm):
    text = text(
        "Ihre Worte dazu", longest=2000, description="Steht in der E-Mail. Leer: Es gilt der übliche Text."
    )


@blueprint.get("/workshops/<int:workshop_id>/registrations")
def registrations(workshop_id: int) -> str:
    now, one = clock.now(), workshop_or_404(workshop_id)
    state, search = _asked_state(), request.args.get("search", "").strip()[:100]
    only_to_check = request.args.get("show") == "to-check"
    query = listing.with_everything(listing.chosen(workshop_id, state, search, only_to_check=only_to_check))
    page = db.paginate(query, page=request.args.get("page", 1, type=int), per_page=PER_PAGE, error_out=False)
    return render_template(
        "organiser/workshop/registrations.html",
        workshop=one,
        tab="registrations",
        now=now,
        state=state,
        search=search,
        only_to_check=only_to_check,
        to_check=listing.to_check(workshop_id),
        page=page,
        lines=listing.lines(page.items, now=now),
        counts=listing.counts(workshop_id),
        decisions=DECISIONS,
        buttons=buttons,
        waiting_list=waiting_list_in_words(one, now=now),
        end_of_offer=end_of_offer,
        form=FlaskForm(),
    )


@blueprint.route("/workshops/<int:workshop_id>/registrations/<name>", methods=["GET", "POST"])
@for_changers
def decide(workshop_id: int, name: str) -> ResponseReturnValue:
    """GET asks first and names who is concerned (U-19); POST does it, for all of them or for none."""
    one, decision = workshop_or_404(workshop_id), DECISIONS.get(name) or abort(404)
    chosen = _chosen(workshop_id)
    form, others, is_full = DecisionForm(), [], False
    if chosen and form.validate_on_submit():
        try:
            count = decision.carry_out([one.id for one in chosen], **_details(decision, form), **acting())
        except WorkshopFull as refusal:
            others, is_full = [str(refusal.message)], decision.can_exceed_capacity
        except RegistrationError as refusal:
            others = [str(refusal.message)]
        else:
            say(f"1 Person ist {decision.done}." if count == 1 else f"{count} Personen sind {decision.done}.")
            return redirect(_back(workshop_id), 303)
    page = render_template(
        "organiser/decision.html",
        workshop=one,
        decision=decision,
        chosen=_chosen(workshop_id),
        form=form,
        others=others,
        is_full=is_full,
        back=_back(workshop_id),
    )
    return page, 409 if is_full else 400 if others or form.errors else 200


@blueprint.route("/workshops/<int:workshop_id>/registrations/new", methods=["GET", "POST"])
@for_changers
def enter(workshop_id: int) -> ResponseReturnValue:
    """Enter somebody who registered by telephone or e-mail."""
    one = workshop_or_404(workshop_id)
    form = form_for(one)
    if form.validate_on_submit():
        try:
            registration_id = entering.enter_by_hand(
                workshop_id,
                _entered(form),
                address_is_confirmed="address_is_confirmed" in request.form,
                **acting(),
            )
        except RegistrationError as refusal:
            form.refuse(refusal)
        else:
            say("Die Anmeldung ist eingetragen.")
            return redirect(url_for("organiser.person", registration_id=registration_id), 303)
    page = render_template("organiser/entering.html", workshop=workshop_or_404(workshop_id), form=form)
    return page, 400 if form.errors else 200


def _asked_state() -> RegistrationState | None:
    asked = request.args.get("state", "")
    return RegistrationState(asked) if asked in list(RegistrationState) else None


def _chosen(workshop_id: int) -> list[Registration]:
    """Return the selected registrations; 404 when one belongs to another workshop."""
    typed = request.values.getlist("ids")[:MOST_AT_ONCE]
    ids = {int(one) for one in typed if one.isdecimal() and len(one) <= 10 and int(one) <= LARGEST_ID}
    of_workshop = select(Registration).where(
        Registration.workshop_id == workshop_id, Registration.id.in_(ids)
    )
    found = list(db.session.scalars(of_workshop.order_by(Registration.family_name)))
    return found if len(found) == len(ids) else abort(404)


def _details(decision: Decision, form: DecisionForm) -> dict[str, Any]:
    details: dict[str, Any] = {"text": form.text.data or ""} if decision.has_text else {}
    if decision.can_exceed_capacity:
        details["over_capacity"] = "over_capacity" in request.form
    return details


def _back(workshop_id: int) -> str:
    return local_path(request.values.get("back", "")) or url_for(
        "organiser.registrations", workshop_id=workshop_id
    )


def _entered(form: Any) -> Details:
    return Details(
        given_name=form.given_name.data,
        family_name=form.family_name.data,
        email=form.email.data,
        organisation=form.organisation.data,
        role=form.role.data,
        note=form.note.data,
        support_needs=form.support_needs.data,
        answers=form.answers,
        form_key=form.key,
    )
