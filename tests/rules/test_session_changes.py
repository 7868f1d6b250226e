"""Whoever knows how a session is gets no mail; everybody else is told from what she knows (C-06)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registration.rules.session_changes import (
    Facts,
    facts_of,
    news_of,
    told_before,
    told_nothing,
    version_known,
)
from registration.vocabulary import WorkshopFormat
from tests.times import NOW

PEOPLE = ("ada", "ben", "cleo")
ROOMS = ("https://meeting.example.org/a", "https://meeting.example.org/b", "")


@dataclass
class Workshop:
    format: WorkshopFormat = WorkshopFormat.ONLINE


@dataclass
class Session:
    """A session in memory: the day and the room change."""

    starts_local: datetime
    room_link: str = ROOMS[0]
    workshop: Workshop = field(default_factory=Workshop)
    zone: str = "Europe/Berlin"
    dial_in_local: datetime | None = None
    place: str = ""
    room_platform: str = ""
    room_meeting_number: str = ""
    room_password: str = ""
    room_phones: str = ""

    @property
    def ends_local(self) -> datetime:
        return self.starts_local + timedelta(hours=2)


def day(number: int) -> datetime:
    return datetime.fromisoformat(f"2027-02-2{number}T10:00")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.tuples(st.integers(1, 3), st.sampled_from(ROOMS))),
        st.tuples(st.just("learn"), st.sampled_from(PEOPLE)),  # with a seat, or by a reminder
        st.tuples(st.just("leave"), st.sampled_from(PEOPLE)),
        st.tuples(st.just("tell"), st.none()),
    ),
    max_size=25,
)


@given(is_new=st.booleans(), first=st.sets(st.sampled_from(PEOPLE)), steps=STEPS)
def test_after_telling_everybody_knows_how_it_is_and_nobody_hears_what_she_knew(
    is_new: bool, first: set[str], steps: list[tuple[str, object]]
) -> None:
    session = Session(day(1))
    since = dict.fromkeys(first, NOW)
    now = NOW + timedelta(minutes=1)
    mind: dict[str, Facts | None] = dict.fromkeys(first, None if is_new else facts_of(session))
    told = told_nothing(now) if is_new and first else None
    for number, (step, about) in enumerate([*steps, ("tell", None)], 2):
        now = NOW + timedelta(minutes=number)
        if step == "change":
            before = facts_of(session)
            start, link = about  # type: ignore[misc] # a pair goes with this step
            session.starts_local, session.room_link = day(start), link
            if facts_of(session) != before:
                told = told_before(told, before, session, now, since.values())
        elif step == "learn":
            since[str(about)], mind[str(about)] = now, facts_of(session)
        elif step == "leave":
            since.pop(str(about), None)
            mind.pop(str(about), None)
        else:
            for person in since:
                known = version_known(told, since[person])
                news = news_of(known, session) if known else {}
                assert bool(news) == (mind[person] != facts_of(session))
                assert all(news[name] == (mind[person] or news)[name] for name in news)
                mind[person] = facts_of(session)
            told = None
    assert all(known == facts_of(session) for known in mind.values())


def test_what_nobody_knows_any_more_is_forgotten() -> None:
    session, minute = Session(day(1)), timedelta(minutes=1)
    before = facts_of(session)
    session.starts_local = day(2)
    told = told_before(None, before, session, NOW, [NOW - minute])

    session.starts_local = day(1)

    assert told is not None
    assert told_before(told, before | {"starts_local": "x"}, session, NOW + minute, [NOW - minute]) is None
    kept = told_before(told, before | {"starts_local": "x"}, session, NOW + minute, [NOW + minute])
    assert [one["starts_local"] for one in kept or ()] == ["x"]
