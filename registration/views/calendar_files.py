"""Calendar files as downloads (C-01)."""

from flask import Response


def calendar_file(content: bytes) -> Response:
    """The answer that a calendar program understands."""
    response = Response(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = 'attachment; filename="termin.ics"'
    return response
