"""The page /styleguide: every macro of the pages in every state, to look at while one changes them.

Not in production: it shows nothing secret, but nobody looks for it there.
"""

from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, Response, make_response, render_template
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from registration.vocabulary import RegistrationState

blueprint = Blueprint("styleguide", __name__)

WAYS = [("talk", "Vortrag"), ("group", "Arbeitsgruppe"), ("visit", "Besuch vor Ort")]
DAY = date(2027, 2, 24)


class Step(NamedTuple):
    """As the page of one's own registration has them."""

    name: str
    is_done: bool
    is_here: bool


class Page(NamedTuple):
    """Where the pager stands."""

    page: int
    pages: int


class BoxesField(SelectMultipleField):
    """Several of many."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _asked(sentence: str) -> list[Any]:
    return [InputRequired(sentence)]


class SampleForm(Form):
    """One field of each kind; each is required, so that all errors can be seen."""

    name = StringField("Name", _asked("Geben Sie Ihren Namen ein."), description="Wie wir Sie anreden.")
    email = EmailField("E-Mail-Adresse", _asked("Geben Sie Ihre E-Mail-Adresse ein."))
    people = IntegerField("Wie viele?", _asked("Geben Sie eine Zahl ein."), description="Von 1 bis 20.")
    arrival = DateField("Tag der Anreise", _asked("Geben Sie einen Tag ein."))
    wishes = TextAreaField("Was erwarten Sie?", _asked("Schreiben Sie ein paar Worte."))
    state = SelectField("Bundesland", choices=[("", "Bitte wählen"), ("HE", "Hessen"), ("TH", "Thüringen")])
    way = RadioField("Eine von mehreren", _asked("Wählen Sie eine Möglichkeit."), choices=WAYS)
    ways = BoxesField("Mehrere von vielen", _asked("Wählen Sie mindestens eine Möglichkeit."), choices=WAYS)
    agreed = BooleanField("Ich bin einverstanden", _asked("Setzen Sie hier ein Häkchen."))


@blueprint.get("/styleguide")
def show() -> Response:
    page = render_template(
        "styleguide/show.html",
        empty=SampleForm(prefix="empty"),
        wrong=_with_errors(),
        day=DAY,
        states=list(RegistrationState),
        steps=[
            Step("Eingegangen", True, False),
            Step("Bestätigt", True, True),
            Step("Zusage", False, False),
            Step("Teilgenommen", False, False),
        ],
        pages=[Page(1, 3), Page(2, 3), Page(3, 3)],
    )
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _with_errors() -> SampleForm:
    form = SampleForm(MultiDict({"wrong-people": "viele"}), prefix="wrong")
    form.validate()
    form.state.errors = ["Wählen Sie ein Bundesland."]
    return form
