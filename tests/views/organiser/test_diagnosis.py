"""The page „Diagnose“: admins see what is wrong in German, and ask mail server and DNS by a button."""

import pytest

from registration.vocabulary import Role
from tests.views.pages import send, words

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
ADDRESS = "/organiser/diagnosis"


@pytest.fixture
def app(make_app, smtp_sink):
    return make_app(**smtp_sink.settings)


def test_admin_sees_what_is_wrong_and_what_to_do(sign_in_as):
    page = words(sign_in_as(Role.ADMIN).get(ADDRESS))

    assert "Versanddienst Fehler Der Dienst „worker“ läuft nicht" in page
    assert "Mailserver, Postfach für Rückläufer und DNS wurden noch nicht gefragt." in page


def test_the_button_asks_the_mail_server_and_sends_nothing(sign_in_as, smtp_sink):
    page = words(send(sign_in_as(Role.ADMIN), ADDRESS, {}))

    assert "Mailserver gut 127.0.0.1" in page
    assert smtp_sink.received == []


def test_the_way_there_is_shown_to_admins_only(sign_in_as):
    assert "Diagnose" in words(sign_in_as(Role.ADMIN).get("/organiser"))
    assert "Diagnose" not in words(sign_in_as(Role.ORGANISER).get("/organiser"))
