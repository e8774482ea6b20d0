# ruff: noqa: RUF001  letters of other alphabets are meant
"""How requests for a translation are worded in Polish, Russian, Greek, Turkish, Japanese, Chinese.

Covers: the patterns, in the notation of grammar.py, and the tuple of all grammars but English.
Does not cover: other languages' own questions; "X in LANGUAGE" is read whatever X is written in.
"""

from __future__ import annotations

from services.translator.reading.germanic import GERMANIC
from services.translator.reading.grammar import Grammar
from services.translator.reading.romance import ROMANCE

_POLISH = Grammar(
    locale="pl",
    into=("po", "na język", "na", "w języku"),
    out_of=("z języka", "z"),
    translate="(?:(?:proszę|czy możesz|możesz) )?(?:przetłumacz|przetłumaczyć|tłumacz)",
    asks=(
        "jak (?:się )?(?:powiedzieć|mówi(?: się)?|powiem|brzmi|nazywa się|jest|będzie) {text}",
        "co to (?:jest )?{text}",
        "słowo (?:na|oznaczające) {text}",
    ),
    meanings=("co (?:znaczy|oznacza|to znaczy) {text}",),
    speaking="mówi|mówią|mówić|mówił|mówiła|pisze|pisać|napisał|śpiewa|odpowiada|powiedział|"
    "jest|są",
    referring="to|to słowo",
    questions="kto|kiedy|gdzie|dlaczego|ile|który|która|które|jak|jaki|jaka|jakie|co|czy",
    endings=(("ku", "ki"), ("kim", "ki"), ("kiego", "ki")),
)

_RUSSIAN = Grammar(
    locale="ru",
    into=("по-", "по", "на", "на язык"),
    out_of=("с",),
    translate="(?:пожалуйста,? )?(?:переведи(?:те)?|перевести)(?: пожалуйста)?",
    asks=(
        "как (?:будет|сказать|говорят|говорится|пишется|перевести) {text}",
        "(?:как )?слово {text}",
    ),
    meanings=("что (?:значит|означает|такое) {text}",),
    speaking="говорит|говорят|говорить|говорил|пишет|писать|написал|поёт|отвечает|сказал",
    referring="это",
    questions="кто|когда|где|почему|сколько|какой|какая|какие|какое|как|что",
    endings=(("ски", "ский"), ("цки", "цкий"), ("ском", "ский"), ("цком", "цкий")),
)

_GREEK = Grammar(
    locale="el",
    into=("στα", "στην", "στη", "σε"),
    out_of=("από τα", "από"),
    translate="(?:παρακαλώ )?(?:μετάφρασε|μεταφράστε)",
    asks=("πώς (?:λέγεται|λένε|λέμε|λες|λέω) (?:το |η |ο )?{text}",),
    meanings=("τι (?:σημαίνει|σημαίνουν) {text}",),
    speaking="μιλάει|μιλούν|γράφει|έγραψε|είναι|ήταν",
    referring="αυτό",
    questions="ποιος|ποια|πότε|πού|γιατί|πόσ[αεο]ι?ς?|πώς|τι",
)

_TURKISH = Grammar(
    locale="tr",
    into=(),
    out_of=(),
    translate="çevir",
    asks=(),
    language_first=(
        "{text} {target} (?:nasıl (?:denir|söylenir|yazılır)|ne demek)",
        "{target} {text} (?:nasıl (?:denir|söylenir)|ne demek)",
        "{text} (?:kelimesini |cümlesini )?{target}'?(?:ye|ya|e|a) çevir",
    ),
    meanings=("{text} ne (?:demek|anlama gelir)",),
    speaking="konuşuyor|yazdı",
    referring="bu|o|şu",
    questions="kim|ne zaman|nerede|neden|kaç|hangi",
)

_JAPANESE = Grammar(
    locale="ja",
    into=(),
    out_of=(),
    translate="翻訳",
    asks=(),
    language_first=(
        "{text}(?:は|って|を|とは){target}で(?:は)?(?:何|なん|どう)?.{0,12}",
        "{text}を{target}(?:に|へ)(?:翻訳|訳).{0,8}",
        "{target}で{text}(?:は|って)(?:何|なん|どう).{0,12}",
    ),
    meanings=("{text}(?:は|って|とは)(?:どういう|何の|なんの)意味.{0,6}",),
    speaking="話す",
    referring="これ|それ|あれ",
    questions="誰|いつ|どこ|なぜ|いくつ",
)

_CHINESE = Grammar(
    locale="zh",
    into=(),
    out_of=(),
    translate="翻译",
    asks=(),
    language_first=(
        "{text},?(?:用|的)?{target}(?:怎么说|怎麼說|怎么讲|怎么写|是什么)",
        "(?:请)?(?:把|将)?{text}(?:翻译|(?<!翻)译)(?:成|为){target}",
        "(?:请)?(?:翻译|译)(?:成|为){target}[:：]{text}",
        "(?:用)?{target}怎么说{text}",
    ),
    meanings=("{text}是什么意思",),
    speaking="说",
    referring="这|那|这个|那个",
    questions="谁|什么时候|哪里|为什么|多少",
)

OTHER_LANGUAGES = (*GERMANIC, *ROMANCE, _POLISH, _RUSSIAN, _GREEK, _TURKISH, _JAPANESE, _CHINESE)
