"""A voice from its parts: pulses of air, and a mouth that resonates.

Chapter: chapters/01-sound-as-numbers/04-making-sounds.ipynb

References
----------
G. Fant (1960), *Acoustic theory of speech production*.
A. E. Rosenberg (1971), *Effect of glottal pulse shape on the quality of natural vowels*.
G. E. Peterson, H. L. Barney (1952), *Control methods used in a study of the vowels*, table II.
D. H. Klatt (1980), *Software for a cascade/parallel formant synthesizer*, table I.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.dsp.filters import filter_signal, resonator
from aigc_edu.dsp.synthesis import additive
from aigc_edu.errors import InvalidValueError

# Mean formants F1, F2, F3 in Hz of the vowels in heed, hid, head, had, hod, hawed, hood, who'd, hud
# and heard, by men, women and children: Peterson and Barney 1952, table II.
PETERSON_BARNEY: dict[str, dict[str, tuple[int, int, int]]] = {
    "man": {
        "i": (270, 2290, 3010),
        "ɪ": (390, 1990, 2550),
        "ɛ": (530, 1840, 2480),
        "æ": (660, 1720, 2410),
        "ɑ": (730, 1090, 2440),
        "ɔ": (570, 840, 2410),
        "ʊ": (440, 1020, 2240),
        "u": (300, 870, 2240),
        "ʌ": (640, 1190, 2390),
        "ɝ": (490, 1350, 1690),
    },
    "woman": {
        "i": (310, 2790, 3310),
        "ɪ": (430, 2480, 3070),
        "ɛ": (610, 2330, 2990),
        "æ": (860, 2050, 2850),
        "ɑ": (850, 1220, 2810),
        "ɔ": (590, 920, 2710),
        "ʊ": (470, 1160, 2680),
        "u": (370, 950, 2670),
        "ʌ": (760, 1400, 2780),
        "ɝ": (500, 1640, 1960),
    },
    "child": {
        "i": (370, 3200, 3730),
        "ɪ": (530, 2730, 3600),
        "ɛ": (690, 2610, 3570),
        "æ": (1010, 2320, 3320),
        "ɑ": (1030, 1370, 3170),
        "ɔ": (680, 1060, 3180),
        "ʊ": (560, 1410, 3310),
        "u": (430, 1170, 3260),
        "ʌ": (850, 1590, 3360),
        "ɝ": (560, 1820, 2160),
    },
}
_BANDWIDTHS = (50.0, 70.0, 110.0, 250.0, 200.0)  # Hz, of F1 ... F5: Klatt 1980, table I
_HARMONICS = 512  # samples of a pulse from which its harmonics are computed, for each one wanted


def glottal_pulses(
    frequency: float | np.ndarray,
    duration: float,
    rate: float,
    opening: float = 0.4,
    closing: float = 0.16,
) -> np.ndarray:
    """Return the flow of air through the vocal folds, pulse after pulse, without aliases.

    In a period, from 0 to 1, the flow is ``(1 - cos(pi u / opening)) / 2`` while the folds open,
    then ``cos(pi (u - opening) / (2 closing))`` while they close, then 0 (Rosenberg 1971). It
    is made as the sum of its harmonics below ``rate / 2`` (see :func:`aigc_edu.dsp.additive`).

    Parameters
    ----------
    frequency
        In Hz, above 0; a number, or one for each sample, shape (N,).
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    opening, closing
        Shares of the period, above 0, together at most 1. A shorter closing sounds brighter.

    Returns
    -------
    ndarray
        float64, shape (N,), from about 0 (closed) to about 1 (open).
    """
    if not (opening > 0 and closing > 0 and opening + closing <= 1):
        raise InvalidValueError(
            f"opening and closing must be above 0 and at most 1 together, got {opening}, {closing}"
        )
    lowest = np.min(finite_samples(np.atleast_1d(frequency), "frequency"))
    count = max(1, int(positive(rate, "rate") / 2 / positive(lowest, "frequency")))
    amplitudes, phases, mean = _pulse_harmonics(count, opening, closing)
    return mean + additive(frequency, amplitudes, duration, rate, phases)


def vowel(
    formants: Sequence[float],
    frequency: float | np.ndarray,
    duration: float,
    rate: float,
    bandwidths: Sequence[float] | None = None,
    amplitude: float = 0.5,
) -> np.ndarray:
    """Return a sung vowel: glottal pulses, radiated by the lips, through one resonance a formant.

    The source-filter theory (Fant 1960): the difference of neighbouring samples of
    :func:`glottal_pulses` (the radiation) goes through :func:`aigc_edu.dsp.resonator` for each
    formant, one after the other.

    Parameters
    ----------
    formants
        Frequencies F1, F2, ... of the resonances in Hz, between 0 and ``rate / 2``; one at least.
        ``PETERSON_BARNEY["man"]["ɑ"]``, for instance. A fourth and a fifth formant, such as 3300
        and 3750 Hz (Klatt 1980), make it brighter.
    frequency
        Of the pulses, in Hz, as in :func:`glottal_pulses`.
    duration, rate
        As in :func:`aigc_edu.dsp.sample_times`.
    bandwidths
        Of the resonances in Hz, as many as there are formants; by default 50, 70, 110, 250, 200
        (Klatt 1980, table I) for the first five, and 250 for more.
    amplitude
        The largest magnitude.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    formants = finite_samples(np.atleast_1d(formants), "formants")
    if bandwidths is None:
        bandwidths = (*_BANDWIDTHS, *[250.0] * len(formants))[: len(formants)]
    if len(bandwidths) != len(formants):
        raise InvalidValueError(f"{len(formants)} formants, but {len(bandwidths)} bandwidths")
    flow = glottal_pulses(frequency, duration, rate)
    x = np.diff(flow, prepend=flow[0])
    for formant, bandwidth in zip(formants, bandwidths, strict=True):
        x = filter_signal(*resonator(formant, bandwidth, rate), x)
    return amplitude * x / np.abs(x).max()


def _pulse_harmonics(
    count: int, opening: float, closing: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return amplitudes and phases, both (count,), of the sines that make a pulse, and its mean."""
    u = np.arange(_HARMONICS * count) / (_HARMONICS * count)  # one period
    pulse = np.where(
        u < opening,
        (1 - np.cos(np.pi * u / opening)) / 2,
        np.where(u < opening + closing, np.cos(np.pi * (u - opening) / (2 * closing)), 0.0),
    )
    lines = np.fft.rfft(pulse)[: count + 1] / len(u)
    # cos(a + angle) = sin(a + angle + pi / 2)
    return 2 * np.abs(lines[1:]), np.angle(lines[1:]) + np.pi / 2, float(lines[0].real)
