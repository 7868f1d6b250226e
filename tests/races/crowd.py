"""A crowd that registers for one workshop at the same moment."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from registration.extensions import db
from registration.models import AccessLink, Registration
from registration.vocabulary import LinkPurpose, RegistrationState
from tests.clients import Visitor, all_at_once
from tests.conftest import SETTINGS


@dataclass
class Crowd:
    """Fills in the form of a workshop, all together; then confirms, all together."""

    url: str
    slug: str
    size: int
    answers: Callable[[int], dict[str, str]] = lambda _number: {}

    def submit(self) -> Counter[int]:
        """Everybody fills in the form and sends it; the answers' statuses."""
        people = range(1, self.size + 1)
        return Counter(all_at_once([partial(self._submit, number) for number in people]))

    def confirm(self) -> Counter[int]:
        """Everybody opens the mailed link and presses the button; the answers' statuses."""
        return Counter(all_at_once([partial(self._confirm, token) for token in confirm_tokens(self.slug)]))

    def _submit(self, number: int) -> int:
        person = Visitor(self.url)
        path = f"/workshops/{self.slug}/register"
        form = person.get(path)
        assert form.status == 200
        return person.post(path, **form.hidden_fields, **typed(number), **self.answers(number)).status

    def _confirm(self, token: str) -> int:
        person = Visitor(self.url)
        page = person.get(f"/confirm/{token}")
        assert page.status == 200
        return person.post(f"/confirm/{token}", **page.hidden_fields).status


def typed(number: int) -> dict[str, str]:
    """What the n-th of the crowd types into the form."""
    return {
        "given_name": "Eva",
        "family_name": f"Beispiel {number}",
        "email": f"eva.beispiel.{number}@musterhausen.example.org",
        "organisation": "Stadt Musterhausen",
    }


def confirm_tokens(slug: str) -> list[str]:
    """The secrets of the mailed links that confirm an address, as the mails carry them."""
    query = select(AccessLink).join(Registration).where(AccessLink.purpose == LinkPurpose.CONFIRM)
    links = db.session.scalars(query.where(Registration.workshop.has(slug=slug)))
    tokens = [str(link.token(SETTINGS["SECRET_KEY"])) for link in links]
    db.session.rollback()  # SQLite would go on showing the database as it is now
    return tokens


def in_state(slug: str, state: RegistrationState) -> list[Registration]:
    query = select(Registration).where(Registration.workshop.has(slug=slug), Registration.state == state)
    return list(db.session.scalars(query, execution_options={"populate_existing": True}))
