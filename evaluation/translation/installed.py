"""The translator's engines on this machine, as the service has them.

Covers: those that work without a server, Argos packages included where there are some. Does not
cover: a LibreTranslate server.
"""

from __future__ import annotations

import os

from services.translator.engines.apertium.engine import ApertiumEngine
from services.translator.engines.argos import ArgosEngine, argos_dir
from services.translator.engines.cldr import Cldr
from services.translator.engines.freedict import FreeDictEngine
from services.translator.engines.interface import Engine
from services.translator.engines.phrasebook import PHRASES_FOLDER, Phrasebook, read_phrases
from services.translator.quality import read_quality
from services.translator.reading.languages import LanguageTable
from services.translator.settings import Settings


def installed_engines(settings: Settings, languages: LanguageTable) -> list[Engine]:
    """Every engine; each starts when first asked."""
    return [
        Phrasebook(read_phrases(PHRASES_FOLDER / "phrases.tsv"), languages),
        Cldr(),
        ArgosEngine(settings, argos_dir(settings, os.environ), languages),
        ApertiumEngine(settings, languages, read_quality()),
        FreeDictEngine(settings.freedict_dir, languages),
    ]
