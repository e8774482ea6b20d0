"""How requests for a translation are worded in Romance languages.

Covers: French, Spanish, Italian, Portuguese, Catalan and Romanian, in the notation of grammar.py.
Does not cover: when each is tried (parse.py).
"""

from __future__ import annotations

from services.translator.reading.grammar import Grammar

_FRENCH = Grammar(
    locale="fr",
    into=("en", "vers le", "vers l'", "vers la", "au", "dans la langue"),
    out_of=("du", "de l'", "de la", "depuis le", "depuis l'"),
    translate="(?:(?:peux-tu|pouvez-vous|pourriez-vous|veuillez|s'il vous plaît|merci de)[ ,]+)?"
    "(?:me )?(?:traduis(?:ez)?|traduire)(?:-moi)?",
    asks=(
        "(?:comment|comme) (?:dit-on|dis-tu|dites-vous|on dit|dire|tu dis|est-ce qu'on dit|"
        "se dit|traduit-on|traduire|écrit-on|appelle-t-on) {text}",
        "comment (?:se dit|se traduit) {text}",
        "(?:quel est |c'est quoi )?le mot (?:pour|pour dire) {text}",
        "(?:quelle est )?(?:la )?traduction (?:de|d') ?{text}",
        "c'est quoi {text}",
        "dis(?:-moi)? {text}",
    ),
    weak_asks=("qu'est-ce que {text}", "que veut dire {text}", "que signifie {text}"),
    language_first=(
        "(?:quel est )?le mot {target} (?:pour|de) {text}",
        "(?:quelle est )?(?:la )?traduction {target} (?:de|du|pour) {text}",
    ),
    meanings=(
        "que (?:veut dire|signifie|signifient|veulent dire) {text}",
        "qu'est-ce que (?:veut dire|signifie|ça veut dire) {text}",
        "(?:ça veut dire quoi|c'est quoi le sens de) {text}",
        "{text},? (?:ça )?veut dire quoi",
    ),
    speaking="parle|parlent|parler|parlé|parlait|écrit|écrivent|écrits?|chante|chantent|"
    "répond|répondit|dit|est|sont|était",
    referring="ça|cela|ceci|ce mot|cette phrase",
    questions="qui|quand|où|pourquoi|combien|quel(?:le)?s?|comment|est-ce|qu'est|que|quoi",
    endings=(("aise", "ais"), ("ande", "and"), ("ole", "ol"), ("enne", "en"), ("oise", "ois")),
)

_SPANISH = Grammar(
    locale="es",
    into=("en", "al", "a"),
    out_of=("del", "de"),
    translate="(?:(?:por favor|puedes|podrías|puede|podría),? )?(?:traduc(?:e|ir|es|eme|irme)|"
    "traduzca(?:me)?|tradúceme)(?: por favor)?",
    asks=(
        "c[óo]mo (?:se (?:dice|escribe|llama|traduce)|digo|dices|puedo decir|decir|dirías|"
        "se diría|decimos) {text}",
        "qu[ée] es {text}",
        "(?:cu[áa]l es )?la palabra (?:para|de) {text}",
        "(?:cu[áa]l es )?la traducci[óo]n (?:de|para) {text}",
        "di {text}",
    ),
    language_first=(
        "(?:cu[áa]l es )?la (?:palabra|traducci[óo]n) (?:en |al )?{target} (?:para|de) {text}",
    ),
    meanings=("qu[ée] (?:significa|significan|quiere decir|quieren decir) {text}",),
    speaking="habla|hablan|hablar|hablo|hablaba|escribe|escribió|escritos?|canta|responde|"
    "dijo|es|está|están|son",
    referring="esto|eso|esta palabra",
    questions="quién|quien|quiénes|cuándo|cuando|dónde|donde|cuánt[oa]s?|cuant[oa]s?|cuál|cual|"
    "cuáles|cómo|como|qué|que|por qué",
    endings=(("a", ""), ("a", "o"), ("ana", "án")),
)

