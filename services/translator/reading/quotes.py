"""The quotation marks people type, and text without them.

Covers: marks of any language around a whole text. Does not cover: quotations inside a text, which
belong to it.
"""

from __future__ import annotations

# Opening mark -> the marks that may close it. German closes with the mark English opens with.
CLOSING: dict[str, str] = {
    '"': '"”“',
    "'": "'’",  # noqa: RUF001  these are the quotation marks people type
    "`": "`'´",  # noqa: RUF001
    "“": '”“"',
    "”": '”"',
    "‘": "’‘'",  # noqa: RUF001
    "’": "’'",  # noqa: RUF001
    "„": '“”"',
    "‚": "‘’",  # noqa: RUF001
    "«": "»",
    "»": "«",
    "‹": "›",  # noqa: RUF001
    "›": "‹",  # noqa: RUF001
    "「": "」",
    "『": "』",
    "《": "》",
    "[": "]",
}
_DOUBLE = '"“”„«»'
_BEFORE_QUOTE = " \n\t,:;-–—"  # noqa: RUF001
_AFTER_QUOTE = _BEFORE_QUOTE + ".?!…"


def unquote(text: str) -> tuple[str, bool]:
    """`text` without the quotation marks around it, and whether it had them.

    Without marks, only separators at the ends are taken off: "hello," is "hello".
    """
    plain = text.strip().rstrip(",:;-–— \n").lstrip(":-–— \n")  # noqa: RUF001
    framed = text.strip(_BEFORE_QUOTE).rstrip(_AFTER_QUOTE)
    if len(framed) > 2 and framed[-1] in CLOSING.get(framed[0], ""):
        inside = framed[1:-1]
        if not _closes_inside(inside, framed[0]):
            return inside.strip(), True
    if sum(plain.count(mark) for mark in _DOUBLE) == 1:  # the other one was forgotten
        plain = plain.strip(_DOUBLE)
    return plain, False


def without_question_mark(text: str) -> str:
    """`text` without the punctuation that ends the question."""
    return text.rstrip(" ?!.…=？！。;")  # noqa: RUF001


def first_quotation(text: str) -> list[str]:
    """What is quoted in `"thank you" to a friend`; [] for other texts."""
    end = min(
        (place for mark in CLOSING.get(text[:1], "") if (place := text.find(mark + " to ", 2)) > 0),
        default=0,
    )
    return [text[1:end]] if end else []


def holds_quotation(text: str) -> bool:
    """Whether something in `text` stands in quotation marks, apostrophes left aside."""
    padded = f" {text} "
    for place, mark in enumerate(padded):
        if mark in CLOSING and mark != "[" and not padded[place - 1].isalnum():
            rest = padded[place + 1 :]
            if any(
                rest.find(closing) > 0 and not rest[rest.find(closing) + 1].isalnum()
                for closing in CLOSING[mark]
            ):
                return True
    return False


def _closes_inside(inside: str, mark: str) -> bool:
    """Whether a mark inside closes `mark` already: "a" and "b" are two quotations.

    An apostrophe between letters closes nothing.
    """
    for place, character in enumerate(inside):
        if character in CLOSING[mark]:
            between = (
                inside[place - 1 : place].isalpha() and inside[place + 1 : place + 2].isalpha()
            )
            if not between:
                return True
    return False
