"""Judging a registration anew because the person has changed what the rules ask about (Art. 16, domain.md).

A seat that she has is never taken away by this: it is marked for an organiser. Who has none is placed anew.
"""

from dataclasses import replace
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l

from registration.errors import NotEligible, NotPossible
from registration.extensions import db
from registration.models import Registration, Workshop
from registration.reason_words import verdict_sentence
from registration.rules.seating import Placement
from registration.rules.verdicts import Verdict
from registration.steps.assessing import Assessment, assess_again
from registration.steps.counting import review_takes_seat
from registration.steps.journal import PARTICIPANT, Actor, write
from registration.steps.placing import ANSWERS, placement_of, would_take_seat
from registration.steps.seating import enter, fill_free_seats
from registration.vocabulary import Outcome, RegistrationState

TO_CHECK = "changed_by_person"
"""Stands with a seat whose person would perhaps not get it today; see reason_words.py."""
State = RegistrationState
SEATED = (State.CONFIRMED, State.OFFERED)


def judge_anew(registration: Registration, *, now: datetime, may_refuse: bool = True) -> None:
    """Store today's verdict and do what follows; the workshop is locked and the new data stand in the record.

    Raises NotEligible for who has no seat and is refused by a rule, unless the change cannot be refused
    (`may_refuse=False`: an address that is proven). NotPossible while an offered seat waits for her. After
    the end of the workshop data are put right as they are, and nobody gets a seat by it.
    """
    workshop = registration.workshop
    is_over = workshop.is_over(now)
    assessment = assess_again(registration, now=now)
    is_eligible = assessment.verdict.outcome is Outcome.ELIGIBLE
    if may_refuse and not is_over and not registration.has_seat and not is_eligible:
        _refuse(workshop, registration, assessment.verdict)
    store_verdict(registration, assessment, actor=PARTICIPANT, now=now)
    if not is_eligible:
        registration.is_approved = False  # somebody approved of what was there before
    db.session.flush()
    if is_over:
        return
    placement = placement_of(workshop, registration, now=now)
    if registration.state in SEATED:
        _mark(registration, placement, now, is_eligible=is_eligible)
    else:
        _place_anew(workshop, registration, placement, now)


def store_verdict(registration: Registration, assessment: Assessment, *, actor: Actor, now: datetime) -> None:
    """Store what was found; the former verdict goes to the journal."""
    registration.organisation_id = assessment.organisation_id
    registration.organisation_certainty = assessment.certainty
    before, verdict = registration.verdict, _for_the_organiser(assessment.verdict).as_json()
    if verdict == before:
        return
    registration.verdict = verdict
    write(
        "judged_again",
        now=now,
        actor=actor,
        workshop_id=registration.workshop_id,
        registration_id=registration.id,
        details={"before": before},
    )


def _for_the_organiser(verdict: Verdict) -> Verdict:
    """What cannot be refused any more is hers to decide; the reasons stay as they are."""
    return replace(verdict, outcome=Outcome.REVIEW) if verdict.outcome is Outcome.REFUSED else verdict


def _refuse(workshop: Workshop, registration: Registration, verdict: Verdict) -> None:
    if registration.state is State.OFFERED:
        raise NotPossible(_l("Bitte entscheiden Sie zuerst über den angebotenen Platz."))
    if verdict.outcome is Outcome.REFUSED:
        unmet = tuple(one for one in verdict.reasons if one.met is False and one.effect == "refuse")
        why = " ".join(verdict_sentence(one.code, one.details) for one in unmet)
        whom = workshop.contact_email or current_app.config["HELP_EMAIL"]
        sentence = _l("%(why)s Fragen dazu beantwortet Ihnen %(whom)s.", why=why, whom=whom)
        raise NotEligible(sentence, "organisation", reasons=unmet)


def _mark(registration: Registration, placement: Placement, now: datetime, *, is_eligible: bool) -> None:
    """Let an organiser look; what was to be looked at before may be in order now."""
    to_check = not is_eligible or "limit_per_organisation" in placement.reasons
    others = [code for code in registration.reasons if code != TO_CHECK]
    registration.state_reason = ",".join([*others, TO_CHECK] if to_check else others)
    if to_check:
        write(
            "to_check",
            now=now,
            actor=PARTICIPANT,
            workshop_id=registration.workshop_id,
            registration_id=registration.id,
            reason=TO_CHECK,
        )


def _place_anew(workshop: Workshop, registration: Registration, placement: Placement, now: datetime) -> None:
    """Her rank stays. A seat that she held comes free for others when she would not get it any more."""
    if registration.state is State.UNCONFIRMED:
        if not would_take_seat(workshop, placement):
            registration.seat_held_until = None
    elif registration.state is State.IN_REVIEW:
        _after_review(workshop, registration, placement, now)
    elif placement.state is State.WAITING and "by_hand" not in registration.reasons:
        registration.state_reason = ",".join(placement.reasons)
    db.session.flush()
    fill_free_seats(workshop, now=now)


def _after_review(
    workshop: Workshop, registration: Registration, placement: Placement, now: datetime
) -> None:
    """Give the seat when nothing speaks against it any more; else an organiser decides as before.

    Who is under review and takes a seat meanwhile is not overtaken by the queue.
    """
    own = {"queue"} if review_takes_seat(workshop) else set()
    if set(placement.reasons) - own:
        return
    enter(registration, State.CONFIRMED, now=now, actor=PARTICIPANT, mail=ANSWERS[State.CONFIRMED])
