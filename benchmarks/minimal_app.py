"""The limit: the least that a Flask app can do here, on the same server and the same database settings.

A page is one query and a small template; a POST inserts two rows in one transaction, written the same way as
in the product (`one_transaction()`).
"""

import os
from datetime import UTC, datetime

from flask import Flask, redirect, render_template, request
from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, String, Table, insert, select
from werkzeug.wrappers import Response

import config
from registration.engines import configure, engine_options
from registration.extensions import db, one_transaction

TABLES = MetaData()  # of their own: the product's tables are not concerned
PERSON = Table(
    "minimal_person",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
)
LETTER = Table(
    "minimal_letter",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("minimal_person.id"), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
)


def create_app() -> Flask:
    app = Flask(__name__, template_folder="templates")
    settings = config.load({"DATABASE_URL": os.environ["DATABASE_URL"]})
    url = settings["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options = engine_options(url, pool_size=settings["DATABASE_POOL_SIZE"])
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    with app.app_context():
        configure(db.engine)
        TABLES.create_all(db.engine)
        db.engine.dispose()

    @app.get("/")
    def page() -> str:
        people = db.session.execute(select(PERSON).order_by(PERSON.c.id).limit(10)).all()
        return render_template("minimal.html", people=people)

    @app.post("/people")
    def add() -> Response:
        with one_transaction():
            row = insert(PERSON).values(name=request.form["name"], email=request.form["email"])
            person_id = db.session.execute(row.returning(PERSON.c.id)).scalar_one()
            db.session.execute(insert(LETTER).values(person_id=person_id, due_at=datetime.now(UTC)))
        return redirect("/", 303)

    return app


if "DATABASE_URL" in os.environ:
    app = create_app()
