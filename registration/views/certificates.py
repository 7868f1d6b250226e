"""The certificate of attendance behind one's own link: to read, to print, to save."""

from flask import Blueprint, render_template

from registration import clock
from registration.rules.wall_times import to_local
from registration.services.certifying import certificate_of
from registration.views.durations import how_long
from registration.views.link_guard import link_or_404
from registration.vocabulary import LinkPurpose

blueprint = Blueprint("certificates", __name__, url_prefix="/my-registration/<token>")


@blueprint.get("/certificate")
def show(token: str) -> str:
    """With nothing to certify the page says why, and whom to ask."""
    registration, now = link_or_404(LinkPurpose.MANAGE, token).registration, clock.now()
    certificate = certificate_of(registration, now=now)
    return render_template(
        "certificates/show.html" if certificate else "certificates/missing.html",
        registration=registration,
        workshop=registration.workshop,
        certificate=certificate,
        now=now,
        how_long=how_long,
        today=to_local(now, registration.workshop.zone).date(),
        token=token,
        page_path=f"/my-registration/{token}/certificate",
    )