_ITALIAN = Grammar(
    locale="it",
    into=("in", "nell'", "nel", "all'", "al"),
    out_of=("dall'", "dal"),
    translate="(?:(?:per favore|puoi|potresti|può),? )?"
    "(?:traduci(?:mi)?|tradurre|traduca|traducete)",
    asks=(
        "come (?:si (?:dice|scrive|traduce|chiama)|dico|posso dire|dire|dici|diresti) {text}",
        "(?:che )?cos'è {text}",
        "(?:qual è )?la parola (?:per|per dire) {text}",
        "(?:qual è )?la traduzione (?:di|per) {text}",
    ),
    language_first=("(?:qual è )?la (?:parola|traduzione) {target} (?:per|di) {text}",),
    meanings=("(?:che (?:cosa )?|cosa )(?:significa|significano|vuol dire|vogliono dire) {text}",),
    speaking="parla|parlano|parlare|parlo|parlava|scrive|scrisse|scritt[oiae]|canta|risponde|"
    "disse|è|sono",
    referring="questo|ciò|questa parola",
    questions="chi|quando|dove|perché|quant[oaie]|quale|quali|come|che|cosa|cos'è|qual",
    endings=(("a", "o"),),
)

_PORTUGUESE = Grammar(
    locale="pt",
    into=("em", "para o", "para", "ao", "no"),
    out_of=("do", "de"),
    translate="(?:(?:por favor|pode|poderia|você pode),? )?(?:traduz(?:a|ir|e)?|traduz-me)",
    asks=(
        "como (?:se (?:diz|escreve|fala|chama|traduz)|digo|dizer|eu digo|posso dizer|"
        "você diz|é que se diz|falar|falo|é) {text}",
        "(?:o )?que é {text}",
        "(?:qual é )?a (?:palavra|tradução) (?:para|de) {text}",
    ),
    language_first=("(?:qual é )?a (?:palavra|tradução) (?:em )?{target} (?:para|de) {text}",),
    meanings=("(?:o )?que (?:significa|significam|quer dizer) {text}",),
    speaking="fala|falam|falar|falo|falava|escreve|escreveu|escritos?|canta|responde|disse|é|"
    "está|são",
    referring="isto|isso|esta palavra",
    questions="quem|quando|onde|por que|porquê|quant[oa]s?|qual|quais|como|que|o que",
)

_CATALAN = Grammar(
    locale="ca",
    into=("en", "a l'", "al"),
    out_of=("del", "de l'"),
    translate="(?:si us plau,? )?(?:tradueix|traduir|traduïu)",
    asks=(
        "com (?:es diu|dius|es diria|dic|puc dir|dir|s'escriu) {text}",
        "(?:quina és )?la paraula (?:per a|per|de) {text}",
    ),
    meanings=("què (?:vol dir|significa) {text}",),
    speaking="parla|parlen|parlar|parlo|escriu|escriure|canta|respon|és|està|són",
    referring="això|allò",
    questions="qui|quan|on|per què|quant[sa]?|quantes|quin[as]?|quines|com|què",
)

_ROMANIAN = Grammar(
    locale="ro",
    into=("în", "în limba", "in"),
    out_of=("din", "din limba"),
    translate="(?:(?:te rog|poți să) )?(?:traduci?|tradu|traduceți)",
    asks=("cum (?:se (?:spune|zice|traduce)|spun|zic|spui) {text}", "cuvântul pentru {text}"),
    meanings=("ce (?:înseamnă|semnifică) {text}",),
    speaking="vorbește|vorbesc|vorbi|scrie|scris|cântă|răspunde|este|sunt",
    referring="asta|aceasta",
    questions="cine|când|unde|de ce|câte?|câți|care|cum|ce",
)

ROMANCE = (_FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _CATALAN, _ROMANIAN)
