"""How requests for a translation are worded in other languages than English.

Covers: the patterns, in the notation of grammar.py, of German, French, Spanish, Italian,
Portuguese, Dutch, Swedish, Danish, Norwegian, Polish, Catalan, Romanian and Russian. Does not
cover: other languages' own questions; "X in LANGUAGE" is read whatever X is written in.
"""

from __future__ import annotations

from services.translator.reading.grammar import Grammar

_GERMAN = Grammar(
    locale="de",
    into=("auf", "ins", "in", "im", "nach", "in die Sprache"),
    out_of=("aus dem", "vom", "von", "aus"),
    translate="(?:(?:bitte|kannst du|können Sie) )?(?:übersetzen Sie|übersetze?n?|übertrage)"
    "(?: (?:bitte|mir))?",
    asks=(
        "(?:wie lautet |was ist )?(?:das Wort|die Übersetzung) (?:für|von) {text}",
        "(?:bitte )?(?:wie|was) (?:schreibt man|sagt man|sage ich|sagst du|sagen wir|sagt ihr) (?:zu )?{text}",
        "wie (?:heißt|heisst|lautet|nennt man|übersetzt man) {text}",
        "was (?:heißt|heisst) {text}",
    ),
    weak_asks=("was (?:ist|sind) {text}",),
    language_first=(
        "(?:(?:kannst du|können Sie|könnten Sie|könntest du|bitte|mir) )*{text} "
        "(?:auf|ins|nach) {target} übersetzen",
        "(?:wie (?:heißt|lautet|ist) |was ist )?(?:das|die|der) {target} "
        "(?:Wort|Übersetzung|Ausdruck|Begriff|Name) (?:für|von) {text}",
    ),
    meanings=("was (?:bedeutet|bedeuten|heißt|heisst|meint) {text}",),
    speaking="spricht|sprach|sprechen|spreche|sprichst|gesprochen|schreibt|schrieb|schreiben|geschrieben|singt|sang|antwortet|antwortete|sagte|ist|sind|war|waren",
    referring="das|dies|dieses|es",
    questions="wer|wie|was|wo|wann|warum|wieso|welche[rsmn]?|wessen|ist|sind|hat|gibt|wurde|kann",
    endings=(("e", ""), ("en", ""), ("er", ""), ("es", "")),
)

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
    speaking="parle|parlent|parler|parlé|parlait|écrit|écrivent|écrits?|chante|chantent|répond|répondit|dit|est|sont|était",
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
    speaking="habla|hablan|hablar|hablo|hablaba|escribe|escribió|escritos?|canta|responde|dijo|es|está|están|son",
    referring="esto|eso|esta palabra",
    questions="quién|quien|quiénes|cuándo|cuando|dónde|donde|cuánt[oa]s?|cuant[oa]s?|cuál|cual|"
    "cuáles|cómo|como|qué|que|por qué",
    endings=(("a", ""), ("a", "o"), ("ana", "án")),
)

_ITALIAN = Grammar(
    locale="it",
    into=("in", "nell'", "nel", "all'", "al"),
    out_of=("dall'", "dal"),
    translate="(?:(?:per favore|puoi|potresti|può),? )?(?:traduci(?:mi)?|tradurre|traduca|traducete)",
    asks=(
        "come (?:si (?:dice|scrive|traduce|chiama)|dico|posso dire|dire|dici|diresti) {text}",
        "(?:che )?cos'è {text}",
        "(?:qual è )?la parola (?:per|per dire) {text}",
        "(?:qual è )?la traduzione (?:di|per) {text}",
    ),
    language_first=("(?:qual è )?la (?:parola|traduzione) {target} (?:per|di) {text}",),
    meanings=("(?:che (?:cosa )?|cosa )(?:significa|significano|vuol dire|vogliono dire) {text}",),
    speaking="parla|parlano|parlare|parlo|parlava|scrive|scrisse|scritt[oiae]|canta|risponde|disse|è|sono",
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
    speaking="fala|falam|falar|falo|falava|escreve|escreveu|escritos?|canta|responde|disse|é|está|são",
    referring="isto|isso|esta palavra",
    questions="quem|quando|onde|por que|porquê|quant[oa]s?|qual|quais|como|que|o que",
)

