"""People who register over HTTP while something breaks, and what they see."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event
from uuid import uuid4

from sqlalchemy import func, select

from registration.extensions import db
from registration.models import OutboxMessage, Registration
from registration.vocabulary import MailKind
from tests.clients import Page, Visitor
from tests.races.crowd import typed

FORM = "/workshops/rush/register"
UNAVAILABLE = 503
BROKEN = (OSError, HTTPException)


@dataclass
class People:
    """They register for the workshop `rush`, one after the other, so many at once.

    Kept are the keys of their forms: `taken` ones were answered in the end; of `given_up` ones the line
    broke or the service was not available, and they were not sent again; `retried` ones were.
    """

    url: str
    at_once: int = 6
    taken: set[str] = field(default_factory=set)
    retried: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    pages: dict[int, Page] = field(default_factory=dict)
    """The last page seen of each status."""
    longest_wait: float = 0.0

    @contextmanager
    def registering(self) -> Iterator[None]:
        """Let them register for as long as the block runs."""
        enough = Event()
        with ThreadPoolExecutor(self.at_once) as threads:
            for number in range(self.at_once):
                threads.submit(self._register_until, enough, range(number, 10**6, self.at_once))
            try:
                yield
            finally:
                enough.set()

    def _register_until(self, enough: Event, numbers: range) -> None:
        """Send one form after the other; all of one visitor, so that faults hit posts and nothing else."""
        visitor = Visitor(self.url)
        form = self._persistently(lambda: visitor.get(FORM)).hidden_fields
        for number in numbers:
            if enough.is_set():
                return
            fields = form | typed(number) | {"form_key": uuid4().hex}
            self._register(visitor, fields, is_patient=number // self.at_once % 2 == 0)

    def _register(self, visitor: Visitor, fields: dict[str, str], *, is_patient: bool) -> None:
        key, began = fields["form_key"], time.monotonic()
        if self._is_answered(self._try(lambda: visitor.post(FORM, **fields))):
            self.taken.add(key)
        elif is_patient:
            self.retried.add(key)
            self._persistently(lambda: visitor.post(FORM, **fields))
            self.taken.add(key)
        else:
            self.given_up.add(key)
        self.longest_wait = max(self.longest_wait, time.monotonic() - began)

    def _persistently(self, ask: Callable[[], Page]) -> Page:
        """Ask until an answer comes: somebody presses the button once more."""
        while True:
            page = self._try(ask)
            if page and self._is_answered(page):
                return page
            time.sleep(0.02)

    def _try(self, ask: Callable[[], Page]) -> Page | None:
        try:
            page = ask()
        except BROKEN:
            return None
        self.pages[page.status] = page
        return page

    def _is_answered(self, page: Page | None) -> bool:
        return page is not None and page.status != UNAVAILABLE


def stored_keys() -> list[str | None]:
    """The form keys of all registrations."""
    db.session.rollback()
    return list(db.session.scalars(select(Registration.form_key)))


def mails_per_registration() -> set[int]:
    """How many mails that ask to confirm belong to a registration."""
    mine = OutboxMessage.registration_id == Registration.id
    asking = OutboxMessage.kind == MailKind.CONFIRM_ADDRESS
    query = select(func.count(OutboxMessage.id)).select_from(Registration)
    return set(db.session.scalars(query.outerjoin(OutboxMessage, mine & asking).group_by(Registration.id)))
