"""Two halves of a corpus without a clip in common: two judges learn from different clips."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

from aigc_edu.corpora.base import Corpus
from aigc_edu.errors import InvalidValueError

HALVES = ("even", "odd")


def half(corpus: Corpus, which: str) -> Corpus:
    """Return the clips with an even or an odd take (:func:`take_of`).

    Parameters
    ----------
    corpus
        What is halved.
    which
        ``"even"`` or ``"odd"``.

    Raises
    ------
    InvalidValueError
        If there is no such half.
    """
    if which not in HALVES:
        raise InvalidValueError(f"a half is 'even' or 'odd', got {which!r}")
    odd = which == "odd"
    return replace(corpus, clips=tuple(c for c in corpus if take_of(c.key) % 2 == odd))


def take_of(key: str) -> int:
    """Return the number at the end of a clip's key (``7_theo_12``: 12), or the key's CRC-32."""
    match = re.search(r"(\d+)$", key)
    return int(match[1]) if match else zlib.crc32(key.encode())
