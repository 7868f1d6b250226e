"""Which organisation somebody means: the table of spellings, and the doubts (U-08)."""

import random
import sys
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.organisations import Candidate, OrganisationIndex, organisation_key
from registration.vocabulary import Certainty

CERTAIN, DOUBTFUL, NONE = Certainty.CERTAIN, Certainty.DOUBTFUL, Certainty.NONE

REGISTER = [
    Candidate(1, "Stadt Kassel", ("documenta-Stadt Kassel",), ("kassel.example",)),
    Candidate(2, "Landkreis Kassel", (), ("landkreiskassel.example",)),
    Candidate(3, "Universitätsstadt Tübingen", (), ("tuebingen.example",)),
    Candidate(4, "Rhein-Neckar-Kreis", ("RNK",), ("rhein-neckar-kreis.example",)),
    Candidate(5, "Ortenaukreis"),
    Candidate(6, "Neustadt an der Weinstraße"),
    Candidate(7, "Freiburg im Breisgau", (), ("freiburg.example",)),
    Candidate(8, "Frankfurt am Main"),
    Candidate(9, "Frankfurt (Oder)"),
    Candidate(10, "Landkreis Neu-Ulm"),
    Candidate(11, "Stadt Neu-Ulm"),
    Candidate(12, "Ulm, Universitätsstadt"),
    Candidate(13, "Hanse- und Universitätsstadt Rostock"),
    Candidate(14, "Landkreis Rostock"),
    Candidate(15, "Lutherstadt Wittenberg"),
    Candidate(16, "Garmisch-Partenkirchen"),
    Candidate(17, "Markt Schwaben"),
    Candidate(18, "Gemeinde Neuenkirchen"),
    Candidate(19, "Samtgemeinde Neuenkirchen"),
    Candidate(20, "Universität Kassel", (), ("uni-kassel.example",)),
    Candidate(21, "Landeshauptstadt Stuttgart", ("Stadt Stuttgart", "LHS Stuttgart")),
    Candidate(22, "Schwäbisch Gmünd"),
    Candidate(23, "Sankt Wendel"),
    Candidate(24, "Landkreis St. Wendel"),
    Candidate(25, "Landkreis Heilbronn"),
    Candidate(26, "Stadtkreis Heilbronn"),
    Candidate(27, "Mühlhausen/Thüringen"),
    Candidate(28, "Gemeinde Beispielhausen"),
    Candidate(29, "Gemeinde Beispielhausen"),
    Candidate(30, "Verbandsgemeinde Montabaur"),
    Candidate(31, "Landkreis Göppingen"),
    Candidate(32, "Freie und Hansestadt Hamburg"),
    Candidate(33, "Rothenburg ob der Tauber"),
    Candidate(34, "Bodenseekreis"),
    Candidate(35, "Landkreis Göttingen"),
    Candidate(36, "Stadt Götzingen"),
]
INDEX = OrganisationIndex(REGISTER)

