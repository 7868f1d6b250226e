"""The form of one meeting: day, wall times, place, room, agenda."""

from datetime import date, datetime, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, RadioField
from wtforms.validators import Optional

from registration.forms.organiser.fields import LocalDateField, LocalTimeField, filled, line, required, text
from registration.models import WorkshopSession
from registration.rules.date_words import long_date
from registration.rules.wall_times import (
    AmbiguousTime,
    NonExistentTime,
    is_ambiguous,
    to_instant,
    to_local,
)

SUMMER, WINTER = "0", "1"  # the fold of the first and of the second of two equal wall times
SPARE_LINES = 4
_PLAIN = (
    *("title", "place", "room_platform", "room_link", "room_meeting_number", "room_password", "room_phones"),
)


class AgendaForm(Form):
    """One line of the programme."""

    at = LocalTimeField("Uhrzeit")
    item = line("Programmpunkt")
    by = line("Wer")


class SessionForm(FlaskForm):
    version = HiddenField()
    title = line("Titel des Termins", description="Nur nötig bei mehreren Terminen.")
    day = LocalDateField("Tag", [required("Geben Sie den Tag ein.")], description="TT.MM.JJJJ")
    starts = LocalTimeField("Beginn", [required("Geben Sie den Beginn ein.")], description="hh:mm")
    ends = LocalTimeField("Ende", [required("Geben Sie das Ende ein.")], description="hh:mm")
    end_day = LocalDateField("Letzter Tag", description="Nur, wenn der Termin über Mitternacht geht.")
    dial_in = LocalTimeField("Einwahl ab", description="hh:mm. Nur bei Online-Terminen.")
    fold = RadioField(
        "Welche Uhrzeit ist gemeint?",
        [Optional()],
        choices=[(SUMMER, "Sommerzeit (die erste)"), (WINTER, "Winterzeit (die zweite)")],
        description="In dieser Nacht wird die Uhr zurückgestellt: Die Uhrzeit gibt es zweimal.",
    )
    place = text("Ort", longest=500)
    room_platform = line("Plattform", description="Zum Beispiel Webex.")
    room_link = line("Link zum Meeting", longest=2000)
    room_meeting_number = line("Meeting-Nummer", longest=100)
    room_password = line("Passwort des Meetings", longest=100)
    room_phones = text("Telefonnummern zur Einwahl", longest=500, description="Eine Nummer je Zeile.")
    agenda = FieldList(FormField(AgendaForm), min_entries=0, max_entries=60)

    zone = "Europe/Berlin"
    asks_for_fold = False

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        return self._check_link() and self._check_agenda() and is_valid and self._check_times()

    @property
    def starts_local(self) -> datetime:
        return datetime.combine(self.day.day or date.min, self.starts.wall_time or time.min)

    @property
    def ends_local(self) -> datetime:
        return datetime.combine(self.end_day.day or self.day.day or date.min, self.ends.wall_time or time.min)

    @property
    def dial_in_local(self) -> datetime | None:
        return (
            datetime.combine(self.day.day or date.min, self.dial_in.wall_time)
            if self.dial_in.wall_time
            else None
        )

    def facts(self) -> dict[str, Any]:
        """Return what the service asks for, the agenda as (time, item, by)."""
        return filled(self, _PLAIN) | {
            "starts_local": self.starts_local,
            "ends_local": self.ends_local,
            "dial_in_local": self.dial_in_local,
            "fold": int(self.fold.data) if self.fold.data in (SUMMER, WINTER) else None,
            "agenda": [
                (row.form.at.wall_time, row.form.item.data, row.form.by.data)
                for row in self.agenda
                if row.form.item.data
            ],
        }

    def add_spare_lines(self) -> None:
        """Leave room for more lines of the programme; without scripts there is no button for them."""
        for _ in range(SPARE_LINES):
            self.agenda.append_entry({})

    def _check_times(self) -> bool:
        """Refuse times that the clock jumps over, and ask which of two equal ones is meant (T-06)."""
        fold = int(self.fold.data) if self.fold.data in (SUMMER, WINTER) else None
        times = (("starts", self.starts_local), ("ends", self.ends_local), ("dial_in", self.dial_in_local))
        checked = [self._check_time(name, local, fold) for name, local in times if local]
        return all(checked)

    def _check_time(self, name: str, local: datetime, fold: int | None) -> bool:
        try:
            to_instant(local, self.zone, fold)
        except NonExistentTime as gap:
            told = f"{long_date(local, 'de')}: Die Uhr wird vorgestellt, {local:%H:%M} Uhr gibt es nicht. "
            self[name].errors = [f"{told}Gemeint ist vielleicht {gap.suggestion:%H:%M} Uhr."]
            return False
        except AmbiguousTime:
            self.asks_for_fold = True
            self.fold.errors = [
                f"{local:%H:%M} Uhr gibt es in dieser Nacht zweimal. Wählen Sie eine der beiden."
            ]
            return False
        return True

    def _check_link(self) -> bool:
        link = self.room_link.data
        if link and not link.startswith(("https://", "http://")):
            self.room_link.errors = ["Der Link beginnt mit https://."]
            return False
        return True

    def _check_agenda(self) -> bool:
        """Every item needs its time; the summary on top gets one sentence for all lines."""
        untimed = [row for row in self.agenda if row.form.item.data and not row.form.at.data]
        for row in untimed:
            row.form.at.errors = ["Geben Sie die Uhrzeit ein."]
        if untimed or self.agenda.errors:
            self.agenda.errors = ["Prüfen Sie die Uhrzeiten im Programm."]
        return not self.agenda.errors


def stored(one: WorkshopSession) -> dict[str, Any]:
    """Return what the form shows of a session."""
    same_day = one.starts_local.date() == one.ends_local.date()
    return {name: getattr(one, name) for name in _PLAIN} | {
        "version": one.workshop.version,
        "day": f"{one.starts_local:%d.%m.%Y}",
        "starts": f"{one.starts_local:%H:%M}",
        "ends": f"{one.ends_local:%H:%M}",
        "end_day": "" if same_day else f"{one.ends_local:%d.%m.%Y}",
        "dial_in": f"{one.dial_in_local:%H:%M}" if one.dial_in_local else "",
        "fold": _fold(one),
        "agenda": _agenda(one),
    }


def _fold(one: WorkshopSession) -> str:
    """Which of two equal wall times is meant; nothing where none is: then it is asked (T-06)."""
    times = (
        (one.starts_local, one.starts_at),
        (one.ends_local, one.ends_at),
        (one.dial_in_local, one.dial_in_at),
    )
    twice = [
        to_local(instant, one.zone).fold
        for local, instant in times
        if local and instant and is_ambiguous(local, one.zone)
    ]
    return str(max(twice)) if twice else ""


def like(one: WorkshopSession) -> dict[str, Any]:
    """Return what a new session may take over from an older one: neither dates nor the meeting's access."""
    kept = ("title", "starts", "ends", "dial_in", "agenda", "place", "room_platform")
    return {name: value for name, value in stored(one).items() if name in kept}


def _agenda(one: WorkshopSession) -> list[dict[str, str]]:
    return [{"at": f"{item.at:%H:%M}", "item": item.item, "by": item.by} for item in one.agenda]
