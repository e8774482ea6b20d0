"""What Apertium is installed here: modes, their command lines, and routes between languages.

Covers: reading /usr/share/apertium/modes/*.mode, turning a mode's shell pipeline into argument
lists without a shell. Does not cover: which modes lead from one language to another (routes.py),
running them (process.py).
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from services.translator.reading.languages import LanguageTable

# Each of these keeps running and flushes at a zero byte only when told so.
NULL_FLUSH_FLAG = "-z"
_GENERATION_FLAG = "-d"  # unknown words come out marked, and with their tags
_MODE_NAME = re.compile(r"([a-z]{2,3})-([a-z]{2,3})(?:_([A-Z]{2}))?")


class ModeError(Exception):
    """A mode file is not a plain pipeline; the message names it."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One installed translation direction. region: "BR" where it is for one region only."""

    name: str
    source: str
    target: str
    path: Path
    region: str = ""


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


def installed_modes(folder: Path, languages: LanguageTable) -> list[Mode]:
    """Every mode between two languages, or into one region's variant of the second.

    Other variants ("eng-cat_valencia", "en-eo-bytecode") are left out.
    """
    modes: list[Mode] = []
    for path in sorted((folder / "modes").glob("*.mode")):
        name = _MODE_NAME.fullmatch(path.stem)
        if name is None:
            continue
        source, target = languages.by_code(name.group(1)), languages.by_code(name.group(2))
        if source is not None and target is not None:
            modes.append(Mode(path.stem, source.code, target.code, path, name.group(3) or ""))
    return modes
