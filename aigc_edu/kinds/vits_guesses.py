"""A first guess of where each phoneme is, without a network: what VITS's search may begin with.

Chapter: chapters/05-tokens/05-vits-durations-to-sound.ipynb

The flat start of speech recognisers (Young et al. 2006, "The HTK book", section 3.2): all symbols
of a text get equally many frames; of each symbol's frames, in all clips, the mean is taken; the
search finds the best alignment by these means; and so on. Blanks have no sound of their own, and
take no part.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor

from aigc_edu.dsp import mel_filterbank
from aigc_edu.kinds.vits_clips import Prepared
from aigc_edu.models.vits import VITSConfig, linear_spectra
from aigc_edu.nn.alignment import search_alignment
from aigc_edu.text import BLANK

ROUNDS = 8
BANDS, CEPSTRA = 40, 13
FLOOR = 1e-4  # of a band's power


def guess_durations(
    prepared: Sequence[Prepared], config: VITSConfig, rounds: int = ROUNDS
) -> list[Tensor]:
    """Return guessed frames of each symbol that the network is given, blanks 0, int64 (N,) each.

    Parameters
    ----------
    prepared
        Clips; the more there are, the better is the guess.
    config
        Of the network.
    rounds
        How often means and alignments are found.
    """
    own = [_sounding(one, config) for one in prepared]
    features = _standardised([_features(one, config) for one in prepared])
    durations = [
        _even(int(mine.sum()), one.frames) for mine, one in zip(own, prepared, strict=True)
    ]
    symbols = [one.symbols.numpy()[mine] for mine, one in zip(own, prepared, strict=True)]
    for _ in range(rounds):
        means, spread = _statistics(symbols, features, durations, len(config.symbols))
        durations = [
            search_alignment(_scores(means[numbers], spread, f))
            for numbers, f in zip(symbols, features, strict=True)
        ]
    return [_among(mine, found) for mine, found in zip(own, durations, strict=True)]


def _sounding(one: Prepared, config: VITSConfig) -> np.ndarray:
    """Return which symbols are no blanks, (N,)."""
    if not config.blanks:
        return np.ones(len(one.symbols), bool)
    return one.symbols.numpy() != config.symbols.index(BLANK)


def _features(one: Prepared, config: VITSConfig) -> np.ndarray:
    """Return mel cepstra and their slopes, (2 CEPSTRA, T)."""
    waves = torch.from_numpy(one.samples(config.hop))[None]
    spectrum = linear_spectra(waves, config.frame, config.hop)[0].numpy()
    levels = np.log(mel_filterbank(config.rate, config.frame, BANDS) @ spectrum**2 + FLOOR)
    cepstra = dct(levels, axis=0)[:CEPSTRA]
    wide = np.pad(cepstra, ((0, 0), (2, 2)), mode="edge")
    slopes = wide[:, 4:] - wide[:, :-4] + (wide[:, 3:-1] - wide[:, 1:-3]) / 2
    return np.concatenate([cepstra, slopes])


def _standardised(features: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return features with the mean 0 and the deviation 1 over all clips, float32."""
    count = sum(f.shape[1] for f in features)
    mean = sum(f.sum(axis=1) for f in features) / count
    power = sum((f**2).sum(axis=1) for f in features) / count
    spread = np.sqrt(np.maximum(power - mean**2, 1e-8))
    return [((f - mean[:, None]) / spread[:, None]).astype(np.float32) for f in features]


def _even(symbols: int, frames: int) -> np.ndarray:
    return np.diff(np.round(np.linspace(0, frames, symbols + 1))).astype(np.int64)


def _statistics(
    symbols: Sequence[np.ndarray],
    features: Sequence[np.ndarray],
    durations: Sequence[np.ndarray],
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each symbol's mean (count, D), and the variance around them (D,), one for all."""
    numbers = np.concatenate([np.repeat(n, d) for n, d in zip(symbols, durations, strict=True)])
    f = np.concatenate(features, axis=1).T.astype(np.float64)  # (frames, D)
    sums = np.zeros((count, f.shape[1]))
    np.add.at(sums, numbers, f)
    means = sums / np.maximum(1, np.bincount(numbers, minlength=count))[:, None]
    return means, np.maximum(((f - means[numbers]) ** 2).mean(axis=0), 1e-3)


def _scores(means: np.ndarray, spread: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Return log-densities up to a number for each frame, (N, T)."""
    scaled = means / spread  # (N, D)
    return scaled @ f - 0.5 * (scaled * means).sum(axis=1, keepdims=True)


def _among(sounding: np.ndarray, durations: np.ndarray) -> Tensor:
    """Return durations with zeros for blanks, (N,)."""
    whole = np.zeros(len(sounding), np.int64)
    whole[sounding] = durations
    return torch.from_numpy(whole)