_DUTCH = Grammar(
    locale="nl",
    into=("in het", "in 't", "naar het", "op zijn", "op z'n", "in", "naar"),
    out_of=("uit het", "vanuit het", "van het", "uit"),
    translate="(?:(?:kun je|kunt u|wil je|graag) )?(?:vertaal|vertalen)(?: alsjeblieft)?",
    asks=(
        "hoe (?:zeg|zegt|schrijf|noem|vertaal) (?:je|men|ik|u|jij) {text}",
        "hoe heet {text}",
        "wat is (?:het woord|de vertaling) (?:voor|van) {text}",
        "het woord voor {text}",
    ),
    weak_asks=("wat is {text}",),
    language_first=("(?:wat is )?(?:het|de) {target} (?:woord|vertaling) (?:voor|van) {text}",),
    meanings=("wat (?:betekent|betekenen) {text}",),
    speaking="spreekt|spreken|sprak|spreek|schrijft|schreef|geschreven|zingt|antwoordt|zei|is|zijn|was",
    referring="dit|dat|het",
    questions="wie|wanneer|waar|waarom|hoeveel|hoe|welke?|wat|is|zijn|heeft",
    endings=(("e", ""),),
)

_SWEDISH = Grammar(
    locale="sv",
    into=("på", "till"),
    out_of=("från",),
    translate="(?:(?:kan du|snälla) )?(?:översätt|översätta)",
    asks=(
        "hur (?:säger|skriver|översätter) (?:man|jag|du|ni|vi) {text}",
        "vad (?:heter|är) {text}",
        "(?:vad är )?ordet för {text}",
        "säg {text}",
    ),
    language_first=("(?:vad är )?det {target} ordet för {text}",),
    meanings=("vad (?:betyder|menas med) {text}",),
    speaking="talar|tala|talade|skriver|skrev|sjunger|svarar|sade|sa|är|var",
    referring="det|detta|det här",
    questions="vem|vilka|vilken|vilket|när|var|varför|hur|vad|finns",
)

_DANISH = Grammar(
    locale="da",
    into=("på", "til"),
    out_of=("fra",),
    translate="(?:(?:kan du|venligst) )?(?:oversæt|oversætte)",
    asks=(
        "hvordan (?:siger|skriver|oversætter) (?:man|jeg|du|i|vi) {text}",
        "hvad (?:hedder|er) {text}",
        "ordet for {text}",
    ),
    language_first=("(?:hvad er )?det {target} ord for {text}",),
    meanings=("hvad (?:betyder|vil det sige) {text}",),
    speaking="taler|tale|talte|skriver|skrev|synger|svarer|sagde|er|var",
    referring="det|dette",
    questions="hvem|hvilke[nt]?|hvornår|hvor|hvorfor|hvordan|hvad|findes",
    endings=(("e", ""),),
)

_NORWEGIAN = Grammar(
    locale="no",
    into=("på", "til"),
    out_of=("fra",),
    translate="(?:(?:kan du|vennligst) )?(?:oversett|oversette)",
    asks=(
        "(?:hvordan|korleis|åssen) (?:sier|seier|skriver|oversetter) (?:man|jeg|du|dere|vi|ein) "
        "{text}",
        "(?:hva|kva) (?:heter|er) {text}",
        "ordet for {text}",
    ),
    language_first=("(?:hva er )?det {target} ordet for {text}",),
    meanings=("(?:hva|kva) betyr {text}",),
    speaking="snakker|snakke|snakket|skriver|skrev|synger|svarer|sa|er|var",
    referring="det|dette",
    questions="hvem|hvilke[nt]?|når|hvor|hvorfor|hvordan|hva|finnes",
    endings=(("e", ""),),
)

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
    speaking="mówi|mówią|mówić|mówił|mówiła|pisze|pisać|napisał|śpiewa|odpowiada|powiedział|jest|są",
    referring="to|to słowo",
    questions="kto|kiedy|gdzie|dlaczego|ile|który|która|które|jak|jaki|jaka|jakie|co|czy",
    endings=(("ku", "ki"), ("kim", "ki"), ("kiego", "ki")),
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
        "(?:请)?(?:翻译|译)(?:成|为){target}[:：]{text}",  # noqa: RUF001
        "(?:用)?{target}怎么说{text}",
    ),
    meanings=("{text}是什么意思",),
    speaking="说",
    referring="这|那|这个|那个",
    questions="谁|什么时候|哪里|为什么|多少",
)

OTHER_LANGUAGES = (
    *(_GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _SWEDISH, _DANISH, _NORWEGIAN),
    *(_POLISH, _CATALAN, _ROMANIAN, _RUSSIAN, _GREEK, _TURKISH, _JAPANESE, _CHINESE),
)
