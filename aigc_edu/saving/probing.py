"""What an encoder does to the level, asked of the encoder itself.

LAME makes what it codes with an average bit rate softer, by half a decibel at most of them, so that
decoders clip less. A file that is to have a certain loudness must not: the writer makes up for it.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import soundfile as sf

_SECONDS, _FREQUENCY, _AMPLITUDE = 0.6, 440.0, 0.3


@cache
def level_after(
    container: str, subtype: str | None, rate: int, options: tuple[tuple[str, object], ...]
) -> float:
    """Return by which factor a tone comes back from an encoder, rounded to hundredths.

    Parameters
    ----------
    container, subtype
        libsndfile's names.
    rate
        Sampling rate in Hz.
    options
        What soundfile is told besides, as pairs.

    Returns
    -------
    float
        About 1. What is rounded off is what coding does to a single tone.
    """
    t = np.arange(round(_SECONDS * rate)) / rate
    x = _AMPLITUDE * np.sin(2 * np.pi * _FREQUENCY * t)
    store = io.BytesIO()
    with sf.SoundFile(
        store, "w", rate, 1, subtype=subtype, format=container, **dict(options)
    ) as file:
        file.write(x)
    store.seek(0)
    y, _ = sf.read(store)
    count = min(len(x), len(y))
    wave = np.exp(-2j * np.pi * _FREQUENCY * t[:count]) * np.hanning(count)
    return round(float(abs(wave @ y[:count]) / abs(wave @ x[:count])), 2)
