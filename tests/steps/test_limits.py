"""Limits that hold over all processes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registration.errors import TooManyRequests
from registration.extensions import db, one_transaction
from registration.models import RateCount
from registration.services.guarding import count_wrong_link
from registration.services.recording_runs import forget_counts
from registration.steps import limits
from tests.times import NOW

pytestmark = pytest.mark.usefixtures("app_context")
MINUTE = timedelta(minutes=1)


def count(key="ip:192.0.2.1", now=NOW):
    with one_transaction():
        return limits.count(key, window=MINUTE, now=now)


def test_each_call_counts_and_each_window_begins_anew():
    assert [count(), count(), count(now=NOW + MINUTE)] == [1, 2, 1]


def test_each_key_counts_for_itself():
    assert [count("a:1"), count("a:2")] == [1, 1]


def test_neither_address_nor_ip_is_stored():
    count("known:ada@example.org")
    assert "ada" not in db.session.scalars(select(RateCount.key)).one()


def test_old_counters_are_forgotten():
    count()
    assert forget_counts(now=NOW + timedelta(hours=23)) == 0
    assert forget_counts(now=NOW + timedelta(hours=25)) == 1


def test_guessing_links_ends_after_sixty_in_a_minute():
    for _ in range(60):
        count_wrong_link("192.0.2.1", now=NOW)
    with pytest.raises(TooManyRequests):
        count_wrong_link("192.0.2.1", now=NOW)
    count_wrong_link("192.0.2.2", now=NOW)
