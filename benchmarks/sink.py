"""A mail server that accepts and counts: `python -m benchmarks.sink PORT REPORT LAST_MAIL`."""

import asyncio
import json
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

REPORT_EVERY_SECONDS = 0.05


class Counter:
    """Counts, keeps the instants of the first and last mail, and the last mail itself."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = 0.0
        self.content = b""

    async def handle_DATA(  # noqa: N802 - their name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.count += 1
        self.content = envelope.original_content or b""
        return "250 2.0.0 OK"


async def main(port: int, report: Path, last_mail: Path) -> None:
    counter = Counter()
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(counter, hostname="localhost", loop=loop), "127.0.0.1", port)
    written = -1
    while True:
        await asyncio.sleep(REPORT_EVERY_SECONDS)
        if counter.count != written:
            written = counter.count
            last_mail.write_bytes(counter.content)
            new = report.with_suffix(".new")
            new.write_text(json.dumps({"count": written, "first": counter.first, "last": counter.last}))
            new.replace(report)  # whoever reads sees the old or the new one, never half of it


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
