"""Whether a colour can be read on another, and which lighter one can (WCAG 2.2, 1.4.3)."""

import re

READABLE = 4.5  # the ratio for text of any size
STEPS = 50

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def parse_colour(text: str) -> Colour:
    """Read `#1a4f9c`; raises ValueError for anything else."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text} is no colour such as #1a4f9c")
    red, green, blue = (int(text[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def write_colour(colour: Colour) -> str:
    """As style sheets write it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of the two luminances, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lighter(colour: Colour, background: Colour, least: float = READABLE) -> Colour:
    """The colour itself, or mixed with as little white as makes it readable on a dark background."""
    mixed = (_mixed(colour, WHITE, step / STEPS) for step in range(STEPS + 1))
    return next((one for one in mixed if contrast(one, background) >= least), WHITE)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
