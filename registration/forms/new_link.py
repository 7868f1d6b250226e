"""Asking for one's private link again."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField

from registration.forms.checks import MailAddress


class NewLinkForm(FlaskForm):
    """The address under which somebody registered (M-36)."""

    email = EmailField(
        _l("E-Mail-Adresse"),
        [MailAddress()],
        description=_l("Nehmen Sie die Adresse, an die wir Ihnen zuletzt geschrieben haben."),
    )
