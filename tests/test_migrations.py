"""The migrations build exactly the models, on both databases, and can go back."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select

from registration.extensions import Base, db
from registration.models import Workshop
from tests.factories import make_workshop
from tests.servers.databases import Databases

NINE_IN_BERLIN = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)


@pytest.fixture
def tables(app_context: Flask) -> Callable[[], set[str]]:
    return lambda: set(inspect(db.engine).get_table_names()) - {"alembic_version"}


@pytest.fixture
def described_from_models(make_app: Callable[..., Flask], databases: Databases) -> list[str]:
    """What a database holds that was built from the models, without migrations."""
    with make_app(DATABASE_URL=databases.empty()).app_context():
        Base.metadata.create_all(db.engine)
        return sorted(described())


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def described() -> Iterator[str]:
    """Every constraint and index as a line: what Alembic's comparison leaves out, CHECKs above all."""
    inspector = inspect(db.engine)
    questions = (
        inspector.get_check_constraints,
        inspector.get_unique_constraints,
        inspector.get_foreign_keys,
        inspector.get_indexes,
    )
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        for question in questions:
            yield from (f"{table}: {in_words(found)}" for found in question(table))


def in_words(found: Any) -> str:
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return str(sorted((found | {"dialect_options": options}).items()))


def test_alembic_finds_no_difference_to_the_models(app_context: Flask) -> None:
    assert differences() == []


def test_constraints_and_indexes_are_those_of_the_models(
    described_from_models: list[str], app: Flask
) -> None:
    with app.app_context():
        assert sorted(described()) == described_from_models


def test_a_table_that_no_migration_made_is_noticed(app_context: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE forgotten (id INTEGER PRIMARY KEY, CHECK (id > 0))")

    assert "remove_table" in str(differences())


def test_migrations_go_back_and_forth(tables: Callable[[], set[str]]) -> None:
    before = tables()

    downgrade(revision="base")
    assert tables() == set()

    upgrade()
    assert tables() == before


def test_a_start_of_registration_gets_its_wall_time(app_context: Flask) -> None:
    """What was stored as an instant alone, in each time zone (T-01)."""
    make_workshop(slug="berlin", opens_at=NINE_IN_BERLIN)
    make_workshop(slug="lisbon", zone="Europe/Lisbon", opens_at=NINE_IN_BERLIN)
    make_workshop(slug="always")
    downgrade(revision="b2f90c6d1a57")

    upgrade()

    found = db.session.execute(select(Workshop.slug, Workshop.opens_local))
    assert {slug: local and f"{local:%d.%m. %H:%M}" for slug, local in found} == {
        "berlin": "04.01. 09:00",
        "lisbon": "04.01. 08:00",
        "always": None,
    }
