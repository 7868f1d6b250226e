"""The legal pages, from settings, and security.txt."""

from datetime import timedelta

from flask import Blueprint, Response, current_app, render_template
from flask_babel import gettext as _

from registration import clock
from registration.links import public_url
from registration.views.privacy import Section, privacy_sections

blueprint = Blueprint("pages", __name__)

SECURITY_TXT_DAYS = 180


@blueprint.get("/imprint")
def imprint() -> str:
    config = current_app.config
    agency = (
        f"{config['AGENCY_NAME']}\n{config['AGENCY_ADDRESS']}\n{config['HELP_EMAIL']}\n{config['HELP_PHONE']}"
    )
    sections = [
        Section(_("Anbieter"), agency),
        Section(_("Weitere Angaben nach § 5 DDG"), config["IMPRINT_TEXT"], "IMPRINT_TEXT"),
    ]
    return _legal_page(_("Impressum"), sections)


@blueprint.get("/privacy")
def privacy() -> str:
    return _legal_page(_("Datenschutz"), privacy_sections(current_app.config))


@blueprint.get("/accessibility")
def accessibility() -> str:
    config = current_app.config
    feedback = _(
        "Ist etwas nicht zugänglich? Schreiben Sie uns: %(email)s. Wir antworten innerhalb eines Monats.",
        email=config["HELP_EMAIL"],
    )
    sections = [
        Section(
            _("Stand der Vereinbarkeit mit BITV 2.0 und EN 301 549"),
            config["ACCESSIBILITY_TEXT"],
            "ACCESSIBILITY_TEXT",
        ),
        Section(_("Barrieren melden"), feedback),
    ]
    return _legal_page(_("Erklärung zur Barrierefreiheit"), sections)


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Whom to tell about a weakness (L-60, RFC 9116)."""
    expires = clock.now() + timedelta(days=SECURITY_TXT_DAYS)
    text = (
        f"Contact: mailto:{current_app.config['HELP_EMAIL']}\n"
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}\n"
        "Preferred-Languages: de, en\n"
        f"Canonical: {public_url('pages.security_txt')}\n"
    )
    return Response(text, mimetype="text/plain")


def _legal_page(title: str, sections: list[Section]) -> str:
    is_draft = current_app.config["APP_ENV"] != "production"
    shown = [part for part in sections if part.text or is_draft]
    return render_template("pages/legal.html", title=title, sections=shown)
