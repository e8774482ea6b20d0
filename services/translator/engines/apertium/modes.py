"""What Apertium is installed here: modes, their command lines, and routes between languages.

Covers: reading /usr/share/apertium/modes/*.mode, turning a mode's shell pipeline into argument
lists without a shell, and finding a route (one mode, or two over a language between). Does not
cover: running them (apertium_process.py).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.translator.reading.languages import LanguageTable

# Each of these keeps running and flushes at a zero byte only when told so.
NULL_FLUSH_FLAG = "-z"
_GENERATION_FLAG = "-g"  # unknown words come out marked, so that they can be told
_PREFERRED_PIVOTS = ("es", "ca")


class ModeError(Exception):
    """A mode file is not a plain pipeline; the message names it."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One installed translation direction."""

    name: str
    source: str
    target: str
    path: Path


def read_pipeline(path: Path) -> list[list[str]]:
    """The stages of a mode, each an argument list with the null-flush flag."""
    lexer = shlex.shlex(path.read_text(encoding="utf-8"), posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    stages: list[list[str]] = [[]]
    for token in lexer:
        if token == "|":
            stages.append([])
        elif token == "$1":
            stages[-1].append(_GENERATION_FLAG)
        elif token != "$2":
            stages[-1].append(token)
    if not all(stages) or any(set("$;&<>") & set(token) for stage in stages for token in stage):
        raise ModeError(f"{path}: not a plain pipeline")
    return [[command, NULL_FLUSH_FLAG, *arguments] for command, *arguments in stages]


def installed_modes(folder: Path, languages: LanguageTable) -> dict[tuple[str, str], Mode]:
    """(source, target) CLDR codes -> mode. Variants ("cat-por_BR") are left out, except Brazilian
    Portuguese, which the phrase list has too."""
    modes: dict[tuple[str, str], Mode] = {}
    for path in sorted((folder / "modes").glob("*-*.mode")):
        source_code, _, target_code = path.stem.partition("-")
        variant = target_code.endswith("_BR")
        source = languages.by_code(source_code)
        target = languages.by_code(target_code.removesuffix("_BR"))
        if source is None or target is None:
            continue
        pair = (source.code, target.code)
        if variant or pair not in modes:
            modes[pair] = Mode(path.stem, *pair, path)
    return modes


def find_route(modes: Mapping[tuple[str, str], Mode], source: str, target: str) -> Sequence[Mode]:
    """The modes to run one after the other: one, or two over a third language; else none."""
    if (source, target) in modes:
        return [modes[source, target]]
    middles = [middle for start, middle in modes if start == source and (middle, target) in modes]
    middles.sort(
        key=lambda code: (
            _PREFERRED_PIVOTS.index(code) if code in _PREFERRED_PIVOTS else len(_PREFERRED_PIVOTS),
            code,
        )
    )
    return [modes[source, middles[0]], modes[middles[0], target]] if middles else []
