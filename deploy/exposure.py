"""May a service listen where others reach it? It says so itself, before anything is started.

Covers: running the module that a service's manifest names as `exposure_check`, with the service's
settings in its environment: exit status 0, or the reason on standard error. Does not cover: the
reasons, which are the service's (the gateway's: gateway.access.start).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping

from deploy.plan import LOOPBACK, PlanError, Service

CHECK_TIMEOUT_S = 60.0


def check_exposure(services: Iterable[Service], environ: Mapping[str, str]) -> None:
    """Raise PlanError with the reason of the first service that may not."""
    for service in services:
        if service.exposure_check is not None and service.host != LOOPBACK:
            _check(service, service.exposure_check, environ)


def _check(service: Service, module: str, environ: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            env={**service.environment, **environ},
            capture_output=True,
            text=True,
            timeout=CHECK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"{service.name} did not say within {CHECK_TIMEOUT_S:g} s whether it may listen"
        raise PlanError(f"{message} on {service.host}") from None
    if done.returncode != 0:
        raise PlanError(done.stderr.strip() or f"{module} ended with {done.returncode}")
