"""A mail server that accepts everything: `python -m benchmarks.sink PORT RECEIVED LAST_MAIL [CERTIFICATE]`.

It is aiosmtpd in one process. Like any decent server it offers PIPELINING, and STARTTLS when it has a
certificate. RECEIVED gets a line for each mail: the instant of its final dot (time.monotonic()), a blank, and
its recipient.
"""

import asyncio
import ssl
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REPORT_EVERY_SECONDS = 0.05


class Recorder:
    """Remembers what arrived since it was last written down."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.content = b""

    async def handle_EHLO(  # noqa: N802 - their name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, offers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*offers[:-1], "250-PIPELINING", offers[-1]]

    async def handle_DATA(  # noqa: N802 - their name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.lines.append(f"{time.monotonic()} {envelope.rcpt_tos[0]}\n")
        self.content = envelope.original_content or b""
        return "250 2.0.0 OK"


async def main(port: int, received: Path, last_mail: Path, certificate: Path | None = None) -> None:
    recorder, loop = Recorder(), asyncio.get_running_loop()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    await loop.create_server(
        lambda: SMTP(recorder, hostname="localhost", loop=loop, tls_context=context), "127.0.0.1", port
    )
    with received.open("a") as report:
        while True:
            await asyncio.sleep(REPORT_EVERY_SECONDS)
            if recorder.lines:
                lines, recorder.lines = recorder.lines, []
                last_mail.write_bytes(recorder.content)  # first: who has counted a mail finds it there
                report.write("".join(lines))
                report.flush()


if __name__ == "__main__":
    port, *paths = sys.argv[1:]
    asyncio.run(main(int(port), *map(Path, paths)))
