"""The form that puts a participant's address right."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField

from registration.forms.checks import MailAddress


class AddressForm(FlaskForm):
    email = EmailField("Neue E-Mail-Adresse", [MailAddress()])
    is_certain = BooleanField(
        "Die neue E-Mail-Adresse stimmt sicher. Sie muss nicht bestätigt werden.",
        description="Ohne Haken geht dorthin ein Link zum Bestätigen. Bis dahin bleibt die bisherige.",
    )
