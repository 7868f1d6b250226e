"""count in a row for all workers

Revision ID: 7e31c5f08d46
Revises: 5d0a7c41b9e2
"""

import sqlalchemy as sa
from alembic import op

revision = "7e31c5f08d46"
down_revision = "5d0a7c41b9e2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # empty is nothing so far: a worker of the version before counts for itself meanwhile
    op.add_column("mail_relay", sa.Column("in_a_row", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("mail_relay", "in_a_row")