SPELLINGS = [
    ("Stadt Kassel", CERTAIN, 1),
    ("  stadt   KASSEL ", CERTAIN, 1),
    ("Kassel, Stadt", CERTAIN, 1),
    ("Stadtverwaltung Kassel", CERTAIN, 1),
    ("Magistrat der Stadt Kassel", CERTAIN, 1),
    ("documenta-Stadt Kassel", CERTAIN, 1),
    ("kreisfreie Stadt Kassel", CERTAIN, 1),
    ("Rathaus Kassel", CERTAIN, 1),
    ("Landkreis Kassel", CERTAIN, 2),
    ("Lkr. Kassel", CERTAIN, 2),
    ("LKR Kassel", CERTAIN, 2),
    ("LK Kassel", CERTAIN, 2),
    ("Kreis Kassel", CERTAIN, 2),
    ("Kassel (Landkreis)", CERTAIN, 2),
    ("Kreisverwaltung Kassel", CERTAIN, 2),
    ("Landratsamt Kassel", CERTAIN, 2),
    ("Kreisausschuss des Landkreises Kassel", CERTAIN, 2),
    ("Kassel", DOUBTFUL, None),
    ("kassel", DOUBTFUL, None),
    ("Kasel", DOUBTFUL, None),
    ("Stadt Kasel", DOUBTFUL, 1),
    ("Landkreis Kasel", DOUBTFUL, 2),
    ("Stadt und Landkreis Kassel", DOUBTFUL, None),
    ("Stadt Kassel, Schulverwaltungsamt", DOUBTFUL, 1),
    ("Schulamt der Stadt Kassel", DOUBTFUL, 1),
    ("Universität Kassel", CERTAIN, 20),
    ("Uni Kassel", CERTAIN, 20),
    ("Tübingen", CERTAIN, 3),
    ("Tuebingen", CERTAIN, 3),
    ("TU\u0308BINGEN", CERTAIN, 3),
    ("Stadt Tübingen", CERTAIN, 3),
    ("Universitätsstadt Tuebingen", CERTAIN, 3),
    ("Tubingen", DOUBTFUL, 3),
    ("Tübigen", DOUBTFUL, 3),
    ("Landkreis Tübingen", NONE, None),
    ("LRA Tübingen", NONE, None),
    ("Rhein-Neckar-Kreis", CERTAIN, 4),
    ("Landratsamt Rhein-Neckar-Kreis", CERTAIN, 4),
    ("Rhein Neckar Kreis", CERTAIN, 4),
    ("Landkreis Rhein-Neckar", CERTAIN, 4),
    ("RNK", CERTAIN, 4),
    ("Rhein-Neckar", DOUBTFUL, 4),
    ("Rein-Neckar-Kreis", DOUBTFUL, 4),
    ("Ortenaukreis", CERTAIN, 5),
    ("Ortenau-Kreis", CERTAIN, 5),
    ("Landratsamt Ortenaukreis", CERTAIN, 5),
    ("Ortenau", DOUBTFUL, 5),
    ("Landratsamt Bodenseekreis", CERTAIN, 34),
    ("Neustadt a. d. Weinstraße", CERTAIN, 6),
    ("Neustadt/Weinstr.", CERTAIN, 6),
    ("Neustadt an der Weinstrasse", CERTAIN, 6),
    ("Neustadt", DOUBTFUL, 6),
    ("Freiburg i. Br.", CERTAIN, 7),
    ("Stadt Freiburg im Breisgau", CERTAIN, 7),
    ("Freiburg", DOUBTFUL, 7),
    ("Frankfurt/Main", CERTAIN, 8),
    ("Frankfurt a. M.", CERTAIN, 8),
    ("Stadt Frankfurt am Main", CERTAIN, 8),
    ("Frankfurt an der Oder", CERTAIN, 9),
    ("Frankfurt", DOUBTFUL, None),
    ("Landkreis Frankfurt", DOUBTFUL, None),
    ("Neu-Ulm", DOUBTFUL, None),
    ("Große Kreisstadt Neu-Ulm", CERTAIN, 11),
    ("Lkr. Neu Ulm", CERTAIN, 10),
    ("Ulm", CERTAIN, 12),
    ("Landkreis Ulm", NONE, None),
    ("Alb-Donau-Kreis", NONE, None),
    ("Hansestadt Rostock", CERTAIN, 13),
    ("Landkreis Rostock", CERTAIN, 14),
    ("Wittenberg", CERTAIN, 15),
    ("Lutherstadt Wittenberg", CERTAIN, 15),
    ("Landkreis Wittenberg", NONE, None),
    ("Markt Garmisch-Partenkirchen", CERTAIN, 16),
    ("Garmisch Partenkirchen", CERTAIN, 16),
    ("Landkreis Garmisch-Partenkirchen", DOUBTFUL, 16),
    ("Markt Schwaben", CERTAIN, 17),
    ("Gemeinde Neuenkirchen", CERTAIN, 18),
    ("Samtgemeinde Neuenkirchen", CERTAIN, 19),
    ("Neuenkirchen", DOUBTFUL, None),
    ("Stadt Neuenkirchen", DOUBTFUL, 18),
    ("Stadt Stuttgart", CERTAIN, 21),
    ("Landeshauptstadt Stuttgart, Stadtverwaltung", CERTAIN, 21),
    ("Schwäb. Gmünd", CERTAIN, 22),
    ("Schwaebisch Gmuend", CERTAIN, 22),
    ("Stadt St. Wendel", CERTAIN, 23),
    ("Kreis Sankt Wendel", CERTAIN, 24),
    ("Stadt Heilbronn", CERTAIN, 26),
    ("Landratsamt Heilbronn", CERTAIN, 25),
    ("Heilbronn", DOUBTFUL, None),
    ("Mühlhausen", DOUBTFUL, 27),
    ("Beispielhausen", DOUBTFUL, None),
    ("Gemeinde Beispielhausen", DOUBTFUL, None),
    ("Montabaur", DOUBTFUL, 30),
    ("Stadt Montabaur", NONE, None),
    ("VG Montabaur", CERTAIN, 30),
    ("Göppingen", DOUBTFUL, 31),
    ("Stadt Göppingen", NONE, None),
    ("Stadt Hamburg", CERTAIN, 32),
    ("Rothenburg o. d. T.", CERTAIN, 33),
    ("Rothenburg", DOUBTFUL, 33),
    ("Stadt", NONE, None),
    ("Landkreis", NONE, None),
    ("", NONE, None),
    ("???", NONE, None),
    ("Hintertupfingen", NONE, None),
]


