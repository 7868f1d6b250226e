"""How one would send a queue with Flask-Mail alone: send, then mark. Who dies in between sends twice."""

from flask import Flask
from flask_mail import Mail, Message
from sqlalchemy import select

from registration import clock
from registration.extensions import db, one_transaction
from registration.mail.rendering import render
from registration.models import OutboxMessage
from registration.vocabulary import OutboxState


def send_naively(app: Flask) -> None:
    with app.app_context():
        queued = select(OutboxMessage.id).where(OutboxMessage.state == OutboxState.QUEUED)
        numbers = list(db.session.scalars(queued.order_by(OutboxMessage.id)))
        with Mail(app).connect() as connection:
            for number in numbers:
                row = db.session.get_one(OutboxMessage, number)
                letter = render(row, now=clock.now())
                connection.send(Message(letter.subject, [row.to_address], letter.text, letter.html))
                with one_transaction():
                    sent = db.session.get_one(OutboxMessage, number)
                    sent.state, sent.sent_at = OutboxState.SENT, clock.now()
