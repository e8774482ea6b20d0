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

from services.translator.reading.languages import LanguageTable
from services.translator.reading.quotes import holds_quotation


def _words(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


# Words about language: with another word, what they stand in speaks of a language.
_LANGUAGE_MATTERS = _words(
    """words? letters? vowels? consonants? syllables? alphabet grammar grammatical nouns? verbs?
    adjectives? adverbs? pronouns? prepositions? conjunctions? articles? tenses? cases? genders?
    plurals? singular conjugations? conjugate conjugated declensions? accents? dialects?
    pronunciations? vocabulary vocab idioms? proverbs? spelling punctuation slang synonyms?
    antonyms? etymology subjunctive infinitive participle honorifics? homophones? palindromes?
    diacritics? umlauts? script scripts phonemes? loanwords? cognates? suffix(?:es)? prefix(?:es)?
    pangrams? anagrams? differences? origins? history literature usage subtitles swearwords
    newspapers magazines podcasts channels lyrics courses lessons tutors degrees? fluency
    speakers? translators? interpreters?"""
)
_MEDIA = _words(
    "book novel poem song film movie article version edition story essay word show play"
)
_MEDIA_ANY = (
    rf"(?:{_MEDIA}s|(?:an?|any|some|best|which|what|first|\w+est|most \w+) (?:\w+ )?{_MEDIA})"
)
_MATTER = re.compile(rf"\b(?:{_LANGUAGE_MATTERS}|{_MEDIA_ANY})\b", re.I)

# A last word that takes "in LANGUAGE" to itself.
_ATTACHING = _words(
    """is are was were been being became becomes remains only also mostly mainly entirely partly
    usually fully written spoken published printed taught available recorded released dubbed
    performed filmed sung used pronounced spelled spelt formed expressed composed conducted held
    fluent proficient literate versed interested bilingual speak speaks spoke speaking talked
    talking sings sang singing writes wrote writing reads reading answers answered replied respond
    responds responded thinks communicate communicates converse translate translated majored
    majoring teach teaches teaching specializes? specialized continue chat studies studied studying improve swears counts
    prayed said says than and or but of the"""
)
# Nouns that do the same after another word: "a degree in German".
_ATTACHING_NOUNS = _words(
    """courses? class classes lessons? degrees? conversations? fluency proficiency exams? lectures?
    speech speeches dialogues? subtitles tutors? alphabet grammar"""
)
# Single words that are no text either.
_NEVER_ALONE = _words(
    """fluent written spoken answer reply speak talk courses classes lessons subtitles grammar"""
)
_INSTRUCTION = re.compile(
    r"(?:(?:can|could|will|would) you |let's |please |i want you to |try to )*(?:please )?"
    r"(?:count (?:to|from)|tell (?:me|us) (?:a|an|about|how to|some|something)"
    r"|sing (?:a|me|us|the|along)|explain|summari[sz]e|describe|recommend|list|teach me|conjugate"
    r"|introduce (?:your|my)self|greet|answer(?: (?:me|my|the|this|all|only))?"
    r"|reply(?: (?:to|me|only))?|respond(?: (?:to|only))?|continue|discuss"
    r"|name (?:the|some|three|five|ten|all|\d)|pronounce|find me|search for|play (?:a|the|some|me)"
    r"|chat with|practi[sc]e (?:your|my|the|with|speaking)|learn (?:to|how|some|the)"
    r"|read (?:me|the|a|this)|write (?:me|a|an|the|about|down)"
    r"|show me (?:how|some|an? example|examples)|talk (?:to|about|with)|speak (?:to|with|only))"
    r"(?:\s|$)",
    re.I,
)
# "I am reading a book in French": who uses a language says it of himself.
_USE = re.compile(
    r"(?:i|we|you|they|he|she)(?:'m|'re|'s|'ve|'d| am| are| is| was| were| have| had| has)? (?:\w+ )?"
    r"(?:reads?|reading|watch(?:ed|ing|es)?|listen(?:ed|ing|s)?|wrote|writes?|writing|stud(?:y|ied|ies)"
    r"|learn(?:ed|t|s|ing)?|took|take|taking|teach(?:es|ing)?|taught|gave|give|giving|practi[sc]ed?)\b",
    re.I,
)
_REPORT = re.compile(
    r"(?:\w+(?: \w+)? )?(?:said|says|replied|replies|wrote|writes|published|composed|recited|sang"
    r"|sings|preached|shouted|whispered|muttered|swore|spoke|speaks|answered|answers|conversed"
    r"|delivered|translated|taught|teaches|named|called|titled|entitled|lectured|lectures)\s",
    re.I,
)
_QUESTION = re.compile(
    r"(?:who|whose|whom|which|when|where|why|how|what|who's|what's|where's|how's|whats)\b"
    r"|(?:has|have|had)\s(?:i|you|he|she|it|we|they|there|anyone|any|the)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|will|would|should|may|might|am)"
    r"\s(?=(?:\S+\s){0,12}?(?:the|an?|there|any|of|i|you|it|this|that|he|she|they|we|most|in)\b)"
    r"|(?:is|are|do|does|did|can|has|was|were)\s(?-i:[A-Z])",
    re.I,
)
_CONVERSATION = re.compile(
    r"\b(?:i|i'm|i've|me|my|mine|you|you're|your|yours|we|us|our|this|these|it|here|now|today"
    r"|tonight|tomorrow|nearby|everything|everyone|he|she|him|her)\b|\bthat$|\bthat (?:cost|mean)",
    re.I,
)
_PLAIN_QUESTION = re.compile(
    r"(?:where(?:'s| is| are)|how(?:'s| is| are| was| were)|when(?:'s| is| are)|how (?:much|far|big|old) (?:is|are))"
    r" (?:the|a|an|your|my) \w+(?: \w+)?(?: \w+)?|what time \w+ (?:it|the)\b.*|how are things|what an? .+|\w+ \w+"
    r"|(?:is|are) (?:the )?(?-i:[a-z])\w+ (?:\w+ )?\w+",
    re.I,
)
# Questions for advice and about usage: how to do something in a language.
_ADVICE = re.compile(
    r"(?:how|where|when|what) (?:can|do|should|could|would|did|does) (?:i|you|we|one|people|they)"
    r" (?:best |ever |even )?(?:ask|order|introduce|count|greet|thank|apologi[sz]e|tell|express|wish"
    r"|form|pronounce|type|sign|address|respond|reply|answer|talk|speak|write|read|watch|swear|pray"
    r"|sing|text|improve|learn|practi[sc]e|study|become|get better|get good|get fluent|pass|make"
    r"|conjugate|use|differentiate|distinguish|know if|know when)\b|how to\b|how come\b",
    re.I,
)
# Questions about facts: who did, how many, since when.
_FACT = re.compile(
    r"(?:who|whose|whom|which|how many|how much|how old|how long|how far|how often|how common|when"
    r"|why|what (?:percent|percentage|number|kind|sort|year|century|country|city|languages?))\b",
    re.I,
)
_FACT_FOR_YOU = re.compile(
    r"\b(?:are you|do you|did you|have you|is (?:this|that|it)\b(?! \w+ed)|are (?:we|they|these)|am i"
    r"|(?:this|that|it|these) cost|does it (?:open|close|start|end|leave|arrive)|is your|are your|we)\b"
    r"|^(?:who|which one|when|why) (?:is|are|am|was|were|do|did) (?:i|you|he|she|it|they|we|this|that)\b"
    r"|\b(?:the|my|your) (?:bus|train|bill|check|ticket|room|menu|flight|plane|taxi)\b",
    re.I,
)
# "Is this film | in French?": the language is what is asked.
_IS_IN = re.compile(
    rf"(?:is|are|was|were) (?:this|that|these|those|it|the|your|my|his|her) ?(?:{_MEDIA}s?|menu|menus"
    r"|class|website|page|text|letter|sign|signs|video|tour|guide|exam|meeting|service|original)?",
    re.I,
)
_AS_IT_IS = re.compile(
    r"\b(?:what|where|who|how|as|way|when|than) (?:\w+ )?(?:it|you|they|we|he|she|this|that|i) "
    r"(?:is|are|was|were)$",
    re.I,
)
_TO_USE = re.compile(r"\bto (?:write|read|sing|think|dream|teach|publish|work|communicate)$", re.I)
_SUPERLATIVE = re.compile(
    r"(?:what(?: is|'s| are|s) )?(?:the )?(?:most|least|first|last|oldest|best|\w+est) \w+ \w+"
    r"|(?:what(?: is|'s| are|s) )?the (?:most|least|first|longest|shortest|oldest|hardest|easiest) ",
    re.I,
)
# "love letter" is a thing; "word order" and "the oldest word" are about language.
_THING_OF_LETTERS = re.compile(
    r"(?:(?:the|an?|my|your) )?(?!\w+est |most |first |common |rare )(?!"
    + _LANGUAGE_MATTERS
    + r" )\w+ (?:word|letter|article|case|history|script|accent|channel|magazine|newspaper|book|card)",
    re.I,
)
_EXISTENCE = re.compile(
    r"(?:there (?:is|are|was|were)|many|most|some|all|every|few|no|it has)\s", re.I
)
_REFERRING = re.compile(
    r"(?:it|this|that|these|those|them|him|her|me|us|something|anything|everything|nothing|stuff|things"
    r"|some \w+|words|(?:this|that|the|these|the following|the above|following|above|my|your|a|an|any"
    r"|some)(?: (?:english|following|above|whole|next|same|entire))?"
    r" (?:words?|sentences?|phrases?|texts?|paragraphs?|messages?|expressions?|passages?|document"
    r"|page|file|e-?mail|letter|one|quote|line))(?: (?:for me|below|above|again|out loud|here))?",
    re.I,
)
_AUDIENCE = re.compile(
    r"(?:(?:the |absolute |complete |total |young |busy )*(?:beginners?|dummies|kids|children|adults"
    r"|travel(?:l)?ers?|tourists?|everyone|everybody|business|work|school|fun|free|me|you|him|her|us"
    r"|them|starters|students|teachers|learners|engineers|nurses|doctors|speakers|foreigners|years"
    r"|months|weeks|days|hours|ages|(?:specific|academic|special)? ?purposes|exam|a while|the first"
    r" time|(?:my|your|the) (?:exam|test|trip|job|class|interview|holiday|holidays)|an? (?:year|month|week|day|job|living|exam|test|hobby)|\S+ (?:years?|months?|weeks?|days?"
    r"|hours?|minutes?)))(?:\W.*)?",
    re.I,
)
_PREDICATE = re.compile(
    r"(?:up|new|wrong|happening|going on|the matter|that|this|it|he|she|they|you|we|i|there)"
    r"|(?:your|my|his|their|our|this|that|these|those|it|he|she|they|you|we|i|there) .+"
    r"|.+ (?:like|for|about|doing|happening|going on)",
    re.I | re.S,
)
_DIRECTION = re.compile(
    r"\b(?:similar|related|closer?|closest|next|compared|comparable|listen|listening|switch|switched"
    r"|switching|back|introduction|introduced|guide|due|thanks|translations?|belongs?|equivalent|akin"
    r"|native|unique|specific|key|according|prefer|converted|convert|changed?|changing|moved?|went"
    r"|transition|transitioned|limited|exposed|exposure|respond|approach|superior|inferior|contrast"
    r"|contribution|going|goes|used|got|how|want|wants|need|needs|have|like|able|try|trying|ready|translate[sd]?)$"
    r"|^(?:he|she|they|it|[a-z]+ing|the \w+ of) ",
    re.I,
)
_STATEMENT = re.compile(
    r"^(?!(?:wh|how|i |you |he |she |it |we |they |this |that ))\S.*? "
    r"(?:is|was|are|means|meant|comes?|came|has|had|originates?|originated|derives?|derived|sounds?"
    r"|called|changed?|evolved?|moved|went)\b|^(?:the|an?) (?:transition|translation|shift|change|move"
    r"|switch|evolution|journey|history)\b",
    re.I | re.S,
)
_THING = re.compile(
    r"(?:the|an?|it|this|that|these|those|he|she|they|you|we|i|my|your|his|her|their|our|its|life"
    r"|being|having|not)\b",
    re.I,
)
MAX_WORDS_BEFORE_TO = 6


def is_about_the_world(text: str) -> bool:
    """Whether `text`, before "in LANGUAGE" and with nothing that asks for a translation, is more
    likely said about the world than to be translated."""
    if text[-1:] in "?!.":
        return False
    if " " not in text:
        return re.fullmatch(_NEVER_ALONE, text, re.I) is not None
    if _ends_attaching(text) or _INSTRUCTION.match(text) or _REPORT.match(text):
        return True
    if holds_quotation(text):
        return True
    question = is_question(text)
    if _MATTER.search(text):
        if _THING_OF_LETTERS.fullmatch(text) is not None:
            return False
        if _USE.match(text):
            return True
        named = question or _EXISTENCE.match(text) or _SUPERLATIVE.match(text)
        return bool(named) or _is_about_matters(text)
    if _SUPERLATIVE.match(text) and not _CONVERSATION.search(text):
        return True
    return question and not _is_conversation(text)


def is_about_language(text: str) -> bool:
    """Whether the `text` of "what is TEXT in LANGUAGE" asks about a language, a fact of the world
    or something written in it."""
    if " " not in text:
        return _MATTER.fullmatch(text) is not None and text[-1:] == "s"
    return bool(
        _MATTER.search(text)
        or _ends_attaching(text)
        or _SUPERLATIVE.match(text)
        or re.match(
            r"(?:another|other|the (?:number|role|rules?|past|future|present|use|gender) )", text
        )
    )


def is_no_text(text: str) -> bool:
    """Whether `text` only refers to one that is not there: "this", "the following sentence"."""
    return _REFERRING.fullmatch(text) is not None or not any(map(str.isalpha, text))


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
    last = text.rsplit(maxsplit=1)[-1]
    if _TO_USE.search(text):
        return True
    if _AS_IT_IS.search(text):
        return False
    return re.fullmatch(f"{_ATTACHING}|{_ATTACHING_NOUNS}", last.strip(",;"), re.I) is not None


def _is_about_matters(text: str) -> bool:
    """Whether a phrase or statement about words, grammar or books is one without "I" or "you"."""
    return _CONVERSATION.search(text) is None and not re.match(
        r"(?:the|an?|my|your) \w+$", text, re.I
    )


def _is_conversation(text: str) -> bool:
    if _PLAIN_QUESTION.fullmatch(text):
        return True
    if _ADVICE.match(text) or _IS_IN.fullmatch(text):
        return False
    if _FACT.match(text):
        return _FACT_FOR_YOU.search(text) is not None
    return _CONVERSATION.search(text) is not None
