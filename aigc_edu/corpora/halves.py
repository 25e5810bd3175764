"""Two halves of a corpus without a clip in common: two judges learn from different clips."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

from aigc_edu.corpora.base import Corpus, Split
from aigc_edu.errors import InvalidValueError

HALVES = ("even", "odd")


def half(corpus: Corpus, which: str, by: str = "take") -> Corpus:
    """Return the clips of one half.

    Parameters
    ----------
    corpus
        What is halved.
    which
        ``"even"`` or ``"odd"``.
    by
        ``"take"``: by the number of the clip's take (:func:`take_of`).
        ``"speaker"``: the speakers in order, every second one from the first (even) or from the
        second (odd).

    Raises
    ------
    InvalidValueError
        If there is no such half or no such way to halve.
    """
    if which not in HALVES or by not in ("take", "speaker"):
        raise InvalidValueError(f"halve 'even' or 'odd', by 'take' or 'speaker'; got {which}, {by}")
    odd = which == "odd"
    if by == "speaker":
        chosen = set(corpus.speakers[odd::2])
        keep = [clip for clip in corpus if clip.speaker in chosen]
    else:
        keep = [clip for clip in corpus if take_of(clip.key) % 2 == odd]
    return replace(corpus, clips=tuple(keep))


def training_half(split: Split, which: str) -> Corpus:
    """Return half of the training part: of its speakers where none of them is in the test part.

    Where the same speakers are in all parts, it is the clips with an even or an odd take. See
    :func:`half`.
    """
    apart = set(split.train.speakers).isdisjoint(split.test.speakers)
    return half(split.train, which, "speaker" if apart else "take")


def take_of(key: str) -> int:
    """Return the number at the end of a clip's key (``7_theo_12``: 12), or the key's CRC-32."""
    match = re.search(r"(\d+)$", key)
    return int(match[1]) if match else zlib.crc32(key.encode())
