"""Which text about data protection a form is shown with; each is kept once, however many forms (L-02)."""

from datetime import datetime

from registration.services.informing import keep_notice, was_shown
from registration.steps.keeping import store
from registration.views.languages import reader_language
from registration.views.privacy import privacy_text, privacy_version


def present_notice(now: datetime) -> str:
    """The version of the text in the reader's language, the same as long as the process runs.

    The first time in each process it is made sure that the text itself stands in the database.
    """
    versions, language = store("privacy_versions"), reader_language()
    version: str | None = versions.get(language)
    if version is None:
        text = privacy_text()
        version = privacy_version(text)
        keep_notice(version, language=language, text=text, now=now)
        versions.keep(language, version)
    return version


def notice_shown_with(version: str, now: datetime) -> str:
    """The version that a form was shown with: perhaps an earlier one, when it was open for long (L-38)."""
    present = present_notice(now)
    return version if version != present and version and was_shown(version) else present
