"""Carrier: Flask-Mail's Message, made without asking the network."""

import flask_mail


class Carrier(flask_mail.Message):
    """One mail to one address.

    The original's `__init__` makes a Message-ID, for which it looks up the host's name: that takes its time
    with every mail, and seconds where DNS is out of reach. Ours is fixed when the mail is queued (M-03).
    """

    def __init__(  # all that the original sets, and nothing else
        self,
        *,
        message_id: str,
        subject: str,
        recipient: str,
        sender: str,
        body: str,
        html: str,
        reply_to: str | None,
        date: float,
        extra_headers: dict[str, str],
    ) -> None:
        self.msgId, self.date, self.charset = message_id, date, None
        self.subject, self.sender, self.reply_to = subject, sender, reply_to
        self.recipients, self.cc, self.bcc = [recipient], [], []
        self.body, self.alts, self.attachments = body, {"html": html}, []
        self.extra_headers, self.mail_options, self.rcpt_options = extra_headers, [], []
