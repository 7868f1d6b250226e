"""The mails of one workshop: its plan, what has left and what will, and every mail with its state."""

from flask import render_template

from registration import clock
from registration.models import OutboxMessage
from registration.services.previewing import PREVIEWED
from registration.services.timeline import timeline
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import workshop_or_404
from registration.views.organiser.mails import newest_first, paginated
from registration.views.organiser.overview import TROUBLE


@blueprint.get("/workshops/<int:workshop_id>/mails")
def workshop_mails(workshop_id: int) -> str:
    now, one = clock.now(), workshop_or_404(workshop_id)
    return render_template(
        "organiser/workshop/mails.html",
        workshop=one,
        tab="mails",
        entries=timeline(one, now=now),
        previewed=PREVIEWED,
        page=paginated(newest_first().where(OutboxMessage.workshop_id == workshop_id)),
        trouble=TROUBLE,
        now=now,
    )
