"""Registering for a workshop on the public form."""

from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.exc import IntegrityError

from registration.errors import NotEligible, NotPossible, RegistrationClosed, TooManyRequests, WorkshopFull
from registration.extensions import db, one_transaction
from registration.mail import messages
from registration.models import Registration, Workshop
from registration.reason_words import verdict_sentence
from registration.rules.addresses import parse_address
from registration.rules.names import clean
from registration.rules.pools import choices_in
from registration.rules.seating import Placement
from registration.steps import limits
from registration.steps.assessing import Assessment, assess
from registration.steps.counting import full_options
from registration.steps.inserting import insert_one
from registration.steps.journal import PARTICIPANT, write
from registration.steps.known_people import is_corrected_by, tell_present_state
from registration.steps.offers import Offer, offer_of
from registration.steps.placing import placement_of, would_take_seat
from registration.steps.recording import Details, insert_registration, new_registration
from registration.steps.seating import enter
from registration.vocabulary import LIVE_STATES, Outcome, RegistrationState

__all__ = ["Details", "register"]

ONE_HOUR = timedelta(hours=1)
CHANGED = _l(
    "Das Formular hat sich gerade geändert. Bitte prüfen Sie Ihre Angaben und senden Sie es noch einmal."
)
OPTION_FULL = _l("Alle Plätze für diese Antwort sind vergeben. Wählen Sie eine andere.")
log = structlog.get_logger(__name__)


def register(workshop_id: int, details: Details, *, now: datetime, offer: Offer | None = None) -> None:
    """Take a registration, hold a seat for it when one is free, and ask to confirm the address.

    Known people and repeated forms end in the same silence; a mail tells them their state (U-14, L-55).
    `offer`: what the page has just read of the workshop. The deadline, the seats and whether somebody is
    known are read anew under the lock. Raises RegistrationClosed, NotEligible, WorkshopFull, TooManyRequests.
    """
    address = parse_address(details.email)
    offer = offer or offer_of(workshop_id)
    workshop = offer.workshop
    _refuse_closed(workshop, details, now)
    assessment = assess(
        workshop,
        organisation=clean(details.organisation),
        email_domain=address.domain,
        answers=details.answers,
        now=now,
        register_stamp=offer.register,
    )
    _refuse_ineligible(workshop, assessment)
    registration = new_registration(workshop, details, address, assessment, now)
    try:
        with one_transaction():
            number = _register(registration, details, now, read_version=workshop.version)
        event = "registration.received" if number else "registration.repeated"
        log.info(event, workshop=workshop_id, registration=number)
    except IntegrityError as error:
        if not _is_repetition(error):
            raise


def _register(
    registration: Registration, details: Details, now: datetime, *, read_version: int
) -> int | None:
    """Return the id of the new registration, None when it was known."""
    workshop = Workshop.lock(registration.workshop_id)
    has_changed = workshop.version != read_version
    if has_changed:
        _refuse_closed(workshop, details, now)
    known, is_repeated = _known(registration)
    is_corrected = known is not None and is_corrected_by(known, registration)
    replaced = _replaced(details.replaces, registration, known)
    if is_repeated and not is_corrected:
        return None
    if has_changed:  # judged by rules, with answers to questions, that may be gone
        raise NotPossible(CHANGED)
    # from here on nobody who looks from outside can tell whether somebody is known (L-55)
    _refuse_flood(registration.email_key, details.client, now)
    if replaced is not None:  # whether or not she is known by the other address: it looks the same (L-55)
        _make_way(replaced, registration, now)
    placement = placement_of(workshop, registration, now=now)
    if placement.state is RegistrationState.DECLINED:
        raise _full(workshop, registration, placement, now)
    if known is not None and is_corrected:  # only now: what she holds must not open a full workshop
        _make_way(known, registration, now)
        known, placement = None, placement_of(workshop, registration, now=now)
    if known is not None:
        tell_present_state(known, now)
        return None
    if would_take_seat(workshop, placement):
        registration.seat_held_until = now + timedelta(hours=current_app.config["SEAT_HOLD_HOURS"])
    insert_registration(registration)
    write("received", now=now, actor=PARTICIPANT, workshop_id=workshop.id, registration_id=registration.id)
    cause = f"registration:{registration.id}:received"
    insert_one(messages.confirm_address(registration, cause=cause, now=now, context={}))
    return registration.id


