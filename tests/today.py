"""Records for real processes, which live today and not at the tests' NOW."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from registration.models import Workshop
from tests.factories import make_session, make_workshop

TODAY = datetime.now(UTC)


def make_open_workshop(slug: str, **columns: Any) -> Workshop:
    """A published workshop in five weeks that takes registrations for three more weeks."""
    start = datetime.combine(TODAY.date() + timedelta(weeks=5), time(10))
    defaults: dict[str, Any] = {
        "slug": slug,
        "sessions": [make_session(start, uid=slug)],
        "deadline_on": TODAY.date() + timedelta(weeks=3),
        "closes_at": TODAY + timedelta(weeks=3),
        "created_at": TODAY,
        "published_at": TODAY,
    }
    return make_workshop(**(defaults | columns))
