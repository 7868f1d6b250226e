"""The journal of a workshop: who did what to what, when, why."""

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.extensions import db
from registration.models import JournalEntry, Registration
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import workshop_or_404

PER_PAGE = 50


@blueprint.get("/workshops/<int:workshop_id>/journal")
def journal(workshop_id: int) -> str:
    one = workshop_or_404(workshop_id)
    newest_first = (
        select(JournalEntry)
        .where(JournalEntry.workshop_id == workshop_id)
        .options(joinedload(JournalEntry.organiser))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    )
    page = db.paginate(
        newest_first, page=request.args.get("page", 1, type=int), per_page=PER_PAGE, error_out=False
    )
    names = _names({entry.registration_id for entry in page.items if entry.registration_id})
    return render_template(
        "organiser/workshop/journal.html",
        workshop=one,
        tab="journal",
        page=page,
        names=names,
        now=clock.now(),
    )


def _names(ids: set[int]) -> dict[int, str]:
    query = select(Registration).where(Registration.id.in_(ids))
    return {one.id: f"{one.given_name} {one.family_name}".strip() for one in db.session.scalars(query)}
