"""The ear's bands and the bands of slow changes: cosines that lie side by side on a scale.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb

References
----------
B. R. Glasberg, B. C. J. Moore (1990), *Derivation of auditory filter shapes from notched-noise
data*: the scale on which each of the ear's filters is one wide.
J. H. McDermott, E. P. Simoncelli (2011), *Sound texture perception via statistics of the auditory
periphery*, Neuron 71: filters that are halves of cosines on it.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError

LOWEST = 60.0  # Hz, the centre of the lowest band


def erb_number(frequency: np.ndarray | float) -> np.ndarray:
    """Return frequencies in Hz on the ear's scale, ``21.4 log10(1 + 0.00437 f)``."""
    return 21.4 * np.log10(1 + 0.00437 * np.asarray(frequency, float))


def erb_frequency(number: np.ndarray | float) -> np.ndarray:
    """Undo :func:`erb_number`."""
    return (10 ** (np.asarray(number, float) / 21.4) - 1) / 0.00437


def centres_of(rate: float, bands: int) -> np.ndarray:
    """Return the bands' centres in Hz, (bands,), even on the ear's scale up to 0.45 of the rate."""
    if bands < 2:
        raise InvalidValueError(f"there must be 2 bands or more, got {bands}")
    return erb_frequency(np.linspace(erb_number(LOWEST), erb_number(0.45 * rate), bands))


def band_filters(frequencies: np.ndarray, rate: float, bands: int) -> np.ndarray:
    """Return the gain of each of the ear's bands, (bands, F), at frequencies in Hz, (F,).

    Half a cosine, from the centre of the band below to that of the band above. The lowest band
    takes all that lies below it, too, and the highest all above, so that the squares of all gains
    add up to 1 everywhere: the bands' powers are the sound's.
    """
    return side_by_side(erb_number(frequencies), erb_number(centres_of(rate, bands)))


def side_by_side(places: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return cosines about even centres (K,) at places (F,), shape (K, F); squares add up to 1."""
    apart = (np.asarray(places, float) - centres[:, None]) / (centres[1] - centres[0])
    apart[0] = np.maximum(apart[0], 0)
    apart[-1] = np.minimum(apart[-1], 0)
    return np.cos(np.pi / 2 * np.clip(apart, -1, 1))
