"""Only what is wrong with the address itself, and for good, ends the mails to it."""

import pytest

from registration.rules.bounce_codes import code_in, is_dead, is_lost, meaning, status_of


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.310"])
def test_an_address_that_does_not_exist_is_dead(status):
    assert is_dead(status, "")


@pytest.mark.parametrize(
    "status", ["5.2.2", "5.2.3", "5.3.4", "5.4.1", "5.4.4", "5.7.1", "5.1.8", "5.0.0", "", "4.1.1", "4.2.1"]
)
def test_a_full_mailbox_a_policy_and_a_silent_server_are_not(status):
    assert not is_dead(status, "552 no")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("", "550 User unknown"),
        ("5.0.0", "550 no such user here"),
        ("5.5.0", "550 Requested action not taken: mailbox does not exist"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
        ("", "550 Empfänger unbekannt"),
        ("", "550 Empfaengeradresse ist hier unbekannt"),
        ("", "550 Das Postfach existiert nicht"),
    ],
)
def test_without_a_telling_code_the_words_count(status, words):
    assert is_dead(status, words)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "550 5.1.1 <bounce@example.org>: Sender address rejected: User unknown"),
        ("", "550 sender: user unknown"),
        ("4.2.0", "user unknown for now"),
        ("5.7.1", "relaying denied, user unknown"),
    ],
)
def test_the_fault_of_the_sender_and_what_is_temporary_kill_no_address(status, words):
    assert not is_dead(status, words)


@pytest.mark.parametrize(
    ("action", "status", "lost"),
    [
        ("failed", "5.1.1", True),
        ("failed", "4.4.7", True),
        ("failed (no mailbox)", "5.1.1", True),
        ("error", "5.1.1", True),
        ("delayed", "4.4.1", False),
        ("delayed", "5.4.1", False),
        ("delivered", "2.0.0", False),
        ("relayed", "2.0.0", False),
        ("", "5.1.1", True),
        ("", "4.4.1", False),
        ("", "", False),
    ],
)
def test_a_mail_is_lost_when_the_server_gives_up(action, status, lost):
    assert is_lost(action, status) is lost


@pytest.mark.parametrize(
    ("field", "words", "status"),
    [
        ("5.1.1 (bad mailbox)", "550 5.7.1 no", "5.1.1"),
        ("5.0.0", "550 5.1.1 unknown", "5.1.1"),
        ("", "550-5.1.1 The account", "5.1.1"),
        ("", "host 5.1.1.7 said no", ""),
        ("5.0.0", "no", "5.0.0"),
    ],
)
def test_the_more_telling_code_counts_and_no_ip_address(field, words, status):
    assert status_of(field, words) == status


def test_a_date_is_no_code():
    assert code_in("am 5.11.2026 um 10 Uhr") == ""


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.1", "das Postfach gibt es nicht"),
        ("5.2.2", "das Postfach ist voll"),
        ("5.7.26", "die Regeln des Servers lassen die E-Mail nicht zu"),
        ("5.4.14", "der Server der Adresse ist nicht erreichbar"),
        ("", "der Server der Adresse hat sie zurückgeschickt"),
    ],
)
def test_an_organiser_reads_what_it_means(status, said):
    assert meaning(status, "") == said
