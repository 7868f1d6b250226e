"""The file that tells when mail cannot (M-58)."""

from datetime import timedelta
from pathlib import Path

from registration.mail.alerts import note
from tests.times import NOW


def test_each_note_is_a_line_with_its_instant(tmp_path: Path) -> None:
    config = {"MAIL_ALERT_FILE": str(tmp_path / "alerts.log")}

    note(config, "mail stands still: 535\nwrong password", NOW)
    note(config, "mail leaves again", NOW + timedelta(hours=1))

    assert (tmp_path / "alerts.log").read_text() == (
        "2027-01-15T09:00:00+00:00 mail stands still: 535 wrong password\n"
        "2027-01-15T10:00:00+00:00 mail leaves again\n"
    )


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    note({"MAIL_ALERT_FILE": str(tmp_path / "nowhere" / "alerts.log")}, "mail stands still", NOW)

    assert list(tmp_path.iterdir()) == []


def test_without_a_file_nothing_is_written(tmp_path: Path) -> None:
    note({"MAIL_ALERT_FILE": None}, "mail stands still", NOW)

    assert list(tmp_path.iterdir()) == []
