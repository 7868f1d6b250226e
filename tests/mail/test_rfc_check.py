"""The check that every mail of every test goes through finds each fault that it was made for."""

import re
import smtplib
from collections.abc import Callable

import pytest
from flask import Flask

from registration.mail.building import build
from registration.mail.rendering import render
from registration.vocabulary import MailKind
from tests.mail.cast import SENT_AT, in_its_state, outbox, speaks
from tests.mail.rfc_check import check
from tests.servers.smtp import SmtpSink
from tests.times import NOW

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

HEADERS = b"""\
Date: Fri, 15 Jan 2027 10:00:00 +0100
From: Agentur <anmeldung@example.org>
To: ada@example.org
Reply-To: =?utf-8?q?K=C3=B6ln?= <koeln@example.org>
Subject: =?utf-8?q?Zusage=3A_K=C3=B6ln?=
Message-ID: <1@example.org>
MIME-Version: 1.0
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: OOF, AutoReply
Content-Language: de
Content-Type: multipart/mixed; boundary="=_0"

"""
PARTS = b"""\
--=_0
Content-Type: multipart/alternative; boundary="=_1"

--=_1
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe

https://example.org/join/abc

--=20
Agentur
https://example.org/privacy

--=_1
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<!doctype html><html lang=3D"de">
<a href=3D"https://example.org/join/abc">x</a>

--=_1--

--=_0
Content-Type: text/calendar; charset="utf-8"; method="PUBLISH"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="termin.ics"

QkVHSU46VkNBTEVOREFSDQpQUk9ESUQ6LS8veC8veS8vREUNClZFUlNJT046Mi4wDQpDQUxTQ0FM
RTpHUkVHT1JJQU4NCk1FVEhPRDpQVUJMSVNIDQpCRUdJTjpWRVZFTlQNClVJRDpzLTENClNFUVVF
TkNFOjANCkRUU1RBTVA6MjAyNzAxMTVUMDkwMDAwWg0KTEFTVC1NT0RJRklFRDoyMDI3MDExNVQw
OTAwMDBaDQpEVFNUQVJUOjIwMjcwMjI0VDA5MDAwMFoNCkRURU5EOjIwMjcwMjI0VDEwMDAwMFoN
Ck9SR0FOSVpFUjptYWlsdG86YUBleGFtcGxlLm9yZw0KU1VNTUFSWTpUcmVmZmVuDQpTVEFUVVM6
Q09ORklSTUVEDQpFTkQ6VkVWRU5UDQpFTkQ6VkNBTEVOREFSDQo=

--=_0--
"""
GOOD = (HEADERS + PARTS).replace(b"\n", b"\r\n")

