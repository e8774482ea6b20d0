"""Wikitext to headings and paragraphs.

Templates, tables, references, comments, files and categories are dropped; of links stays what is
shown of them. The first two passes are linear scans of our own: they leave mwparserfromhell the few
lines whose markup needs a parser, which makes a dump ten times faster to read. Does not cover: what
templates would say, but for the few that only show their argument.
"""

from __future__ import annotations

import html
import re
from collections.abc import Container, Iterator
from typing import Any

from services.retrieval.parse.outline import Outline

_HIDDEN = "ref gallery math chem timeline score imagemap templatestyles includeonly graph mapframe"
_HIDDEN_TAGS = "|".join(_HIDDEN.split())
_TOKEN = re.compile(
    r"(?P<open>\{\{|^[ \t:*#]*\{\|)"
    r"|(?P<close>\}\}|^[ \t]*\|\}(?!\}))"
    rf"|<(?P<tag>{_HIDDEN_TAGS})\b[^<>]*?(?P<empty>/)?>"
    rf"|</(?P<end>{_HIDDEN_TAGS})\s*>"
    r"|(?P<comment><!--)|(?P<comment_end>-->)",
    re.M | re.I,
)
_PLAIN_LINK = re.compile(r"\[\[([^\[\]|:{}<>\n]+)(?:\|([^\[\]|{}<>\n]+))?\]\]")
_QUOTES = re.compile(r"'{2,5}")
_SWITCH = re.compile(r"__[A-Z]{3,}__")
_LIST = re.compile(r"[*#:;]+\s*")
_RULE = re.compile(r"-{4,}")
_EMPTY_BRACKETS = re.compile(r" ?\([\s,;/–-]*\)")  # noqa: RUF001
_TAG_OR_BRACKETS = re.compile(r"<[^<>]*>|\[\[|\]\]|\{\{|\}\}")
_MAX_MARKS = 100
"""In a paragraph, after plain links and templates are gone. The time that mwparserfromhell takes
grows with the square of what is opened and not closed; paragraphs of articles have a few."""

# Templates that show their arguments, and which.
_SHOWN = {
    "convert": (1, 2),
    "cvt": (1, 2),
    "formatnum": (1,),
    "lang": (2,),
    "nowrap": (1,),
    "nobr": (1,),
    "small": (1,),
    "val": (1,),
}


def read_wikitext(text: str, namespaces: Container[str], outline: Outline) -> None:
    """Fill the outline. namespaces: those whose links show nothing (file, category), lower case."""
    lines: list[str] = []
    for line in map(str.rstrip, _without_hidden(text).split("\n")):
        level = _level(line)
        if not level and line and not line.startswith(("*", "#", ":", ";", "----")):
            lines.append(line)
            continue
        if lines:
            outline.paragraph(_shown("\n".join(lines), namespaces))
            lines = []
        if level:
            outline.heading(level, _shown(line[level:-level], namespaces))
        elif line and not _RULE.match(line):
            outline.paragraph(_shown(_LIST.sub("", line, count=1), namespaces))
    outline.paragraph(_shown("\n".join(lines), namespaces))


def _level(line: str) -> int:
    """Of a heading, 1 to 6; 0 for any other line."""
    if not line.startswith("=") or not line.endswith("=") or len(line) < 3:
        return 0
    marks = min(len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("=")))
    return min(marks, 6, (len(line) - 1) // 2)


def _without_hidden(text: str) -> str:
    """Without what shows nothing, however nested. What is opened and never closed stays."""
    parts: list[str] = []
    kept = 0
    for start, end in _hidden(text):
        parts.append(text[kept:start])
        if text.startswith("{{", start):
            parts.append(_template(text[start + 2 : end - 2]))
        kept = end
    parts.append(text[kept:])
    return "".join(parts)


def _hidden(text: str) -> list[tuple[int, int]]:
    """The outermost hidden spans, in order."""
    opened: list[tuple[str, int]] = []
    spans: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        kind, closes = _kind(token)
        if opened and opened[-1][0] == "-->" and kind != "-->":
            continue  # within a comment
        if closes is None:
            spans.append(token.span())
        elif not closes:
            opened.append((kind, token.start()))
        elif (at := _last(opened, kind)) is not None:
            spans.append((opened[at][1], token.end()))
            del opened[at:]
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def _kind(token: re.Match[str]) -> tuple[str, bool | None]:
    """By what it is closed, and whether this closes it; None: it does both."""
    if token["open"]:
        return ("}}" if token["open"] == "{{" else "|}"), False
    if token["close"]:
        return ("}}" if token["close"] == "}}" else "|}"), True
    if token["tag"]:
        return token["tag"].lower(), None if token["empty"] else False
    if token["end"]:
        return token["end"].lower(), True
    return "-->", token["comment"] is None


_LOOK_BACK = 40
"""How many unclosed ones are looked through for the one that is closed: no page nests deeper."""


def _last(opened: list[tuple[str, int]], kind: str) -> int | None:
    for at in range(len(opened) - 1, max(-1, len(opened) - 1 - _LOOK_BACK), -1):
        if opened[at][0] == kind:
            return at
    return None


def _template(inside: str) -> str:
    name, *arguments = inside.split("|")
    shown = _SHOWN.get(name.strip().lower().replace("_", " "))
    if shown is None or "{" in inside or "<" in inside or "[" in inside:
        return ""
    plain = [argument.strip() for argument in arguments if "=" not in argument]
    return " ".join(plain[number - 1] for number in shown if number <= len(plain))


def _shown(text: str, namespaces: Container[str]) -> str:
    if "[[" in text:
        text = _PLAIN_LINK.sub(lambda link: link[2] or link[1], text)
    marks = text.count("[") + text.count("<") + text.count("{{")
    if 0 < marks <= _MAX_MARKS:
        text = _parsed(text, namespaces)
    else:
        if marks:
            text = _TAG_OR_BRACKETS.sub("", text)
        text = html.unescape(text)
    if "''" in text:
        text = _QUOTES.sub("", text)
    if "__" in text:
        text = _SWITCH.sub("", text)
    if "(" in text:
        text = _EMPTY_BRACKETS.sub("", text)
    return text


def _parsed(text: str, namespaces: Container[str]) -> str:
    import mwparserfromhell  # noqa: PLC0415 - loaded where it is needed

    return "".join(_nodes(mwparserfromhell.parse(text, skip_style_tags=True), namespaces))


def _nodes(code: Any, namespaces: Container[str]) -> Iterator[str]:
    from mwparserfromhell import nodes  # noqa: PLC0415 - loaded where it is needed

    for node in code.nodes:
        if isinstance(node, nodes.Text):
            yield str(node.value)
        elif isinstance(node, nodes.Wikilink):
            title = str(node.title)
            prefix, colon, _ = title.partition(":")
            if not (colon and prefix.strip().lower() in namespaces):
                yield from _nodes(node.text or node.title, namespaces)
        elif isinstance(node, nodes.ExternalLink):
            if node.title is not None:
                yield from _nodes(node.title, namespaces)
            elif not node.brackets:
                yield str(node.url)
        elif isinstance(node, nodes.HTMLEntity):
            yield html.unescape(str(node))
        elif isinstance(node, nodes.Tag):
            tag = str(node.tag).strip().lower()
            if tag == "br":
                yield "\n"
            elif tag not in ("table", "style", "script", *_HIDDEN.split()) and node.contents:
                yield from _nodes(node.contents, namespaces)
        elif isinstance(node, nodes.Heading):
            yield from _nodes(node.title, namespaces)
