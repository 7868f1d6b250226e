"""Mails per second: the outbox against bare smtplib, near and far away."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import bare
from benchmarks.bench import Bench
from benchmarks.load import median_of_rounds
from benchmarks.rows import Row
from benchmarks.servers import Sink, distance, free_port, sink, worker
from tests.servers.certificates import Authority

MAIL_SECONDS = 180
WARM_UP = 20
ROUND_TRIP_MILLISECONDS = 20
CONNECTIONS = 1, 4
ENOUGH_PER_SECOND = 60  # far away


def throughput(bench: Bench) -> Iterator[Row]:
    """One worker over one connection, and over four; in turns with it bare smtplib to the same server."""
    for connections in CONNECTIONS:
        yield _throughput(bench, connections)


def _throughput(bench: Bench, connections: int) -> Row:
    installation, effort = bench.installation, bench.effort
    settings = installation.environment | {"MAIL_CONNECTIONS": str(connections)}
    with (
        sink(installation.folder, f"near-{connections}", installation.sink_port) as mails,
        worker(settings, installation.folder / "worker.log"),
    ):
        _send_outbox(bench, mails, WARM_UP)
        value, limit = median_of_rounds(
            effort.rounds,
            lambda: _send_outbox(bench, mails, effort.mails),
            lambda: _send_bare(mails, effort.mails, connections),
        )
    name = f"outbox, {_count(connections)}"
    return Row(bench.database, name, "mails/s", value, "bare smtplib on as many", limit, 0.5)


def far_away(bench: Bench) -> Iterator[Row]:
    """With TLS and a round trip of 20 ms; beside it what sends each mail over a connection of its own."""
    installation, effort = bench.installation, bench.effort
    authority = Authority(installation.folder)
    authority.context()  # writes the server's certificate beside it
    near = free_port()
    settings = installation.environment | {
        "MAIL_CONNECTIONS": "4",
        "MAIL_USE_TLS": "true",
        "MAIL_CA_FILE": str(authority.file),
    }
    with (
        sink(installation.folder, "far", near, certificate=installation.folder / "server.pem") as mails,
        distance(installation.folder, installation.sink_port, near, ROUND_TRIP_MILLISECONDS),
        worker(settings, installation.folder / "worker.log"),
    ):
        _send_outbox(bench, mails, WARM_UP)
        value = _send_outbox(bench, mails, effort.far_mails)
        limit = _send_each_alone(mails, installation.sink_port, effort.far_alone, authority.file)
    name = f"outbox, 4 connections, TLS, {ROUND_TRIP_MILLISECONDS} ms"
    yield Row(
        bench.database,
        name,
        "mails/s",
        value,
        "smtplib, a connection each",
        limit,
        ENOUGH_PER_SECOND,
        aims_at_value=True,
    )


def _send_outbox(bench: Bench, mails: Sink, count: int) -> float:
    mails.forget()
    bench.installation.fill_outbox(count)
    return mails.wait_for(count, MAIL_SECONDS)


def _send_bare(mails: Sink, count: int, connections: int) -> float:
    mail = mails.last_mail
    mails.forget()
    bare.send(mails.port, mail, count, connections)
    return mails.wait_for(count, MAIL_SECONDS)


def _send_each_alone(mails: Sink, port: int, count: int, authority: Path) -> float:
    mail = mails.last_mail
    mails.forget()
    bare.send_each_alone(port, mail, count, authority)
    return mails.wait_for(count, MAIL_SECONDS)


def _count(connections: int) -> str:
    return "1 connection" if connections == 1 else f"{connections} connections"
