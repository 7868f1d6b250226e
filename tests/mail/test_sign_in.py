"""Signing in by password or by token: what works, what is to blame otherwise, and that no secret is told."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from registration.mail.connection import connect
from registration.mail.transport import RelayUnusable, Transport
from registration.mail.wire import Wire
from registration.vocabulary import RelayPause
from tests.mail.wires import ADA, send, settings
from tests.servers.certificates import Authority
from tests.servers.ports import free_port
from tests.servers.scripted_smtp import ScriptedServer
from tests.servers.tokens import Reply, TokenServer

PASSWORD, SECRET, REFRESH = "pässwörd-4711", "client-secret-4712", "refresh-token-4713"
SCOPE = "https://mail.example.org/.default"
TEMPORARY, CONFIGURATION = RelayPause.TEMPORARY, RelayPause.CONFIGURATION
Sign = Callable[..., Transport]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(users={"agency": PASSWORD}, demands_sign_in=True) as scripted:
        yield scripted


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    issuing = TokenServer()
    yield issuing
    issuing.close()


def by_password(server: ScriptedServer, password: str = PASSWORD, **own: Any) -> Transport:
    return Transport(
        settings(**(server.settings | {"MAIL_USERNAME": "agency", "MAIL_PASSWORD": password} | own))
    )


@pytest.fixture
def by_token(server: ScriptedServer, tokens: TokenServer) -> Sign:
    def make(**own: Any) -> Transport:
        oauth = {"TOKEN_URL": tokens.url, "CLIENT_ID": "registration", "CLIENT_SECRET": SECRET}
        oauth |= {"SCOPE": SCOPE}
        named = {f"MAIL_OAUTH_{name}": value for name, value in oauth.items()}
        return Transport(
            settings(**(server.settings | {"MAIL_USERNAME": "agency@example.org"} | named | own))
        )

    return make


def trouble_of(transport: Transport) -> RelayUnusable:
    with pytest.raises(RelayUnusable) as unusable:
        send(transport)
    for secret in (PASSWORD, SECRET, REFRESH, "token-1"):
        assert secret not in unusable.value.reason
    return unusable.value


def forget(transport: Transport) -> None:
    transport.close()


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "PLAIN LOGIN", "CRAM-MD5 LOGIN", "XOAUTH2 PLAIN"])
def test_password_is_told_in_a_way_that_the_server_knows(server: ScriptedServer, mechanisms: str) -> None:
    server.mechanisms = mechanisms
    send(by_password(server))
    assert server.recipients == [ADA]


def test_way_that_the_server_does_not_know_after_all_is_followed_by_another(server: ScriptedServer) -> None:
    server.next("EHLO", "250-mail.example.org\n250 AUTH PLAIN LOGIN")
    server.mechanisms = "LOGIN"
    send(by_password(server))
    assert server.recipients == [ADA]


def test_old_spelling_of_the_offer_is_understood(server: ScriptedServer) -> None:
    server.next("EHLO", "250-mail.example.org\n250 auth=plain login")
    send(by_password(server))
    assert server.recipients == [ADA]


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN"])
def test_wrong_password_is_tried_once_and_is_a_matter_of_configuration(
    server: ScriptedServer, mechanisms: str
) -> None:
    server.mechanisms = mechanisms
    trouble = trouble_of(by_password(server, "wrong"))

    assert (trouble.pause, "535" in trouble.reason) == (CONFIGURATION, True)
    assert len([one for one in server.heard if one.words.startswith("AUTH")]) == 1


@pytest.mark.parametrize("mechanisms", ["", "XOAUTH2", "CRAM-MD5 GSSAPI"])
def test_server_without_passwords_is_a_matter_of_configuration(
    server: ScriptedServer, mechanisms: str
) -> None:
    server.mechanisms = mechanisms
    trouble = trouble_of(by_password(server))
    assert (trouble.pause, "AUTH" in trouble.reason) == (CONFIGURATION, True)


def test_server_that_repeats_the_password_is_not_quoted(server: ScriptedServer) -> None:
    for echo in (PASSWORD, "AGFnZW5jeQBww6Rzc3fDtnJkLTQ3MTE=", "cMOkc3N3w7ZyZC00NzEx"):
        server.next("AUTH", f"535 5.7.8 wrong: {echo}")
        reason = trouble_of(by_password(server)).reason
        assert echo not in reason
        assert "5.7.8 wrong" in reason


def test_password_is_not_told_in_clear_text_to_another_machine(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wire, "is_to_this_machine", False)
    trouble = trouble_of(by_password(server))

    assert (trouble.pause, "MAIL_USE_TLS" in trouble.reason) == (CONFIGURATION, True)
    assert "AUTH" not in " ".join(one.words for one in server.heard)


def test_who_needs_no_sign_in_says_so_and_server_that_wants_one_is_a_matter_of_configuration(
    server: ScriptedServer,
) -> None:
    trouble = trouble_of(by_password(server, MAIL_USERNAME=None))
    assert (trouble.pause, "530" in trouble.reason) == (CONFIGURATION, True)


def test_token_is_asked_for_once_and_used_for_many_connections(
    server: ScriptedServer, tokens: TokenServer, by_token: Sign
) -> None:
    server.tokens = {"token-1"}
    for _ in range(3):
        transport = by_token()
        send(transport)
        transport.close()

    assert server.connections == 3
    assert tokens.asked == [
        {
            "client_id": "registration",
            "client_secret": SECRET,
            "scope": SCOPE,
            "grant_type": "client_credentials",
        }
    ]


def test_several_connections_at_once_need_one_token(
    server: ScriptedServer, tokens: TokenServer, by_token: Sign
) -> None:
    threads = [Thread(target=lambda: send(by_token())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(server.taken), len(tokens.asked)) == (4, 1)


def test_token_of_a_user_is_refreshed(server: ScriptedServer, tokens: TokenServer, by_token: Sign) -> None:
    send(by_token(MAIL_OAUTH_REFRESH_TOKEN=REFRESH, MAIL_OAUTH_SCOPE="", MAIL_OAUTH_CLIENT_SECRET=""))

    assert tokens.asked == [
        {"client_id": "registration", "grant_type": "refresh_token", "refresh_token": REFRESH}
    ]


@pytest.mark.parametrize(("lives", "asked"), [(301, 1), (299, 2), (None, 1), ("3600", 1)])
def test_token_is_replaced_five_minutes_before_its_end(
    tokens: TokenServer, by_token: Sign, lives: Any, asked: int
) -> None:
    tokens.expires_in = lives
    for _ in range(2):
        transport = by_token()
        send(transport)
        transport.close()

    assert len(tokens.asked) == asked


def test_token_that_the_mail_server_does_not_take_is_asked_for_anew_once(
    server: ScriptedServer, tokens: TokenServer, by_token: Sign
) -> None:
    first = by_token()
    send(first)
    first.close()
    server.tokens = {"token-2"}  # the first was withdrawn

    send(by_token())

    assert (len(server.taken), len(tokens.asked)) == (2, 2)


def test_token_that_is_never_taken_is_a_matter_of_configuration(
    server: ScriptedServer, tokens: TokenServer, by_token: Sign
) -> None:
    server.tokens = set()
    trouble = trouble_of(by_token())

    assert (trouble.pause, "535" in trouble.reason) == (CONFIGURATION, True)
    assert len(tokens.asked) == 2


@pytest.mark.parametrize(
    ("reply", "pause", "words"),
    [
        (
            Reply(400, {"error": "invalid_client", "error_description": "AADSTS70\r\nx"}),
            CONFIGURATION,
            "AADSTS70",
        ),
        (Reply(400, {"error": "invalid_grant"}), CONFIGURATION, "invalid_grant"),
        (Reply(401, {"error": f"wrong {SECRET}"}), CONFIGURATION, "MAIL_OAUTH"),
        (Reply(404, "<h1>not here</h1>"), CONFIGURATION, "404"),
        (Reply(200, "<h1>welcome</h1>"), CONFIGURATION, "MAIL_OAUTH_TOKEN_URL"),
        (Reply(200, ["token"]), CONFIGURATION, "access_token"),
        (Reply(200, {"token": "x"}), CONFIGURATION, "access_token"),
        (Reply(302, "", (("Location", "/elsewhere"),)), CONFIGURATION, "302"),
        (Reply(429, ""), TEMPORARY, "429"),
        (Reply(503, ""), TEMPORARY, "503"),
        (Reply(200, {"access_token": "x"}, seconds=0.5), TEMPORARY, "localhost"),
    ],
)
def test_endpoint_that_issues_no_token_says_whether_somebody_must_act(
    server: ScriptedServer, tokens: TokenServer, by_token: Sign, reply: Reply, pause: RelayPause, words: str
) -> None:
    tokens.replies = [reply]
    transport = by_token(MAIL_CONNECT_TIMEOUT_SECONDS=0.3)
    trouble = trouble_of(transport)
    assert (trouble.pause, words in trouble.reason) == (pause, True), trouble.reason

    send(transport)
    assert server.recipients == [ADA]


def test_endpoint_that_is_not_there_is_temporary(by_token: Sign) -> None:
    trouble = trouble_of(by_token(MAIL_OAUTH_TOKEN_URL=f"http://localhost:{free_port()}/token"))
    assert trouble.pause is TEMPORARY


@pytest.mark.parametrize("url", ["http://login.example.org/token", "login.example.org", "ftp://localhost/"])
def test_secret_goes_over_https_only(server: ScriptedServer, by_token: Sign, url: str) -> None:
    trouble = trouble_of(by_token(MAIL_OAUTH_TOKEN_URL=url))
    assert (trouble.pause, "https" in trouble.reason) == (CONFIGURATION, True)


def test_token_without_a_user_is_a_matter_of_configuration(by_token: Sign) -> None:
    trouble = trouble_of(by_token(MAIL_USERNAME=None))
    assert (trouble.pause, "MAIL_USERNAME" in trouble.reason) == (CONFIGURATION, True)


class TestEncryptedEndpoint:
    @pytest.fixture
    def authority(self, tmp_path: Any) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def tokens(self, authority: Authority) -> Iterator[TokenServer]:
        issuing = TokenServer(authority.context())
        yield issuing
        issuing.close()

    def test_its_certificate_may_come_from_the_own_authority(
        self, server: ScriptedServer, by_token: Sign, authority: Authority
    ) -> None:
        send(by_token(MAIL_CA_FILE=str(authority.file)))
        assert server.recipients == [ADA]

    def test_its_certificate_is_checked(self, tokens: TokenServer, by_token: Sign) -> None:
        trouble = trouble_of(by_token())
        assert (trouble.pause, "Zertifikat" in trouble.reason) == (CONFIGURATION, True)
        assert tokens.asked == []


def test_no_secret_is_logged(
    server: ScriptedServer, by_token: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    send(by_token())
    with pytest.raises(RelayUnusable):
        connect(settings(**server.settings, MAIL_USERNAME="agency", MAIL_PASSWORD="wrong-4714"))

    for secret in (SECRET, "token-1", "wrong-4714"):
        assert secret not in caplog.text
