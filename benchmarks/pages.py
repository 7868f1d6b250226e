"""Pages and complete registrations, beside the minimal app; and the memory of web and worker."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.load import Client, median_of_rounds, per_second, seconds_for
from benchmarks.people import PAGE, Person
from benchmarks.rows import Row
from benchmarks.servers import free_port, megabytes, sink, web, worker

MOST_MEGABYTES = 250
MAIL_SECONDS = 120


def pages_and_registrations(bench: Bench) -> Iterator[Row]:
    """Both apps stand at once, and are asked in turns."""
    installation, minimal_port = bench.installation, free_port()
    log = installation.folder / "min.log"
    with web("benchmarks.minimal_app:app", minimal_port, installation.environment, log):
        _ = bench.web
        _fill_minimal(minimal_port)
        limits, row = _pages(bench, minimal_port)
        yield row
        yield _registrations(bench, limits)


def memory(bench: Bench) -> Iterator[Row]:
    """All processes of the product, after people have registered and mails have left."""
    installation, effort = bench.installation, bench.effort
    web_process = bench.web
    per_second(installation.port, effort.clients, effort.seconds, lambda client: client.get(PAGE))
    register_all(bench, effort.clients)
    installation.fill_outbox(min(effort.mails, 100))
    with (
        sink(installation.folder, "memory", installation.sink_port) as mails,
        worker(installation.environment, installation.folder / "worker.log") as worker_process,
    ):
        mails.wait_for(min(effort.mails, 100), MAIL_SECONDS)
        value = megabytes(web_process, worker_process)
    yield Row(
        bench.database, "memory of web + worker", "MB PSS", value, "most", MOST_MEGABYTES, 1.0, aims_low=True
    )


def _pages(bench: Bench, minimal_port: int) -> tuple[tuple[float, float], Row]:
    """Pages per second of a workshop; beside it the minimal page and the minimal POST."""
    effort, port = bench.effort, bench.installation.port
    clients, seconds = effort.clients, effort.seconds
    for one, path in ((minimal_port, "/"), (port, PAGE)):
        per_second(one, clients, min(seconds, 0.5), lambda client, path=path: client.get(path))  # warm up
    minimal, page, post = median_of_rounds(
        effort.rounds,
        lambda: per_second(minimal_port, clients, seconds, lambda client: client.get("/")),
        lambda: per_second(port, clients, seconds, lambda client: client.get(PAGE)),
        lambda: per_second(minimal_port, clients, seconds, _minimal_post),
    )
    row = Row(bench.database, "page of a workshop", "pages/s", page, "minimal page", minimal, 0.5)
    return (minimal, post), row


def _registrations(bench: Bench, limits: tuple[float, float]) -> Row:
    """Registrations per second: form, POST, POST that confirms; the reading of mails is not the point."""
    minimal_page, minimal_post = limits
    installation, effort = bench.installation, bench.effort
    register_all(bench, effort.clients)  # warm up
    before = installation.count_confirmed()
    rates = [register_all(bench, effort.registrations) for _ in range(effort.rounds)]
    confirmed = installation.count_confirmed() - before
    assert confirmed == effort.rounds * effort.registrations, f"only {confirmed} got a seat"
    value = sorted(rates)[len(rates) // 2]
    limit = 1 / (1 / minimal_page + 2 / minimal_post)
    name = "minimal page + 2 POSTs"
    return Row(bench.database, "complete registration", "regs/s", value, name, limit, 0.5)


def register_all(bench: Bench, count: int) -> float:
    """Let so many people register and confirm; return how many per second."""
    installation, clients = bench.installation, bench.effort.clients
    answers = installation.answers()
    people = [Person() for _ in range(count)]

    def register(client: Client, person: Person) -> None:
        person.open_form(client)
        person.send_form(client, answers)

    took = seconds_for(installation.port, clients, people, register)
    tokens = installation.confirm_tokens()

    def confirm(client: Client, person: Person) -> None:
        person.confirm(client, tokens[person.email])

    took += seconds_for(installation.port, clients, people, confirm)
    return count / took


def _fill_minimal(port: int) -> None:
    client = Client(port)
    for _ in range(10):
        _minimal_post(client)
    client.close()


def _minimal_post(client: Client) -> None:
    client.post("/people", {"name": "Bench Mark", "email": "bench@example.org"})
