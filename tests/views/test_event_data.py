"""What search engines read on a workshop's page: schema.org data, previews, its addresses."""

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from registration.vocabulary import WorkshopFormat, WorkshopState
from tests.factories import START, make_session, make_workshop, sign_up
from tests.times import NOW

pytestmark = [
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("at_now", "app_context"),
]
PAGE = "http://localhost/workshops/kooperation"


class Head(HTMLParser):
    """The data blocks, metas and links of a page, read by the standard library."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str | None]] = []
        self._is_block = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self._is_block = tag == "script" and named.get("type") == "application/ld+json"
        if tag == "meta" and (name := named.get("property") or named.get("name")):
            self.metas[name] = named.get("content") or ""
        if tag == "link":
            self.links.append(named)

    def handle_data(self, text: str) -> None:
        if self._is_block:
            self.blocks.append(text)
            self._is_block = False


def head(client: FlaskClient, path: str = "/workshops/kooperation") -> Head:
    return Head(client.get(path).text)


def data(client: FlaskClient, path: str = "/workshops/kooperation") -> dict[str, Any]:
    (block,) = head(client, path).blocks
    found: dict[str, Any] = json.loads(block)
    return found


def test_event_has_what_the_vocabulary_asks_for(client: FlaskClient) -> None:
    sign_up(make_workshop(audience="Leitungen"))

    found = data(client)

    assert found == {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": "Kooperationsvereinbarungen in (bester) Form",
        "description": "Ein Werkzeug für die Zusammenarbeit auf Augenhöhe.",
        "startDate": "2027-02-24T10:00:00+01:00",
        "endDate": "2027-02-24T12:30:00+01:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": [{"@type": "VirtualLocation", "url": PAGE}],
        "url": PAGE,
        "inLanguage": "de",
        "isAccessibleForFree": True,
        "audience": [{"@type": "Audience", "audienceType": "Leitungen"}],
        "maximumAttendeeCapacity": 16,
        "remainingAttendeeCapacity": 15,
        "offers": {
            "@type": "Offer",
            "url": PAGE,
            "price": 0,
            "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
            "validThrough": "2027-02-13T00:00:00+01:00",
        },
        "organizer": {
            "@type": "Organization",
            "name": "Transferagentur Beispielland",
            "url": "http://localhost/workshops",
        },
    }


def test_programme_has_an_event_for_each_session(client: FlaskClient) -> None:
    second = make_session(START + timedelta(days=140), uid="b", title="Abschluss")
    make_workshop(sessions=[make_session(uid="a"), second])

    found = data(client)

    assert [one["startDate"] for one in found["subEvent"]] == [
        "2027-02-24T10:00:00+01:00",
        "2027-07-14T10:00:00+02:00",
    ]
    assert found["subEvent"][1]["name"] == "Abschluss"
    assert found["endDate"] == "2027-07-14T12:30:00+02:00"


@pytest.mark.parametrize(
    ("format_", "mode", "kinds"),
    [
        (WorkshopFormat.ON_SITE, "OfflineEventAttendanceMode", ["Place"]),
        (WorkshopFormat.HYBRID, "MixedEventAttendanceMode", ["Place", "VirtualLocation"]),
    ],
)
def test_place_is_named(client: FlaskClient, format_: WorkshopFormat, mode: str, kinds: list[str]) -> None:
    make_workshop(format=format_, sessions=[make_session(place="Rathaus\nMarkt 1")])

    found = data(client)

    assert found["eventAttendanceMode"].endswith(mode)
    assert [one["@type"] for one in found["location"]] == kinds
    assert found["location"][0] == {"@type": "Place", "name": "Rathaus", "address": "Markt 1"}


@pytest.mark.parametrize(
    ("columns", "availability"),
    [
        ({"capacity": 0}, "BackOrder"),
        ({"capacity": 0, "has_waiting_list": False}, "SoldOut"),
        ({"closes_at": NOW}, "SoldOut"),
        ({"opens_at": NOW + timedelta(days=1)}, "PreOrder"),
        ({"capacity": None}, "InStock"),
    ],
)
def test_offer_says_what_a_newcomer_can_expect(
    client: FlaskClient, columns: dict[str, object], availability: str
) -> None:
    make_workshop(**columns)

    assert data(client)["offers"]["availability"] == f"https://schema.org/{availability}"


def test_called_off_event_says_so(client: FlaskClient) -> None:
    make_workshop(state=WorkshopState.CANCELLED)

    assert data(client)["eventStatus"] == "https://schema.org/EventCancelled"


def test_workshop_without_a_date_is_no_event(client: FlaskClient) -> None:
    make_workshop(sessions=[])

    assert head(client).blocks == []


def test_nothing_breaks_out_of_the_block(client: FlaskClient) -> None:
    hurtful = "</script><script>alert(1)</script><!-- \u2028 ' \" & 李"
    make_workshop(title=hurtful, summary=hurtful)

    page = client.get("/workshops/kooperation").text

    assert "<script>alert" not in page
    assert data(client)["name"] == hurtful
    assert head(client).metas["og:title"] == hurtful


def test_link_preview_tells_date_and_summary_in_the_readers_language(client: FlaskClient) -> None:
    make_workshop(summary="Ein Satz. " * 60)

    german, english = head(client), head(client, "/en/workshops/kooperation")

    assert german.metas["og:description"].startswith("Mittwoch, 24. Februar 2027. Ein Satz.")
    assert len(german.metas["description"]) <= 202
    assert english.metas["og:description"].startswith("Wednesday, 24 February 2027. ")
    assert english.metas["og:url"] == "http://localhost/en/workshops/kooperation"


def test_each_language_names_the_other_and_itself(client: FlaskClient) -> None:
    make_workshop()

    for path in ("/workshops/kooperation", "/en/workshops/kooperation?from=newsletter"):
        links = head(client, path).links
        alternates = {one["hreflang"]: one["href"] for one in links if "hreflang" in one}
        assert alternates == {
            "de": PAGE,
            "en": PAGE.replace("/workshops", "/en/workshops"),
            "x-default": PAGE,
        }
        canonical = [one["href"] for one in links if one.get("rel") == "canonical"]
        assert canonical == [alternates["en" if path.startswith("/en") else "de"]]
