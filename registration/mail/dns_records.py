"""What DNS says about who may send for a domain: SPF, DKIM, DMARC (M-80; RFC 7208, 6376, 7489).

Imported when it is needed only: dnspython takes memory that neither pages nor mails need.
"""

import contextlib
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dns.exception
import dns.resolver

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_LOOKUPS = 10  # RFC 7208 4.6.4
_INSIDE = [
    ipaddress.ip_network(text)
    for text in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
_NOTHING_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


class DnsUnreachable(Exception):
    """Nobody answered: what the domain says is unknown."""


class SpfUnclear(Exception):
    """The record cannot be followed: too many look-ups, or one that leads nowhere."""


@dataclass(frozen=True)
class Dmarc:
    """The policy of a domain, and where it was found: a domain without one takes that above it."""

    found_at: str
    tags: dict[str, str]

    @property
    def policy(self) -> str:
        return self.tags.get("p", "")


class Records:
    """Answers of DNS, asked within `seconds` each; `nameservers` and `port` replace those of the system."""

    def __init__(self, seconds: float = 3.0, nameservers: Sequence[str] = (), port: int = 53) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameservers)
        except dns.exception.DNSException as error:
            raise DnsUnreachable(str(error)) from error
        if nameservers:
            self._resolver.nameservers, self._resolver.port = list(nameservers), port
        self._resolver.lifetime = seconds

    def spf(self, domain: str) -> str | None:
        """Return the SPF record of a domain; raises SpfUnclear when it has several (RFC 7208 4.5)."""
        found = [text for text in self._texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
        if len(found) > 1:
            raise SpfUnclear(f"{domain} has {len(found)} SPF records")
        return found[0] if found else None

    def dkim(self, selector: str, domain: str) -> str | None:
        """Return the published key of a selector; one with an empty `p=` has been withdrawn."""
        texts = self._texts(f"{selector}._domainkey.{domain}")
        return next((text for text in texts if tags_of(text).get("p")), None)

    def dmarc(self, domain: str) -> Dmarc | None:
        """Return the policy of the domain or of the nearest one above it."""
        labels = domain.split(".")
        for start in range(len(labels) - 1):
            name = ".".join(labels[start:])
            for text in self._texts(f"_dmarc.{name}"):
                if text.lower().replace(" ", "").startswith("v=dmarc1"):
                    return Dmarc(name, tags_of(text))
        return None

    def addresses(self, host: str) -> set[Ip]:
        """Return all addresses of a host; a literal address is its own."""
        with contextlib.suppress(ValueError):
            return {ipaddress.ip_address(host)}
        return {ipaddress.ip_address(text) for kind in ("A", "AAAA") for text in self._ask(host, kind)}

    def may_send(self, domain: str, address: Ip) -> bool:
        """Return whether the SPF record names the address. Raises SpfUnclear."""
        return _Walk(self, address).names(domain)

    def mail_hosts(self, domain: str) -> list[str]:
        return [text.split()[-1].rstrip(".") for text in self._ask(domain, "MX")]

    def _texts(self, name: str) -> list[str]:
        return self._ask(name, "TXT")

    def _ask(self, name: str, kind: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, kind)
        except _NOTHING_THERE:
            return []
        except dns.exception.DNSException as error:
            raise DnsUnreachable(f"{name}: {type(error).__name__}") from error
        if kind == "TXT":
            return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]
        return [one.to_text() for one in answer]


def is_inside(address: Ip) -> bool:
    """Return whether an address is of this machine or this house: receivers never see it."""
    return any(address in network for network in _INSIDE)


def tags_of(text: str) -> dict[str, str]:
    """Return `v=DMARC1; p=none` as a dictionary."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


class _Walk:
    """One way through an SPF record and those that it includes, within the limit on look-ups."""

    def __init__(self, records: Records, address: Ip) -> None:
        self._records, self._address, self._left = records, address, MOST_LOOKUPS

    def names(self, domain: str) -> bool:
        record = self._records.spf(domain)
        if record is None:
            raise SpfUnclear(f"{domain} has no SPF record")
        redirect = ""
        for term in record.split()[1:]:
            if term.lower().startswith("redirect="):
                redirect = term.partition("=")[2]
            elif term.lstrip("+-~?").lower() == "all":
                return term.lower() in ("all", "+all")
            elif self._matches(term.lstrip("+-~?"), domain):
                return term[0] not in "-~?"
        if redirect:
            self._count()
            return self.names(redirect)
        return False

    def _matches(self, term: str, domain: str) -> bool:
        kind, _, value = term.partition(":")
        kind, _, width = kind.lower().partition("/")
        if kind in ("ip4", "ip6"):
            return self._address in _network(value)
        if kind not in ("include", "a", "mx", "exists", "ptr"):
            return False
        self._count()
        if "%" in value or kind in ("exists", "ptr"):
            raise SpfUnclear(f"“{term}” depends on each single mail")
        if kind == "include":
            return self.names(value)
        host, _, own_width = value.partition("/")
        hosts = [host or domain] if kind == "a" else self._records.mail_hosts(host or domain)
        return any(self._is_near(one, own_width or width) for one in hosts)

    def _is_near(self, host: str, widths: str) -> bool:
        return any(self._address in network for network in _around(self._records.addresses(host), widths))

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SpfUnclear(f"it needs more than {MOST_LOOKUPS} look-ups, so that receivers ignore it")


def _around(addresses: set[Ip], widths: str) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Yield the networks of `a/24//64` around addresses."""
    four, _, six = widths.partition("//")
    for address in addresses:
        width = four if address.version == 4 else six.lstrip("/")
        yield _network(f"{address}/{width}" if width else str(address))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise SpfUnclear(f"“{text}” is no network") from error
