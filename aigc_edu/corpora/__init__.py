"""The corpora of the course, all behind one interface (floor 1).

``load("digits")`` is the built-in one, ``load("fsdd")`` the Free Spoken Digit Dataset. Without a
name, ``$AIGC_EDU_CORPUS`` chooses, and where that is not set it is the built-in one.
"""

from aigc_edu.corpora.base import DIGITS, Corpus, CorpusError, CorpusInfo, Split
from aigc_edu.corpora.catalogue import available, build, describe, fetch, load
from aigc_edu.corpora.clips import Clip, Note, Phoneme

__all__ = [
    "DIGITS",
    "Clip",
    "Corpus",
    "CorpusError",
    "CorpusInfo",
    "Note",
    "Phoneme",
    "Split",
    "available",
    "build",
    "describe",
    "fetch",
    "load",
]
