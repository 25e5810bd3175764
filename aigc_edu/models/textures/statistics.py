"""Statistics of a texture: of the envelopes of the ear's bands, each by itself and in pairs.

Chapter: chapters/06-product/16-close-to-the-ear.ipynb

Reference: J. H. McDermott, E. P. Simoncelli (2011), *Sound texture perception via statistics of the
auditory periphery*, Neuron 71, 926-940. A smaller set than theirs: no kurtosis, fewer bands, no
correlations between bands of changes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.textures.bands import band_filters, side_by_side

BANDS, CHANGES = 20, 6  # of the ear; of how fast envelopes change, an octave each
POWER = 0.3  # to which envelopes are raised, as the ear presses loud and soft together
RATE = 400  # Hz of the envelopes
SLOWEST = 2.0  # Hz, the centre of the lowest band of changes
_LEAST = 1e-4  # added to squared envelopes: a power has a slope without end at 0


class Statistics(NamedTuple):
    """What is kept of a texture.

    Attributes
    ----------
    mean
        Of each band's envelope, shape (K,): the spectrum.
    spread
        Variance divided by the squared mean, (K,): how much a band's level changes.
    skew
        Third moment of the standardised envelope, (K,): whether it is soft with a few loud moments.
    together
        Correlations of the bands' envelopes, (K, K): whether they rise at the same moments.
    changes
        Share of an envelope's variance at changes of about 2, 4, ... 64 Hz, (K, 6).
    """

    mean: Tensor
    spread: Tensor
    skew: Tensor
    together: Tensor
    changes: Tensor


def envelopes(x: Tensor, rate: int, bands: int = BANDS) -> Tensor:
    """Return how loud each of the ear's bands is, moment by moment.

    A band is cut out by its gains on the whole spectrum; without the negative frequencies, its size
    is the envelope. It is raised to 0.3 and brought to 400 values a second.

    Parameters
    ----------
    x
        Shape (N,), of a root mean square of about 1, taken as a loop.
    rate
        Sampling rate in Hz.
    bands
        K.

    Returns
    -------
    Tensor
        Shape (K, M), M = 400 N / rate, rounded.
    """
    if x.ndim != 1 or len(x) < rate // 4:
        raise InvalidValueError(
            f"a texture has the shape (N,) and a quarter of a second or more, got {tuple(x.shape)}"
        )
    spectrum = torch.fft.rfft(x)
    filters = _filters(len(x), rate, bands).to(x.dtype)
    one_sided = torch.zeros(bands, len(x), dtype=spectrum.dtype)
    one_sided[:, : spectrum.shape[-1]] = 2 * filters * spectrum
    analytic = torch.fft.ifft(one_sided)
    power = analytic.real.square() + analytic.imag.square()
    slow = torch.fft.rfft((power + _LEAST) ** (POWER / 2))
    count = round(RATE * len(x) / rate)
    kept = torch.fft.irfft(slow[:, : count // 2 + 1], count)
    return kept * (count / len(x))


@lru_cache(maxsize=4)
def _filters(count: int, rate: int, bands: int) -> Tensor:
    gains = band_filters(np.fft.rfftfreq(count, 1 / rate), rate, bands)
    gains[:, 0] = 0  # what stands still is no sound
    return torch.from_numpy(gains)


def statistics_of(x: Tensor, rate: int, bands: int = BANDS) -> Statistics:
    """Return the statistics of a texture, through which gradients flow.

    They are those of the sound at a root mean square of 1, however loud it is.

    Parameters
    ----------
    x, rate, bands
        As for :func:`envelopes`.
    """
    e = envelopes(x / (x.square().mean().sqrt() + 1e-12), rate, bands)
    mean = e.mean(dim=1)
    off = e - mean[:, None]
    variance = off.square().mean(dim=1) + 1e-12
    standard = off / variance.sqrt()[:, None]
    power = torch.fft.rfft(standard).abs().square()
    filters = _changes(e.shape[1]).to(e.dtype)
    share = 2 * power @ filters.square().T / e.shape[1] ** 2
    return Statistics(
        mean,
        variance / mean.square(),
        standard.pow(3).mean(dim=1),
        standard @ standard.T / e.shape[1],
        share,
    )


@lru_cache(maxsize=4)
def _changes(count: int) -> Tensor:
    """Return the gains of the bands of changes, (6, frequencies): cosines, an octave apart."""
    f = np.fft.rfftfreq(count, 1 / RATE)
    octave = np.log2(np.maximum(f, 1e-6) / SLOWEST)
    gains = side_by_side(octave, np.arange(CHANGES, dtype=float))
    gains[:, 0] = 0
    return torch.from_numpy(gains)


def farness(found: Statistics, wanted: Statistics) -> dict[str, Tensor]:
    """Return how far off each kind of statistics is: squared errors divided by squared numbers.

    Parameters
    ----------
    found, wanted
        With as many bands.

    Returns
    -------
    dict
        A number for each kind: 0 if all is as wanted, 1 for as much error as there is to tell. Of
        correlations only those of two different bands count.
    """
    off = {}
    for name, got, goal in zip(Statistics._fields, found, wanted, strict=True):
        if name == "together":
            keep = ~torch.eye(len(goal), dtype=torch.bool)
            got, goal = got[keep], goal[keep]
        off[name] = (got - goal).square().sum() / (goal.square().sum() + 1e-12)
    return off
