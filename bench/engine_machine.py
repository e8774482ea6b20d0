"""The machine and the versions a measurement was taken on, in a few lines of text."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

FLAGS = (
    *("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_int8", "amx_bf16"),
    *("asimddp", "i8mm", "bf16", "sve"),
)
"""Of what /proc/cpuinfo lists, on x86-64 and arm64, what products are written for."""
PACKAGES = ("torch", "numba", "numpy", "llama-cpp-python", "transformers")


def cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def described() -> list[str]:
    model, flags = _processor()
    memory_gb = psutil.virtual_memory().total / 1e9
    return [
        f"{platform.system()} {platform.machine()}, {model}, {cores()} cores, "
        f"{memory_gb:.0f} GB memory" + (f", {' '.join(flags)}" if flags else ""),
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
    ]


def _processor() -> tuple[str, list[str]]:
    """Its name, and those of FLAGS that it has (Linux)."""
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout.strip(), []
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor(), []
    fields = dict(_field(line) for line in lines)
    has = (fields.get("flags") or fields.get("Features") or "").split()
    return fields.get("model name", platform.processor()), [one for one in FLAGS if one in has]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
