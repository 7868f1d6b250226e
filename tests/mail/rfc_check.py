"""What every mail must be, read strictly from its bytes (RFC 5322, 2045 to 2047; M-01 to M-15, M-35, M-40).

No parser of the standard library reads the structure here: they forgive what this must find.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from tests.mail.ics import faults
from tests.mail.mail_fields import Mail, addresses_in, decoded, has_controls
from tests.mail.mime_tree import Part, read_fields, read_part

ONCE = ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Language")  # fmt: skip
AT_MOST_ONCE = ("Reply-To", "Sender", "In-Reply-To", "References")
NEVER = ("Cc", "Bcc", "Return-Path", "List-Unsubscribe", "List-Unsubscribe-Post")
LONGEST_LINE, LONGEST_WORD, LONGEST_SUBJECT, LONGEST_URL, LARGEST = 998, 75, 150, 120, 200_000
BERLIN = ZoneInfo("Europe/Berlin")
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ENCODED = re.compile(r"=\?[^?\s]*\?[bqBQ]\?[^?]*\?=")
_URL = re.compile(r"https?://\S+")


def check(raw: bytes, *, sender_domain: str) -> list[str]:
    """Return what is wrong with a mail from this domain, in words; nothing when all is well."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = read_fields(head)
    mail = Mail(raw, fields, read_part(fields, body))
    found = (wrong for rule in RULES for wrong in rule(mail))
    return [*found, *_comes_from(mail, sender_domain)]


def _octets(mail: Mail) -> Iterator[str]:
    raw = mail.raw
    if not raw.isascii():
        yield "not 7-bit clean"
    if b"\0" in raw:
        yield "NUL"
    if not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
        yield "bare CR or LF"
    if max(map(len, raw.split(b"\r\n"))) > LONGEST_LINE:
        yield f"line over {LONGEST_LINE} octets"
    if len(raw) > LARGEST:
        yield f"larger than {LARGEST} octets"


def _headers(mail: Mail) -> Iterator[str]:
    for name in ONCE:
        if (count := len(mail.all(name))) != 1:
            yield f"{name} stands {count} times"
    yield from (f"{name} stands twice" for name in AT_MOST_ONCE if len(mail.all(name)) > 1)
    yield from (f"{name} stands there" for name in NEVER if mail.all(name))
    for name, value in mail.fields:
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            yield f"no header: {name!r}"
        if not decoded(value).isprintable() and has_controls(decoded(value).encode(errors="replace")):
            yield f"control character in {name}"
        words = _ENCODED.findall(value)
        yield from (f"encoded word over {LONGEST_WORD}: {one}" for one in words if len(one) > LONGEST_WORD)
        if "=?" in _ENCODED.sub("", value):
            yield f"broken encoded word in {name}"


def _values(mail: Mail) -> Iterator[str]:
    if mail.one("MIME-Version") != "1.0":
        yield "MIME-Version is not 1.0"
    if mail.one("Auto-Submitted") != "auto-generated":
        yield "Auto-Submitted is not auto-generated"
    if mail.one("Content-Language") not in ("de", "en"):
        yield "Content-Language is neither de nor en"
    if not 0 < len(decoded(mail.one("Subject"))) <= LONGEST_SUBJECT:
        yield f"Subject is empty or longer than {LONGEST_SUBJECT}"


def _date(mail: Mail) -> Iterator[str]:
    try:
        date = parsedate_to_datetime(mail.one("Date"))
    except ValueError:
        yield "Date cannot be read"
        return
    if date.utcoffset() not in (UTC.utcoffset(None), date.astimezone(BERLIN).utcoffset()):
        yield f"Date has the offset {date:%z}"
    if not datetime(2020, 1, 1, tzinfo=UTC) < date.astimezone(UTC) < datetime(2100, 1, 1, tzinfo=UTC):
        yield "Date is of another time"


def _addresses(mail: Mail) -> Iterator[str]:
    for name in ("From", "To", "Reply-To"):
        found = [address for value in mail.all(name) for address in addresses_in(value)]
        if mail.all(name) and len(found) != 1:
            yield f"{name} names {len(found)} addresses"
        for address in found:
            if not re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", address) or "=?" in address:
                yield f"{name} has no ASCII address"


def _comes_from(mail: Mail, domain: str) -> Iterator[str]:
    if not re.fullmatch(rf"<[!-;=?A-~]+@{re.escape(domain)}>", mail.one("Message-ID")):
        yield "Message-ID is not of the sender's domain"
    if not all(one.endswith(f"@{domain}") for one in addresses_in(mail.one("From"))):
        yield "From is not of the sender's domain"


def _structure(mail: Mail) -> Iterator[str]:
    top = mail.part
    yield from (wrong for part in top.walk() for wrong in part.faults)
    alternative = top.parts[0] if top.type == "multipart/mixed" and top.parts else top
    if alternative.type != "multipart/alternative":
        yield "not alternative, nor mixed around alternative"
    elif [part.type for part in alternative.parts] != ["text/plain", "text/html"]:
        yield "alternative is not text first, HTML second"
    if top.type == "multipart/mixed" and len(top.parts) < 2:
        yield "mixed without an attachment"
    for part in alternative.parts:
        if part.parameters.get("charset") != "utf-8":
            yield f"{part.type} is not UTF-8"
        if not part.text.strip():
            yield f"{part.type} is empty"
    if top.type == "multipart/mixed":
        for part in top.parts[1:]:
            yield from _attachment(part)


def _attachment(part: Part) -> Iterator[str]:
    if part.disposition != "attachment":
        yield "attachment does not say so"
    if not _FILE_NAME.fullmatch(part.file_name):
        yield f"attachment is called {part.file_name!r}"
    if part.type == "text/calendar":
        method = re.search(r"^METHOD:(.*?)\r?$", part.text, re.MULTILINE)
        if method is None or part.parameters.get("method") != method.group(1):
            yield "calendar's type and file differ in their method"
        if part.parameters.get("charset") != "utf-8":
            yield "calendar is not UTF-8"
        yield from (f"calendar: {wrong}" for wrong in faults(part.content))


def _words(mail: Mail) -> Iterator[str]:
    plain, page = mail.part_of("text/plain"), mail.part_of("text/html")
    text, html = plain.text, page.text
    lines = text.splitlines()
    if lines.count("-- ") != 1:
        yield "text has no signature"
    urls = [(line, url) for line in lines for url in _URL.findall(line)]
    yield from (f"URL not on a line of its own: {line}" for line, url in urls if line != url)
    ours = "/".join(urls[-1][1].split("/")[:3]) if urls else "-"  # the signature's
    yield from (f"URL too long: {url}" for _, url in urls if url.startswith(ours) and len(url) > LONGEST_URL)
    if has_controls(plain.content) or has_controls(page.content):
        yield "control character in the words"
    if not re.search(r'<html [^>]*lang="(de|en)"', html):
        yield "HTML names no language"
    if re.search(r"<(script|img|link|iframe|object)\b|<[^>]*(\s(src|background)=|url\()", html):
        yield "HTML loads something"
    links = re.findall(r'href="(https?://[^"]+)"', html)
    yield from (f"link stands in the HTML only: {link}" for link in links if _plain(link) not in text)


def _plain(link: str) -> str:
    return link.replace("&amp;", "&").replace("&quot;", '"').replace("&#34;", '"').replace("&#39;", "'")


RULES: tuple[Callable[[Mail], Iterator[str]], ...] = (
    _octets, _headers, _values, _date, _addresses, _structure, _words,
)  # fmt: skip
