"""The page of the list: filters with what they offer, chips, cards, and help when nothing is found."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from registration.rules.finding import Wanted
from registration.steps.catalogue import Catalogue
from registration.views.listing import Choices, Count, Listing, choices, find, listing
from registration.views.previews import Preview, preview
from registration.views.wanted import FORMAT_CHOICES, Chip, chips, read, written
from registration.views.words import month_name

Options = list[tuple[str, str]]


def list_page(catalogue: Catalogue, wanted: Wanted, number: int, count: Count, now: datetime) -> str:
    """The list as HTML; what it costs does not depend on how much is planned, but for a search in memory."""
    found = listing(find(catalogue, wanted, count, now=now), number, count)
    offered, active = choices(catalogue, now), chips(wanted)
    page = render_template(
        "workshops/index.html",
        listing=found,
        lead=_lead(catalogue, wanted, found),
        wanted=wanted,
        written=written(wanted),
        chips=active,
        choices=offered,
        helping=[] if found.cards else list(_helping(catalogue, active, count, now)),
        link=lambda workshop: url_for("workshops.show", slug=workshop.slug),
        page_path=_path(wanted, found.page),
        preview=_preview(wanted, found.page),
        now=now,
        **_options(offered, wanted),
    )
    return squeezed(page)


def squeezed(page: str) -> str:
    """Without the indentation of the templates, which is a third of a list."""
    return re.sub(r"[ \t]*\n[ \t\n]*", "\n", page)


def _path(wanted: Wanted, number: int) -> str:
    """The same list in the other language."""
    arguments = written(wanted) | ({"page": str(number)} if number > 1 else {})
    return f"{request.path}?{urlencode(arguments)}" if arguments else request.path


def _preview(wanted: Wanted, number: int) -> Preview:
    """What is filtered is a part of what search engines find anyway."""
    described = _("Alle Veranstaltungen mit Terminen, freien Plätzen und Anmeldung.")
    arguments = {"page": str(number)} if number > 1 else {}
    is_indexed = not wanted.is_anything
    return preview(_("Veranstaltungen"), described, "workshops.index", is_indexed=is_indexed, **arguments)


def _lead(catalogue: Catalogue, wanted: Wanted, found: Listing) -> str:
    """What one can do now, where all seats have been counted anyway; what is planned; or what was found."""
    if wanted.is_anything:
        return str(ngettext("%(num)d Treffer", "%(num)d Treffer", found.total))
    if found.pages > 1:
        return str(
            ngettext(
                "Zurzeit ist eine Veranstaltung geplant.",
                "Zurzeit sind %(num)d Veranstaltungen geplant.",
                len(catalogue.entries),
            )
        )
    is_open = sum(card.availability.is_open for card in found.cards)
    if not is_open:
        return str(_("Zurzeit ist keine Anmeldung möglich."))
    return str(
        ngettext(
            "Zu einer Veranstaltung können Sie sich jetzt anmelden.",
            "Zu %(num)d Veranstaltungen können Sie sich jetzt anmelden.",
            is_open,
        )
    )


def _helping(
    catalogue: Catalogue, active: list[Chip], count: Count, now: datetime
) -> Iterator[tuple[Chip, int]]:
    """The filters whose removal alone finds something, with how much; all seats are counted once."""
    is_counted = any("free" in chip.rest for chip in active)
    seats = count([one.workshop for one in catalogue.entries]) if is_counted else {}
    for chip in active:
        if chip.rest and (hits := find(catalogue, read(chip.rest), lambda _: seats, now=now)):
            yield chip, len(hits)


def _options(offered: Choices, wanted: Wanted) -> dict[str, Options]:
    """What each select offers, and what is chosen already even if nothing is left of it."""
    months = sorted({*offered.months, *([wanted.month] if wanted.month else [])})
    if len(months) == 1 and not wanted.month:
        months = []  # no choice
    return {
        "month_options": [(f"{one:%Y-%m}", f"{month_name(one)} {one.year}") for one in months],
        "format_options": [(one.value, str(text)) for one, text in FORMAT_CHOICES.items()],
        "audience_options": _texts(offered.audience, wanted.audience),
        "series_options": _texts(offered.series, wanted.series),
    }


def _texts(offered: Sequence[str], chosen: str) -> Options:
    others = [chosen] if chosen and chosen not in offered else []
    return [(one, one) for one in [*offered, *others]]
