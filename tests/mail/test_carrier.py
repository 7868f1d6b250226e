"""Flask-Mail's Message without the look-up of the host's name."""

import socket

import flask_mail
import pytest
from flask import Flask

from registration.mail.carrier import Carrier

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
FIELDS = {
    "subject": "Zusage",
    "sender": "Agentur <anmeldung@example.org>",
    "body": "Guten Tag",
    "html": "<p>Guten Tag</p>",
    "reply_to": None,
    "date": 1_800_000_000.0,
    "extra_headers": {"Content-Language": "de"},
}


def carrier() -> Carrier:
    return Carrier(message_id="<1@example.org>", recipient="ada@example.org", **FIELDS)


def test_it_is_the_original_in_all_but_its_id(app_context: Flask):
    original = flask_mail.Message(recipients=["ada@example.org"], **FIELDS)
    original.msgId = "<1@example.org>"

    assert vars(carrier()) == vars(original)


def test_nobody_is_asked_for_the_name_of_the_host(app_context: Flask, monkeypatch: pytest.MonkeyPatch):
    def ask(*_: object) -> str:
        raise AssertionError("asked for the host's name")

    monkeypatch.setattr(socket, "getfqdn", ask)

    assert carrier().msgId == "<1@example.org>"
