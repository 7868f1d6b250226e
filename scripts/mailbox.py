"""A local mailbox: takes every mail by SMTP and keeps it in a Maildir. For development only.

Started as `python -m scripts.mailbox`; the page /mailbox shows what it holds.
"""

import os
import signal
import sys
from mailbox import Maildir

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


class Keep:
    """Handler of aiosmtpd: store what was accepted, with its envelope as header fields."""

    def __init__(self, folder: str) -> None:
        self.maildir = Maildir(folder)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - their name
        recipients = ", ".join(envelope.rcpt_tos)
        fields = f"X-MailFrom: {envelope.mail_from or '<>'}\r\nX-RcptTo: {recipients}\r\n"
        content = envelope.original_content or b""
        # Written to tmp/ and moved: a reader never sees half a mail.
        key = self.maildir.add(fields.encode() + content)
        return f"250 OK, kept as {key}"


def main() -> None:
    folder, port = os.environ["MAILBOX_DIR"], int(os.environ.get("MAILBOX_PORT", "2525"))
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    controller = Controller(Keep(folder), hostname=HOST, port=port)
    try:
        controller.start()
    except OSError as problem:
        sys.exit(f"Port {port}: {os.strerror(problem.errno or 0)}. Choose another with MAILBOX_PORT=….")
    signal.sigwait(stop)
    controller.stop()


if __name__ == "__main__":
    main()
