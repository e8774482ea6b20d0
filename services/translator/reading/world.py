"""What is about the world or about a language, and so no text to be translated.

"Hello in French" is a text and a language; "How many words are there in English" is a question
that happens to end in one. Covers: telling these apart, by form, where nothing else in the request
asks for a translation (no quotation marks, no "how do you say"). Does not cover: texts in other
languages than English, for which there are only the question words of grammar.py.

A text is taken to be about the world when, in this order,

    its end attaches the language to itself     "books written | in French", "she sings | in ..."
    it tells the assistant what to do           "count to ten in Spanish"
    it reports what was said or written         "he said it in English", "Dante wrote ..."
    it holds a quotation                        "who wrote 'Les Misérables' in French"
    it speaks of words, grammar, books          "there are no articles in Russian"
    it is a question that no speaker would put  "who ...", "how many ...": one with "I", "you",
      to another in conversation                "this", "here" may be one: "how are you"
"""

from __future__ import annotations

import re

from services.translator.reading import world_words as words
from services.translator.reading.grammar import either
from services.translator.reading.languages import LanguageTable
from services.translator.reading.quotes import holds_quotation

MAX_WORDS_BEFORE_TO = 6


def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE | re.DOTALL)


_PERSON = "(?:i|you|he|she|it|they|we|this|that)"
_MEDIA = either(words.MEDIA)
_MATTERS = either(words.LANGUAGE_MATTERS)
_MATTER = _pattern(rf"\b(?:{_MATTERS}|{_MEDIA}s|{either(words.ONE_OF_MEDIA)} (?:\w+ )?{_MEDIA})\b")
_ATTACHING = _pattern(either(words.ATTACHING, words.ATTACHING_NOUNS))
_NEVER_ALONE = _pattern(either(words.NEVER_ALONE))
_TO_USE = _pattern(rf"\bto {either(words.USES)}$")
_AS_IT_IS = _pattern(
    rf"\b(?:what|where|who|how|as|way|when|than) (?:\w+ )?{_PERSON} (?:is|are|was|were)$"
)
_INSTRUCTION = _pattern(
    r"(?:(?:can|could|will|would) you |let's |please |i can |i want you to |try to ){0,4}"
    rf"{either(words.INSTRUCTIONS)}(?:\s|$)"
)
_USE = _pattern(
    r"(?:i|we|you|they|he|she)(?:'m|'re|'s|'ve|'d| am| are| is| was| were| have| had| has)?"
    rf" (?:\w+ )?{either(words.USING)}\b"
)
_REPORT = _pattern(rf"(?:\w+(?: \w+)? )?{either(words.REPORTING)}\s")
_QUESTION = _pattern(
    rf"{either(words.QUESTION_WORDS)}\b"
    r"|(?:has|have|had)\s(?:i|you|he|she|it|we|they|there|anyone|any|the)\b"
    rf"|{either(words.AUXILIARIES)}\s"
    rf"(?:(?=(?:\S+\s){{0,12}}?{either(words.ENGLISH_WORDS)}\b)|(?-i:[A-Z]))"
)
_CONVERSATION = _pattern(rf"\b{either(words.CONVERSATION)}\b|\bthat$|\bthat (?:cost|mean)")
# Questions of travellers, and short ones: "where is the station", "why not".
_PLAIN_QUESTION = _pattern(
    r"(?:(?:where|how|when)(?:'s| is| are| was| were)|how (?:much|far|big|old) (?:is|are))"
    r" (?:the|a|an|your|my) \w+(?: \w+)?(?: \w+)?"
    r"|what time \w+ (?:it|the)\b.*|how are things|what an? .+|\w+ \w+"
    r"|(?:is|are) (?:the )?(?-i:[a-z])\w+ (?:\w+ )?\w+"
)
_ADVICE = _pattern(
    r"(?:how|where|when|what) (?:can|do|should|could|would|did|does) (?:i|you|we|one|people|they)"
    rf" (?:best |ever |even )?{either(words.ADVICE)}\b|how to\b|how come\b|is it \w+ to\b"
)
_FACT = _pattern(rf"{either(words.FACTS)}\b")
_FACT_FOR_YOU = _pattern(
    rf"\b{either(words.FACTS_FOR_YOU)}\b"
    rf"|^(?:who|which one|when|why) (?:is|are|am|was|were|do|did) {_PERSON}\b"
)
_RECORD = _pattern(rf"\bthe {either(words.RECORDS)}\b")
_ALL = _pattern(r"\b(?:are|were) (?:all|both)$")
_A_LETTER = _pattern(r"(?:is|are) there an? \w$")
_IS_IN = _pattern(
    r"(?:is|are|was|were) (?:this|that|these|those|it|the|your|my|his|her) ?"
    rf"(?:{_MEDIA}s?|{either(words.THINGS_IN_A_LANGUAGE)})?"
)
_SUPERLATIVE = _pattern(
    r"(?:what(?: is|'s| are|s) )?(?:(?:the )?(?:most|least|first|last|oldest|best|\w+est) \w+ \w+"
    r"|the (?:most|least|first|longest|shortest|oldest|hardest|easiest) )"
)
# "love letter" is a thing; "word order" and "the oldest word" are about language.
_THING_OF_LETTERS = _pattern(
    rf"(?:(?:the|an?|my|your) )?(?!\w+est |most |first |common |rare |{_MATTERS} )\w+ "
    r"(?:word|letter|article|case|history|script|accent|channel|magazine|newspaper|book|card)"
)
_EXISTENCE = _pattern(r"(?:there (?:is|are|was|were)|many|most|some|all|every|few|no|it has)\s")
_ONE_THING = _pattern(r"(?:the|an?|my|your) \w+$")
_NO_TEXT = _pattern(
    rf"(?:{either(words.NO_TEXTS)}|{either(words.REFERRING)}"
    rf"(?: (?:english|following|above|whole|next|same|entire))? {either(words.REFERRED)})"
    r"(?: (?:for me|below|above|again|out loud|here))?|the \w+ (?:word|phrase|sentence)"
)
_AUDIENCE = _pattern(
    r"(?:(?:the|absolute|complete|total|young|busy) ){0,3}"
    rf"{either(words.AUDIENCES)}(?:\W.*)?"
)
_PREDICATE = _pattern(
    r"(?:up|new|wrong|happening|going on|the matter|that|this|it|he|she|they|you|we|i|there)"
    r"|(?:your|my|his|their|our|this|that|these|those|it|he|she|they|you|we|i|there) .+"
    r"|.+ (?:like|for|about|doing|happening|going on)"
)
_DIRECTION = _pattern(rf"\b{either(words.TOWARD)}$|^(?:he|she|they|it|[a-z]+ing|the \w+ of) ")
_STATEMENT = _pattern(
    r"^(?!(?:wh|how|i |you |he |she |it |we |they |this |that ))\S.*? "
    rf"{either(words.STATING)}\b|^(?:the|an?) {either(words.CHANGES)}\b|^it \w+s (?:me|us|you)$"
)
_THING = _pattern(rf"{either(words.THINGS)}\b")
_SIDE_OF_A_LANGUAGE = _pattern(
    r"(?:another|other|the (?:number|role|rules?|past|future|present|use|gender)) "
)


