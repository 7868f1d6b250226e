"""What mails say, and to whom they do not say it (M-35, M-70, M-90 to M-93)."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from registration.extensions import db
from registration.mail.rendering import Rendered, RenderingError, render
from registration.vocabulary import LinkPurpose, MailKind, RegistrationState
from tests.mail.cast import ROOM_SECRETS, ada, in_its_state, kooperation, outbox, session_at, wall
from tests.times import NOW

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

WITH_ROOM = {
    *(MailKind.SEAT_CERTAIN, MailKind.MOVED_UP, MailKind.REMINDER, MailKind.MEETING_LINK),
    MailKind.WORKSHOP_CHANGED,
}
TO_PERSON = [kind for kind in MailKind if kind != MailKind.SEAT_FREE]


def _mail(kind: MailKind, **columns) -> Rendered:
    return render(outbox(kind, in_its_state(kind), **columns), now=NOW)


def _all_of(rendered: Rendered) -> str:
    files = "".join(file.content.decode().replace("\r\n ", "") for file in rendered.attachments)
    return rendered.subject + rendered.text + rendered.html + files


@pytest.mark.parametrize("kind", sorted(WITH_ROOM))
def test_room_is_told_to_who_has_a_seat(app_context: Flask, kind: MailKind):
    rendered = _mail(kind)

    assert [secret for secret in ROOM_SECRETS if secret not in rendered.text] == []
    assert [secret for secret in ROOM_SECRETS if secret not in rendered.html] == []


@pytest.mark.parametrize("kind", sorted(set(MailKind) - WITH_ROOM))
def test_other_mails_never_tell_the_room(app_context: Flask, kind: MailKind):
    registration = ada(kooperation())  # even with a seat

    rendered = render(outbox(kind, registration), now=NOW)

    assert [secret for secret in ROOM_SECRETS if secret in _all_of(rendered)] == []


@pytest.mark.parametrize("state", [one for one in RegistrationState if one != RegistrationState.CONFIRMED])
@pytest.mark.parametrize("kind", sorted(WITH_ROOM))
def test_nobody_without_a_seat_is_told_the_room(app_context: Flask, kind: MailKind, state: RegistrationState):
    message = outbox(kind, ada(kooperation(), state))

    try:
        told = _all_of(render(message, now=NOW))
    except RenderingError:
        told = ""

    assert [secret for secret in ROOM_SECRETS if secret in told] == []


@pytest.mark.parametrize("kind", TO_PERSON)
def test_note_stays_at_home(app_context: Flask, kind: MailKind):
    assert "Ich brauche einen Platz vorn" not in _all_of(_mail(kind))


@pytest.mark.parametrize("kind", MailKind)
def test_state_is_the_first_sentence_after_the_salutation(app_context: Flask, kind: MailKind):
    text = _mail(kind).text
    salutation, state, *_ = text.split("\n\n")

    assert re.fullmatch(r"Guten Tag( Ada Beispiel)?,", salutation)
    assert re.fullmatch(r"[^\n]{10,80}\.", state)
    assert re.match(r"[a-zäöü]|Sie\b|Ihre?\b", state)  # a comma stands before it


@pytest.mark.parametrize("kind", MailKind)
def test_text_part_is_tidy(app_context: Flask, kind: MailKind):
    body, signature = _mail(kind).text.split("\n\n-- \n")

    assert "\n\n\n" not in body
    assert not re.search(r"[ \t]$", body, re.MULTILINE)
    assert all(
        line.startswith("http") for line in body.split("\n") if "https://" in line or "http://" in line
    )
    assert signature.startswith("Transferagentur Beispielland\nMusterstraße 1")


@pytest.mark.parametrize("kind", MailKind)
def test_links_fit_into_every_mail_program(app_context: Flask, kind: MailKind):
    app_context.config["PUBLIC_URL"] = "https://anmeldung.example.org"
    rendered = _mail(kind)

    links = re.findall(r"https?://\S+", rendered.text)
    assert [link for link in links if len(link) > 120 or not re.fullmatch(r"[A-Za-z0-9:/._-]+", link)] == []
    assert set(re.findall(r"(?:src|background)=", rendered.html)) == set()


@pytest.mark.parametrize("kind", MailKind)
def test_html_names_its_language_and_has_one_heading_and_one_button(app_context: Flask, kind: MailKind):
    html = _mail(kind).html

    assert '<html lang="de"' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert html.count("<h1") == 1
    assert html.count('class="button"') == (0 if kind == MailKind.NEW_LINK else 1)
    assert [table for table in re.findall("<table[^>]*>", html) if 'role="presentation"' not in table] == []
    assert "<img" not in html


def test_every_link_of_the_html_stands_in_the_text(app_context: Flask):
    for kind in MailKind:
        rendered = render(outbox(kind, in_its_state(kind, reference=f"R-{kind}")), now=NOW)
        links = re.findall(r'href="(https?://[^"]+)"', rendered.html)
        assert [link for link in links if link not in rendered.text] == []
        db.session.rollback()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (MailKind.SEAT_CERTAIN, "PUBLISH"),
        (MailKind.MOVED_UP, "PUBLISH"),
        (MailKind.WORKSHOP_CHANGED, "PUBLISH"),
        (MailKind.WITHDRAWN, "CANCEL"),
        (MailKind.CANCELLED, "CANCEL"),
        (MailKind.WORKSHOP_CANCELLED, "CANCEL"),
        (MailKind.SUBSTITUTED, "CANCEL"),
    ],
)
def test_calendar_file_is_attached(app_context: Flask, kind: MailKind, method: str):
    (attachment,) = _mail(kind).attachments

    assert (attachment.filename, attachment.content_type, attachment.method) == (
        "termin.ics",
        "text/calendar",
        method,
    )
    assert f"METHOD:{method}\r\n".encode() in attachment.content


@pytest.mark.parametrize(
    "kind", [MailKind.CONFIRM_ADDRESS, MailKind.UNDER_REVIEW, MailKind.WAITING_LIST, MailKind.DECLINED]
)
def test_nothing_is_attached_without_a_seat(app_context: Flask, kind: MailKind):
    assert _mail(kind).attachments == []


@pytest.mark.parametrize("kind", [MailKind.WITHDRAWN, MailKind.CANCELLED, MailKind.WORKSHOP_CANCELLED])
def test_who_had_no_seat_is_not_asked_to_delete_anything(app_context: Flask, kind: MailKind):
    rendered = _mail(kind, context={"had_seat": False})

    assert rendered.attachments == []
    assert "Kalender" not in rendered.text


UNTIL = "Bitte nehmen Sie den Platz bis Samstag, 16. Januar 2027, 10:00\u00a0Uhr an oder geben Sie ihn frei"


@pytest.mark.parametrize("kind", [MailKind.WORKSHOP_CHANGED, MailKind.ALREADY_REGISTERED])
def test_who_has_an_offer_is_told_to_answer_it(app_context: Flask, kind: MailKind):
    rendered = render(outbox(kind, ada(kooperation(), RegistrationState.OFFERED)), now=NOW)

    assert f"{UNTIL}:" in rendered.text
    assert f"{UNTIL}." in rendered.html.replace("&nbsp;", "\u00a0")
    assert "Platz annehmen oder freigeben" in rendered.html
    assert "nichts tun" not in rendered.text + rendered.html


def test_who_waits_or_is_reviewed_need_not_do_anything_about_a_change(app_context: Flask):
    rendered = render(
        outbox(MailKind.WORKSHOP_CHANGED, ada(kooperation(), RegistrationState.WAITING)), now=NOW
    )

    assert "müssen Sie nichts tun" in rendered.text
    assert "müssen Sie nichts tun" in rendered.html


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("full", "Zurzeit sind alle Plätze vergeben."),
        ("by_hand", "Zurzeit können wir Ihnen noch keinen Platz geben."),
        ("limit_per_organisation", "Für Ihre Organisation sind schon alle Plätze vergeben."),
        ("option_full:vor%20Ort", "Für „vor Ort“ sind zurzeit alle Plätze vergeben."),
    ],
)
def test_waiting_list_says_why_one_waits(app_context: Flask, reason: str, sentence: str):
    waiting = ada(kooperation(), RegistrationState.WAITING, state_reason=reason)
    rendered = render(outbox(MailKind.WAITING_LIST, waiting), now=NOW)

    assert sentence in rendered.text
    assert sentence in rendered.html


def test_review_after_waiting_is_not_told_as_a_new_registration(app_context: Flask):
    rendered = _mail(MailKind.UNDER_REVIEW, context={"was": "waiting"})

    assert rendered.subject.startswith("Anmeldung in Prüfung: ")
    assert "ein Platz ist frei geworden. Wir prüfen jetzt Ihre Anmeldung." in rendered.text
    assert "Ein Platz ist frei geworden. Wir prüfen jetzt Ihre Anmeldung." in rendered.html


def test_substitute_learns_when_the_seat_is_hers(app_context: Flask):
    workshop = kooperation()
    before = ada(workshop, given_name="Ben")
    columns = {"reference": "DEF-456", "email_key": "cora@example.org", "substitutes": before}
    substitute = ada(workshop, RegistrationState.UNCONFIRMED, **columns)
    rendered = render(outbox(MailKind.CONFIRM_ADDRESS, substitute), now=NOW)

    assert "Erst danach gehört der Platz Ihnen." in rendered.text
    assert "Erst danach gehört der Platz Ihnen." in rendered.html
    assert "bearbeiten" not in rendered.text + rendered.html


@pytest.mark.parametrize(
    ("change", "subject", "state"),
    [
        ({"room_link": "", "room_password": ""}, "Zugang zum Meeting: ", "der Zugang zum Meeting-Raum steht"),
        (
            {"room_link": "https://webex.example.org/meet/frueher"},
            "Neuer Zugang zum Meeting: ",
            "der Zugang zum Meeting-Raum hat sich",
        ),
    ],
)
def test_new_room_is_told_as_what_it_is(app_context: Flask, change: dict[str, str], subject: str, state: str):
    registration = ada(kooperation())
    (session,) = registration.workshop.sessions
    rendered = render(
        outbox(MailKind.WORKSHOP_CHANGED, registration, context={"sessions": {str(session.id): change}}),
        now=NOW,
    )

    assert rendered.subject.startswith(subject)
    assert state in rendered.text


def test_room_that_is_gone_is_no_new_one_and_another_will_follow(app_context: Flask):
    registration = ada(kooperation())
    (session,) = registration.workshop.sessions
    before = {"room_link": session.room_link, "room_password": session.room_password}
    session.room_link = session.room_password = session.room_meeting_number = session.room_phones = ""
    rendered = render(
        outbox(MailKind.WORKSHOP_CHANGED, registration, context={"sessions": {str(session.id): before}}),
        now=NOW,
    )

    assert rendered.subject.startswith("Bisheriger Zugang gilt nicht mehr: ")
    assert "der bisherige Zugang zum Meeting-Raum gilt nicht mehr." in rendered.text
    assert "Den neuen Zugang erhalten Sie vor dem Termin per E-Mail." in rendered.text
    assert "Den neuen Zugang erhalten Sie vor dem Termin per E-Mail." in rendered.html


@pytest.mark.parametrize("kind", [MailKind.SEAT_CERTAIN, MailKind.CANCELLED])
def test_several_sessions_are_several_entries_in_a_calendar(app_context: Flask, kind: MailKind):
    workshop = kooperation()
    workshop.sessions.append(session_at(wall(2027, 5, 7, 14), hours=4))
    rendered = render(outbox(kind, in_its_state(kind, workshop)), now=NOW)

    assert "ie Termine " in rendered.text
    assert "er Termin liegt" not in rendered.text + rendered.html
    assert "Sie den Termin" not in rendered.text + rendered.html


@pytest.mark.parametrize("kind", MailKind)
def test_no_sentence_sticks_to_the_next(app_context: Flask, kind: MailKind):
    seen = re.sub(r"<[^>]*>", "", _mail(kind).html.partition("<body")[2])

    assert re.findall(r"[a-zäöüß]{2}[.?!][A-ZÄÖÜ]\w+", seen) == []


def test_rank_is_the_present_one(app_context: Flask):
    workshop = kooperation()
    first = ada(workshop, RegistrationState.WAITING, reference="R-1", email_key="first@example.org")
    first.address_confirmed_at = NOW - timedelta(hours=1)
    second = ada(workshop, RegistrationState.WAITING, reference="R-2")

    assert "an 2. Stelle." in render(outbox(MailKind.WAITING_LIST, second), now=NOW).text


def test_link_to_confirm_says_until_when(app_context: Flask):
    assert (
        "Der Link gilt bis Sonntag, 17. Januar 2027, 10:00\u00a0Uhr." in _mail(MailKind.CONFIRM_ADDRESS).text
    )


@pytest.mark.parametrize(("days", "words"), [(7, "in 7 Tagen"), (1, "morgen"), (0, "heute")])
def test_reminder_counts_the_days(app_context: Flask, days: int, words: str):
    workshop = kooperation()
    message = outbox(MailKind.REMINDER, ada(workshop))

    rendered = render(message, now=workshop.starts_at - timedelta(days=days))

    assert f"Ihre Veranstaltung ist {words}." in rendered.text


def test_reminder_speaks_of_its_own_session_only(app_context: Flask):
    workshop = kooperation()
    workshop.sessions.append(session_at(wall(2027, 5, 7, 14), hours=4, room_password="Stachelbeere"))
    message = outbox(MailKind.REMINDER, ada(workshop))

    assert "Stachelbeere" not in render(message, now=NOW).text


def test_meeting_link_says_that_the_dial_in_is_open(app_context: Flask):
    workshop = kooperation()
    message = outbox(MailKind.MEETING_LINK, ada(workshop))

    assert "die Einwahl ist offen." in render(message, now=workshop.sessions[0].dial_in_at).text


def test_meeting_link_without_a_room_is_not_written(app_context: Flask):
    workshop = kooperation()
    workshop.sessions[0].room_link = workshop.sessions[0].room_phones = ""
    workshop.sessions[0].room_meeting_number = workshop.sessions[0].room_password = ""

    with pytest.raises(RenderingError, match="keinen Meeting-Raum"):
        render(outbox(MailKind.MEETING_LINK, ada(workshop)), now=NOW)


def test_seat_without_a_room_yet_says_when_it_comes(app_context: Flask):
    workshop = kooperation()
    workshop.sessions[0].room_link = workshop.sessions[0].room_phones = ""

    text = render(outbox(MailKind.SEAT_CERTAIN, ada(workshop)), now=NOW).text

    assert "Den Zugang zum Meeting-Raum erhalten Sie vor dem Termin per E-Mail." in text


def test_new_link_never_names_what_belongs_to_another_address(app_context: Flask):
    mine = ada(kooperation())
    another = kooperation(slug="anderes", title="Etwas anderes")
    another.sessions = []
    other = ada(
        another,
        reference="R-9",
        email="ben@example.org",
        email_key="ben@example.org",
    )
    message = outbox(MailKind.NEW_LINK, mine, context={"registration_ids": [mine.id, other.id]})

    assert "Etwas anderes" not in render(message, now=NOW).text


def test_new_link_for_nothing_is_not_written(app_context: Flask):
    message = outbox(MailKind.NEW_LINK, ada(kooperation()), context={"registration_ids": []})

    with pytest.raises(RenderingError):
        render(message, now=NOW)


def test_who_has_not_confirmed_is_led_there_first(app_context: Flask):
    registration = ada(kooperation(), RegistrationState.UNCONFIRMED)

    assert "/confirm/" in render(outbox(MailKind.NEW_LINK, registration), now=NOW).text


def test_links_work_on_after_a_new_secret_key(app_context: Flask):
    registration = ada(kooperation())
    token = registration.link(LinkPurpose.MANAGE).token(app_context.config["SECRET_KEY"])
    app_context.config["SECRET_KEY_FALLBACKS"] = [app_context.config["SECRET_KEY"]]
    app_context.config["SECRET_KEY"] = "another-secret-key-" * 3

    assert token in render(outbox(MailKind.SEAT_CERTAIN, registration), now=NOW).text


def test_link_of_a_forgotten_secret_key_is_not_written(app_context: Flask):
    registration = ada(kooperation())
    app_context.config["SECRET_KEY"] = "another-secret-key-" * 3

    with pytest.raises(RenderingError, match="SECRET_KEY_FALLBACKS"):
        render(outbox(MailKind.SEAT_CERTAIN, registration), now=NOW)


def test_long_title_gives_way_to_the_date(app_context: Flask):
    registration = ada(kooperation(title="Langer Titel " * 30))

    subject = render(outbox(MailKind.SEAT_CERTAIN, registration), now=NOW).subject

    assert len(subject) <= 150
    assert subject.endswith("… (24.02.2027)")


def test_long_name_gives_way_as_well(app_context: Flask):
    workshop = kooperation()
    before = ada(workshop, given_name="Ben", family_name="Wolfeschlegelsteinhausenbergerdorff " * 5)
    columns = {"reference": "DEF-456", "email_key": "cora@example.org", "substitutes": before}
    substitute = ada(workshop, RegistrationState.UNCONFIRMED, **columns)

    subject = render(outbox(MailKind.CONFIRM_ADDRESS, substitute), now=NOW).subject

    assert len(subject) <= 150
    assert subject.startswith("Bitte bestätigen: Sie sollen Ben Wolfeschlegel")
    assert subject.endswith("…")


def test_organisers_words_are_shown_as_they_are(app_context: Flask):
    said = "Erste Zeile\nzweite {{ 7*7 }} <b>Zeile</b>\n\nNeuer Absatz"
    rendered = _mail(MailKind.DECLINED, context={"text": said})

    assert said in rendered.text
    assert "zweite {{ 7*7 }} &lt;b&gt;Zeile&lt;/b&gt;" in rendered.html
