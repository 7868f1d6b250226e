"""The page /styleguide: every macro of the pages in every state, to look at while one changes them.

Not in production: it shows nothing secret, but nobody looks for it there.
"""

from flask import Blueprint, Response, make_response, render_template

from registration.views import specimens
from registration.vocabulary import RegistrationState

blueprint = Blueprint("styleguide", __name__)


@blueprint.get("/styleguide")
def show() -> Response:
    page = render_template(
        "styleguide/show.html",
        empty=specimens.SampleForm(prefix="empty"),
        wrong=specimens.form_with_errors(),
        workshop=specimens.sample_workshop(),
        availabilities=specimens.sample_availabilities(),
        states=list(RegistrationState),
        steps=specimens.STEPS,
        pages=specimens.PAGES,
    )
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
