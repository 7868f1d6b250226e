"""Questions that depend on each other: no chains, no circles, and no answer that nobody can give."""

import pytest
from flask import Flask

from registration.errors import NotPossible
from registration.extensions import db
from registration.models import Question, Workshop
from registration.services import furnishing
from registration.services.furnishing import QuestionFacts
from registration.services.publishing import duplicate
from registration.vocabulary import QuestionKind
from tests.factories import make_organiser, make_workshop, sign_up
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


class Desk:
    """An organiser who works on the questions of one workshop."""

    def __init__(self) -> None:
        self.by = {"organiser_id": make_organiser().id, "now": NOW}
        self.workshop_id = make_workshop().id

    @property
    def workshop(self) -> Workshop:
        db.session.expire_all()
        return db.session.get_one(Workshop, self.workshop_id)

    def ask(self, label: str, kind: QuestionKind = QuestionKind.YES_NO_UNSURE, **facts: object) -> int:
        new = QuestionFacts(kind=kind, label=label, purpose="Für die Planung.", **facts)
        return furnishing.add_part(self.workshop_id, new, version=self.workshop.version, **self.by)

    def change(self, number: int, kind: QuestionKind = QuestionKind.YES_NO_UNSURE, **facts: object) -> None:
        new = QuestionFacts(kind=kind, label="Geändert?", purpose="Für die Planung.", **facts)
        furnishing.change_part(self.workshop_id, number, new, version=self.workshop.version, **self.by)

    def remove(self, number: int) -> None:
        version = self.workshop.version
        furnishing.remove_part(self.workshop_id, Question, number, version=version, **self.by)


@pytest.fixture
def desk(app_context: Flask) -> Desk:
    return Desk()


def test_question_may_depend_on_an_answer_to_an_earlier_one(desk: Desk) -> None:
    travels = desk.ask("Reisen Sie an?")
    when = desk.ask("Wann?", QuestionKind.DATE, depends_on_id=travels, depends_on_value="yes")

    assert db.session.get_one(Question, when).depends_on_id == travels


def test_chain_is_refused_from_both_ends(desk: Desk) -> None:
    first, second, third = desk.ask("A?"), desk.ask("B?"), desk.ask("C?")
    desk.change(third, depends_on_id=second, depends_on_value="yes")

    with pytest.raises(NotPossible, match="NotPossible"):
        desk.change(second, depends_on_id=first)
    with pytest.raises(NotPossible):
        desk.ask("D?", depends_on_id=third)


def test_circle_is_refused(desk: Desk) -> None:
    first, second = desk.ask("A?"), desk.ask("B?")
    desk.change(second, depends_on_id=first)

    with pytest.raises(NotPossible):
        desk.change(first, depends_on_id=second)
    with pytest.raises(NotPossible):
        desk.change(first, depends_on_id=first)


def test_question_of_another_workshop_is_refused(desk: Desk) -> None:
    foreign = Desk.__new__(Desk)
    foreign.by, foreign.workshop_id = desk.by, make_workshop(slug="andere").id

    with pytest.raises(NotPossible):
        desk.ask("A?", depends_on_id=foreign.ask("B?"))


def test_answer_that_nobody_can_give_is_refused(desk: Desk) -> None:
    place = desk.ask("Wo?", QuestionKind.CHOICE, options=["vor Ort", "online"])
    free = desk.ask("Wie?", QuestionKind.SHORT_TEXT)

    with pytest.raises(NotPossible):
        desk.ask("A?", depends_on_id=place, depends_on_value="zu Hause")
    with pytest.raises(NotPossible):
        desk.ask("A?", depends_on_id=free, depends_on_value="mit dem Rad")
    desk.ask("A?", depends_on_id=free)


def test_option_that_another_question_needs_stays(desk: Desk) -> None:
    place = desk.ask("Wo?", QuestionKind.CHOICE, options=["vor Ort", "online"])
    desk.ask("Essen?", depends_on_id=place, depends_on_value="vor Ort")

    with pytest.raises(NotPossible):
        desk.change(place, QuestionKind.CHOICE, options=["hier", "online"])
    with pytest.raises(NotPossible):
        desk.change(place, QuestionKind.SHORT_TEXT)
    desk.change(place, QuestionKind.CHOICE, options=["vor Ort", "online", "beides"])


def test_question_that_another_needs_is_not_removed(desk: Desk) -> None:
    first = desk.ask("A?")
    second = desk.ask("B?", depends_on_id=first)

    with pytest.raises(NotPossible):
        desk.remove(first)

    desk.remove(second)
    desk.remove(first)


def test_changed_question_keeps_the_answers_that_were_given(desk: Desk) -> None:
    number = desk.ask("Wo?", QuestionKind.CHOICE, options=["vor Ort", "online"])
    ada = sign_up(desk.workshop, answers={number: "vor Ort"})

    desk.change(number, QuestionKind.CHOICES, options=["online", "vor Ort", "beides"])

    db.session.expire_all()
    assert [answer.value for answer in ada.answers] == ["vor Ort"]


def test_copy_of_a_workshop_has_dependencies_of_its_own(desk: Desk) -> None:
    first = desk.ask("Wo?", QuestionKind.CHOICE, options=["vor Ort", "online"], option_limits={"vor Ort": 12})
    desk.ask("Essen?", depends_on_id=first, depends_on_value="vor Ort", help_text="Ohne Diagnosen.")

    copy = db.session.get_one(Workshop, duplicate(desk.workshop_id, **desk.by))

    place, food = copy.questions
    assert (place.option_limits, food.help_text) == ({"vor Ort": 12}, "Ohne Diagnosen.")
    assert (food.depends_on_id, food.depends_on_value) == (place.id, "vor Ort")
    assert place.id != first
