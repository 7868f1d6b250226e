"""People with a browser each, without the browser: forms and buttons over HTTP, many at once."""

import re
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection, HTTPSConnection
from http.cookies import SimpleCookie
from threading import Barrier
from typing import Any
from urllib.parse import urlencode, urlsplit

SECONDS = 60
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'\b(name|value)="([^"]*)"')


@dataclass(frozen=True)
class Page:
    """What came back: status, address of a redirect, text."""

    status: int
    location: str
    text: str

    @property
    def hidden_fields(self) -> dict[str, str]:
        """Names and values of the page's hidden fields: the CSRF token, the key of the form."""
        fields = (dict(_ATTRIBUTE.findall(field)) for field in _HIDDEN.findall(self.text))
        return {one["name"]: unescape(one.get("value", "")) for one in fields if one.get("name")}


class Visitor:
    """One person: keeps cookies, follows no redirects, opens a new connection for each request.

    With https any certificate will do.
    """

    def __init__(self, url: str) -> None:
        self.is_encrypted, self.host = urlsplit(url).scheme == "https", urlsplit(url).netloc
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self._request("GET", path)

    def post(self, path: str, **fields: str) -> Page:
        return self._request("POST", path, urlencode(fields))

    def _request(self, method: str, path: str, body: str | None = None) -> Page:
        headers = {"Connection": "close", "Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connect()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
            for line in response.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        finally:
            connection.close()
        return Page(response.status, response.headers.get("Location", ""), text)

    def _connect(self) -> HTTPConnection:
        if self.is_encrypted:
            trusting = ssl._create_unverified_context()
            return HTTPSConnection(self.host, timeout=SECONDS, context=trusting)
        return HTTPConnection(self.host, timeout=SECONDS)


def all_at_once(doing: Sequence[Callable[[], Any]]) -> list[Any]:
    """Let each do its thing in a thread of its own, all starting at the same moment; their results."""
    start = Barrier(len(doing))

    def run(one: Callable[[], Any]) -> Any:
        start.wait(SECONDS)
        return one()

    with ThreadPoolExecutor(len(doing)) as threads:
        return list(threads.map(run, doing))
