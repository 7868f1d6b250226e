"""One way to write: all of it or nothing, with a fresh view, behind the gate."""

import threading
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from registration import engines
from registration.extensions import db, one_transaction
from registration.models import Organiser, RateCount
from tests.factories import make_organiser
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")


def test_a_refusal_in_the_middle_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        _write_and_refuse()
    assert db.session.scalars(select(RateCount)).all() == []


def test_the_next_writer_works_after_a_refusal():
    with pytest.raises(RuntimeError), one_transaction():
        raise RuntimeError
    make_organiser()
    assert len(db.session.scalars(select(Organiser)).all()) == 1


def test_it_does_not_nest():
    with pytest.raises(RuntimeError, match="nest"), one_transaction(), one_transaction():
        pass


def test_changes_made_outside_are_refused_loudly():
    organiser = make_organiser()
    organiser.name = "outside"
    with pytest.raises(RuntimeError, match="outside"), one_transaction():
        pass
    db.session.rollback()


def test_it_trusts_no_row_that_was_read_before(app_context):
    organiser = make_organiser(name="before")
    assert organiser.name == "before"
    _in_another_thread(app_context, text("UPDATE organiser SET name = 'meanwhile'"))
    with one_transaction():
        assert organiser.name == "meanwhile"


def test_instants_come_back_aware_and_in_utc():
    with one_transaction():
        db.session.add(RateCount(key="a", window_start=NOW, count=1))
    db.session.expire_all()
    read = db.session.scalars(select(RateCount)).one().window_start
    assert (read, read.tzinfo) == (NOW, UTC)


def test_an_instant_without_a_zone_is_refused():
    naive = RateCount(key="a", window_start=datetime(2027, 1, 1), count=1)  # noqa: DTZ001 - meant
    with pytest.raises(StatementError, match="time zone"), one_transaction():
        db.session.add(naive)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_sqlite_syncs_fully_keeps_foreign_keys_and_believes_nothing():
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "cell_size_check")
    settings = [db.session.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas]
    assert settings == ["wal", 2, 1, 0, 1]


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_nobody_waits_for_postgresql_for_ever():
    limits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    settings = [db.session.execute(text(f"SHOW {name}")).scalar() for name in limits]
    assert settings == ["5s", "20s", "1min"]


def _write_and_refuse():
    with one_transaction():
        db.session.add(RateCount(key="a", window_start=NOW, count=1))
        db.session.flush()
        assert 1 // 0


def _in_another_thread(app, statement):
    def run():
        with app.app_context(), one_transaction():
            db.session.execute(statement)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_connection_that_rested_while_the_server_cut_it_costs_nobody_a_page(app_context, monkeypatch):
    make_organiser()
    monkeypatch.setattr(engines, "TRUSTED_SECONDS", 0.0)
    _cut_all_connections(app_context)
    assert len(db.session.scalars(select(Organiser)).all()) == 1


def _cut_all_connections(app):
    with psycopg.connect(_plain_url(app), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def _plain_url(app) -> str:
    return app.config["SQLALCHEMY_DATABASE_URI"].replace("postgresql+psycopg", "postgresql")


_PREPARED = text("SELECT count(*) FROM pg_prepared_statements")
OFTEN = 8  # psycopg prepares a statement at its sixth use


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_what_is_prepared_outlives_the_end_of_a_transaction():
    for _ in range(OFTEN):
        db.session.scalars(select(Organiser)).all()
        db.session.rollback()
    assert db.session.scalar(_PREPARED) > 0


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_what_is_prepared_is_forgotten_after_an_error():
    for _ in range(OFTEN):
        db.session.scalars(select(Organiser)).all()
    with pytest.raises(DBAPIError):
        db.session.execute(text("SELECT 1 / 0"))
    db.session.rollback()
    assert db.session.scalar(_PREPARED) == 0


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_transaction_whose_server_is_gone_is_ended_and_the_next_one_works(app_context):
    make_organiser()
    db.session.scalars(select(Organiser)).all()
    _cut_all_connections(app_context)
    with pytest.raises(DBAPIError):
        db.session.scalars(select(Organiser)).all()
    db.session.rollback()
    assert len(db.session.scalars(select(Organiser)).all()) == 1
