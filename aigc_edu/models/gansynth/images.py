"""From a note to the two images that GANSynth learns from, and back.

Chapter: chapters/04-adversarial/06-instantaneous-frequency.ipynb

References
----------
J. Engel et al. (2019), *GANSynth: adversarial neural audio synthesis*, arXiv:1902.08710.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from aigc_edu.dsp import from_mel_if, istft, mel_bands, stft, to_mel_if, window
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.gansynth.config import GANSynthConfig

_bands = lru_cache(mel_bands)
_SILENT = -50.0  # nepers: no float32 sample hears of it


def image_of(x: np.ndarray, config: GANSynthConfig) -> np.ndarray:
    """Return a note as an image of two channels, both in [-1, 1].

    Channel 0 is the log magnitude, from ``config.quietest`` to 0 dB; channel 1 is the instantaneous
    frequency in half turns a hop. Where nothing sounds it is set to 0, and so is its first column:
    no ear misses the phase in which a note begins.

    Parameters
    ----------
    x
        Shape (N,), real, within [-1, 1]; cut or filled up with silence to ``config.length``.
    config
        Frames, hop, bands and bottom.

    Returns
    -------
    ndarray
        float32, shape (2, bands, frames).
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 1:
        raise InvalidValueError(f"expected a note of shape (N,), got {x.shape}")
    x = np.pad(x[: config.length], (0, max(0, config.length - len(x))))
    nepers, turned = _bands_of(x, config)
    height = np.clip(1 - 2 * (20 * nepers / np.log(10)) / config.quietest, -1, 1)
    sounding = height > -1
    sounding[:, 0] = False
    return np.stack([height, np.where(sounding, turned, 0)]).astype(np.float32)


def sound_of(image: np.ndarray, config: GANSynthConfig) -> np.ndarray:
    """Return the sound that an image stands for, without guessing a phase.

    A band spreads over bins, and frames made of bands don't quite agree where they overlap: the
    sound would be some 3 dB too quiet. So its bands are measured, and what they lack or have too
    much, at most 1 neper, is put right once.

    Parameters
    ----------
    image
        Shape (2, bands, frames), as :func:`image_of` makes them; the first column's instantaneous
        frequency is taken for 0.
    config
        As it was given to :func:`image_of`.

    Returns
    -------
    ndarray
        float64, shape (config.length,), within [-1, 1].
    """
    image = np.asarray(image, np.float64)
    if image.shape != (2, config.bands, config.frames):
        raise InvalidValueError(
            f"expected an image of shape (2, {config.bands}, {config.frames}), got {image.shape}"
        )
    nepers = config.quietest * (1 - image[0]) / 2 * np.log(10) / 20
    nepers = np.where(image[0] > -1, nepers, _SILENT)
    turned = np.where(np.arange(config.frames) > 0, image[1], 0)
    first = _waveform(nepers, turned, config)
    heard = _bands_of(first, config)[0]  # of overlapping frames that don't quite agree
    better = nepers + np.where(image[0] > -1, np.clip(nepers - heard, -1, 1), 0)
    return np.clip(_waveform(better, turned, config), -1, 1)


def _waveform(nepers: np.ndarray, turned: np.ndarray, config: GANSynthConfig) -> np.ndarray:
    filters, full = _filters(config)
    X = np.pad(full * from_mel_if(nepers, turned, filters), ((0, 0), (0, 1)))
    return istft(X, config.hop, length=config.length)


def _bands_of(x: np.ndarray, config: GANSynthConfig) -> tuple[np.ndarray, np.ndarray]:
    filters, full = _filters(config)
    X = stft(x, config.frame, config.hop)[:, : config.frames] / full
    return to_mel_if(X, filters, 10 ** (config.quietest / 20))


def _filters(config: GANSynthConfig) -> tuple[np.ndarray, float]:
    """Return the filters, and the magnitude of a band that holds a sine of amplitude 1."""
    g = window("hann", config.frame)
    return _bands(config.rate, config.frame, config.bands), float(g.sum() / 2)
