"""send certificates

Revision ID: 41d7b6e09c58
Revises: 8c4e1f7a9d23
"""

from alembic import op

revision = "41d7b6e09c58"
down_revision = "8c4e1f7a9d23"
branch_labels = None
depends_on = None

BEFORE = (
    *("confirm_address", "under_review", "seat_certain", "waiting_list", "moved_up", "declined"),
    *("withdrawn", "cancelled", "workshop_cancelled", "substituted", "workshop_changed", "seat_offered"),
    *("offer_ended", "confirm_new_address", "address_changed", "already_registered", "new_link"),
    *("reminder", "meeting_link", "thanks"),
)
AFTER = ("seat_free", "deadline_reached", "minimum_not_reached", "digest", "erasure_requested", "test")
TIMED = (("reminder", "meeting_link", "thanks"), ("deadline_reached", "minimum_not_reached"))
NEW = ("certificate",)
CHECKS = (
    ("mail_rule", "ck_mail_rule_mail_kind", (BEFORE, AFTER)),
    ("mail_rule", "ck_mail_rule_timed_kind", TIMED),
    ("outbox_message", "ck_outbox_message_mail_kind", (BEFORE, AFTER)),
)


def upgrade() -> None:
    for table, name, (before, after) in CHECKS:
        change_check(table, name, before + after, before + NEW + after)


def downgrade() -> None:
    op.execute(
        "UPDATE suppressed_address SET outbox_message_id = NULL WHERE outbox_message_id IN"
        " (SELECT id FROM outbox_message WHERE kind = 'certificate')"
    )
    op.execute("DELETE FROM outbox_message WHERE kind = 'certificate'")
    op.execute("DELETE FROM mail_rule WHERE kind = 'certificate'")
    for table, name, (before, after) in CHECKS:
        change_check(table, name, before + NEW + after, before + after)


def change_check(table: str, name: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Let a column take other words."""
    if op.get_bind().dialect.name == "postgresql":
        exchange(table, name, new)
    else:
        rewrite_schema(table, condition(old), condition(new))


def condition(words: tuple[str, ...]) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"kind IN ({quoted})"


def exchange(table: str, name: str, words: tuple[str, ...]) -> None:
    """One table at a time, and locked for a moment only: mails are planned and sent meanwhile.

    Rows are looked through afterwards, while everybody writes on.
    """
    anew = f"DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name} CHECK ({condition(words)}) NOT VALID"
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {table} {anew}")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def rewrite_schema(table: str, old: str, new: str) -> None:
    """Change the words of a CHECK in the stored schema, as SQLite's manual describes it for ALTER TABLE.

    Copying the table instead would take long, and lose what Alembic does not see of it.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = ? AND instr(sql, ?)",
        (old, new, table, old),
    ).rowcount
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    if changed != 1:
        raise RuntimeError(f"the table {table} has another CHECK than this migration knows: {old}")
