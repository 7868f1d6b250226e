"""Another time zone for all sessions of a workshop, inside the caller's transaction."""

from datetime import datetime

from registration.errors import RegistrationError
from registration.models import Workshop
from registration.rules.date_words import long_date
from registration.rules.wall_times import exists, instant_again, is_ambiguous


def move_to_zone(workshop: Workshop) -> None:
    """Keep the wall times and derive their instants anew, in the workshop's zone (T-01, T-13).

    Raises RegistrationError when one of them is missing or doubtful there.
    """
    for one in workshop.sessions:
        for local in (one.dial_in_local, one.starts_local, one.ends_local):
            _refuse_unclear(local, one.zone, workshop.zone)
        one.zone = workshop.zone
        one.starts_at = instant_again(one.starts_local, one.starts_at, one.zone)
        one.ends_at = instant_again(one.ends_local, one.ends_at, one.zone)
        if one.dial_in_local and one.dial_in_at:
            one.dial_in_at = instant_again(one.dial_in_local, one.dial_in_at, one.zone)
        one.revision += 1


def _refuse_unclear(local: datetime | None, old: str, new: str) -> None:
    """A wall time that is missing in the new zone, or is there twice and was not before (T-06)."""
    if local is None or (exists(local, new) and not is_ambiguous(local, new)) or is_ambiguous(local, old):
        return
    how_often = "zweimal" if exists(local, new) else "nicht"
    raise RegistrationError(
        f"{long_date(local, 'de')}, {local:%H:%M} Uhr gibt es in dieser Zeitzone {how_often}, "
        "weil dort die Uhr umgestellt wird. Verlegen Sie zuerst diesen Termin.",
        field="zone",
    )
