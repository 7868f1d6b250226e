"""A throw-away IMAP server (Dovecot): a mailbox for every name, one password for all, and tokens."""

import grp
import hmac
import json
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
from base64 import b64encode, urlsafe_b64encode
from itertools import count
from pathlib import Path
from time import time
from typing import Any

from tests.servers.certificates import Authority
from tests.servers.missing import skip_missing
from tests.servers.ports import free_port, wait_until

PASSWORD = "secret-enough"
CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = {folder}
log_path = {folder}/dovecot.log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
ssl = yes
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
mail_location = maildir:{folder}/mails/%u
"""

TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""
_KEY = b"the key of who issues tokens here"


class ImapServer:
    """`mailbox()` gives a new, empty mailbox on it."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self._program = folder, program
        self.plain_port, self.tls_port = free_port(), free_port()
        self.authority = Authority(folder)
        self.authority.context("localhost")
        self._account = _unprivileged()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        user, group = pwd.getpwuid(self._user).pw_name, grp.getgrgid(self._group).gr_name
        names = {"folder": self.folder, "user": user, "group": group, "password": PASSWORD}
        ports = {"plain_port": self.plain_port, "tls_port": self.tls_port}
        (self.folder / "dovecot.conf").write_text(CONFIGURATION.format(**names, **ports))
        (self.folder / "oauth2.conf").write_text(TOKENS.format(folder=self.folder))
        (self.folder / "mails").mkdir()
        key = self.folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(b64encode(_KEY))
        self.own(self.folder, *self.folder.rglob("*"))
        command = [self._program, "-F", "-c", str(self.folder / "dovecot.conf")]
        with (self.folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, **self._account)
        wait_until(self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def mailbox(self) -> "Mailbox":
        return Mailbox(self, f"bounces-{next(self._numbers)}")

    def own(self, *paths: Path) -> None:
        """Let the server's account have these files."""
        if self._account:
            for path in paths:
                os.chown(path, self._user, self._group)

    @property
    def _user(self) -> int:
        return int(self._account.get("user", os.geteuid()))

    @property
    def _group(self) -> int:
        return int(self._account.get("group", os.getegid()))

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "output.log").read_text()
        try:
            return self.mailbox().content_of("INBOX") == []
        except OSError:
            return False


class Mailbox:
    """`drop()` puts a mail into it as a mail server would; `content_of()` shows what lies in a folder."""

    def __init__(self, server: ImapServer, user: str) -> None:
        self._server, self.user = server, user
        self._numbers = count(1)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that make the application read it, over TLS."""
        return {
            "BOUNCE_IMAP_SERVER": "localhost",
            "BOUNCE_IMAP_PORT": self._server.tls_port,
            "BOUNCE_IMAP_USERNAME": self.user,
            "BOUNCE_IMAP_PASSWORD": PASSWORD,
            "MAIL_CA_FILE": str(self._server.authority.file),
        }

    @property
    def token(self) -> str:
        """A token (RFC 7519) that opens this mailbox for a minute."""
        now = int(time())
        claims = {"sub": self.user, "iat": now, "exp": now + 60}
        signed = b".".join(
            _part(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, claims)
        )
        return (signed + b"." + _part(hmac.digest(_KEY, signed, "sha256"))).decode()

    def drop(self, content: bytes) -> None:
        folder = self._server.folder / "mails" / self.user
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        number = next(self._numbers)
        mail = folder / "new" / f"{1_800_000_000 + number}.M{number}.localhost"
        mail.write_bytes(content)
        self._server.own(folder, *folder.iterdir(), mail)

    def content_of(self, name: str) -> list[tuple[str, bool]]:
        """Subject of each mail in a folder, and whether it is read, the oldest first."""
        from imap_tools import MailBox

        context = ssl.create_default_context(cafile=self._server.authority.file)
        with MailBox("localhost", self._server.tls_port, ssl_context=context) as box:
            box.login(self.user, PASSWORD)
            if not box.folder.exists(name):
                return []
            box.folder.set(name)
            return [(mail.subject, r"\Seen" in mail.flags) for mail in box.fetch(mark_seen=False)]


def run_imap() -> ImapServer:
    """Start a server in a new folder, or skip the test when Dovecot is not installed."""
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
    if program is None or not Path("/usr/lib/dovecot/imap").exists():
        skip_missing("the IMAP server Dovecot is not installed")
    server = ImapServer(Path(tempfile.mkdtemp(prefix="imap-")), program)
    try:
        server.start()
    except BaseException:
        server.stop()
        raise
    return server


def _part(octets: bytes) -> bytes:
    return urlsafe_b64encode(octets).rstrip(b"=")


def _unprivileged() -> dict[str, Any]:
    """Who runs it: a root's mail Dovecot does not serve."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
