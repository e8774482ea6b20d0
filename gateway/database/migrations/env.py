"""What alembic runs around the steps: they go over the connection that the gateway holds.

It sets up no logging: that is the process's own affair. To make a step of your own, see
docs/sessions.md.
"""

from __future__ import annotations

from alembic import context

from gateway.database.tables import Base


def run() -> None:
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=Base.metadata
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name that alembic loads this file under
    run()
