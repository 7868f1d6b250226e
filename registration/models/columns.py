"""Types of columns that several tables share."""

from enum import StrEnum

from sqlalchemy import DateTime, Enum

WALL = DateTime(timezone=False)
"""A wall time: naive, to be read in the time zone that stands beside it (T-01)."""


def one_of(words: type[StrEnum]) -> Enum:
    """Return a text column that holds one of the words; a CHECK keeps every other out."""
    name = "".join("_" + c.lower() if c.isupper() else c for c in words.__name__).lstrip("_")
    return Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )
