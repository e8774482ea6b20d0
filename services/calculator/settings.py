"""The calculator's settings; each is the environment variable GROUNDLING_CALCULATOR_<NAME>."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from services.calculator.units.rates import RatesError, read_rates
from services.chassis import ToolSettings

PREFIX = "GROUNDLING_CALCULATOR_"


class Settings(ToolSettings):
    evaluate_timeout_s: float = Field(default=1.0, gt=0)
    """A worker still busy with one input after this long is killed and replaced."""

    quick_timeout_s: float = Field(default=0.05, gt=0)
    """Every input is tried for this long first; what takes longer starts again in a slow worker.
    So this is about how long a plain sum waits behind one that is not."""

    workers: int = Field(default=2, ge=1, le=64)
    """Worker processes for that first try."""

    slow_workers: int = Field(default=1, ge=1, le=64)
    """Worker processes for what takes longer."""

    max_queue: int = Field(default=64, ge=1)
    """Inputs waiting for a worker, in each lane; one more is answered 429 `overloaded`. For the
    first try, half of the places are kept for short texts without algebra."""

    max_result_bits: int = Field(default=13_000, ge=64, le=14_000)
    """Bound on every result, intermediate ones too: about 3,900 decimal digits. The ceiling keeps
    a result within the 4,300 digits that Python converts to text."""

    worker_memory_mb: int = Field(default=512, ge=128)
    """Address space of a worker, where the system can limit it (Linux; macOS does not). With SymPy,
    Pint and the grammar loaded 220 MB are taken, of which most is mapped and never touched."""

    start_timeout_s: float = Field(default=30.0, gt=0)
    """A worker that has not loaded all it needs after this long is given up and started again."""

    rates_file: Path | None = None
    """JSON file of exchange rates (docs/calculator.md). None: sums across currencies are declined.
    It is read at the start only; a file that is missing or wrong stops the start."""

    @field_validator("rates_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                read_rates(path.expanduser())
            except RatesError as error:
                raise ValueError(str(error)) from None
        return path