@pytest.mark.parametrize(("typed", "certainty", "organisation_id"), SPELLINGS)
def test_spelling_is_recognised_doubted_or_unknown(
    typed: str, certainty: Certainty, organisation_id: int | None
) -> None:
    match = INDEX.match(typed)

    assert (match.certainty, match.organisation_id) == (certainty, organisation_id)


@pytest.mark.parametrize(
    ("typed", "domain", "certainty", "organisation_id", "by"),
    [
        ("Kassel", "landkreiskassel.example", CERTAIN, 2, "domain"),
        ("Kassel", "schule.kassel.example", CERTAIN, 1, "domain"),
        ("Tübigen", "tuebingen.example", CERTAIN, 3, "typing"),
        ("Freiburg", "freiburg.example", CERTAIN, 7, "typing"),
        ("Stadt Kassel, Schulamt", "kassel.example", CERTAIN, 1, "typing"),
        ("Tübigen", "kassel.example", DOUBTFUL, 3, "typing"),
        ("Landkreis Tübingen", "tuebingen.example", DOUBTFUL, 3, "domain"),
        ("Stadt Kasel", "landkreiskassel.example", DOUBTFUL, 1, "typing"),
        ("Freiburg Marketing", "freiburg.example", DOUBTFUL, 7, "domain"),
        ("Hintertupfingen", "kassel.example", DOUBTFUL, 1, "domain"),
        ("", "kassel.example", DOUBTFUL, 1, "domain"),
        ("", "xkassel.example", NONE, None, ""),
        ("Stadt Kassel", "landkreiskassel.example", CERTAIN, 1, "name"),
        ("RNK", "", CERTAIN, 4, "alias"),
    ],
)
def test_the_email_domain_settles_a_doubt_but_names_nobody_alone(
    typed: str, domain: str, certainty: Certainty, organisation_id: int | None, by: str
) -> None:
    match = INDEX.match(typed, domain)

    assert (match.certainty, match.organisation_id, match.by) == (certainty, organisation_id, by)


def test_a_doubt_names_its_candidates() -> None:
    assert INDEX.match("Kassel").candidates == (1, 2)
    assert INDEX.match("Landkreis Tübingen").candidates == (3,)


def test_a_domain_of_two_organisations_settles_nothing() -> None:
    shared = OrganisationIndex(
        [
            Candidate(1, "Stadt Kassel", (), ("a.example",)),
            Candidate(2, "Landkreis Kassel", (), ("a.example",)),
        ]
    )

    assert shared.match("Kassel", "a.example").organisation_id is None
    assert shared.match("", "a.example").certainty is NONE


