"""The product with the lock taken out, as it would be with a database driver's defaults: sells seats twice.

Shows that the races of these tests happen, so that the tests can fail. Started as
`tests.races.without_lock:app` in place of `wsgi:app`.
"""

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sqlalchemy import event, select

from registration import create_app, extensions
from registration.extensions import db
from registration.models import Workshop
from registration.steps import placing

THINKING_SECONDS = (0.02, 0.08)  # not in step: four at a time would sell 16 seats exactly


def _read_without_lock(workshop_id: int) -> Workshop:
    plain = select(Workshop).where(Workshop.id == workshop_id)
    return db.session.execute(plain, execution_options={"populate_existing": True}).scalar_one()


def _thoughtfully(counting: Callable[..., Any]) -> Callable[..., Any]:
    def count(*arguments: Any, **named: Any) -> Any:
        with db.session.no_autoflush:  # what is written before the count would be a lock, too, on SQLite
            seats = counting(*arguments, **named)
        time.sleep(random.uniform(*THINKING_SECONDS))
        return seats

    return count


Workshop.lock = _read_without_lock  # type: ignore[method-assign]
extensions._write_gate = lambda _engine: nullcontext()  # type: ignore[assignment,return-value]
placing.seats_for = _thoughtfully(placing.seats_for)

app = create_app()
with app.app_context():
    if db.engine.dialect.name == "sqlite":

        @event.listens_for(db.engine, "connect")
        def _driver_begins(connection: Any, _record: Any) -> None:
            connection.isolation_level = ""  # Python's default: a transaction begins with the first write

        @event.listens_for(db.engine, "before_cursor_execute", retval=True)
        def _no_begin_of_ours(
            _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
        ) -> tuple[str, Any]:
            return ("SELECT 1" if statement.startswith("BEGIN") else statement), parameters

    db.engine.dispose()
