"""How long a suggestion takes in a register of many organisations, and the first one after a change."""

import random
from collections.abc import Iterator
from time import perf_counter
from urllib.parse import quote

from sqlalchemy import insert

from benchmarks.bench import Bench
from benchmarks.load import Client
from benchmarks.rows import Row
from benchmarks.servers import web
from registration import clock
from registration.extensions import db, one_transaction
from registration.models import Organisation
from registration.vocabulary import FederalState, OrganisationKind

MOST_MS, MOST_MS_ANEW = 50, 2_000
SYLLABLES = ("neu", "bad", "hof", "berg", "stein", "feld", "bach", "burg", "dorf", "heim", "wald", "see")
KINDS = {"Stadt": OrganisationKind.MUNICIPALITY, "Landkreis": OrganisationKind.DISTRICT}
TYPED = ("Neubergdrof am See", "Lkr. Hofbad", "n", "am See", "landkreis", "Stadt Wald", "qqqq", "x" * 200)
WARM_UPS = 20  # until every process of the web has read the register


def suggesting(bench: Bench) -> Iterator[Row]:
    """Ask for what people type, letter by letter, one after the other."""
    other, count = bench.installation.beside(), bench.effort.organisations
    with other.app.app_context():
        _fill(count)
    with web("wsgi:app", other.port, other.environment, other.folder / "suggesting.log"):
        client = Client(other.port)
        anew = max(_milliseconds(client, "Stadt Wald") for _ in range(WARM_UPS))
        texts = [text[: end + 1] for text in TYPED for end in range(len(text))]
        took = sorted(_milliseconds(client, text) for text in texts)
        client.close()
    name = f"suggestion among {count:,} organisations"
    p95 = took[int(0.95 * (len(took) - 1))]
    yield Row(bench.database, f"{name}, p95", "ms", p95, "most", MOST_MS, 1.0, aims_low=True)
    yield Row(bench.database, f"{name}, first", "ms", anew, "most", MOST_MS_ANEW, 1.0, aims_low=True)


def _milliseconds(client: Client, typed: str) -> float:
    began = perf_counter()
    client.get(f"/organisations?q={quote(typed)}")
    return 1000 * (perf_counter() - began)


def _fill(count: int) -> None:
    """Invented places, in turns a town and a district, with a federal state."""
    dice, now, states = random.Random(1), clock.now(), list(FederalState)
    rows = []
    for number in range(count):
        place = "".join(dice.choices(SYLLABLES, k=dice.randint(2, 6))).title()
        kind = list(KINDS)[number % len(KINDS)]
        name = f"{kind} {place} am See {number}"
        rows.append(
            {"name": name, "kind": KINDS[kind], "state": states[number % len(states)], "changed_at": now}
        )
    with one_transaction():
        db.session.execute(insert(Organisation), rows)
