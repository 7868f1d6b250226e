"""Contrasts as WCAG counts them."""

import pytest

from registration.rules.contrast import BLACK, WHITE, contrast, lighter, parse_colour, write_colour


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#777777", 4.48), ("#ff0000", 4.0)],
)
def test_contrast_on_white(colour: str, ratio: float) -> None:
    assert contrast(parse_colour(colour), WHITE) == pytest.approx(ratio, abs=0.01)


def test_order_does_not_matter() -> None:
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK)


def test_dark_colour_becomes_only_as_light_as_it_must() -> None:
    found = lighter(parse_colour("#1a4f9c"), BLACK, 7.0)

    assert 7.0 <= contrast(found, BLACK) < 7.5


def test_light_colour_stays() -> None:
    assert write_colour(lighter(parse_colour("#ffcc00"), BLACK)) == "#ffcc00"


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#1234567", "1a4f9c"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        parse_colour(text)
