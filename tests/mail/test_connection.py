"""Encryption: who is believed, what is never said in clear text, and no way back to it (L-63)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from registration.mail.transport import RelayUnusable, Transport
from registration.vocabulary import RelayPause
from tests.mail.wires import ADA, send, settings
from tests.servers.certificates import Authority
from tests.servers.scripted_smtp import ScriptedServer

Tls = Literal["starttls", "ssl"]
Start = Callable[..., ScriptedServer]
USER = {"MAIL_USERNAME": "agency", "MAIL_PASSWORD": "top-secret"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def start() -> Iterator[Start]:
    servers = []

    def make(**options: Any) -> ScriptedServer:
        servers.append(ScriptedServer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def client(server: ScriptedServer, authority: Authority | None, **own: Any) -> Transport:
    trust = {"MAIL_CA_FILE": str(authority.file)} if authority else {}
    return Transport(settings(**(server.settings | USER | trust | own)))


def said_in_clear_text(server: ScriptedServer) -> list[str]:
    return [one.words.split()[0] for one in server.heard if not one.is_encrypted]


def refused(transport: Transport) -> RelayUnusable:
    with pytest.raises(RelayUnusable) as unusable:
        send(transport)
    return unusable.value


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_mail_and_password_travel_encrypted(start: Start, authority: Authority, tls: Tls, host: str) -> None:
    server = start(tls=tls, context=authority.context())
    transport = client(server, authority, MAIL_SERVER=host)
    send(transport)
    send(transport)
    transport.close()

    assert server.recipients == [ADA, ADA]
    assert server.connections == 1
    assert said_in_clear_text(server) == (["EHLO", "STARTTLS"] if tls == "starttls" else [])


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"is_self_signed": True}, "self-signed"),
        ({"is_expired": True}, "expired"),
        ({"hosts": ("mail.example.org",)}, "not valid for"),
    ],
    ids=["self-signed", "expired", "wrong name"],
)
def test_wrong_certificate_is_a_matter_of_configuration_and_hears_no_secret(
    start: Start, authority: Authority, tls: Tls, certificate: dict[str, Any], words: str
) -> None:
    options = dict(certificate)
    server = start(tls=tls, context=authority.context(*options.pop("hosts", ()), **options))

    trouble = refused(client(server, authority))

    assert trouble.pause is RelayPause.CONFIGURATION
    assert words in trouble.reason
    assert "Zertifikat" in trouble.reason
    assert said_in_clear_text(server) in ([], ["EHLO", "STARTTLS"])
    assert len(server.heard) <= 2


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_authority_that_the_system_does_not_know_is_not_believed(
    start: Start, authority: Authority, tls: Tls
) -> None:
    server = start(tls=tls, context=authority.context())
    assert refused(client(server, None)).pause is RelayPause.CONFIGURATION


def test_own_authority_takes_the_place_of_the_systems(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    server = start(tls="ssl", context=authority.context())
    other = Authority(tmp_path)
    assert refused(client(server, other)).pause is RelayPause.CONFIGURATION


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_wrong_file_of_an_authority_is_a_matter_of_configuration(
    start: Start, authority: Authority, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "authority.pem"
    if content:
        path.write_text(content)
    server = start(tls="starttls", context=authority.context())

    trouble = refused(client(server, None, MAIL_CA_FILE=str(path)))

    assert trouble.pause is RelayPause.CONFIGURATION
    assert str(path) in trouble.reason


def test_changed_file_of_an_authority_is_read_again(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "trusted.pem"
    file.write_bytes(Authority(tmp_path).file.read_bytes())
    server = start(tls="ssl", context=authority.context())
    transport = client(server, None, MAIL_CA_FILE=str(file))
    refused(transport)

    file.write_bytes(authority.file.read_bytes())
    send(transport)

    assert server.recipients == [ADA]


def test_no_encryption_offered_means_no_mail(start: Start) -> None:
    server = start()  # or somebody in between took the offer away

    trouble = refused(client(server, None, MAIL_USE_TLS=True))

    assert trouble.pause is RelayPause.CONFIGURATION
    assert "STARTTLS" in trouble.reason
    assert said_in_clear_text(server) == ["EHLO"]


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        ("454 4.7.0 not now", RelayPause.TEMPORARY),
        ("502 5.5.1 what?", RelayPause.CONFIGURATION),
        ("250 go on in clear text", RelayPause.TEMPORARY),
    ],
)
def test_refused_encryption_means_no_mail(
    start: Start, authority: Authority, answer: str, pause: RelayPause
) -> None:
    server = start(tls="starttls", context=authority.context())
    server.next("STARTTLS", answer)

    assert refused(client(server, authority)).pause is pause
    assert said_in_clear_text(server) == ["EHLO", "STARTTLS"]


def test_what_somebody_slips_in_before_encryption_counts_for_nothing(
    start: Start, authority: Authority
) -> None:
    server = start(tls="starttls", context=authority.context(), users={"agency": "another"})
    slipped_in = "250-mail.example.org\n250 AUTH PLAIN\n235 welcome\n250 ok\n250 ok\n354 go on\n250 taken"
    server.next("STARTTLS", f"220 go ahead\n{slipped_in}")

    trouble = refused(client(server, authority))

    assert "535" in trouble.reason  # the true answer
    assert server.taken == []


def test_offers_in_clear_text_count_no_more_when_encrypted(start: Start, authority: Authority) -> None:
    server = start(tls="starttls", context=authority.context(), mechanisms="")
    server.next("EHLO", "250-mail.example.org\n250-STARTTLS\n250 AUTH PLAIN")

    trouble = refused(client(server, authority))

    assert "AUTH" in trouble.reason
    assert "AUTH" not in [one.words.split()[0] for one in server.heard]


def test_server_that_speaks_no_tls_where_it_is_expected_is_left(start: Start, authority: Authority) -> None:
    server = start()

    trouble = refused(client(server, authority, MAIL_USE_SSL=True))

    assert trouble.pause is RelayPause.TEMPORARY
    assert "465" in trouble.reason
    assert "EHLO" not in said_in_clear_text(server)


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_handshake_that_never_ends_is_left_in_time(start: Start, authority: Authority, tls: Tls) -> None:
    server = start(tls=tls, context=None)
    transport = client(server, authority, MAIL_COMMAND_TIMEOUT_SECONDS=0.3)

    assert refused(transport).pause is RelayPause.TEMPORARY


def test_relay_in_the_own_network_needs_neither_encryption_nor_sign_in(start: Start) -> None:
    server = start(mechanisms="")
    send(client(server, None, MAIL_USERNAME=None))

    assert "AUTH" not in [one.words.split()[0] for one in server.heard]
    assert server.recipients == [ADA]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("anmeldung@example.org", "example.org"),
        ("anmeldung@köln.example.org", "xn--kln-sna.example.org"),
        ("anmeldung@localhost", "[127.0.0.1]"),
    ],
)
def test_it_introduces_itself_by_the_senders_domain(start: Start, address: str, name: str) -> None:
    server = start()
    send(client(server, None, MAIL_FROM_ADDRESS=address))

    assert server.heard[0].words == f"EHLO {name}"
