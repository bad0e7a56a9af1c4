"""Which bank an ordinary person's question comes from, by language and trade."""

from __future__ import annotations

from traffic.demo.draws import Draws
from traffic.demo.grammar import Grammar
from traffic.demo.texts.coding_en import CODING
from traffic.demo.texts.east_asian import CHINESE, JAPANESE
from traffic.demo.texts.german import GERMAN
from traffic.demo.texts.romance import FRENCH, SPANISH
from traffic.demo.texts.study_en import STUDY
from traffic.demo.texts.writing_en import WRITING

ENGLISH = {"coding": CODING, "writing": WRITING, "study": STUDY}
OTHERS = {"de": GERMAN, "es": SPANISH, "fr": FRENCH, "ja": JAPANESE, "zh": CHINESE}


def pick_bank(draws: Draws, language: str, leaning: str) -> Grammar:
    """The bank for one conversation: mostly the person's own trade and language, sometimes another."""
    if language in OTHERS and draws.chance(0.7):
        return OTHERS[language]
    return ENGLISH[leaning] if draws.chance(0.6) else draws.pick((CODING, WRITING, WRITING, STUDY))
