"""A second reader of calendar files, strict where parsers forgive (RFC 5545, 5546, 7986; C-01 to C-15).

It shares no code with the icalendar package that writes them: octets, lines, parameters, escapes, what each
component must and must not have, and what instant a wall time is by the file's own VTIMEZONE.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_VALUE = r'(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
_PARAMETER = rf";[A-Z0-9-]+={_VALUE}(?:,{_VALUE})*"
_LINE = re.compile(rf"([A-Z][A-Z0-9-]*)((?:{_PARAMETER})*):([^\x00-\x08\x0a-\x1f\x7f]*)")
_ONE_PARAMETER = re.compile(rf";([A-Z0-9-]+)=({_VALUE}(?:,{_VALUE})*)")
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]+")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")
_LAST_SUNDAY = re.compile(r"-1SU", re.IGNORECASE)
TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION")
LONGEST_LINE = 75


class NotICalendar(ValueError):
    """The file is none; the words say where."""


@dataclass(frozen=True)
class Property:
    """One line: `parameters` without quotes, the value as it stands."""

    name: str
    parameters: dict[str, list[str]]
    value: str

    @property
    def text(self) -> str:
        """A TEXT value without its escapes (3.3.11)."""
        return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n"}.get(found[1], found[1]), self.value)


@dataclass
class Component:
    """What stands between BEGIN and END."""

    name: str
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def one(self, name: str) -> Property:
        found = self.all(name)
        if len(found) != 1:
            raise NotICalendar(f"{name} stands {len(found)} times in {self.name}")
        return found[0]

    def value(self, name: str) -> str:
        return self.one(name).value

    def of(self, name: str) -> list["Component"]:
        return [one for one in self.parts if one.name == name]


def read(content: bytes) -> Component:
    """Return the VCALENDAR of a file; raises NotICalendar."""
    top = Component("")
    open_ = [top]
    for line in lines_of(content):
        found = _LINE.fullmatch(line)
        if found is None:
            raise NotICalendar(f"no line of a calendar: {line!r}")
        name, parameters, value = found.groups()
        if name == "BEGIN":
            open_.append(Component(value))
            open_[-2].parts.append(open_[-1])
        elif name == "END":
            if open_.pop().name != value or not open_:
                raise NotICalendar(f"END:{value} ends something else")
        else:
            open_[-1].properties.append(Property(name, _parameters(parameters), value))
    if len(open_) != 1 or top.properties or [one.name for one in top.parts] != ["VCALENDAR"]:
        raise NotICalendar("not exactly one whole VCALENDAR")
    return top.parts[0]


def lines_of(content: bytes) -> list[str]:
    """Unfold: CRLF only, 75 octets at most, no fold within a character (3.1, C-02, C-03)."""
    if not content.startswith(b"BEGIN:VCALENDAR\r\n") or not content.endswith(b"END:VCALENDAR\r\n"):
        raise NotICalendar("something stands before or after the calendar")
    if content.count(b"\r\n") != content.count(b"\r") or content.count(b"\r\n") != content.count(b"\n"):
        raise NotICalendar("bare CR or LF")
    folded = content.removesuffix(b"\r\n").split(b"\r\n")
    if too_long := [one for one in folded if not 0 < len(one) <= LONGEST_LINE]:
        raise NotICalendar(f"line of {len(too_long[0])} octets")
    try:
        decoded = [one.decode() for one in folded]
    except UnicodeDecodeError as fault:
        raise NotICalendar("a fold cuts a character in two, or it is not UTF-8") from fault
    return "\r\n".join(decoded).replace("\r\n ", "").split("\r\n")


def faults(content: bytes) -> list[str]:
    """Return what is wrong with a file of ours, in words; nothing when all is well."""
    try:
        calendar = read(content)
        return [wrong for rule in RULES for wrong in rule(calendar)]
    except (NotICalendar, ValueError) as fault:
        return [str(fault)]


def instant_of(calendar: Component, when: Property) -> datetime:
    """Return the instant of a DATE-TIME, as the file's own VTIMEZONE says (3.6.5)."""
    if when.value.endswith("Z"):
        return datetime.strptime(when.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    (zone_id,) = when.parameters.get("TZID", [""])
    zones = [one for one in calendar.of("VTIMEZONE") if one.value("TZID") == zone_id]
    if len(zones) != 1:
        raise NotICalendar(f"{when.name} is of zone {zone_id!r}, which stands {len(zones)} times in the file")
    local = _wall(when.value)
    onsets = [
        (onset, part) for part in zones[0].parts for onset in _onsets(part, local.year) if onset <= local
    ]
    if not onsets:
        raise NotICalendar(f"no observance for {when.value}")
    _latest, observance = max(onsets, key=lambda one: one[0])
    return (local - _offset(observance.value("TZOFFSETTO"))).replace(tzinfo=UTC)


def _onsets(observance: Component, year: int) -> Iterator[datetime]:
    """Yield when an observance begins, in wall times: its start, its dates, and its rule of two years."""
    first = _wall(observance.value("DTSTART"))
    yield first
    for dates in observance.all("RDATE"):
        yield from map(_wall, dates.value.split(","))
    for rule in observance.all("RRULE"):
        parts = dict(one.split("=") for one in rule.value.split(";"))
        if parts.get("FREQ") != "YEARLY" or not _LAST_SUNDAY.fullmatch(parts.get("BYDAY", "")):
            raise NotICalendar(f"a rule that Outlook cannot follow: {rule.value}")
        for one in (year - 1, year):
            onset = _last_sunday(one, int(parts["BYMONTH"]), first)
            if onset >= first:
                yield onset


def _last_sunday(year: int, month: int, at: datetime) -> datetime:
    after = datetime(year + month // 12, month % 12 + 1, 1, at.hour, at.minute)  # noqa: DTZ001 - a wall time
    day = after - timedelta(days=1)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _wall(value: str) -> datetime:
    return datetime.strptime(value, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall time


def _offset(value: str) -> timedelta:
    found = _OFFSET.fullmatch(value)
    if found is None:
        raise NotICalendar(f"no offset: {value}")
    minutes = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return minutes if found[1] == "+" else -minutes


def _parameters(written: str) -> dict[str, list[str]]:
    return {
        name: [one.strip('"') for one in re.findall(_VALUE, values) if one]
        for name, values in _ONE_PARAMETER.findall(written)
    }


# What every file of ours must be


def _calendar(calendar: Component) -> Iterator[str]:
    expected = {"VERSION": "2.0", "CALSCALE": "GREGORIAN"}
    yield from (f"{name} is not {value}" for name, value in expected.items() if calendar.value(name) != value)
    if calendar.value("METHOD") not in ("PUBLISH", "CANCEL"):
        yield "METHOD is neither PUBLISH nor CANCEL"
    if not calendar.value("PRODID") or not calendar.of("VEVENT"):
        yield "no PRODID, or no event (C-18)"
    uids = [one.value("UID") for one in calendar.of("VEVENT")]
    if len(set(uids)) != len(uids):
        yield "a UID stands twice"


def _zones(calendar: Component) -> Iterator[str]:
    for zone in calendar.of("VTIMEZONE"):
        names = sorted(one.name for one in zone.parts)
        if zone.value("TZID") == "Europe/Berlin" and names != ["DAYLIGHT", "STANDARD"]:
            yield f"Berlin has {names} (C-08)"
        for part in zone.parts:
            _offset(part.value("TZOFFSETFROM"))
            _offset(part.value("TZOFFSETTO"))


def _events(calendar: Component) -> Iterator[str]:
    """Times and texts must be there, and follow each other (RFC 5546, 3.2.1 and 3.2.5)."""
    for event in calendar.of("VEVENT"):
        for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "ORGANIZER", "SUMMARY", "STATUS"):
            event.one(name)
        if event.all("ATTENDEE") or event.all("DURATION"):
            yield "ATTENDEE or DURATION stands there (C-07, C-08)"
        if instant_of(calendar, event.one("DTSTART")) >= instant_of(calendar, event.one("DTEND")):
            yield "it ends before it starts"
        stamped, modified = event.value("DTSTAMP"), event.value("LAST-MODIFIED")
        if not (stamped.endswith("Z") and modified.endswith("Z") and modified <= stamped):
            yield "it is not stamped in UTC, or was changed after it was written (C-06)"


def _states(calendar: Component) -> Iterator[str]:
    is_cancelled = calendar.value("METHOD") == "CANCEL"
    for event in calendar.of("VEVENT"):
        if not event.value("SEQUENCE").isdecimal():
            yield "SEQUENCE is no number"
        if (event.value("STATUS") == "CANCELLED") is not is_cancelled:
            yield "STATUS and METHOD differ (C-12)"
        if not event.value("ORGANIZER").startswith("mailto:"):
            yield "ORGANIZER has no mailbox"


def _values(calendar: Component) -> Iterator[str]:
    for event in calendar.of("VEVENT"):
        for part in (event, *event.of("VALARM")):
            texts = [one for name in TEXTS for one in part.all(name)]
            yield from (f"unescaped text: {one.value}" for one in texts if not _TEXT.fullmatch(one.value))
        addresses = (*event.all("URL"), *event.all("CONFERENCE"))
        yield from (f"no address: {one.value}" for one in addresses if not _URI.fullmatch(one.value))
        for conference in event.all("CONFERENCE"):
            if conference.parameters.get("VALUE") != ["URI"] or "FEATURE" not in conference.parameters:
                yield "CONFERENCE without VALUE=URI and FEATURE (RFC 7986, 5.11)"


def _alarms(calendar: Component) -> Iterator[str]:
    for event in calendar.of("VEVENT"):
        alarms = event.of("VALARM")
        if len(alarms) > 1 or (alarms and calendar.value("METHOD") == "CANCEL"):
            yield f"{len(alarms)} alarms (C-09)"
        for alarm in alarms:
            if alarm.value("ACTION") != "DISPLAY" or not alarm.value("DESCRIPTION"):
                yield "the alarm shows nothing"
            if not re.fullmatch(r"-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?", alarm.value("TRIGGER")):
                yield f"no duration: {alarm.value('TRIGGER')}"


RULES: tuple[Callable[[Component], Iterator[str]], ...] = (
    _calendar, _zones, _events, _states, _values, _alarms,
)  # fmt: skip
