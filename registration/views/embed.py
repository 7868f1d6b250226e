"""The list inside other web sites: only those that EMBED_HOSTS names may frame it, all other pages nobody."""

import re
from datetime import datetime

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from registration import clock
from registration.links import public_url
from registration.models import Workshop
from registration.rules.finding import Wanted
from registration.steps.catalogue import Catalogue, upcoming
from registration.views.headers import POLICY
from registration.views.kept_lists import kept_list
from registration.views.languages import reader_language
from registration.views.list_page import squeezed
from registration.views.listing import Count, find, listing
from registration.views.wanted import read, written

blueprint = Blueprint("embed", __name__)

NUMBER, MOST = 5, 20


@blueprint.get("/embed/workshops")
def workshops() -> Response:
    """The next workshops, filtered as the list is, `number` of them."""
    hosts = current_app.config["EMBED_HOSTS"]
    if not hosts:
        abort(404)
    now = clock.now()
    wanted, number, catalogue = read(request.args), _number(), upcoming(now)
    page = kept_list(
        *(wanted, number),
        catalogue=catalogue,
        now=now,
        make=lambda count: _page(catalogue, wanted, number, count, now),
    )
    answer = make_response(page)
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(hosts)}")
    answer.headers["Content-Security-Policy"] = policy
    return answer


def _page(catalogue: Catalogue, wanted: Wanted, number: int, count: Count, now: datetime) -> str:
    """Links leave the frame; they carry the public address, whatever name the frame was asked for by."""
    found = listing(find(catalogue, wanted, count, now=now), 1, count, size=number)
    language = reader_language()

    def link(workshop: Workshop) -> str:
        return public_url("workshops.show", language, slug=workshop.slug)

    page = render_template(
        "embed/workshops.html",
        listing=found,
        link=link,
        all_link=public_url("workshops.index", language, **written(wanted)),
        now=now,
    )
    return squeezed(page)


def _number() -> int:
    typed = request.args.get("number", "")
    return min(max(int(typed), 1), MOST) if re.fullmatch(r"[0-9]{1,4}", typed) else NUMBER