def _refuse_closed(workshop: Workshop, details: Details, now: datetime) -> None:
    is_late = workshop.is_published and workshop.is_closed(now) and not workshop.is_over(now)
    if is_late and workshop.allows_late_requests and details.is_late_request:
        return
    if not workshop.takes_registrations(now):
        raise RegistrationClosed()


def _full(
    workshop: Workshop, registration: Registration, placement: Placement, now: datetime
) -> WorkshopFull:
    """Say of which answer the seats are taken, where there are others."""
    chosen = {one for answer in registration.answers for one in choices_in(answer.question_id, answer.value)}
    taken = set() if "full" in placement.reasons else chosen & full_options(workshop, now=now)
    for question_id, _option in sorted(taken):
        return WorkshopFull(OPTION_FULL, f"question_{question_id}")
    return WorkshopFull()


def _refuse_ineligible(workshop: Workshop, assessment: Assessment) -> None:
    verdict = assessment.verdict
    if verdict.outcome is not Outcome.REFUSED:
        return
    unmet = tuple(one for one in verdict.reasons if one.met is False and one.effect == "refuse")
    why = " ".join(verdict_sentence(one.code, one.details) for one in unmet)
    whom = workshop.contact_email or current_app.config["HELP_EMAIL"]
    sentence = _l("%(why)s Fragen dazu beantwortet Ihnen %(whom)s.", why=why, whom=whom)
    raise NotEligible(sentence, reasons=unmet)


def _known(new: Registration) -> tuple[Registration | None, bool]:
    """Return the same person's live registration (U-14), and whether it came of the same shown form (U-11).

    After Back the same form comes with a corrected address, or a colleague's name: that is a form of its own.
    """
    asked = {name: getattr(new, name) for name in ("form_key", "workshop_id", "email_key", "name_key")}
    found = db.session.connection().execute(_KNOWN, asked).all()
    known = next((one for one in found if one.is_same_person), None)
    keys = {one.form_key for one in found if one.form_key is not None}
    if new.form_key in keys and (known is None or known.form_key != new.form_key):
        new.form_key = None  # it is taken, and the database holds each only once
    if known is None:
        return None, False
    is_repeated = new.form_key is not None and known.form_key == new.form_key
    return db.session.get_one(Registration, known.id), is_repeated


def _replaced(form_key: str, new: Registration, known: Registration | None) -> Registration | None:
    """Return the registration of the form that this one replaces, which she has not confirmed (M-24).

    Only who has sent that form knows its key: what she holds by it may well open a full workshop to her.
    """
    if not form_key:
        return None
    of_form = select(Registration).where(
        Registration.form_key == form_key,
        Registration.workshop_id == new.workshop_id,
        Registration.state == RegistrationState.UNCONFIRMED,
        Registration.substitutes_id.is_(None),
        Registration.is_manual.is_(False),
    )
    found = db.session.scalar(of_form)
    return found if found is not known else None


def _make_way(known: Registration, new: Registration, now: datetime) -> None:
    """End what was sent before, without a mail: its seat is counted no more, and who was in time stays so."""
    enter(known, RegistrationState.LAPSED, now=now, actor=PARTICIPANT)
    new.is_late = known.is_late
    if new.form_key == known.form_key:
        new.form_key = None
    db.session.flush()


_TABLE = Registration.__table__.c
_SAME_PERSON = and_(
    _TABLE.workshop_id == bindparam("workshop_id"),
    _TABLE.email_key == bindparam("email_key"),
    _TABLE.name_key == bindparam("name_key"),
    _TABLE.state.in_(LIVE_STATES),
)
# Built once: putting a query together takes longer than the database needs for it.
_KNOWN = select(_TABLE.id, _TABLE.form_key, _SAME_PERSON.label("is_same_person")).where(
    or_(_TABLE.form_key == bindparam("form_key"), _SAME_PERSON)
)


def _is_repetition(error: IntegrityError) -> bool:
    """True for the unique keys of a shown form and of a live person, whatever the database calls them."""
    text = str(error.orig)
    return "form_key" in text or "uq_registration_live_person" in text or "registration.name_key" in text


def _refuse_flood(email_key: str, client: str, now: datetime) -> None:
    """Many from one address, or very many from one client (L-56)."""
    most = {f"register:{email_key}": current_app.config["REGISTRATIONS_PER_ADDRESS_PER_HOUR"]}
    if client:
        most[limits.client_key(client)] = current_app.config["REGISTRATIONS_PER_CLIENT_PER_HOUR"]
    counts = limits.count_each(most, window=ONE_HOUR, now=now)
    if any(count > most[key] for key, count in zip(most, counts, strict=True)):
        raise TooManyRequests()
