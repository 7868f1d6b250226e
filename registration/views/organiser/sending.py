"""Stopping and starting the sending of mails, for all workshops (M-54, M-58)."""

from typing import Any

from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from registration.forms.organiser import words
from registration.forms.organiser.fields import line
from registration.services import pausing
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import acting, say
from registration.views.organiser.mails import carry_out
from registration.views.sign_in import signed_in_organiser

WHY = "Nennen Sie den Grund: Andere wollen wissen, warum nichts gesendet wird."


class PauseForm(FlaskForm):
    reason = line(
        "Warum?",
        required=WHY,
        description="Das lesen alle am Schreibtisch, solange nichts gesendet wird.",
    )


@blueprint.context_processor
def _form() -> dict[str, Any]:
    return {"pause_form": PauseForm}


@blueprint.post("/mails/pause")
def pause_mails() -> ResponseReturnValue:
    """Let no mail leave until somebody wants it again."""
    form = PauseForm()

    def pause() -> None:
        if not form.validate() or not form.reason.data:
            say(str(next(iter(form.reason.errors), WHY)), "danger")
            return
        pausing.pause_by_hand(str(form.reason.data), by=_name(), **acting())
        say("Der E-Mail-Versand ist angehalten. Neue E-Mails warten, keine geht verloren.")

    return carry_out(pause)


@blueprint.post("/mails/resumption")
def resume_mails() -> ResponseReturnValue:
    """Let mails leave again, whatever kept them back."""

    def resume() -> None:
        has_stood_still = pausing.resume_by_hand(by=_name(), **acting())
        say("Der E-Mail-Versand läuft wieder." if has_stood_still else "Der E-Mail-Versand lief schon.")

    return carry_out(resume)


def _name() -> str:
    """Who it was, as others read it; never an e-mail address, since /healthz shows it too."""
    organiser = signed_in_organiser()
    return (organiser.name or words.ROLE[organiser.role]) if organiser else ""
