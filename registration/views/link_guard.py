"""Opening a mailed link: the right one gives its record, every wrong one the same 404 (L-54)."""

from flask import abort, request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from registration import clock
from registration.errors import TooManyRequests
from registration.extensions import db
from registration.models import AccessLink, Registration
from registration.services.guarding import count_wrong_link
from registration.tokens import clean_token, fingerprint
from registration.vocabulary import LinkPurpose


def link_or_404(purpose: LinkPurpose, token: str, *, with_workshop: bool = True) -> AccessLink:
    """Return the link that the token opens for this purpose; 404 for all others, 429 for guessing."""
    cleaned = clean_token(token)
    found = None
    if cleaned:
        asked = {"purpose": purpose, "fingerprint": fingerprint(cleaned)}
        query = _WITH_WORKSHOP if with_workshop else _BY_TOKEN
        found = db.session.execute(query, asked).unique().scalar_one_or_none()
    if found is None:
        _count_guess()
        abort(404)
    return found


# Built once: putting the query together takes longer than the database needs for it.
_registration = joinedload(AccessLink.registration)
_BY_TOKEN = (
    select(AccessLink)
    .where(AccessLink.fingerprint == bindparam("fingerprint"), AccessLink.purpose == bindparam("purpose"))
    .options(_registration.joinedload(Registration.links))
)
_WITH_WORKSHOP = _BY_TOKEN.options(_registration.joinedload(Registration.workshop))


def _count_guess() -> None:
    try:
        count_wrong_link(request.remote_addr or "unknown", now=clock.now())
    except TooManyRequests:
        abort(429)