def is_about_the_world(text: str) -> bool:
    """Whether `text`, before "in LANGUAGE" and with nothing that asks for a translation, is more
    likely said about the world than to be translated."""
    if text[-1:] in "?!.":
        return False
    if " " not in text:
        return _NEVER_ALONE.fullmatch(text) is not None
    if (
        _ends_attaching(text)
        or _INSTRUCTION.match(text)
        or _REPORT.match(text)
        or holds_quotation(text)
    ):
        return True
    if _MATTER.search(text):
        return _is_about_matters(text)
    superlative = _SUPERLATIVE.match(text) and not _CONVERSATION.search(text)
    return bool(superlative) or (is_question(text) and not _is_conversation(text))


def is_about_language(text: str) -> bool:
    """Whether the `text` of "what is TEXT in LANGUAGE" asks about a language, a fact of the world
    or something written in it."""
    if " " not in text:
        return _MATTER.fullmatch(text) is not None and text.endswith("s")
    return bool(
        _MATTER.search(text)
        or _ends_attaching(text)
        or _SUPERLATIVE.match(text)
        or _SIDE_OF_A_LANGUAGE.match(text)
    )


def is_no_text(text: str) -> bool:
    """Whether `text` only refers to one that is not there: "this", "the following sentence"."""
    return _NO_TEXT.fullmatch(text) is not None or not any(map(str.isalpha, text))


def is_audience(text: str) -> bool:
    """Whether "LANGUAGE for TEXT" speaks of a course or a time: "German for beginners"."""
    return _AUDIENCE.fullmatch(text) is not None


def is_whole_question(text: str) -> bool:
    """Whether "what is TEXT" is itself what people say: "what is your name", "what's up"."""
    return _PREDICATE.fullmatch(text) is not None


def is_question(text: str) -> bool:
    return _QUESTION.match(text) is not None


def is_direction(text: str, languages: LanguageTable) -> bool:
    """Whether "TEXT to LANGUAGE" is about going to a language: "similar to German"."""
    last = text.rsplit(maxsplit=1)[-1]
    toward = _DIRECTION.search(text) is not None or _QUESTION.match(text) is not None
    return toward or len(text.split()) > MAX_WORDS_BEFORE_TO or languages.find(last) is not None


def is_statement(text: str) -> bool:
    """Whether "the German word for TEXT" or "TEXT from S to T" goes on to say something."""
    return _STATEMENT.search(text) is not None


def is_obscure(text: str) -> bool:
    """Whether "what does TEXT mean" asks about something else than a foreign word: a pronoun, a
    thing ("the red flag"), an abbreviation."""
    return _THING.match(text) is not None or (len(text) > 1 and text.isupper())


def _ends_attaching(text: str) -> bool:
    if _TO_USE.search(text) or _ALL.search(text):
        return True
    if _AS_IT_IS.search(text):  # "I don't know where it is"
        return False
    last = text.rsplit(maxsplit=1)[-1]
    return _ATTACHING.fullmatch(last.strip(",;")) is not None


def _is_about_matters(text: str) -> bool:
    """Whether a `text` with words about language or books is about these."""
    if _THING_OF_LETTERS.fullmatch(text):
        return False
    if is_question(text) or any(form.match(text) for form in (_USE, _EXISTENCE, _SUPERLATIVE)):
        return True
    return not (_CONVERSATION.search(text) or _ONE_THING.match(text))


def _is_conversation(text: str) -> bool:
    """Whether a question is one that people put to each other."""
    if _ADVICE.match(text) or _IS_IN.fullmatch(text) or _A_LETTER.match(text):
        return False
    if _RECORD.search(text):
        return False
    if _PLAIN_QUESTION.fullmatch(text):
        return True
    if _FACT.match(text):
        return _FACT_FOR_YOU.search(text) is not None
    return _CONVERSATION.search(text) is not None