Change = tuple[bytes, bytes] | Callable[[bytes], bytes]
PLANTED: dict[str, Change] = {
    "not 7-bit clean": (b"Gr=C3=BC", "Grü".encode()),
    "NUL": (b"ada@", b"a\0da@"),
    "bare CR or LF": (b"Agentur\r\nhttps", b"Agentur\nhttps"),
    "line over 998 octets": (b"To: ada", b"To: " + b"x" * 990 + b" <ada"),
    "larger than 200000 octets": (b"Gr=C3", b"x" * 70 * 3000 + b"Gr=C3"),
    "Date stands 0 times": (b"Date: Fri", b"X-Date: Fri"),
    "To stands 2 times": (b"To: ada", b"To: ben@example.org\r\nTo: ada"),
    "Content-Language stands 0 times": (b"Content-Language: de\r\n", b""),
    "X-Auto-Response-Suppress stands 0 times": (b"X-Auto-Response-Suppress: OOF, AutoReply\r\n", b""),
    "Reply-To stands twice": (b"Reply-To", b"Reply-To: a@example.org\r\nReply-To"),
    "Bcc stands there": (b"To: ada", b"Bcc: eve@example.org\r\nTo: ada"),
    "List-Unsubscribe stands there": (b"To: ada", b"List-Unsubscribe: <https://x.example.org>\r\nTo: ada"),
    "no header": (b"Date: Fri", b"Dear Ada\r\nDate: Fri"),
    "control character in Subject": (b"Zusage=3A", b"Zusage=07"),
    "encoded word over 75": (b"Zusage=3A", b"Zusage=3A" + b"x" * 60),
    "broken encoded word in": (b"=B6ln?=", b"=B6ln"),
    "MIME-Version is not 1.0": (b"MIME-Version: 1.0", b"MIME-Version: 2.0"),
    "Auto-Submitted is not auto-generated": (b"auto-generated", b"auto-replied"),
    "Content-Language is neither de nor en": (b"Language: de", b"Language: tlh"),
    "Subject is empty or longer": (b"=?utf-8?q?Zusage=3A_K=C3=B6ln?=", b"x" * 151),
    "Date cannot be read": (b"Fri, 15 Jan 2027 10:00:00 +0100", b"gestern"),
    "Date has the offset": (b"+0100", b"+0200"),  # it is winter
    "Date is of another time": (b"Fri, 15 Jan 2027", b"Thu, 01 Jan 1970"),
    "To names 2 addresses": (b"ada@example.org", b"ada@example.org, ben@example.org"),
    "Reply-To has no ASCII address": (b"koeln@example.org", b"info@=?utf-8?q?k=C3=B6ln?=.de"),
    "Message-ID is not of the sender's domain": (b"<1@example.org>", b"<1@localhost>"),
    "From is not of the sender's domain": (b"anmeldung@example.org", b"ada@example.net"),
    "not alternative, nor mixed around alternative": (b"multipart/alternative", b"multipart/related"),
    "alternative is not text first": (b"text/plain", b"text/html"),
    "mixed without an att": lambda mail: re.sub(rb"(?s)--=_0\r\n[^\r]*text/c.*--=_0--", b"--=_0--", mail),
    "text/plain is not UTF-8": (b'plain; charset="utf-8"', b'plain; charset="latin-1"'),
    "text/html is empty": lambda mail: re.sub(rb"(?s)<!doctype.*</a>", b"", mail),
    "boundaries do not hold the parts together": (b"--=_1--", b""),
    "boundary occurs within a part": (b"\r\nhttps://example.org/join", b"\r\n--=_1 \r\nhttps://example.org/join"),
    "encoded line over 76": (b"Gr=C3", b"x" * 80 + b"Gr=C3"),
    "broken quoted-printable": (b"Gr=C3", b"Gr=c3"),
    "broken base64": (b"QkVHSU46", b"QkVHSU4"),
    "encoding '8bit'": (b"quoted-printable", b"8bit"),
    "words are no UTF-8": (b"Gr=C3=BC", b"Gr=FC"),
    "attachment does not say so": (b"attachment;", b"inline;"),
    "attachment is called": (b"termin.ics", b"Termin der Stadt.ics"),
    "calendar's type and file differ": (b'method="PUBLISH"', b'method="CANCEL"'),
    "calendar is not UTF-8": (b'calendar; charset="utf-8"', b'calendar; charset="us-ascii"'),
    "text has no signature": (b"--=20", b"--"),
    "URL not on a line of its own": (b"https://example.org/join", b"Hier: https://example.org/join"),
    "URL too long": (b"join/abc", b"join/" + b"x=\r\n" * 101),
    "control character in the words": (b"Gr=C3", b"=1BGr=C3"),
    "HTML names no language": (b' lang=3D"de"', b""),
    "HTML loads something": (b">x</a>", b'>x</a><img src=3D"https://example.org/a.png">'),
    "link stands in the HTML only": (b'join/abc">', b'join/abd">'),
}  # fmt: skip


def test_good_mail_is_let_through() -> None:
    assert check(GOOD, sender_domain="example.org") == []


@pytest.mark.parametrize("wrong", PLANTED)
def test_planted_fault_is_found(wrong: str) -> None:
    change = PLANTED[wrong]
    mail = change(GOOD) if callable(change) else GOOD.replace(*change, 1)

    found = check(mail, sender_domain="example.org")

    assert [one for one in found if one.startswith(wrong)], found


@on_sqlite
@pytest.mark.parametrize(("kind", "language"), [(kind, one) for kind in MailKind for one in speaks(kind)])
def test_every_kind_of_mail_is_let_through(app_context: Flask, kind: MailKind, language: str) -> None:
    app_context.config["PUBLIC_URL"] = "https://anmeldung.example.org"
    message = outbox(kind, in_its_state(kind), language)

    sent = build(message, render(message, now=SENT_AT.get(kind, NOW)))

    assert check(sent, sender_domain="example.org") == []


def test_sink_that_got_a_broken_mail_does_not_stop_quietly() -> None:

    sink = SmtpSink()
    sink.start()
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("anmeldung@example.org", ["ada@example.org"], b"Subject: x\r\n\r\nx\r\n")

    with pytest.raises(AssertionError, match=r"ada@example\.org: Date stands 0 times"):
        sink.stop()
