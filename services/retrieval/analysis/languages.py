"""The languages documents may be in: their names, and what each brings to the analysis.

Covers: English names and ISO 639 codes, stop words, Snowball stemmers, elided articles.
Does not cover: finding out which language a text is in; that is a setting.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

NONE = "none"
"""Neither stop words nor stemming: for mixed collections, codes and names."""

CODES = MappingProxyType(
    {
        "arabic": ("ar",),
        "armenian": ("hy",),
        "basque": ("eu",),
        "bulgarian": ("bg",),
        "catalan": ("ca",),
        "chinese": ("zh",),
        "czech": ("cs",),
        "danish": ("da",),
        "dutch": ("nl",),
        "english": ("en",),
        "esperanto": ("eo",),
        "estonian": ("et",),
        "finnish": ("fi",),
        "french": ("fr",),
        "german": ("de",),
        "greek": ("el",),
        "gujarati": ("gu",),
        "hebrew": ("he",),
        "hindi": ("hi",),
        "hungarian": ("hu",),
        "indonesian": ("id",),
        "irish": ("ga",),
        "italian": ("it",),
        "japanese": ("ja",),
        "korean": ("ko",),
        "lithuanian": ("lt",),
        "malaysian": ("ms",),
        "nepali": ("ne",),
        "norwegian": ("no", "nb", "nn"),
        "persian": ("fa",),
        "polish": ("pl",),
        "portuguese": ("pt",),
        "romanian": ("ro",),
        "russian": ("ru",),
        "serbian": ("sr",),
        "sesotho": ("st",),
        "slovak": ("sk",),
        "spanish": ("es",),
        "swedish": ("sv",),
        "tamil": ("ta",),
        "turkish": ("tr",),
        "ukrainian": ("uk",),
        "vietnamese": ("vi",),
        "yiddish": ("yi",),
    }
)
LANGUAGES = (NONE, *CODES)
_NAME_OF_CODE = {code: name for name, codes in CODES.items() for code in codes}

# The package's English list has 1,333 words; system, computer, state, world and year are among
# them, so that "solar system" would be searched as "solar". This is Snowball's, closed classes only
# (https://snowballstem.org/algorithms/english/stop.txt).
ENGLISH_STOP_WORDS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she
    her hers herself it its itself they them their theirs themselves what which who whom this that
    these those am is are was were be been being have has had having do does did doing would should
    could ought isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't
    wouldn't shan't shouldn't can't cannot couldn't mustn't let's a an the and but if or because as
    until while of at by for with about against between into through during before after above below
    to from up down in out on off over under again further then once here there when where why how
    all any both each few more most other some such no nor not only own same so than too very
"""

_ELIDED = {
    "catalan": "d l m n s t",
    "french": "c d j jusqu l lorsqu m n puisqu qu quoiqu s t",
    "italian": "agl all c col d dagl dall degl dell dev gl l nell negl quell quest s sull un v",
}
ELIDED = MappingProxyType({name: frozenset(words.split()) for name, words in _ELIDED.items()})
"""What is written together with the next word: l'homme, d'Artagnan, dell'arte."""


def language_name(language: str) -> str:
    """The English name for a name or an ISO code, in any case; ValueError names the allowed."""
    given = language.strip().lower()
    name = _NAME_OF_CODE.get(given, given)
    if name not in LANGUAGES:
        raise ValueError(
            f"language {language!r}: unknown; allowed are {', '.join(LANGUAGES)}, or an ISO code"
        )
    return name


def stop_words(name: str) -> frozenset[str]:
    """As the language writes them, lower case; empty where the package has no list."""
    if name == "english":
        return frozenset(ENGLISH_STOP_WORDS.split())
    import stop_words as package  # noqa: PLC0415 - only the retrieval extra has it

    if name not in package.AVAILABLE_LANGUAGES:
        return frozenset()
    return frozenset(package.get_stop_words(name))


def stemmer(name: str) -> Callable[[str], str] | None:
    """Snowball's, not thread-safe; None where Snowball has none for the language."""
    import Stemmer  # noqa: PLC0415 - only the retrieval extra has it

    if name not in Stemmer.algorithms():
        return None
    stem: Callable[[str], str] = Stemmer.Stemmer(name, 0).stemWord  # 0: the caller caches
    return stem
