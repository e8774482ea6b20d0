"""Each language's small words: the best sign of what a short sentence is in.

Covers: some thirty of the most frequent articles, pronouns, prepositions, auxiliaries and negations
of the languages that engines here translate from. Does not cover: words that carry meaning; for
those dictionaries are asked (sources.py).
"""

from __future__ import annotations

from collections.abc import Sequence

FUNCTION_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": """the a an of and to in is it you that he she was for on are with as i his her they
            be at have this from or had by not but what we can there your how do does did my me who
            where when why please will would don't doesn't isn't it's i'm am were has if their""",
        "fr": """le la les un une des de du et à en est il elle que qui ne pas je tu nous vous ils
            elles ce cette mon ma mes son sa ses pour dans sur avec où quand comment suis sont ai as
            a avez au aux se plus c'est qu'est-ce j'ai n'est""",
        "es": """el la los las un una de del y a en es que no se lo por con para su sus mi tu yo él
            ella nosotros ellos como qué dónde cuándo cómo está están son soy tengo tiene muy pero
            más al le me te este esta hay""",
        "pt": """o a os as um uma de do da dos das e em no na nos nas é que não se por com para seu
            sua meu minha eu tu você ele ela nós eles como onde quando está estão são sou tenho tem
            muito mas mais ao lhe me te este esta isso""",
        "it": """il lo la i gli le un una uno di del della dei e in è che non si per con su mio mia
            tuo io tu lui lei noi voi loro come dove quando sono sei ho hai ha abbiamo molto ma più
            al alla nel nella questo questa c'è mi ti""",
        "de": """der die das den dem des ein eine einen einem einer und zu in ist nicht ich du er
            sie es wir ihr mit auf für von im am bin bist sind hat habe haben wie was wo wann warum
            mein dein sein kein aber oder auch sehr bitte dich mich""",
        "nl": """de het een van en in is niet ik je jij hij zij ze wij we met op voor te dat die dit
            deze zijn ben bent heeft heb hebben hoe wat waar wanneer waarom mijn jouw maar of ook
            zeer er naar aan geen u""",
        "ca": """el la els les un una uns unes de del dels i a en és que no es per amb seu seva meu
            meva jo tu ell ella nosaltres com on quan està estan són sóc tinc té molt però més al
            als això aquest aquesta hi ha em et què""",
        "sv": """en ett den det de och i att är inte jag du han hon vi ni som på med för av till var
            har hade hur vad när varför min din sin men eller också mycket om från mig dig här där
            kan ska""",
        "pl": """i w na z do nie się to jest że jak ale po co tak za od przez dla czy ja ty on ona
            my wy oni mój twój jego jej gdzie kiedy dlaczego są jestem mam ma bardzo o u ten ta""",
        "id": """yang dan di ke dari ini itu tidak dengan untuk pada adalah saya kamu anda dia kami
            kita mereka akan sudah ada apa siapa bagaimana kapan mana bisa juga atau tetapi sangat
            bukan seorang sebuah""",
        "eo": """la de kaj en estas mi vi li ŝi ĝi ni ili ne ke al kun por sed kio kie kiam kiel tiu
            tio ĉu pri sur el tre mia via havas""",
        "af": """die 'n van en in is nie ek jy hy sy ons julle hulle met op vir te dat wat hoe waar
            wanneer hoekom my jou het sal kan maar of ook baie aan""",
    }.items()
}


ARTICLES: dict[str, tuple[str, ...]] = {
    "en": ("the", "a", "an"),
    "fr": ("le", "la", "les", "un", "une", "des"),
    "es": ("el", "la", "los", "las", "un", "una"),
    "pt": ("o", "a", "os", "as", "um", "uma"),
    "it": ("il", "lo", "la", "i", "gli", "le", "un", "uno", "una"),
    "ca": ("el", "la", "els", "les", "un", "una"),
    "de": ("der", "die", "das", "den", "ein", "eine"),
    "nl": ("de", "het", "een"),
    "sv": ("en", "ett"),
}


def has_article(text: str, code: str) -> bool:
    """Whether the text is an article and something after it."""
    first, _, rest = text.partition(" ")
    return bool(rest) and first.lower() in ARTICLES.get(code, ())


def function_word_share(words: Sequence[str], code: str) -> float:
    """The share of the words that are function words of this language, 0 to 1; 0 where the
    language has no list."""
    own = FUNCTION_WORDS.get(code, frozenset())
    return sum(word.lower() in own for word in words) / len(words) if words else 0.0
