"""The one door to numba: a decorator that compiles a function at its first call.

Importing compiles nothing and does not even import numba. Compiled code is cached on disk (beside
the source, else in the user's cache folder; NUMBA_CACHE_DIR says otherwise) so that only the first
process ever pays; where no folder can be written it is compiled in each process, and so it is after
`stop_caching`. The GIL is released while it runs. No fast-math: the order of operations is the
source's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, ClassVar, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
_lock = threading.RLock()


class _Compiled:
    every: ClassVar[list[_Compiled]] = []
    cache: ClassVar[bool] = True

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._machine: Callable[..., Any] | None = None
        self.every.append(self)

    def __call__(self, *arguments: Any) -> Any:
        machine = self._machine
        if machine is None:
            machine = self.machine()
        return machine(*arguments)

    def machine(self) -> Callable[..., Any]:
        """The compiled function; those it calls that are decorated too are compiled with it."""
        import numba  # noqa: PLC0415  half a second, and importing must do no work

        with _lock:
            if self._machine is None:
                source = self._function
                names = {
                    name: value.machine() if isinstance(value, _Compiled) else value
                    for name, value in source.__globals__.items()
                    if name in source.__code__.co_names
                }
                copy = FunctionType(source.__code__, names, source.__name__, source.__defaults__)
                copy.__module__, copy.__qualname__ = source.__module__, source.__qualname__
                try:
                    self._machine = numba.njit(nogil=True, cache=self.cache)(copy)
                except RuntimeError:  # no folder to cache in
                    self._machine = numba.njit(nogil=True)(copy)
            return self._machine


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    return cast(Callable[P, R], _Compiled(cast(FunctionType, function)))


def stop_caching() -> None:
    """Compile everything anew, for this process only."""
    with _lock:
        _Compiled.cache = False
        for one in _Compiled.every:
            one._machine = None
