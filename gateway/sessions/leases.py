"""One turn at a time in a session, whichever gateway runs it: a row says who has it until when.

Covers: the statements, each a part of a transaction of the caller's. Does not cover: who waits for
how long, or keeping one alive (gateway.sessions.places).

Times are the database's own, so that the gateways' clocks need not agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Float, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from gateway.database.tables import LeaseRow


class now_s(FunctionElement[float]):
    """Seconds since 1970 by the database's clock."""

    type = Float()
    inherit_cache = True  # or every statement with it would be compiled each time


@compiles(now_s, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_s, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


def request_lease(request_key: str) -> str:
    """The lease of a turn that a client has named; no session has such an id."""
    return f"request:{sha256(request_key.encode()).hexdigest()[:40]}"


def _take(insert: Any) -> Any:
    ends = now_s() + bindparam("lease_s", type_=Float)
    row = insert(LeaseRow).values(
        session_id=bindparam("lease"), holder=bindparam("by"), expires_at=ends
    )
    return row.on_conflict_do_update(
        index_elements=[LeaseRow.session_id],
        set_={"holder": row.excluded.holder, "expires_at": row.excluded.expires_at},
        where=LeaseRow.expires_at < now_s(),
    )


# Made once: making a statement costs as much as running it.
_TAKE = {"sqlite": _take(sqlite.insert), "postgresql": _take(postgresql.insert)}
_OWN = (
    LeaseRow.session_id.in_(bindparam("leases", expanding=True)),
    LeaseRow.holder == bindparam("by"),
)
_RENEW = (
    update(LeaseRow).where(*_OWN).values(expires_at=now_s() + bindparam("lease_s", type_=Float))
)
_RELEASE = delete(LeaseRow).where(*_OWN)


def take(db: Connection, lease: str, holder: str, lease_s: float) -> bool:
    """Take it if nobody has it; False: somebody does."""
    given = {"lease": lease, "by": holder, "lease_s": lease_s}
    return db.execute(_TAKE[db.dialect.name], given).rowcount == 1


def renew(db: Connection, leases: Sequence[str], holder: str, lease_s: float) -> bool:
    """Keep them for another `lease_s`; False: somebody else has taken one."""
    given = {"leases": leases, "by": holder, "lease_s": lease_s}
    return db.execute(_RENEW, given).rowcount == len(leases)


def release(db: Connection, leases: Sequence[str], holder: str) -> bool:
    """Give them back; False: somebody else has taken one meanwhile."""
    given = {"leases": leases, "by": holder}
    return db.execute(_RELEASE, given).rowcount == len(leases)


async def forget_dead(db: AsyncConnection, grace_s: float) -> int:
    """Delete those that ended `grace_s` ago, of gateways that are gone; how many there were."""
    dead = delete(LeaseRow).where(LeaseRow.expires_at < now_s() - grace_s)
    return (await db.execute(dead)).rowcount
