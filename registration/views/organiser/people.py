"""The page of one registration: data, answers, verdict, journal, and every mail with its state."""

from datetime import date

from flask import current_app, render_template
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.consent_words import NAMES
from registration.extensions import db
from registration.models import JournalEntry, Organisation, OutboxMessage, Registration
from registration.rules.answer_times import month_after
from registration.rules.wall_times import to_local
from registration.steps.answer_words import answer_words
from registration.steps.rejudging import TO_CHECK
from registration.views.organiser import blueprint, listing
from registration.views.organiser.lookups import registration_or_404
from registration.views.organiser.mails import text_of
from registration.views.organiser.overview import TROUBLE
from registration.views.organiser.registrations import DECISIONS, buttons
from registration.views.organiser.waiting import end_of_offer, waiting_list_in_words
from registration.vocabulary import Certainty


@blueprint.get("/registrations/<int:registration_id>")
def person(registration_id: int) -> str:
    now, one = clock.now(), registration_or_404(registration_id)
    messages = _messages(one)
    return render_template(
        "organiser/person.html",
        workshop=one.workshop,
        registration=one,
        line=listing.lines([one], now=now)[0],
        messages=[(message, text_of(message)) for message in messages],
        trouble=TROUBLE,
        answer_words=answer_words,
        consent_names=NAMES,
        entries=_entries(one),
        organisations=_choices(one),
        decisions=DECISIONS,
        buttons=buttons,
        waiting_list=waiting_list_in_words(one.workshop, now=now),
        end_of_offer=end_of_offer(one),
        is_to_check=TO_CHECK in one.reasons,
        answer_until=_answer_until(one),
        form=FlaskForm(),
        now=now,
    )


def _answer_until(one: Registration) -> date | None:
    """Return by which day her request for erasure is answered."""
    asked = one.erasure_requested_at
    return month_after(to_local(asked, current_app.config["TIME_ZONE"]).date()) if asked else None


def _messages(one: Registration) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.registration_id == one.id)
    return list(db.session.scalars(query.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())))


def _entries(one: Registration) -> list[JournalEntry]:
    query = select(JournalEntry).where(JournalEntry.registration_id == one.id)
    with_names = query.options(joinedload(JournalEntry.organiser))
    return list(db.session.scalars(with_names.order_by(JournalEntry.at.desc(), JournalEntry.id.desc())))


def _choices(one: Registration) -> list[tuple[int, str]]:
    """Return the organisations that a name may belong to, when it was not recognised for sure."""
    if one.organisation_certainty is Certainty.CERTAIN or not one.organisation_name:
        return []
    rows = db.session.execute(select(Organisation.id, Organisation.name).order_by(Organisation.name))
    return [(number, name) for number, name in rows]