def test_an_alias_keeps_the_kind_of_its_organisation() -> None:
    index = OrganisationIndex([Candidate(1, "Landkreis Kassel", ("Kassel",))])

    assert index.match("Kassel").certainty is CERTAIN
    assert index.match("Stadt Kassel").certainty is NONE


def test_a_place_name_with_only_its_district_in_the_register_is_doubtful() -> None:
    assert OrganisationIndex([Candidate(1, "Landkreis Kassel")]).match("Kassel").certainty is DOUBTFUL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lkr. Kassel", "Landratsamt Kassel"),
        ("Köln", "KOELN"),
        ("Straßberg", "strassberg"),
        ("Kreis Unna", "Unna, Kreis"),
    ],
)
def test_spellings_of_one_organisation_share_a_key(one: str, other: str) -> None:
    assert organisation_key(one) == organisation_key(other)


def test_stadt_and_landkreis_never_share_a_key() -> None:
    assert organisation_key("Stadt Kassel") != organisation_key("Landkreis Kassel")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("landkr", "Landkreis Kassel"),
        ("götting", "Landkreis Göttingen"),
        ("kass", "Stadt Kassel"),
        ("landkreis kas", "Landkreis Kassel"),
        ("neck", "Rhein-Neckar-Kreis"),
        ("tueb", "Universitätsstadt Tübingen"),
        ("Tübigen", "Universitätsstadt Tübingen"),
        ("partenk", "Garmisch-Partenkirchen"),
        ("frankfrut main", "Frankfurt am Main"),
        ("rnk", "Rhein-Neckar-Kreis"),
    ],
)
def test_suggestions_begin_with_what_is_meant(typed: str, first: str) -> None:
    assert INDEX.suggest(typed)[0].name == first


def test_suggestions_are_limited_and_each_comes_once() -> None:
    suggested = INDEX.suggest("landkreis", limit=3)

    assert len({candidate.id for candidate in suggested}) == len(suggested) == 3
    assert INDEX.suggest("") == []


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_matched_without_failing(typed: str, domain: str) -> None:
    match = INDEX.match(typed, domain)

    assert (match.certainty is CERTAIN) <= (match.organisation_id is not None)
    assert len(INDEX.suggest(typed)) <= 8


@given(st.sampled_from(REGISTER), st.sampled_from(["Landkreis", "Lkr.", "LK", "Kreis", "Landratsamt"]))
def test_a_named_district_is_never_surely_a_town(candidate: Candidate, word: str) -> None:
    place = organisation_key(candidate.name).removeprefix("stadt ").removeprefix("kreis ")

    match = INDEX.match(f"{word} {place}")

    if match.certainty is CERTAIN:
        assert match.organisation_id in {2, 4, 5, 10, 14, 24, 25, 31, 34, 35}


SYLLABLES = ("neu", "bad", "hof", "berg", "stein", "feld", "bach", "burg", "dorf", "heim", "wald", "see")
MOST_STEPS = 12_000  # calls and returns; how long they take depends on the machine: see `make bench`


def steps_of(work: Callable[[], object]) -> int:
    """How many functions are called and left while it works."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize(
    "typed", ["Neubergdrof am See", "Stadt Hofbadheim, Schulamt", "n", "am See", "Landkreis", "x" * 5000]
)
def test_searching_eleven_thousand_organisations_is_bounded_work(typed: str) -> None:
    index = eleven_thousand()

    assert steps_of(lambda: index.match(typed)) < MOST_STEPS
    assert steps_of(lambda: index.suggest(typed, limit=10)) < MOST_STEPS


def test_unbounded_work_is_noticed() -> None:
    assert steps_of(lambda: [organisation_key(f"{n}") for n in range(11_000)]) > MOST_STEPS


@cache
def eleven_thousand() -> OrganisationIndex:
    dice = random.Random(1)
    names = ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 6))).title() for _ in range(11_000)]
    return OrganisationIndex(Candidate(n, f"Gemeinde {name} am See") for n, name in enumerate(names))
