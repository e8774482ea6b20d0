"""What people call languages beyond CLDR's English list, as tables.

Covers: other English names, adjectives of regions, and the names and codes that are also words or
places. Does not cover: CLDR's names (languages.py), a language's name for itself (autonyms.tsv).
Other names are those of ISO 639-2 and of everyday use.
"""

from __future__ import annotations

# What people say that CLDR's English list does not, by CLDR code.
OTHER_NAMES: dict[str, str] = {
    "azeri": "az",
    "bahasa indonesia": "id",
    "bahasa melayu": "ms",
    "belorussian": "be",
    "bengali": "bn",
    "bokmal": "nb",
    "brazilian": "pt_BR",
    "cambodian": "km",
    "castilian": "es",
    "castillian": "es",
    "castilian spanish": "es_ES",
    "catalonian": "ca",
    "chichewa": "ny",
    "classical chinese": "lzh",
    "classical greek": "grc",
    "farsi": "fa",
    "frisian": "fy",
    "gaelic": "gd",
    "greenlandic": "kl",
    "haitian": "ht",
    "hokkien": "nan",
    "irish gaelic": "ga",
    "isixhosa": "xh",
    "isizulu": "zu",
    "kirghiz": "ky",
    "kiswahili": "sw",
    "kurmanji": "ku",
    "laotian": "lo",
    "latin american": "es_419",
    "letzeburgesch": "lb",
    "malaysian": "ms",
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "modern greek": "el",
    "moldovan": "ro_MD",
    "myanmar": "my",
    "norwegian bokmal": "nb",
    "nynorsk": "nn",
    "oriya": "or",
    "panjabi": "pa",
    "plattdeutsch": "nds",
    "putonghua": "zh",
    "portugues brasileiro": "pt_BR",
    "portugues do brasil": "pt_BR",
    "pushto": "ps",
    "rumanian": "ro",
    "sami": "se",
    "saami": "se",
    "scots gaelic": "gd",
    "sesotho": "st",
    "setswana": "tn",
    "sinhalese": "si",
    "slovene": "sl",
    "sorani": "ckb",
    "sorbian": "hsb",
    "standard chinese": "zh",
    "taiwanese": "nan",
    "te reo": "mi",
    "te reo maori": "mi",
    "tigrigna": "ti",
    "uighur": "ug",
    "ukranian": "uk",
    "valencian": "ca",
    "west frisian": "fy",
}

# Adjectives of regions, by CLDR territory: "Argentinian Spanish" is Spanish.
REGIONS: dict[str, str] = {
    "algerian": "DZ",
    "american": "US",
    "andalusian": "ES",
    "angolan": "AO",
    "argentine": "AR",
    "argentinian": "AR",
    "australian": "AU",
    "austrian": "AT",
    "bavarian": "DE",
    "belgian": "BE",
    "bolivian": "BO",
    "brazilian": "BR",
    "british": "GB",
    "cameroonian": "CM",
    "canadian": "CA",
    "caribbean": "029",
    "catalan": "ES",
    "chilean": "CL",
    "chinese": "CN",
    "colombian": "CO",
    "congolese": "CD",
    "costa rican": "CR",
    "cuban": "CU",
    "cypriot": "CY",
    "dominican": "DO",
    "ecuadorian": "EC",
    "egyptian": "EG",
    "emirati": "AE",
    "european": "150",
    "french": "FR",
    "german": "DE",
    "ghanaian": "GH",
    "greek": "GR",
    "guatemalan": "GT",
    "gulf": "AE",
    "honduran": "HN",
    "hong kong": "HK",
    "indian": "IN",
    "iranian": "IR",
    "iraqi": "IQ",
    "irish": "IE",
    "italian": "IT",
    "ivorian": "CI",
    "jamaican": "JM",
    "jordanian": "JO",
    "kenyan": "KE",
    "kuwaiti": "KW",
    "latin american": "419",
    "lebanese": "LB",
    "levantine": "SY",
    "libyan": "LY",
    "luxembourgish": "LU",
    "macanese": "MO",
    "mainland": "CN",
    "malaysian": "MY",
    "mexican": "MX",
    "moroccan": "MA",
    "mozambican": "MZ",
    "new zealand": "NZ",
    "nicaraguan": "NI",
    "nigerian": "NG",
    "omani": "OM",
    "pakistani": "PK",
    "palestinian": "PS",
    "panamanian": "PA",
    "paraguayan": "PY",
    "parisian": "FR",
    "peninsular": "ES",
    "peruvian": "PE",
    "portuguese": "PT",
    "puerto rican": "PR",
    "quebec": "CA",
    "quebecois": "CA",
    "rioplatense": "AR",
    "russian": "RU",
    "salvadoran": "SV",
    "saudi": "SA",
    "scottish": "GB",
    "senegalese": "SN",
    "singapore": "SG",
    "singaporean": "SG",
    "south african": "ZA",
    "spanish": "ES",
    "sudanese": "SD",
    "swiss": "CH",
    "syrian": "SY",
    "taiwanese": "TW",
    "tanzanian": "TZ",
    "tunisian": "TN",
    "turkish": "TR",
    "uk": "GB",
    "uruguayan": "UY",
    "us": "US",
    "venezuelan": "VE",
    "yemeni": "YE",
}

# Scripts whose names are languages too: "Serbian (Latin)" is Serbian.
SCRIPTS = frozenset({"latin", "cyrillic", "arabic", "roman", "hebrew", "greek"})

# Names that are places too: they name the language only with the word "language" after them.
PLACE_NAMES = frozenset(
    "alabama dakota delaware jawa nauru nias seneca tokelau tuvalu veneto".split()  # noqa: SIM905
)

# Names that are everyday words too: they count only with a capital.
WORD_NAMES = frozenset("ewe fang slave".split())  # noqa: SIM905

# CLDR's entries for what is no language.
NO_LANGUAGES = frozenset({"und", "mul", "zxx"})

# Codes that are also English words, names or units: "how do I get to it" asks for no Italian,
# "10 miles in km" for no Khmer.
WORD_CODES = frozenset(
    """am an as at be by do go ha he hi ho id in io is it la ma me my no of oh om on or os pa pi so
    ta to up us we yo ad are bad bin bug but car dar day den din doc dog ell fan fat fin fly for
    gal gay get had ham has her him his how hup kin kit kid lad lag lam lol man mad map mar mas may
    men mon mos mus new nor not now one our out pan pap pau per rap raw ron run sad sat see she sin
    sit son sun tat tog too top tum two use van war was way who why win won yes yet you zen all and
    ant any arc arm art ash bat bra bum cat cop dan dun dye fan fon gad gan gut hit hoc hop lab led
    lit log lot low luo mag max mic mid nap net nob nog nut nun oar odd off oil old ore own pal pas
    pin pit pop pot pro rag ram ran rat rid rig rob rod row rub rue sag sap saw say ski sly sob soy
    spa tag tan tap tar tax tea ten the tie tip toe ton toy try tub tug via vim wed wet wit wow zip
    ace ale alt ban bar bas ben bur cad del ewe fit fro fur gag got hat ice jam jut ken mac min mol
    non rug rum spy sus vie yap zap kg kj km lb mg mi ml ms oz sec""".split()  # noqa: SIM905  a list of 300 quoted words is harder to read
)
