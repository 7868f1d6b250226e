"""What /styleguide puts into the macros: a form, a workshop that is in no database, every state."""

from datetime import datetime, time, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its types
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from registration.forms.checks import MailAddress
from registration.models import AgendaItem, Workshop, WorkshopSession
from registration.views.availability import WORDS, Chance
from registration.vocabulary import WorkshopFormat

WAYS = [
    SelectChoice(value, word)
    for value, word in (("talk", "Vortrag"), ("group", "Arbeitsgruppe"), ("visit", "Besuch vor Ort"))
]
STATES = [
    SelectChoice(value, word) for value, word in (("", "Bitte wählen"), ("HE", "Hessen"), ("TH", "Thüringen"))
]
CAPACITY, TAKEN = 16, 12
START = datetime(2027, 2, 24, 10, tzinfo=ZoneInfo("Europe/Berlin"))
WALL_TIME = START.replace(tzinfo=None)


class Step(NamedTuple):
    """As the page of one's own registration has them."""

    name: str
    is_done: bool
    is_here: bool


class Page(NamedTuple):
    """Where the pager stands."""

    page: int
    pages: int


STEPS = [
    Step("Eingegangen", True, False),
    Step("Bestätigt", True, True),
    Step("Zusage", False, False),
    Step("Teilgenommen", False, False),
]
PAGES = [Page(1, 3), Page(2, 3), Page(3, 3)]


class BoxesField(SelectMultipleField):
    """Several of many."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _asked(sentence: str) -> list[Any]:
    return [InputRequired(sentence)]


class SampleForm(Form):
    """One field of each kind; nearly each is required, so that all errors can be seen."""

    name = StringField("Name", _asked("Geben Sie Ihren Namen ein."), description="Wie wir Sie anreden.")
    email = EmailField("E-Mail-Adresse", [MailAddress()])
    people = StringField("Wie viele?", _asked("Geben Sie eine Zahl ein."), description="Von 1 bis 20.")
    arrival = DateField("Tag der Anreise", _asked("Geben Sie einen Tag ein."))
    wishes = TextAreaField("Was erwarten Sie?", _asked("Schreiben Sie ein paar Worte."))
    state = SelectField("Bundesland", choices=STATES)
    way = RadioField("Eine von mehreren", _asked("Wählen Sie eine Möglichkeit."), choices=WAYS)
    ways = BoxesField("Mehrere von vielen", _asked("Wählen Sie mindestens eine."), choices=WAYS)
    agreed = BooleanField("Ich bin einverstanden", _asked("Setzen Sie hier ein Häkchen."))
    decided = RadioField(
        "Eine Entscheidung", _asked("Setzen Sie hier ein Häkchen."), choices=[("yes", "Ja, ich will das")]
    )


def form_with_errors() -> SampleForm:
    form = SampleForm(MultiDict({"wrong-email": "keine-adresse"}), prefix="wrong")
    form.validate()
    form.state.errors = ["Wählen Sie ein Bundesland."]
    return form


def sample_workshop() -> Workshop:
    """A workshop that nobody saves."""
    one = WorkshopSession(
        zone="Europe/Berlin",
        starts_local=WALL_TIME,
        ends_local=WALL_TIME + timedelta(hours=2, minutes=30),
        starts_at=START,
        agenda=[
            AgendaItem(at=time(10), item="Begrüßung", by="Projektleitung"),
            AgendaItem(at=time(10, 15), item="Wozu wir Vereinbarungen schließen", by=""),
        ],
    )
    return Workshop(
        title="Kooperationsvereinbarungen in (bester) Form",
        language="de",
        format=WorkshopFormat.ONLINE,
        contact_name="Projektleitung",
        contact_email="projektleitung@example.org",
        contact_phone="",
        sessions=[one],
    )


def sample_availabilities() -> list[Any]:
    """One for each chance, as the badges and bars take them."""
    words = {chance: word for chance, (word, _sentence) in WORDS.items()}
    words |= {Chance.BY_CHOICE: "Plätze nach Auswahl", Chance.NOT_OPEN: "Noch nicht geöffnet"}
    seats = SimpleNamespace(taken=TAKEN, capacity=CAPACITY)
    return [
        SimpleNamespace(
            chance=chance,
            words=words.get(chance, f"Noch {CAPACITY - TAKEN} von {CAPACITY} Plätzen frei"),
            has_bar=chance in (Chance.FREE, Chance.WAITING_LIST),
            seats=seats,
        )
        for chance in Chance
    ]
