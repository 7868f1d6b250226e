"""A real token endpoint (RFC 6749): it issues what the test tells it to, over HTTP or HTTPS."""

import json
import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Reply:
    """What it answers; `body` as it stands when it is a text, else as JSON."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


class TokenServer:
    """Issues token-1, token-2, …; `replies` are used up first. `asked` holds the forms that came."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.replies: list[Reply] = []
        self.asked: list[dict[str, str]] = []
        self.expires_in: Any = 3600
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if context else ''}://localhost:{self.port}/token"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def answer(self, form: dict[str, str]) -> Reply:
        self.asked.append(form)
        if self.replies:
            return self.replies.pop(0)
        token = {"access_token": f"token-{len(self.asked)}", "expires_in": self.expires_in}
        return Reply(body={"token_type": "Bearer", **token})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(tokens: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            reply = tokens.answer(dict(parse_qsl(form)))
            sleep(reply.seconds)
            body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"access_token": "from a redirect"}')

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    return Handler
