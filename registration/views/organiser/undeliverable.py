"""Addresses that mail does not reach: saying so by hand, and sending there again (M-59)."""

from flask import request
from flask.typing import ResponseReturnValue

from registration.models import OutboxMessage
from registration.services import bouncing
from registration.views.organiser import blueprint
from registration.views.organiser.lookups import acting, record_or_404, say
from registration.views.organiser.mails import carry_out


@blueprint.post("/mails/<int:message_id>/bounce")
def mark_undeliverable(message_id: int) -> ResponseReturnValue:
    """Note that a mail did not arrive: nothing more is sent to its address."""
    message = record_or_404(OutboxMessage, message_id)

    def mark() -> None:
        bouncing.mark_undeliverable(message.id, **acting())
        say("Die Adresse ist als unzustellbar markiert. Dorthin wird nichts mehr gesendet.")

    return carry_out(mark)


@blueprint.post("/mails/addresses")
def lift() -> ResponseReturnValue:
    """Send to an address again."""
    key = request.form.get("email_key", "")[:300]

    def send_again() -> None:
        was_suppressed = bouncing.lift(key, **acting())
        say(
            "Die Sperre ist aufgehoben. Was entfallen ist, senden Sie bei Bedarf noch einmal."
            if was_suppressed
            else "Diese Adresse war nicht gesperrt."
        )

    return carry_out(send_again)
