"""The wording of consents, which is stored as it was shown (L-04). The desk shows the German one."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from registration.vocabulary import ConsentKind

WORDING: Mapping[ConsentKind, Any] = {
    ConsentKind.CONTACT_SHARING: _l(
        "Mein Name und meine Organisation dürfen in einer Liste stehen, die alle Teilnehmenden bekommen."
    ),
    ConsentKind.PHOTO: _l(
        "Fotos und Aufzeichnungen der Veranstaltung, auf denen ich zu erkennen bin, dürfen "
        "veröffentlicht werden."
    ),
    ConsentKind.ANNOUNCEMENTS: _l("Ich möchte per E-Mail von weiteren Veranstaltungen erfahren."),
}
"""What a person agrees to, as a sentence beside the box."""

NAMES: Mapping[ConsentKind, str] = {
    ConsentKind.CONTACT_SHARING: "Liste der Teilnehmenden",
    ConsentKind.PHOTO: "Fotos und Aufzeichnungen",
    ConsentKind.ANNOUNCEMENTS: "Weitere Veranstaltungen",
}
"""Short names, for the desk."""
