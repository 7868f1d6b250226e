"""let a timed mail say more

Revision ID: b2f90c6d1a57
Revises: 7e31c5f08d46
"""

import sqlalchemy as sa
from alembic import op

revision = "b2f90c6d1a57"
down_revision = "7e31c5f08d46"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # the version before writes lines without it, and sends them without words
    op.add_column("mail_rule", sa.Column("text", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("mail_rule", "text")
