"""Until when a request about one's own data is answered."""

from calendar import monthrange
from datetime import date


def month_after(day: date) -> date:
    """Return the same day of the next month, or its last one (Art. 12 (3) GDPR)."""
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
