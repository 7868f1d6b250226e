"""Diagnosis, as `flask doctor` makes it, for admins: looking asks this machine, the button others as well."""

from flask import current_app, render_template, request

from registration import clock, jobs
from registration.services.diagnosing import Health, Surroundings, diagnose, worst
from registration.views.organiser import blueprint, for_admins

# What is worst stands first.
LOOKS = {
    Health.ERROR: ("danger", "danger", "Fehler"),
    Health.WARNING: ("warning", "warning", "Hinweis"),
    Health.UNKNOWN: ("plain", "info", "unbekannt"),
    Health.OK: ("success", "success", "gut"),
}


@blueprint.route("/diagnosis", methods=["GET", "POST"])
@for_admins
def diagnosis() -> str:
    """Nothing changes by it, so that the answer to the button is the page itself and no redirect."""
    around = Surroundings(current_app.config, clock.now, {job.name: job.every for job in jobs.JOBS})
    app = current_app._get_current_object()  # type: ignore[attr-defined] # threads need it
    has_asked_others = request.method == "POST"
    results = diagnose(app, around, with_network=has_asked_others)
    return render_template(
        "organiser/diagnosis.html",
        results=sorted(results, key=lambda one: list(LOOKS).index(one.finding.health)),
        worst=worst(results),
        looks=LOOKS,
        has_asked_others=has_asked_others,
    )
