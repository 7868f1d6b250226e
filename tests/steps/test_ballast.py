"""The room that an SQLite database gives up when the disk is full."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registration.extensions import db, one_transaction
from registration.steps.ballast import BYTES, ballast_of, lay
from tests.factories import make_workshop

SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@SQLITE
def test_it_is_there_once_and_takes_real_room(app_context):
    path = ballast_of(db.engine)

    assert lay(db.engine, bytes_left_over=0)
    assert lay(db.engine, bytes_left_over=0)
    assert path.stat().st_blocks * 512 >= BYTES


@SQLITE
def test_it_is_not_laid_where_there_is_little_room(app_context):
    assert not lay(db.engine, bytes_left_over=2**60)
    assert not ballast_of(db.engine).exists()


@SQLITE
def test_a_full_disk_is_an_error_that_makes_room_and_leaves_nothing_half_written(app_context):
    lay(db.engine, bytes_left_over=0)
    with pytest.raises(OperationalError, match="full"):
        write_more_than_fits()

    assert not ballast_of(db.engine).exists()
    db.session.remove()
    db.engine.dispose()
    make_workshop()
    assert db.session.scalar(text("PRAGMA integrity_check")) == "ok"


def write_more_than_fits():
    with one_transaction():
        pages = db.session.scalar(text("PRAGMA page_count"))
        db.session.execute(text(f"PRAGMA max_page_count={pages}"))
        db.session.execute(text("CREATE TABLE filler AS SELECT zeroblob(1000000) AS zero"))


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_postgresql_needs_none(app_context):
    assert ballast_of(db.engine) is None
    assert not lay(db.engine, bytes_left_over=0)
