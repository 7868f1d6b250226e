"""The form of the sign-in page."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    email = EmailField(
        "E-Mail-Adresse",
        [
            InputRequired("Geben Sie Ihre E-Mail-Adresse ein."),
            Length(max=254, message="Die Adresse ist zu lang."),
        ],
        render_kw={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"},
    )
    password = PasswordField(
        "Passwort",
        [InputRequired("Geben Sie Ihr Passwort ein.")],
        render_kw={"autocomplete": "current-password"},
    )
