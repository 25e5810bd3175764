"""The corpora of the course, all behind one interface (floor 2).

Built in are ``digits``, ``sentences``, ``notes``, ``drums`` and ``effects``; ``sentences-large`` is
rendered at home from any list of texts; recorded, and to be fetched, are ``fsdd``, ``ljspeech``,
``vctk``, ``speech_commands``, ``nsynth`` and ``esc10``.
``load(NAME)`` loads any of them. Without a name, ``$AIGC_EDU_CORPUS`` chooses one of those with the
ten digits, and where that is not set it is the built-in one.
"""

from aigc_edu.corpora.base import DIGITS, Corpus, CorpusError, CorpusInfo, Split
from aigc_edu.corpora.cards import DataCard, data_card, effective_number
from aigc_edu.corpora.catalogue import available, build, describe, fetch, load
from aigc_edu.corpora.clips import Clip, Note, Phoneme
from aigc_edu.corpora.examples import RECORDING_RATE, recording, recordings
from aigc_edu.corpora.families import FAMILIES, FAMILY_RATE, family_sound

__all__ = [
    "FAMILIES",
    "FAMILY_RATE",
    "family_sound",
    "DIGITS",
    "RECORDING_RATE",
    "Clip",
    "Corpus",
    "CorpusError",
    "CorpusInfo",
    "DataCard",
    "Note",
    "Phoneme",
    "Split",
    "available",
    "build",
    "data_card",
    "describe",
    "effective_number",
    "fetch",
    "load",
    "recording",
    "recordings",
]
