"""Struck things: a plate of some material rings in modes, and whoever strikes it chooses which.

Chapter: chapters/06-product/15-effects.ipynb

References
----------
A. W. Leissa (1969), *Vibration of plates*: the frequencies of a rectangle supported at its edges.
K. van den Doel, P. G. Kry, D. K. Pai (2001), *FoleyAutomatic: physically-based sound effects for
interactive simulation and animation*: a thing as a bank of modes, which a force excites.
R. L. Klatzky, D. K. Pai, E. P. Krotkov (2000), *Perception of material from contact sounds*: an ear
knows a material by how fast its modes die away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aigc_edu.dsp._validate import finite_samples, positive
from aigc_edu.errors import InvalidValueError

SOFTEST, HARDEST = 4e-3, 5e-5  # seconds that a fingertip and a steel ball touch
_FALL = np.log(1e3)  # 60 dB, as an exponent
_LONGEST = 4.0  # seconds that a mode is computed at most


class Material(NamedTuple):
    """What a plate is made of.

    Attributes
    ----------
    stiffness
        Young's modulus E in pascals.
    density
        rho in kilograms a cubic metre.
    poisson
        nu, how much it gets narrower as it is stretched.
    loss
        eta, the share of its energy that a swing loses in a radian.
    """

    stiffness: float
    density: float
    poisson: float
    loss: float


# Round numbers of the usual size; the losses are those of a piece that is held and sounds in air.
MATERIALS = {
    "wood": Material(11e9, 600.0, 0.35, 0.02),
    "plastic": Material(2.5e9, 1100.0, 0.4, 0.05),
    "stone": Material(50e9, 2700.0, 0.2, 0.01),
    "glass": Material(65e9, 2500.0, 0.23, 0.004),
    "steel": Material(200e9, 7850.0, 0.29, 0.002),
}


class Modes(NamedTuple):
    """The modes of a thing, each of them a sine that dies away.

    Attributes
    ----------
    frequencies
        In Hz, shape (K,).
    seconds
        In which each falls by 60 dB, shape (K,).
    gains
        How strongly each answers, shape (K,).
    """

    frequencies: np.ndarray
    seconds: np.ndarray
    gains: np.ndarray


def plate_modes(
    material: str,
    sides: Sequence[float],
    thickness: float,
    strike: Sequence[float] = (0.4, 0.3),
    highest: float = 10_000.0,
    most: int = 80,
) -> Modes:
    """Return the modes of a rectangular plate that rests on its edges, struck at a place.

    ``f = (pi / 2) h sqrt(E / (12 rho (1 - nu^2))) (m^2 / a^2 + n^2 / b^2)`` for m, n = 1, 2, ...
    (Leissa 1969). A mode falls by 60 dB in ``ln(1000) / (pi eta f)`` seconds, and answers as far
    as it moves where it is struck, ``sin(pi m x) sin(pi n y)``.

    Parameters
    ----------
    material
        One of ``MATERIALS``.
    sides
        a and b in metres.
    thickness
        h in metres.
    strike
        x and y, as shares of the sides, 0 ... 1.
    highest
        In Hz; what lies above it is left out.
    most
        The K lowest modes are kept.

    Raises
    ------
    InvalidValueError
        If there is no such material, a length isn't above 0, or the strike misses the plate.
    """
    if material not in MATERIALS:
        raise InvalidValueError(f"material is one of {', '.join(MATERIALS)}, not {material!r}")
    a, b = (positive(side, "sides") for side in sides)
    stiff, density, poisson, loss = MATERIALS[material]
    scale = np.pi / 2 * positive(thickness, "thickness")
    scale *= np.sqrt(stiff / (12 * density * (1 - poisson**2)))
    reach = [max(1, int(side * np.sqrt(highest / scale))) for side in (a, b)]
    m, n = (grid.ravel() for grid in np.meshgrid(*(np.arange(1, r + 1) for r in reach)))
    frequencies = scale * ((m / a) ** 2 + (n / b) ** 2)
    order = np.argsort(frequencies, kind="stable")
    order = order[frequencies[order] <= highest][:most]
    x, y = _on_the_plate(strike)
    gains = np.sin(np.pi * m * x) * np.sin(np.pi * n * y)
    frequencies = frequencies[order]
    return Modes(frequencies, _FALL / (np.pi * loss * frequencies), gains[order])


def contact_pulse(hardness: float, rate: float) -> np.ndarray:
    """Return the push of a striker against time: half a sine, the shorter the harder it is.

    It lasts 4 ms for a hardness of 0, 0.05 ms for 1, and in equal ratios between: a pulse of
    length T excites little above 1 / T.

    Parameters
    ----------
    hardness
        From 0, a fingertip, to 1, a steel ball.
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (N,), of sum 1: the same blow, whatever its length.
    """
    if not 0 <= hardness <= 1:
        raise InvalidValueError(f"hardness must lie from 0 to 1, got {hardness}")
    length = SOFTEST * (HARDEST / SOFTEST) ** hardness * positive(rate, "rate")
    edges = np.minimum(np.arange(int(np.ceil(length)) + 1) / length, 1)
    push = -np.diff(np.cos(np.pi * edges)) / 2  # exact means: shorter than a sample is a sample
    return push


def ring(modes: Modes, rate: float, seconds: float | None = None) -> np.ndarray:
    """Return what a thing does after a blow that is over at once: all its modes together.

    ``x[t] = sum_k g_k sin(2 pi f_k t / rate) exp(-ln(1000) t / (T_k rate))``.

    Parameters
    ----------
    modes
        Those above half the rate are silent.
    rate
        Sampling rate in Hz.
    seconds
        By default until the longest mode has fallen by 60 dB, at most 4.

    Returns
    -------
    ndarray
        float64, shape (N,), N >= 1.
    """
    if seconds is None:
        seconds = min(_LONGEST, float(max(modes.seconds, default=0.0)))
    t = np.arange(max(1, round(seconds * positive(rate, "rate")))) / rate
    x = np.zeros(len(t))
    for frequency, lasting, gain in zip(*modes, strict=True):
        if frequency < rate / 2:
            stop = min(len(t), int(1.5 * lasting * rate) + 1)  # 90 dB down
            u = t[:stop]
            x[:stop] += gain * np.sin(2 * np.pi * frequency * u) * np.exp(-_FALL * u / lasting)
    return x


def struck(modes: Modes, hardness: float, rate: float, seconds: float | None = None) -> np.ndarray:
    """Return the sound of a thing that is struck: :func:`ring`, convolved with the push.

    Parameters
    ----------
    modes, seconds
        As for :func:`ring`.
    hardness
        As for :func:`contact_pulse`.
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (N,).
    """
    return np.convolve(finite_samples(ring(modes, rate, seconds)), contact_pulse(hardness, rate))


def _on_the_plate(strike: Sequence[float]) -> tuple[float, float]:
    x, y = (float(share) for share in strike)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise InvalidValueError(f"a strike is two shares of the sides, 0 to 1, got {strike}")
    return x, y
