"""A handful of real recordings that ship with the course, to stand beside what models make.

Chapter: chapters/00-start/01-hear-it-first.ipynb

They are from the Free Spoken Digit Dataset (Jackson et al., DOI 10.5281/zenodo.1342401, CC BY-SA
4.0), from the takes on which nothing is trained: ten digits by one speaker, and one digit by six.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile as sf

from aigc_edu.corpora.base import DIGITS, CorpusError
from aigc_edu.paths import data_dir

RECORDING_RATE = 8_000  # Hz, of all of them


def recordings() -> tuple[tuple[str, str], ...]:
    """Return digit and speaker of each recording that is there, as ``("seven", "george")``."""
    stems = sorted(path.stem.split("_") for path in _folder().glob("*.flac"))
    return tuple((DIGITS[int(digit)], speaker) for digit, speaker in stems)


def recording(digit: str | int, speaker: str = "george") -> np.ndarray:
    """Return one real recording of a spoken digit.

    Parameters
    ----------
    digit
        ``"zero"`` to ``"nine"``, or 0 to 9.
    speaker
        ``"george"`` has all ten; of ``"seven"`` there are all six speakers of the corpus.

    Returns
    -------
    numpy.ndarray
        Shape (N,), float64 in [-1, 1], at ``RECORDING_RATE``: as it was recorded, not levelled.

    Raises
    ------
    CorpusError
        If there is no such recording; the text lists those that there are.
    """
    word = DIGITS[digit] if isinstance(digit, int) and 0 <= digit < len(DIGITS) else digit
    if (word, speaker) not in recordings():
        there = ", ".join(f"{word} by {speaker}" for word, speaker in recordings())
        raise CorpusError(f"no recording of {digit!r} by {speaker!r} ships; there are: {there}")
    path = _folder() / f"{DIGITS.index(str(word))}_{speaker}.flac"
    return sf.read(path, dtype="float64")[0]


def _folder() -> Path:
    return data_dir() / "recordings"
