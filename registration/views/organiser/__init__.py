"""The organiser's desk. One guard for every page: who is signed in, and whether she may change something."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from registration import state_words
from registration.forms.organiser import words
from registration.forms.organiser.journal_words import changed_words
from registration.models import JournalEntry
from registration.reason_words import placement_sentences
from registration.views.sign_in import signed_in_organiser
from registration.vocabulary import Role

blueprint = Blueprint("organiser", __name__, url_prefix="/organiser")

View = TypeVar("View", bound=Callable[..., Any])
READING = ("GET", "HEAD", "OPTIONS")


def for_changers(view: View) -> View:
    """Mark a page that leads to a change: a viewer does not see it."""
    view.is_for_changers = True  # type: ignore[attr-defined] # a mark that the guard reads
    return view


def for_admins(view: View) -> View:
    """Mark a page about the installation: only an admin sees it."""
    view.is_for_admins = True  # type: ignore[attr-defined] # the same
    return view


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Strangers go to the sign-in page; a viewer may look, and change nothing (403)."""
    organiser = signed_in_organiser()
    if organiser is None:
        is_reading = request.method in READING
        came_from = request.full_path.rstrip("?") if is_reading else url_for("organiser.today")
        return redirect(url_for("security.login", next=came_from), 303)
    view = current_app.view_functions[str(request.endpoint)]
    if not organiser.may_change and (request.method not in READING or hasattr(view, "is_for_changers")):
        abort(403)
    if organiser.role is not Role.ADMIN and hasattr(view, "is_for_admins"):
        abort(403)
    return None


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "organiser": signed_in_organiser(),
        "words": words,
        "OUTBOX_WORDS": state_words.OUTBOX,
        "DECISION_WORDS": state_words.DECISION,
        "entry_reasons": _entry_reasons,
    }


def _entry_reasons(entry: JournalEntry) -> str:
    """Return why, in words: codes of a placement, the organiser's text, or what was changed."""
    if entry.reason:
        return " ".join(placement_sentences(entry.reason.split(",")))
    changed = entry.details.get("changed", [])
    words_of_it = str(entry.details.get("text", "")) or changed_words(changed)
    people = entry.details.get("people")
    return f"{people} E-Mails. {words_of_it}".strip() if people else words_of_it


from registration.views.organiser import (  # noqa: E402 - they attach their pages to the blueprint above
    addresses,
    attendance,
    banner,
    changes,
    diagnosis,
    journal,
    mails,
    organisations,
    parts,
    people,
    previews,
    registrations,
    sending,
    sessions,
    ticking_off,
    today,
    undeliverable,
    workshop_mails,
    workshops,
)

__all__ = [
    "addresses",
    "attendance",
    "banner",
    "blueprint",
    "changes",
    "diagnosis",
    "journal",
    "mails",
    "organisations",
    "parts",
    "people",
    "previews",
    "registrations",
    "sending",
    "sessions",
    "ticking_off",
    "today",
    "undeliverable",
    "workshop_mails",
    "workshops",
]
