"""keep the wall time at which registration starts

Revision ID: 8c4e1f7a9d23
Revises: b2f90c6d1a57
"""

from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "8c4e1f7a9d23"
down_revision = "b2f90c6d1a57"
branch_labels = None
depends_on = None

OPENS_AT = sa.column("opens_at", sa.DateTime(timezone=True))
OPENS_LOCAL = sa.column("opens_local", sa.DateTime())


def upgrade() -> None:
    op.add_column("workshop", sa.Column("opens_local", sa.DateTime(), nullable=True))
    workshop = sa.table("workshop", sa.column("id"), sa.column("zone"), OPENS_AT, OPENS_LOCAL)
    with_start = sa.select(workshop).where(OPENS_AT.is_not(None))
    for row in op.get_bind().execute(with_start).all():
        stored = row.opens_at  # SQLite drops zones
        instant = stored if stored.tzinfo else stored.replace(tzinfo=UTC)
        local = instant.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
        op.execute(sa.update(workshop).where(workshop.c.id == row.id).values(opens_local=local))


def downgrade() -> None:
    op.drop_column("workshop", "opens_local")
