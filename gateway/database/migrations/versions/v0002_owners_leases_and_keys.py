"""Sessions have an owner, a role, a title and counters; leases and API keys come in.

The old tables are renamed, copied and dropped, which both databases can do: SQLite cannot add a
column that must not be empty, and dropping `sessions` under its turns would delete them.
A session from before belongs to this machine. Going back is not offered: it would lose keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OWNER = "local"

_sessions = sa.table(
    "sessions",
    *map(sa.column, ("id", "owner", "role", "title", "created_at", "updated_at", "turns", "bytes")),
)
_old_sessions = sa.table("old_sessions", sa.column("id"), sa.column("created_at"))
_turn_columns = ("session_id", "position", "created_at", "message", "answer")
_turns = sa.table("turns", *map(sa.column, _turn_columns))
_old_turns = sa.table("old_turns", *map(sa.column, _turn_columns))


def upgrade() -> None:
    op.rename_table("turns", "old_turns")
    op.rename_table("sessions", "old_sessions")
    if op.get_bind().dialect.name == "postgresql":  # whose indexes keep their names
        op.execute("ALTER INDEX turns_pkey RENAME TO old_turns_pkey")
        op.execute("ALTER INDEX sessions_pkey RENAME TO old_sessions_pkey")
    _create_sessions()
    _create_others()
    _copy(op.get_bind())
    op.drop_table("old_turns")
    op.drop_table("old_sessions")


def downgrade() -> None:
    raise NotImplementedError("0002 cannot be undone: restore a copy of the database")


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("role", sa.String(40)),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("updated_at", sa.String(40), nullable=False),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_index("sessions_by_owner", "sessions", ["owner", "updated_at"])
    op.create_table(
        "turns",
        sa.Column(
            "session_id",
            sa.String(64),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("request_key", sa.String(160), unique=True),
    )


def _create_others() -> None:
    op.create_table(
        "session_leases",
        sa.Column("session_id", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40)),
        sa.Column("revoked_at", sa.String(40)),
        sa.Column("turns_per_minute", sa.Integer),
        sa.Column("concurrent_turns", sa.Integer),
    )


def _copy(connection: sa.Connection) -> None:
    """One session at a time, so that a large database needs no large memory."""
    for session_id, created_at in connection.execute(sa.select(_old_sessions)).all():
        of_session = sa.select(_old_turns).where(_old_turns.c.session_id == session_id)
        turns = connection.execute(of_session.order_by(_old_turns.c.position)).all()
        size = sum(len(turn.message.encode()) + len(turn.answer.encode()) for turn in turns)
        row = {
            "id": session_id,
            "owner": OWNER,
            "role": None,
            "title": _title(turns[0].message) if turns else "",
            "created_at": created_at,
            "updated_at": turns[-1].created_at if turns else created_at,
            "turns": turns[-1].position + 1 if turns else 0,  # where the next one goes
            "bytes": size,
        }
        connection.execute(_sessions.insert(), row)
        if turns:
            connection.execute(_turns.insert(), [dict(turn._mapping) for turn in turns])


def _title(message: str) -> str:
    """As gateway.sessions.titles makes them, when this was written."""
    line = " ".join(message.split())
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"
