"""say when a mail was written

Revision ID: 5d0a7c41b9e2
Revises: 26f60968eb43
"""

import sqlalchemy as sa
from alembic import op

revision = "5d0a7c41b9e2"
down_revision = "26f60968eb43"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # mails that are on their way have none: should one become uncertain, the mark alone tells, as before
    op.add_column("outbox_message", sa.Column("written_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox_message", "written_at")
