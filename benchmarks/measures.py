"""The measures: pages, complete registrations, mails and memory, each beside its limit."""

import re
import smtplib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import uuid4

from benchmarks.installation import SLUG, Installation
from benchmarks.load import Client, median_of_rounds, per_second, seconds_for
from benchmarks.servers import Process, free_port, megabytes, sink, web, worker

PAGE, REGISTER = f"/workshops/{SLUG}", f"/workshops/{SLUG}/register"
MOST_MEGABYTES = 250
MAIL_SECONDS = 120
_HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|form_key)"[^>]*value="([^"]*)"')


@dataclass(frozen=True)
class Effort:
    """How much is measured: clients at once, seconds per round, rounds, and how many of each."""

    clients: int = 4
    seconds: float = 1.0
    rounds: int = 3
    registrations: int = 120
    mails: int = 300


@dataclass(frozen=True)
class Row:
    """One line of the result; with `aims_low` the ratio should stay below the aim."""

    database: str
    measure: str
    unit: str
    value: float
    limit_name: str
    limit: float
    aim: float
    aims_low: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.limit

    @property
    def is_reached(self) -> bool:
        return self.ratio <= self.aim if self.aims_low else self.ratio >= self.aim


@dataclass
class Person:
    """Somebody who registers, and what her browser remembers between the steps."""

    email: str
    cookie: str = ""
    csrf_token: str = ""


def measure(database: str, installation: Installation, effort: Effort) -> Iterator[Row]:
    """Start everything once, and measure one after the other on the same processes."""
    folder, minimal_port = installation.folder, free_port()
    with ExitStack() as stack:
        minimal = web(
            "benchmarks.minimal_app:app", minimal_port, installation.environment, folder / "min.log"
        )
        product = web("wsgi:app", installation.port, installation.environment, folder / "web.log")
        stack.enter_context(minimal)
        web_process = stack.enter_context(product)
        _fill_minimal(minimal_port)
        limits, row = _pages(database, installation, minimal_port, effort)
        yield row
        yield _registrations(database, installation, limits, effort)
        yield from _mails_and_memory(database, installation, web_process, effort)


def _pages(
    database: str, installation: Installation, minimal_port: int, effort: Effort
) -> tuple[tuple[float, float], Row]:
    """Pages per second of a workshop; beside it the minimal page and the minimal POST."""
    clients, seconds = effort.clients, effort.seconds
    for port, path in ((minimal_port, "/"), (installation.port, PAGE)):
        per_second(port, clients, min(seconds, 0.5), lambda client, path=path: client.get(path))  # warm up
    minimal, page, post = median_of_rounds(
        effort.rounds,
        lambda: per_second(minimal_port, clients, seconds, lambda client: client.get("/")),
        lambda: per_second(installation.port, clients, seconds, lambda client: client.get(PAGE)),
        lambda: per_second(minimal_port, clients, seconds, _minimal_post),
    )
    return (minimal, post), Row(database, "page of a workshop", "pages/s", page, "minimal page", minimal, 0.5)


def _registrations(
    database: str, installation: Installation, limits: tuple[float, float], effort: Effort
) -> Row:
    """Registrations per second: form, POST, POST that confirms; the reading of mails is not the point."""
    minimal_page, minimal_post = limits
    answers = installation.answers()
    _register_all(installation, answers, effort.clients, effort.clients)  # warm up
    before = installation.count_confirmed()
    rates = [
        _register_all(installation, answers, effort.registrations, effort.clients)
        for _ in range(effort.rounds)
    ]
    confirmed = installation.count_confirmed() - before
    assert confirmed == effort.rounds * effort.registrations, f"only {confirmed} got a seat"
    value = sorted(rates)[len(rates) // 2]
    limit = 1 / (1 / minimal_page + 2 / minimal_post)
    return Row(database, "complete registration", "regs/s", value, "minimal page + 2 POSTs", limit, 0.5)


def _register_all(installation: Installation, answers: dict[str, str], count: int, clients: int) -> float:
    people = [Person(f"{uuid4().hex}@musterhausen.example.org") for _ in range(count)]

    def register(client: Client, person: Person) -> None:
        form = client.get(REGISTER)
        hidden = dict(_HIDDEN.findall(form.body))
        person.cookie, person.csrf_token = form.cookie, hidden["csrf_token"]
        fields = {
            "given_name": "Bench",
            "family_name": f"Mark {person.email[:8]}",
            "email": person.email,
            "organisation": "Stadt Musterhausen",
            "role": "Bildungsmanagement",
        }
        client.post(REGISTER, fields | hidden | answers, person.cookie)

    took = seconds_for(installation.port, clients, people, register)
    tokens = installation.confirm_tokens()

    def confirm(client: Client, person: Person) -> None:
        address = f"/confirm/{tokens[person.email]}"
        client.post(address, {"csrf_token": person.csrf_token}, person.cookie)

    took += seconds_for(installation.port, clients, people, confirm)
    return count / took


def _mails_and_memory(
    database: str, installation: Installation, web_process: Process, effort: Effort
) -> Iterator[Row]:
    """Mails per second through the outbox and over bare smtplib; then the memory of web and worker."""
    folder, count = installation.folder, effort.mails
    installation.fill_outbox(count)
    with (
        sink(folder, "outbox", installation.sink_port) as outbox_sink,
        worker(installation.environment, folder / "worker.log") as worker_process,
    ):
        value = outbox_sink.wait_for(count, MAIL_SECONDS)
        memory = megabytes(web_process, worker_process)
    with sink(folder, "smtplib", free_port()) as bare_sink:
        _send_bare(bare_sink.port, (folder / "outbox.eml").read_bytes(), count)
        limit = bare_sink.wait_for(count, MAIL_SECONDS)
    yield Row(database, "mail through the outbox", "mails/s", value, "bare smtplib", limit, 0.3)
    yield Row(
        database, "memory of web + worker", "MB PSS", memory, "most", MOST_MEGABYTES, 1.0, aims_low=True
    )


def _send_bare(port: int, mail: bytes, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for _ in range(count):
            connection.sendmail("bench@example.org", ["bench@example.org"], mail)


def _fill_minimal(port: int) -> None:
    client = Client(port)
    for _ in range(10):
        _minimal_post(client)
    client.close()


def _minimal_post(client: Client) -> None:
    client.post("/people", {"name": "Bench Mark", "email": "bench@example.org"})
