"""The words by which world.py tells what is about the world: lists of English phrases.

Covers: the lists only; what each is for stands above it and in world.py. A list is separated by
commas (grammar.either); a phrase may be a regular expression without commas. Does not cover: other
languages, whose few words are in their grammars.
"""

from __future__ import annotations

# Words about language: with another word, what they stand in speaks of a language.
LANGUAGE_MATTERS = """
    words?, letters?, vowels?, consonants?, syllables?, alphabet, grammar, grammatical, nouns?,
    verbs?, adjectives?, adverbs?, pronouns?, prepositions?, conjunctions?, articles?, tenses?,
    cases?, genders?, plurals?, singular, conjugations?, conjugate, conjugated, declensions?,
    accents?, dialects?, pronunciations?, vocabulary, vocab, idioms?, proverbs?, spelling,
    punctuation, slang, synonyms?, antonyms?, etymology, subjunctive, infinitive, participle,
    honorifics?, homophones?, palindromes?, diacritics?, umlauts?, scripts?, phonemes?, loanwords?,
    cognates?, suffix(?:es)?, prefix(?:es)?, pangrams?, anagrams?, differences?, origins?, history,
    literature, usage, subtitles, swearwords, newspapers, magazines, podcasts, channels, lyrics,
    courses, lessons, tutors, degrees?, fluency, speakers?, translators?, interpreters?"""

# What is written, sung or shown in a language: in the plural, or as "a book", "the best film".
MEDIA = "book, novel, poem, song, film, movie, article, version, edition, story, essay, word, show"
ONE_OF_MEDIA = r"an?, any, some, best, which, what, first, \w+est, most \w+"

# A last word that takes "in LANGUAGE" to itself: "books written in French", "the menu is in ...".
ATTACHING = """
    is, are, was, were, been, being, became, becomes, remains, only, also, mostly, mainly, entirely,
    partly, usually, fully, written, spoken, published, printed, taught, available, recorded,
    released, dubbed, performed, filmed, sung, used, pronounced, spelled, spelt, formed, expressed,
    composed, conducted, held, fluent, proficient, literate, versed, interested, bilingual, speak,
    speaks, spoke, speaking, talked, talking, sings, sang, singing, writes, wrote, writing, reads,
    reading, answers, answered, replied, respond, responds, responded, thinks, communicate,
    communicates, converse, translate, translated, majored, majoring, teach, teaches, teaching,
    specializes?, specialized, continue, chat, studies, studied, studying, improve, swears, counts,
    prayed, said, says, than, and, or, but, of, the"""
# Nouns that do the same after another word: "a degree in German".
ATTACHING_NOUNS = """
    courses?, class, classes, lessons?, degrees?, conversations?, fluency, proficiency, exams?,
    lectures?, speech, speeches, dialogues?, subtitles, tutors?, alphabet, grammar"""
# Verbs that do the same after "to": "I love to read in Portuguese".
USES = "write, read, sing, think, dream, teach, publish, work, communicate"
# Single words that are more likely an order or a search than a text.
NEVER_ALONE = """
    fluent, written, spoken, answer, reply, speak, talk, courses, classes, lessons, subtitles,
    grammar"""

# Orders to the assistant: "count to ten in Spanish".
INSTRUCTIONS = r"""
    talk$, chat$,
    count (?:to|from), tell (?:me|us) (?:an?|about|how to|some|something),
    sing (?:a|me|us|the|along), explain, summari[sz]e, describe, recommend, list, teach me,
    conjugate, introduce (?:your|my)self, greet, answer(?: (?:me|my|the|this|all|only))?,
    reply(?: (?:to|me|only))?, respond(?: (?:to|only))?, continue, discuss,
    name (?:the|some|three|five|ten|all|\d), pronounce, find me, search for,
    play (?:a|the|some|me), chat with, practi[sc]e (?:your|my|the|with|speaking),
    learn (?:to|how|some|the), read (?:me|the|a|this), write (?:me|an?|the|about|down),
    show me (?:how|some|an? example|examples), talk (?:to|about|with), speak (?:to|with|only)"""

# Verbs of the one who uses a language: "I am reading a book in French".
USING = """
    reads?, reading, watch(?:ed|ing|es)?, listen(?:ed|ing|s)?, wrote, writes?, writing,
    stud(?:y|ied|ies), learn(?:ed|t|s|ing)?, took, take, taking, teach(?:es|ing)?, taught, gave,
    give, giving, practi[sc]ed?"""
# Verbs that report what was said or written: "he said it in English".
REPORTING = """
    asked (?:me|him|her|us|them),
    said, says, replied, replies, wrote, writes, published, composed, recited, sang, sings,
    preached, shouted, whispered, muttered, swore, spoke, speaks, answered, answers, conversed,
    delivered, translated, dubbed, scored, failed, passed, aced, flunked, taught, teaches, named,
    called, titled, entitled, lectured, lectures"""

