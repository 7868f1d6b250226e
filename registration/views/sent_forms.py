"""What the visitor's own session keeps of a form that she has sent: where she works, and what to expect.

It is the same for people who are known and who are not: it comes from what she typed, and from the state of
the workshop before (L-55).
"""

from collections.abc import Mapping
from datetime import datetime

from flask import session

from registration.forms.registration import RegistrationForm
from registration.models import Workshop
from registration.rules.addresses import AddressRefused, parse_address
from registration.services.foreseeing import Expectation, Outlook, foresee
from registration.steps.offers import Offer
from registration.views.outlook_words import OutlookWords, words_for

_MOST_KEPT = 5  # workshops in one cookie


def outlook_of(offer: Offer, form: RegistrationForm, now: datetime) -> Outlook:
    """What a form as it was typed would lead to."""
    return foresee(
        offer,
        organisation=form.organisation.data or "",
        email_domain=_domain(form.email.data or ""),
        answers=form.answers,
        now=now,
    )


def remember(slug: str, organisation: str, form_key: str, outlook: Outlook) -> None:
    """Keep it in the cookie that the form has set anyway."""
    kept = {
        "organisation": organisation,
        "form_key": form_key,
        "expectation": outlook.expectation.value,
        "reasons": [reason.code for reason in outlook.reasons],
    }
    others = [(key, value) for key, value in session.get("sent", {}).items() if key != slug]
    session["sent"] = dict([*others, (slug, kept)][-_MOST_KEPT:])


def remembered_organisation(slug: str) -> str:
    """Where she works who has sent a form for this workshop; empty for everybody else."""
    return str(_remembered(slug).get("organisation", ""))


def remembered_form_key(slug: str) -> str:
    """The key of the form that was sent: by it a corrected one takes the place of the first (M-24)."""
    return str(_remembered(slug).get("form_key", ""))


def remembered_outlook(workshop: Workshop) -> OutlookWords | None:
    """What was to be expected when the form was sent."""
    kept = _remembered(workshop.slug)
    if not kept:
        return None
    return words_for(Expectation(kept["expectation"]), list(kept["reasons"]), workshop)


def _remembered(slug: str) -> Mapping[str, str]:
    found: Mapping[str, str] = session.get("sent", {}).get(slug, {})
    return found


def _domain(email: str) -> str:
    try:
        return parse_address(email).domain
    except AddressRefused:
        return ""
