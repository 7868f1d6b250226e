"""What search engines may read, and where it stands."""

from flask import Blueprint, Response, render_template

from registration import clock
from registration.links import LANGUAGES, public_url
from registration.steps.announcements import announced
from registration.views.headers import PRIVATE_PATHS

blueprint = Blueprint("robots", __name__)

PAGES = ("workshops.index", "pages.imprint", "pages.privacy", "pages.accessibility")


@blueprint.get("/robots.txt")
def robots_txt() -> Response:
    """Pages behind a person's own link are nobody else's; nothing is found by a form."""
    paths = (*PRIVATE_PATHS, "/embed", "/workshops/*/register")
    refused = "".join(f"Disallow: {path}\n" for path in paths)
    text = f"User-agent: *\n{refused}\nSitemap: {public_url('robots.sitemap')}\n"
    return Response(text, mimetype="text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page in each language, with the day of its last change."""
    found = announced(clock.now())
    entries = [(public_url(page, one), None) for page in PAGES for one in LANGUAGES] + [
        (public_url("workshops.show", one, slug=workshop.slug), found.changed_at[workshop.id].date())
        for workshop in found.workshops
        for one in LANGUAGES
    ]
    return Response(render_template("feeds/sitemap.xml", entries=entries), mimetype="application/xml")
