"""The load generator: a few threads, each with one kept connection, on the same machine as the server."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unexpected(AssertionError):
    """The server answered something else than the measure needs."""


@dataclass(frozen=True)
class Answer:
    status: int
    cookie: str
    body: str


class Client:
    """One keep-alive connection, no cookie jar: what is to be sent is passed."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, expected: int = 200) -> Answer:
        return self._ask("GET", path, None, {}, expected)

    def post(self, path: str, fields: Mapping[str, str], cookie: str = "", expected: int = 303) -> Answer:
        headers = FORM | ({"Cookie": cookie} if cookie else {})
        return self._ask("POST", path, urlencode(fields), headers, expected)

    def close(self) -> None:
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str], expected: int
    ) -> Answer:
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # the server has closed an idle connection: a client opens the next one
            self._connection.close()
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
        text = response.read().decode()
        if response.status != expected:
            raise Unexpected(f"{method} {path}: {response.status} instead of {expected}\n{text[-1500:]}")
        cookie = (response.getheader("Set-Cookie") or "").partition(";")[0]
        return Answer(response.status, cookie, text)


def per_second(port: int, clients: int, seconds: float, task: Callable[[Client], object]) -> float:
    """Repeat a task in all clients for so long, and return how often it was done per second."""
    end = time.perf_counter() + seconds

    def repeat(client: Client, _number: int) -> int:
        done = 0
        while time.perf_counter() < end:
            task(client)
            done += 1
        return done

    done, took = _together(port, clients, repeat)
    return sum(done) / took


def seconds_for(port: int, clients: int, items: list[Any], task: Callable[[Client, Any], object]) -> float:
    """Do the task once for each item, shared among the clients, and return how long all of it took."""

    def share(client: Client, number: int) -> None:
        for item in items[number::clients]:
            task(client, item)

    return _together(port, clients, share)[1]


def median_of_rounds(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Take the measures in turns, so that a busy moment of the machine hits all of them alike."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def _together(port: int, clients: int, work: Callable[[Client, int], Any]) -> tuple[list[Any], float]:
    results: list[Any] = [None] * clients
    troubles: list[BaseException] = []

    def run(number: int) -> None:
        client = Client(port)
        try:
            results[number] = work(client, number)
        except BaseException as trouble:
            troubles.append(trouble)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    if troubles:
        raise troubles[0]
    return results, took
