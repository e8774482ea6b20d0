"""What every service has besides its own work.

Covers: settings from the environment, health, readiness, metrics, error bodies, request ids,
tracing, JSON log lines, deadlines, cancellation and limits, all wired by `create_app` and
`create_tool_app`.
Does not cover: the wire types (services.contract) or any service's own routes.
"""

from services.chassis.app import Lifespan, Readiness, create_app
from services.chassis.context import ErrorShape, forwarded_headers, remaining_ms, request_id
from services.chassis.errors import Failure, check_length
from services.chassis.lifespan import StartRefused
from services.chassis.limits import PathLimits
from services.chassis.middleware import Guard
from services.chassis.settings import (
    ServiceSettings,
    SettingsError,
    ToolSettings,
    data_dir,
    load_settings,
)
from services.chassis.tool import ToolQuery, create_tool_app

__all__ = [
    "ErrorShape",
    "Failure",
    "Guard",
    "Lifespan",
    "PathLimits",
    "Readiness",
    "ServiceSettings",
    "SettingsError",
    "StartRefused",
    "ToolQuery",
    "ToolSettings",
    "check_length",
    "create_app",
    "create_tool_app",
    "data_dir",
    "forwarded_headers",
    "load_settings",
    "remaining_ms",
    "request_id",
]
