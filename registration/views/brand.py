"""What the agency brings along: its logo and its colour, as files beside our own static ones."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registration.rules.contrast import (
    BLACK,
    READABLE,
    WHITE,
    Colour,
    contrast,
    lighter,
    parse_colour,
    write_colour,
)

LOGO_HEIGHT = 48  # pixels in the header
READABLE_IN_THE_DARK = 7.0  # boxes are a little lighter than the page
ACCENT = "agency/accent.css"
_PNG = b"\x89PNG\r\n\x1a\n"
_LENGTH = rb"(\d{1,9}(?:\.\d+)?)(?![\d.])"
_VIEW_BOX = re.compile(
    rb"""<svg\b[^>]*?\bviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+%b[\s,]+%b""" % (_LENGTH, _LENGTH)
)
_SIZES = re.compile(
    rb"""<svg\b(?=[^>]*?\swidth\s*=\s*["']%b)(?=[^>]*?\sheight\s*=\s*["']%b)""" % (_LENGTH, _LENGTH)
)


class BrandRefusedError(ValueError):
    """A logo that cannot be shown, a colour that cannot be read; the message says what to do."""


@dataclass(frozen=True)
class Brand:
    """The names of logo and colours among the static files, empty without; `width` belongs to LOGO_HEIGHT."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    logo: str = ""
    width: int = 0
    height: int = LOGO_HEIGHT
    accent: str = ""


def brand(config: Mapping[str, Any]) -> Brand:
    """Read AGENCY_LOGO_FILE and ACCENT_COLOUR once, at the start. Raises BrandRefusedError."""
    files: dict[str, bytes] = {}
    logo, width = "", 0
    if config["ACCENT_COLOUR"]:
        files[ACCENT] = accent_style(config["ACCENT_COLOUR"]).encode()
    if config["AGENCY_LOGO_FILE"]:
        path = Path(config["AGENCY_LOGO_FILE"])
        content, width = _logo(path)
        logo = f"agency/logo{path.suffix.lower()}"
        files[logo] = content
    return Brand(files, logo, width, accent=ACCENT if ACCENT in files else "")


def accent_style(text: str) -> str:
    """The style sheet that puts the agency's colour in the place of KERN's; a lighter one in the dark."""
    try:
        colour = parse_colour(text)
    except ValueError as error:
        raise BrandRefusedError("Set ACCENT_COLOUR to a colour such as #1a4f9c, or to nothing.") from error
    ratio = contrast(colour, WHITE)
    if ratio < READABLE:
        raise BrandRefusedError(
            f"Set ACCENT_COLOUR to a darker colour: {text} on white has a contrast of {ratio:.1f}, "
            f"and people need {READABLE}."
        )
    return _accent(colour) + f"@media (prefers-color-scheme:dark){{{_accent(_in_the_dark(colour))}}}\n"


def _in_the_dark(colour: Colour) -> Colour:
    return lighter(colour, BLACK, READABLE_IN_THE_DARK)


def _accent(colour: Colour) -> str:
    return f":root{{--kern-color-action-default:{write_colour(colour)}}}"


def _logo(path: Path) -> tuple[bytes, int]:
    """The content and the width that belongs to our height: a picture without its size moves the page."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BrandRefusedError(f"AGENCY_LOGO_FILE: {path} cannot be read.") from error
    sizes = {".svg": _svg_size, ".png": _png_size}.get(path.suffix.lower(), _no_size)(content)
    if not sizes or not all(sizes):
        raise BrandRefusedError(f"AGENCY_LOGO_FILE: {path} is no SVG with a viewBox and no PNG.")
    return content, round(LOGO_HEIGHT * sizes[0] / sizes[1])


def _svg_size(content: bytes) -> tuple[float, float] | None:
    found = _VIEW_BOX.search(content) or _SIZES.search(content)
    return (float(found[1]), float(found[2])) if found else None


def _png_size(content: bytes) -> tuple[float, float] | None:
    return struct.unpack(">II", content[16:24]) if content.startswith(_PNG) and len(content) >= 24 else None


def _no_size(_content: bytes) -> None:
    return None
