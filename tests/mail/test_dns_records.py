"""SPF, DKIM and DMARC are read as receivers read them, from a real DNS server."""

import ipaddress
from collections.abc import Callable, Iterator

import pytest

from registration.mail.dns_records import DnsUnreachable, Records, SpfUnclear, is_inside
from tests.servers.dns import DnsServer, Zone

RELAY = ipaddress.ip_address("192.0.2.25")
STRANGER = ipaddress.ip_address("198.51.100.9")
Ask = Callable[[Zone], Records]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Records of a zone: `ask({("example.org", "TXT"): ["v=spf1 -all"]})`."""
    servers = []

    def start(zone: Zone) -> Records:
        servers.append(DnsServer(zone))
        return Records(1.0, ["127.0.0.1"], servers[-1].port)

    yield start
    for server in servers:
        server.stop()


def test_a_domain_without_records_has_none(ask):
    records = ask({})

    assert (records.spf("example.org"), records.dmarc("example.org")) == (None, None)
    assert records.dkim("s1", "example.org") is None


def test_records_are_found_among_others_and_joined_from_their_strings(ask):
    key = "v=DKIM1; k=rsa; p=" + "A" * 400
    records = ask(
        {
            ("example.org", "TXT"): ["site-verification=1", "v=spf1 ip4:192.0.2.0/24 -all"],
            ("s1._domainkey.example.org", "TXT"): [key],
            ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=quarantine; aspf=s"],
        }
    )

    assert records.spf("example.org") == "v=spf1 ip4:192.0.2.0/24 -all"
    assert records.dkim("s1", "example.org") == key
    assert records.dmarc("example.org").tags["aspf"] == "s"


def test_a_withdrawn_key_is_none(ask):
    assert ask({("s1._domainkey.example.org", "TXT"): ["v=DKIM1; p="]}).dkim("s1", "example.org") is None


def test_a_domain_takes_the_policy_of_the_domain_above(ask):
    policy = ask({("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"]}).dmarc("anmeldung.example.org")

    assert (policy.found_at, policy.policy) == ("example.org", "reject")


@pytest.mark.parametrize(
    ("record", "names_the_relay"),
    [
        ("v=spf1 ip4:192.0.2.25 -all", True),
        ("v=spf1 ip4:192.0.2.0/24 ~all", True),
        ("v=spf1 -ip4:192.0.2.25 +all", False),
        ("v=spf1 a:relay.example.org -all", True),
        ("v=spf1 a:other.example.org/24 -all", True),
        ("v=spf1 mx -all", True),
        ("v=spf1 include:_spf.example.net -all", True),
        ("v=spf1 redirect=_spf.example.net", True),
        ("v=spf1 ip6:2001:db8::/32 -all", False),
        ("v=spf1 -all", False),
        ("v=spf1 +all", True),
        ("v=spf1", False),
    ],
)
def test_spf_names_the_relay_or_not(ask, record, names_the_relay):
    records = ask(
        {
            ("example.org", "TXT"): [record],
            ("example.org", "MX"): ["10 relay.example.org."],
            ("relay.example.org", "A"): ["192.0.2.25"],
            ("other.example.org", "A"): ["192.0.2.99"],
            ("_spf.example.net", "TXT"): ["v=spf1 ip4:192.0.2.25 ?all"],
        }
    )

    assert records.may_send("example.org", RELAY) is names_the_relay
    assert records.may_send("example.org", STRANGER) is (record == "v=spf1 +all" or "+all" in record)


@pytest.mark.parametrize(
    "texts",
    [
        ["v=spf1 -all", "v=spf1 ~all"],
        ["v=spf1 include:missing.example.org -all"],
        ["v=spf1 exists:%{i}.example.org -all"],
        ["v=spf1 ip4:not-a-network -all"],
        ["v=spf1 include:example.org -all"],  # it includes itself, for ever
        [],
    ],
)
def test_a_record_that_cannot_be_followed_says_so(ask, texts):
    with pytest.raises(SpfUnclear):
        ask({("example.org", "TXT"): texts}).may_send("example.org", RELAY)


def test_silence_is_not_an_answer():
    server = DnsServer({})
    server.is_silent = True
    with pytest.raises(DnsUnreachable):
        Records(0.3, ["127.0.0.1"], server.port).spf("example.org")
    server.stop()


def test_addresses_of_this_house_are_told_from_others():
    assert is_inside(ipaddress.ip_address("192.168.4.2"))
    assert is_inside(ipaddress.ip_address("::1"))
    assert not is_inside(RELAY)
