"""The migrations build exactly the models, on both databases, and can go back."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from registration.extensions import Base, db


@pytest.fixture
def tables(app_context: Flask) -> Callable[[], set[str]]:
    return lambda: set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


@pytest.mark.usefixtures("app_context")
def test_migrations_build_exactly_the_models() -> None:
    assert differences() == []


@pytest.mark.usefixtures("app_context")
def test_a_table_that_no_migration_made_is_noticed() -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE forgotten (id INTEGER PRIMARY KEY)")

    assert [difference[0] for difference in differences()] == ["remove_table"]  # type: ignore[index]


def test_migrations_go_back_and_forth(tables: Callable[[], set[str]]) -> None:
    before = tables()

    downgrade(revision="base")
    assert tables() == set()

    upgrade()
    assert tables() == before
