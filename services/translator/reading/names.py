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
    "american": "US",
    "algerian": "DZ",
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
    "canadian": "CA",
    "caribbean": "029",
    "chilean": "CL",
    "colombian": "CO",
    "cuban": "CU",
    "dominican": "DO",
    "ecuadorian": "EC",
    "egyptian": "EG",
    "european": "150",
    "german": "DE",
    "hong kong": "HK",
    "indian": "IN",
    "iraqi": "IQ",
    "iranian": "IR",
    "irish": "IE",
    "jamaican": "JM",
    "jordanian": "JO",
    "latin american": "419",
    "lebanese": "LB",
    "levantine": "SY",
    "libyan": "LY",
    "mainland": "CN",
    "mexican": "MX",
    "moroccan": "MA",
    "mozambican": "MZ",
    "new zealand": "NZ",
    "nigerian": "NG",
    "pakistani": "PK",
    "palestinian": "PS",
    "peninsular": "ES",
    "peruvian": "PE",
    "portuguese": "PT",
    "puerto rican": "PR",
    "quebec": "CA",
    "quebecois": "CA",
    "rioplatense": "AR",
    "saudi": "SA",
    "scottish": "GB",
    "senegalese": "SN",
    "singapore": "SG",
    "singaporean": "SG",
    "south african": "ZA",
    "spanish": "ES",
    "swiss": "CH",
    "syrian": "SY",
    "taiwanese": "TW",
    "tunisian": "TN",
    "us": "US",
    "uk": "GB",
    "uruguayan": "UY",
    "venezuelan": "VE",
}

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
    ace alb ale alt ann arp ave ban bar bas ben bur cad cos del div ewe fit fro fur gag geo got
    hat ice jam jut ken lat lo mac min mol nan nav non nov rom rug rum spy sus tel vie vol
    yap zap ba ch dd ga gal hr kg kj km kn lb lt mg mi ml mn ms mt nd oz ps rm sc sec st th tn ts
    tv""".split()  # noqa: SIM905  a list of 300 quoted words is harder to read
)
