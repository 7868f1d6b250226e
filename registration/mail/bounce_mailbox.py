"""The mailbox of the bounce address, by IMAP: what is new, what it says, and putting it away (M-59)."""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from imaplib import IMAP4
from typing import TYPE_CHECKING, Any

from registration.mail.access_tokens import access_token, forget_token
from registration.mail.bounces import MOST_BYTES
from registration.mail.outcomes import RelayUnusable
from registration.mail.trust import trusted_by

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

MAILS_PER_RUN = 200
SECONDS = 30.0  # for the connection, and for each answer
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class MailboxUnusable(Exception):
    """The bounce mailbox cannot be read now; the message says why, without secrets."""


class BounceMailbox:
    """An open mailbox. Its folder is for bounces alone: everything unread in it is read and put away."""

    def __init__(self, box: "BaseMailBox", folder: str, done_folder: str) -> None:
        self._box, self._done_folder = box, done_folder
        if not box.folder.exists(done_folder):
            box.folder.create(done_folder)
        box.folder.set(folder)

    def unread(self) -> list[str]:
        """Return the ids of unread mails, the oldest first, not more than one run shall take."""
        return self._box.uids("UNSEEN UNDELETED", charset=None)[:MAILS_PER_RUN]

    def content(self, uid: str) -> bytes:
        """Return the beginning of a mail, which stays unread; nothing when it is gone."""
        _status, answer = self._box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")

    def put_away(self, uid: str, *, is_understood: bool) -> None:
        """Move a mail to the other folder; there only what was not understood is unread."""
        if is_understood:
            self._box.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
        self._box.move([uid], self._done_folder)


@contextlib.contextmanager
def bounce_mailbox(config: Mapping[str, Any]) -> Iterator[BounceMailbox]:
    """Open the mailbox that the settings name. Raises MailboxUnusable whatever goes wrong with it."""
    from imap_tools import ImapToolsError  # noqa: PLC0415 - only the worker needs it

    folder, done_folder = config["BOUNCE_IMAP_FOLDER"], config["BOUNCE_IMAP_DONE_FOLDER"]
    if folder == done_folder:
        raise MailboxUnusable("BOUNCE_IMAP_DONE_FOLDER must be another folder than BOUNCE_IMAP_FOLDER")
    try:
        box = _connected(config)
        try:
            _sign_in(box, config)
            yield BounceMailbox(box, folder, done_folder)
        finally:
            with contextlib.suppress(ImapToolsError, IMAP4.error, OSError):
                box.logout()
    except (ImapToolsError, IMAP4.error, OSError, RelayUnusable) as error:
        where = f"{config['BOUNCE_IMAP_SERVER']}:{config['BOUNCE_IMAP_PORT']}"
        raise MailboxUnusable(f"the bounce mailbox at {where} cannot be read: {error}") from error


def _connected(config: Mapping[str, Any]) -> "BaseMailBox":
    from imap_tools import MailBox, MailBoxStartTls, MailBoxUnencrypted  # noqa: PLC0415 - the same

    server, port = str(config["BOUNCE_IMAP_SERVER"]), int(config["BOUNCE_IMAP_PORT"])
    match config["BOUNCE_IMAP_SECURITY"]:
        case "ssl":
            return MailBox(server, port, timeout=SECONDS, ssl_context=_trust(config))
        case "starttls":
            return MailBoxStartTls(server, port, timeout=SECONDS, ssl_context=_trust(config))
        case "none" if server in _LOCAL:  # never in clear text over a network (L-63)
            return MailBoxUnencrypted(server, port, timeout=SECONDS)
        case "none":
            raise MailboxUnusable(f"BOUNCE_IMAP_SECURITY=none is for this machine only, not for {server}")
        case other:
            raise MailboxUnusable(f"BOUNCE_IMAP_SECURITY is {other!r}; it must be ssl, starttls or none")


def _trust(config: Mapping[str, Any]) -> ssl.SSLContext:
    return trusted_by(config["MAIL_CA_FILE"])


def _sign_in(box: "BaseMailBox", config: Mapping[str, Any]) -> None:
    user, password = str(config["BOUNCE_IMAP_USERNAME"]), str(config["BOUNCE_IMAP_PASSWORD"])
    if not password and config["MAIL_OAUTH_TOKEN_URL"]:
        _sign_in_by_token(box, user, config)
    elif user.isascii() and password.isascii():
        box.login(user, password, initial_folder=None)
    else:
        box.login_utf8(user, password, initial_folder=None)
    # a server tells some of what it can (MOVE) only those who have signed in
    _status, answer = box.client.capability()
    box.client.capabilities = tuple((answer[0] or b"").decode("ascii", "replace").upper().split())


def _sign_in_by_token(box: "BaseMailBox", user: str, config: Mapping[str, Any]) -> None:
    """By the token that mails are sent with (M-62); one that is refused is not tried again."""
    try:
        box.xoauth2(user, access_token(config), initial_folder=None)
    except IMAP4.error:
        forget_token(config)
        raise
