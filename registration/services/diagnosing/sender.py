"""Whether the sender's domain lets receivers trust our mails: SPF, DKIM, DMARC, alignment (M-80, M-81).

What is missing is shown as the text to give to whoever looks after the domain. Without DNS it is unknown.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from registration.rules.addresses import ascii_domain, belongs_to
from registration.services.diagnosing.findings import (
    Check,
    Finding,
    Surroundings,
    Words,
    fine,
    unknown,
    warning,
)

if TYPE_CHECKING:
    from registration.mail.dns_records import Ip, Records

SECONDS = 12.0
FOR_IT = Words(
    "Give this to whoever looks after the domain:", "Geben Sie das der Stelle, die die Domain verwaltet:"
)
SAFE_POLICIES = ("quarantine", "reject")


def alignment(around: Surroundings) -> Finding:
    """DMARC asks that the visible sender and the bounce address belong together."""
    visible, bounce = _visible_domain(around), _bounce_domain(around)
    if belongs_to(visible, bounce) or belongs_to(bounce, visible):
        return fine(visible, visible)
    return warning(
        Words(
            f"Mails come from {visible}, bounces go to {bounce}",
            f"E-Mails kommen von {visible}, Rückläufer gehen an {bounce}",
        ),
        Words(
            "Set MAIL_BOUNCE_ADDRESS to the domain of MAIL_FROM_ADDRESS, "
            "or let the mail server sign for it with DKIM.",
            "Setzen Sie MAIL_BOUNCE_ADDRESS auf die Domain von MAIL_FROM_ADDRESS, "
            "oder lassen Sie den Mailserver dafür mit DKIM signieren.",
        ),
    )


def spf(around: Surroundings) -> Finding:
    from registration.mail.dns_records import SpfUnclear, is_inside  # noqa: PLC0415 - loads dnspython

    records, domain, relay = _records(around), _bounce_domain(around), str(around.config["MAIL_SERVER"])
    text = f'{domain}. TXT "v=spf1 {relay} -all"'
    try:
        public = sorted((one for one in records.addresses(relay) if not is_inside(one)), key=str)
        named = _as_spf(public) or "ip4:…"
        text = f'{domain}. TXT "v=spf1 {named} -all"'
        record = records.spf(domain)
        if record is None:
            return warning(
                Words(f"{domain} has no SPF record", f"{domain} hat keinen SPF-Eintrag"), FOR_IT, text
            )
        strangers = [one for one in public if not records.may_send(domain, one)]
    except SpfUnclear as problem:
        return warning(Words(f"SPF of {domain}: {problem}", f"SPF von {domain}: {problem}"), FOR_IT, text)
    if strangers:
        missing = _as_spf(strangers)
        return warning(
            Words(
                f"SPF of {domain} does not name {relay} ({missing})",
                f"SPF von {domain} nennt {relay} nicht ({missing})",
            ),
            Words(
                "If mails leave the house from these addresses, "
                "let whoever looks after the domain add this to the record:",
                "Falls E-Mails von diesen Adressen das Haus verlassen: "
                "Lassen Sie die Stelle, die die Domain verwaltet, den Eintrag ergänzen:",
            ),
            missing,
        )
    return fine(record, record)


def dkim(around: Surroundings) -> Finding:
    selector, domain = str(around.config["MAIL_DKIM_SELECTOR"]), _visible_domain(around)
    if not selector:
        return unknown(
            Words("Not looked up", "Nicht nachgesehen"),
            Words(
                "Ask IT with which selector the mail server signs, and set MAIL_DKIM_SELECTOR.",
                "Fragen Sie die IT, mit welchem Selektor der Mailserver signiert. "
                "Setzen Sie MAIL_DKIM_SELECTOR darauf.",
            ),
        )
    name = f"{selector}._domainkey.{domain}"
    if _records(around).dkim(selector, domain):
        return fine(name, name)
    return warning(
        Words(f"There is no key at {name}", f"Unter {name} steht kein Schlüssel"),
        FOR_IT,
        f'{name}. TXT "v=DKIM1; k=rsa; p=…"',
    )


def dmarc(around: Surroundings) -> Finding:
    domain = _visible_domain(around)
    policy = _records(around).dmarc(domain)
    text = f'_dmarc.{domain}. TXT "v=DMARC1; p=quarantine; rua=mailto:{around.config["HELP_EMAIL"]}"'
    if policy is None:
        return warning(
            Words(f"{domain} has no DMARC policy", f"{domain} hat keine DMARC-Richtlinie"), FOR_IT, text
        )
    words = f"p={policy.policy} ({policy.found_at})"
    is_strict = policy.tags.get("aspf") == "s" and _bounce_domain(around) != domain
    if is_strict and policy.tags.get("adkim") == "s":
        return warning(
            Words(
                f"{words}: strict, but the bounce address is of another domain",
                f"{words}: streng, aber die Adresse für Rückläufer gehört zu einer anderen Domain",
            ),
            Words(
                "Set MAIL_BOUNCE_ADDRESS to the same domain.",
                "Setzen Sie MAIL_BOUNCE_ADDRESS auf dieselbe Domain.",
            ),
        )
    if policy.policy not in SAFE_POLICIES:
        return warning(
            Words(
                f"{words}: receivers let forged mails pass",
                f"{words}: Empfänger lassen gefälschte E-Mails durch",
            ),
            FOR_IT,
            text,
        )
    return fine(words, words)


def _as_spf(addresses: Sequence["Ip"]) -> str:
    return " ".join(f"ip{one.version}:{one}" for one in addresses)


def _records(around: Surroundings) -> "Records":
    from registration.mail.dns_records import Records  # noqa: PLC0415 - the same

    return Records(SECONDS / 4, around.nameservers, around.dns_port)


def _visible_domain(around: Surroundings) -> str:
    return _domain_of(str(around.config["MAIL_FROM_ADDRESS"]))


def _bounce_domain(around: Surroundings) -> str:
    return _domain_of(str(around.config["MAIL_BOUNCE_ADDRESS"] or around.config["MAIL_FROM_ADDRESS"]))


def _domain_of(address: str) -> str:
    return ascii_domain(address.rpartition("@")[2])


CHECKS = (
    Check("alignment", Words("Sender's domain", "Domain des Absenders"), alignment),
    Check("spf", Words("SPF", "SPF"), spf, uses_network=True, seconds=SECONDS),
    Check("dkim", Words("DKIM", "DKIM"), dkim, uses_network=True, seconds=SECONDS),
    Check("dmarc", Words("DMARC", "DMARC"), dmarc, uses_network=True, seconds=SECONDS),
)
