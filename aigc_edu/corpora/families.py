"""What one small generator of each family plays, as it ships with the course.

Chapter: chapters/00-start/01-hear-it-first.ipynb

Each has learned the same instrument, five wooden bars, within the same number of multiplications;
``python tools/family_sounds.py`` makes the files.
"""

from __future__ import annotations

import numpy as np
import soundfile as sf

from aigc_edu.corpora.base import CorpusError
from aigc_edu.paths import data_dir

FAMILIES = (
    "instrument",
    "autoregressive",
    "adversarial",
    "variational",
    "flow",
    "diffusion",
    "tokens",
)
FAMILY_RATE = 4_000  # Hz


def family_sound(name: str) -> np.ndarray:
    """Return sixteen taps by a family's generator, or by the instrument that it learned.

    Parameters
    ----------
    name
        One of ``FAMILIES``.

    Returns
    -------
    numpy.ndarray
        Shape (N,), float64 in [-1, 1], at ``FAMILY_RATE``.

    Raises
    ------
    CorpusError
        If there is no such family.
    """
    if name not in FAMILIES:
        raise CorpusError(f"no family {name!r}; there are: {', '.join(FAMILIES)}")
    return sf.read(data_dir() / "families" / f"{name}.flac", dtype="float64")[0]