QUESTION_WORDS = (
    "who, whose, whom, which, when, where, why, how, what, who's, what's, where's, how's"
)
AUXILIARIES = "is, are, was, were, do, does, did, can, could, will, would, should, may, might, am"
# Words that only an English question has: "was ist das" is none.
ENGLISH_WORDS = """
    the, an?, there, any, of, i, you, it, this, that, he, she, they, we, most, in"""

# Words of people who talk to each other: "how are you", "is this seat free".
CONVERSATION = """
    i, i'm, i've, me, my, mine, you, you're, your, yours, we, us, our, this, these, it, here, now,
    today, tonight, tomorrow, nearby, everything, everyone, he, she, him, her"""
# Verbs that ask for advice after "how do I": how to do it in a language.
ADVICE = """
    ask, order, introduce, count, greet, thank, apologi[sz]e, tell, express, wish, form, pronounce,
    type, sign, address, respond, reply, answer, talk, speak, write, read, watch, swear, pray, sing,
    text, improve, learn, practi[sc]e, study, become, get better, get good, get fluent, pass, make,
    conjugate, use, differentiate, distinguish, know if, know when"""
# How questions about facts begin.
FACTS = """
    who, whose, whom, which, how many, how much, how old, how long, how far, how often, how common,
    when, why, what (?:percent|percentage|number|kind|sort|year|century|country|city|languages?)"""
# Superlatives of records, which no one asks the other about.
RECORDS = """
    oldest, longest, largest, biggest, tallest, earliest, youngest, smallest, shortest, highest,
    hardest, easiest, rarest, most common, most popular, most famous, most spoken"""
# What makes them questions to the other: "how old are you", "when does the train leave".
FACTS_FOR_YOU = r"""
    are you, do you, did you, have you, is (?:this|that|it)\b(?! \w+ed), are (?:we|they|these),
    am i,
    (?:this|that|it|these) cost, does it (?:open|close|start|end|leave|arrive), is your, are your,
    we, (?:the|my|your) (?:bus|train|bill|check|ticket|room|menu|flight|plane|taxi)"""
# Things that are "in LANGUAGE" when nothing else is asked of them: "Is this film in French?".
THINGS_IN_A_LANGUAGE = """
    menus?, class, website, page, text, letter, signs?, video, tour, guide, exam, meeting, service,
    original"""

# What refers to a text that is not there.
NO_TEXTS = r"""
    it, this, that, these, those, them, him, her, me, us, something, anything, everything, nothing,
    stuff, things, some \w+, words"""
REFERRING = """
    this, that, the, these, the following, the above, following, above, my, your, an?, any, some"""
REFERRED = """
    words?, sentences?, phrases?, texts?, paragraphs?, messages?, expressions?, passages?, document,
    page, file, e-?mail, letter, one, quote, line"""

# For whom or how long one learns a language: "German for beginners".
AUDIENCES = r"""
    beginners?, dummies, kids, children, adults, travel(?:l)?ers?, tourists?, everyone, everybody,
    business, work, school, fun, free, me, you, him, her, us, them, starters, students, teachers,
    learners, engineers, nurses, doctors, speakers, foreigners, years, months, weeks, days, hours,
    ages, (?:(?:specific|academic|special) )?purposes, exam, a while, the first time,
    (?:my|your|the) (?:exam|test|trip|job|class|interview|holidays?),
    an? (?:year|month|week|day|job|living|exam|test|hobby),
    \S+ (?:years?|months?|weeks?|days?|hours?|minutes?)"""

# A last word that takes "to LANGUAGE" to itself: "similar to German".
TOWARD = """
    similar, related, closer?, closest, next, compared, comparable, listen, listening, switch,
    switched, switching, back, introduction, introduced, guide, due, thanks, translations?,
    belongs?, equivalent, akin, native, unique, specific, key, according, prefer, converted,
    convert, changed?, changing, moved?, went, transition, transitioned, limited, exposed, exposure,
    respond, approach, superior, inferior, contrast, contribution, going, goes, used, got, how,
    want, wants, need, needs, have, like, able, try, trying, ready, translate[sd]?"""
# Verbs by which "the German word for butterfly is ..." goes on, and nouns of change.
STATING = """
    is, was, are, means, meant, comes?, came, has, had, originates?, originated, derives?, derived,
    sounds?, called, changed?, evolved?, moved, went"""
CHANGES = "transition, translation, shift, change, move, switch, evolution, journey, history"

# How a thing begins, not a foreign word: "what does the red flag mean".
THINGS = """
    the, an?, it, this, that, these, those, he, she, they, you, we, i, my, your, his, her, their,
    our, its, life, being, having, not"""
