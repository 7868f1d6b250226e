"""A day with a mail server that makes trouble: people register, an organiser looks at the desk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from registration import jobs
from registration.extensions import db
from registration.models import MailRelay, OutboxMessage
from registration.services import pausing, recording_runs
from registration.services.delivering import deliver_due
from registration.services.planning import plan_due_mails
from registration.services.recovering import recover_leases
from registration.services.registering import register
from registration.services.signing_in import create_organiser
from registration.steps.relay import relay_as_read
from registration.vocabulary import MailKind, OutboxState, RelayPause, Role
from tests.factories import START, default_mail_plan, details, instant, make_workshop
from tests.servers.attentive import AttentiveTransport
from tests.servers.scripted_smtp import ScriptedServer
from tests.times import NOW
from tests.views.pages import send, words

_TITLE = re.compile(r'desk-banner".*?kern-title">(.*?)</p>', re.S)
CLOSES_AT = instant(START) - timedelta(hours=1)
_PASSWORD = "ein-gutes-passwort"


class Day:
    """`now` is what the clock says; `desk()`, `health()` and `deliver()` happen then."""

    def __init__(self, app: Flask, server: ScriptedServer) -> None:
        self.app, self.server, self.now = app, server, NOW
        self._client: FlaskClient | None = None
        self._people = 0
        with app.app_context():
            workshop = make_workshop(capacity=None, deadline_on=CLOSES_AT.date(), closes_at=CLOSES_AT)
            default_mail_plan(workshop)
            self.workshop_id = workshop.id

    def register(self, count: int = 1) -> list[str]:
        """So many people register; the addresses to which a mail must go."""
        names = [f"p{self._people + number}" for number in range(1, count + 1)]
        self._people += count
        with self.app.app_context():
            for name in names:
                register(self.workshop_id, details(name), now=self.now)
        return [details(name).email for name in names]

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def deliver(self) -> None:
        """What a worker does in a moment, with a connection of its own."""
        with self.app.app_context():
            transport = AttentiveTransport(self.app.config, self.server)
            recover_leases(now=self.now)
            for _ in range(5):
                if not deliver_due(transport, instant=lambda: self.now, wants_to_stop=lambda: False):
                    break
            transport.close()

    def mail_to(self, address: str) -> OutboxMessage:
        with self.app.app_context():
            return db.session.scalars(select(OutboxMessage).where(OutboxMessage.to_address == address)).one()

    def plan(self) -> None:
        """What a worker does every few seconds."""
        with self.app.app_context():
            plan_due_mails(now=self.now)

    def mails(self, address: str) -> dict[MailKind, OutboxState]:
        """All that was ever to go to an address."""
        of_address = select(OutboxMessage).where(OutboxMessage.to_address == address)
        with self.app.app_context():
            return {one.kind: one.state for one in db.session.scalars(of_address)}

    def states(self, addresses: list[str]) -> list[OutboxState]:
        return [self.mail_to(one).state for one in addresses]

    def relay(self) -> MailRelay | None:
        with self.app.app_context():
            return relay_as_read()

    def pause(self) -> tuple[RelayPause, timedelta | None] | None:
        """The kind of the present pause, and how long it lasts from now on."""
        relay = self.relay()
        if relay is None or relay.pause is None:
            return None
        return relay.pause, relay.paused_until - self.now if relay.paused_until else None

    def resume(self) -> None:
        with self.app.app_context():
            assert pausing.resume_by_hand(by="Ada", organiser_id=None, now=self.now)

    def banner(self) -> str:
        """The title of what every page of the desk says about the mails; empty when nothing."""
        found = _TITLE.search(self.desk("/organiser").text)
        return unescape(found[1]) if found else ""

    def says(self, path: str) -> str:
        return words(self.desk(path))

    def health(self) -> int:
        self._all_jobs_run()
        return self.app.test_client().get("/healthz").status_code

    def desk(self, path: str) -> Any:
        self._all_jobs_run()
        if self._client is None or self._client.get(path).status_code != 200:
            self._client = self._signed_in()
        return self._client.get(path)

    @contextmanager
    def settings(self, **settings: Any) -> Iterator[None]:
        """Let the worker be started with others for a while."""
        before = {name: self.app.config[name] for name in settings}
        self.app.config.update(settings)
        yield
        self.app.config.update(before)

    def _signed_in(self) -> FlaskClient:
        email = f"ada.{self.now.timestamp():.0f}@example.org"
        with self.app.app_context():
            create_organiser(email, name="Ada", role=Role.ORGANISER, password=_PASSWORD, now=self.now)
        client = self.app.test_client()
        send(client, "/sign-in", {"email": email, "password": _PASSWORD})
        return client

    def _all_jobs_run(self) -> None:
        with self.app.app_context():
            for job in jobs.JOBS:
                recording_runs.succeeded(job.name, started=self.now, now=self.now)
