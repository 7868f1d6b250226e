"""Pages and complete registrations, beside the minimal app; and the memory of web and worker."""

from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.load import Client, median_of_rounds, per_second, seconds_for
from benchmarks.people import PAGE, REGISTER, Person
from benchmarks.rows import Row
from benchmarks.servers import cpu_seconds, free_port, megabytes, sink, web, worker

MOST_MEGABYTES = 250
MAIL_SECONDS = 120


PAGES = {"list of workshops": "/", "page of a workshop": PAGE, "form": REGISTER}
MOST_KILOBYTES = 12
MOST_CPU_PAGE, MOST_CPU_REGISTRATION = 5, 25  # milliseconds
FLAT = 0.8  # of the speed with few registrations


def pages_and_registrations(bench: Bench) -> Iterator[Row]:
    """Both apps stand at once, and are asked in turns."""
    installation, minimal_port = bench.installation, free_port()
    log = installation.folder / "min.log"
    with web("benchmarks.minimal_app:app", minimal_port, installation.environment, log):
        _ = bench.web
        _fill_minimal(minimal_port)
        minimal_page, minimal_post, rates = _rates(bench, minimal_port)
        for name, rate in rates.items():
            yield Row(bench.database, name, "pages/s", rate, "minimal page", minimal_page, 0.5)
        yield _registrations(bench, minimal_page, minimal_post)
    for name, path in PAGES.items():
        yield _cost(bench, name, path, round(rates[name]))
        yield _size(bench, name, path)
    yield _cost_of_registration(bench)


def flat(bench: Bench) -> Iterator[Row]:
    """The speed of pages does not depend on how many have registered for other workshops before.

    An installation with few registrations and one with many are asked in turns.
    """
    few, many, count = bench.installation, bench.installation.beside(), bench.effort.registered
    many.fill_registrations(count)
    _ = bench.web
    with web("wsgi:app", many.port, many.environment, many.folder / "many.log"):
        asks = [_asking(bench, port, path) for path in PAGES.values() for port in (few.port, many.port)]
        for ask in asks:
            ask()  # warm up
        rates = median_of_rounds(bench.effort.rounds, *asks)
    for name, before, now in zip(PAGES, rates[::2], rates[1::2], strict=True):
        measure = f"{name}, {count:,} registrations"
        yield Row(bench.database, measure, "pages/s", now, "with those of the demo", before, FLAT)


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


def _rates(bench: Bench, minimal_port: int) -> tuple[float, float, dict[str, float]]:
    """How often per second: the minimal page, the minimal POST, and each of our pages."""
    effort = bench.effort

    def post() -> float:
        return per_second(minimal_port, effort.clients, effort.seconds, _minimal_post)

    ours = [_asking(bench, bench.installation.port, path) for path in PAGES.values()]
    minimal = _asking(bench, minimal_port, "/")
    for ask in (minimal, *ours):
        ask()  # warm up
    page, posts, *rates = median_of_rounds(effort.rounds, minimal, post, *ours)
    return page, posts, dict(zip(PAGES, rates, strict=True))


def _asking(bench: Bench, port: int, path: str) -> Callable[[], float]:
    effort = bench.effort
    return lambda: per_second(port, effort.clients, effort.seconds, lambda client: client.get(path))


def _cost(bench: Bench, name: str, path: str, count: int) -> Row:
    """Processor time of the web for one page."""
    installation, clients = bench.installation, bench.effort.clients
    before = cpu_seconds(bench.web)
    seconds_for(installation.port, clients, list(range(count)), lambda client, _number: client.get(path))
    value = (cpu_seconds(bench.web) - before) / count * 1000
    measure = f"processor time, {name}"
    return Row(
        bench.database, measure, "ms", value, "most", MOST_CPU_PAGE, MOST_CPU_PAGE, True, aims_at_value=True
    )


def _size(bench: Bench, name: str, path: str) -> Row:
    client = Client(bench.installation.port)
    value = len(client.get(path).body.encode()) / 1000
    client.close()
    measure = f"HTML, {name}"
    return Row(
        bench.database, measure, "kB", value, "most", MOST_KILOBYTES, MOST_KILOBYTES, True, aims_at_value=True
    )


def _cost_of_registration(bench: Bench) -> Row:
    """Processor time of the web for form, POST, and POST that confirms."""
    count = bench.effort.registrations
    before = cpu_seconds(bench.web)
    register_all(bench, count)
    value = (cpu_seconds(bench.web) - before) / count * 1000
    aim = MOST_CPU_REGISTRATION
    measure = "processor time, complete registration"
    return Row(bench.database, measure, "ms", value, "most", aim, aim, True, aims_at_value=True)


def _registrations(bench: Bench, minimal_page: float, minimal_post: float) -> Row:
    """Registrations per second: form, POST, POST that confirms; the reading of mails is not the point."""
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
