"""Limits beside the capacity (domain.md, rule 5)."""

from registration.reason_words import placement_sentences
from registration.rules.pools import OPTION, ORGANISATION, Limits, Pool, choices_in, exhausted

LIMITS = Limits(per_organisation=2, per_option={(3, "vor Ort"): 12, (3, "online"): 20})


def test_a_workshop_without_limits_has_no_pools() -> None:
    assert not Limits()
    assert Limits().pools(7, [(3, "vor Ort")]) == ()


def test_a_limit_of_either_kind_counts() -> None:
    assert Limits(per_organisation=1)
    assert Limits(per_option={(3, "vor Ort"): 0})


def test_somebody_takes_seats_of_her_organisation_and_of_every_limited_option() -> None:
    assert LIMITS.pools(7, [(3, "vor Ort"), (3, "egal"), (4, "vor Ort")]) == (
        Pool(ORGANISATION, 7, 2),
        Pool(OPTION, 3, 12, "vor Ort"),
    )


def test_who_belongs_to_no_known_organisation_is_not_limited_by_it() -> None:
    assert LIMITS.pools(None) == ()


def test_several_choices_stand_in_lines() -> None:
    assert list(choices_in(3, "vor Ort\nonline")) == [(3, "vor Ort"), (3, "online")]


def test_a_pool_is_exhausted_by_its_last_seat() -> None:
    two = Pool(ORGANISATION, 7, 2)

    assert exhausted([two], {}) == exhausted([two], {two: 1}) == ()
    assert exhausted([two], {two: 2}) == exhausted([two], {two: 3}) == (two,)


def test_the_reason_names_the_option_whatever_stands_in_it() -> None:
    awkward = Pool(OPTION, 3, 12, "Saal 1, 2: 50 % (Süd)")

    assert "," not in awkward.code
    assert placement_sentences([awkward.code]) == ["Alle Plätze für „Saal 1, 2: 50 % (Süd)“ sind vergeben."]
