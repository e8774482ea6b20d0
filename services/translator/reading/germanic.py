"""How requests for a translation are worded in Germanic languages.

Covers: German, Dutch, Swedish, Danish and Norwegian, in the notation of grammar.py.
Does not cover: when each is tried (parse.py).
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
        "(?:bitte )?(?:wie|was) (?:schreibt man|sagt man|sage ich|sagst du|sagen wir) "
        "(?:zu )?{text}",
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
    speaking="spricht|sprach|sprechen|spreche|sprichst|gesprochen|schreibt|schrieb|schreiben|"
    "geschrieben|singt|sang|antwortet|antwortete|sagte|ist|sind|war|waren",
    referring="das|dies|dieses|es",
    questions="wer|wie|was|wo|wann|warum|wieso|welche[rsmn]?|wessen|ist|sind|hat|gibt|wurde|kann",
    endings=(("e", ""), ("en", ""), ("er", ""), ("es", "")),
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
    speaking="spreekt|spreken|sprak|spreek|schrijft|schreef|geschreven|zingt|antwoordt|zei|is|"
    "zijn|was",
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

GERMANIC = (_GERMAN, _DUTCH, _SWEDISH, _DANISH, _NORWEGIAN)
