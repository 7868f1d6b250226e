"""What is noted beside the mails, and where they go in test mode (M-58, M-60)."""

from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest

from registration.vocabulary import OutboxState
from tests.servers.scripted_smtp import ScriptedServer
from tests.services.delivering.batches import ADA, Deliver, queue

State = OutboxState


class TestAlerts:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"MAIL_ALERT_FILE": str(tmp_path / "alerts.log")}

    def test_a_mail_rejected_for_what_it_says_is_noted(
        self, deliver: Deliver, server: ScriptedServer, settings: dict[str, Any]
    ) -> None:
        queue("ada")
        server.next("DOT", "554 5.7.1 spam")
        deliver()

        (line,) = Path(settings["MAIL_ALERT_FILE"]).read_text().splitlines()
        assert "rejected (554); see: flask mail status" in line
        assert ADA not in line


class TestTestMode:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"MAIL_TEST_ADDRESS": "probe@example.org"}

    def test_nobody_else_gets_a_mail(self, deliver: Deliver, server: ScriptedServer) -> None:
        """M-60."""
        queue("ada", "ben")

        assert deliver() == [State.SENT, State.SENT]
        assert server.recipients == ["probe@example.org"] * 2
        assert all(b"\r\nTo: probe@example.org\r\n" in mail.content for mail in server.taken)
        assert all("[TEST]" in str(make_header(decode_header(subject))) for subject in _subjects(server))


def _subjects(server: ScriptedServer) -> list[str]:
    return [message_from_bytes(mail.content)["Subject"] for mail in server.taken]
