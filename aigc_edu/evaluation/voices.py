"""Whose voice is it? A distance between voices, and between instruments, without a network.

Chapter: chapters/05-tokens/03-audiolm.ipynb

A clip becomes the mean and the deviation of its mel-frequency cepstral coefficients (MFCC; Davis
and Mermelstein 1980: the cosine transform of the level in mel bands) over the frames that are loud;
the zeroth coefficient, its level, is left out. Voices are compared by Mahalanobis distances with
the covariance within voices, so that what varies with the word counts for little. References: Davis
and Mermelstein 1980, IEEE Transactions on Acoustics, Speech, and Signal Processing 28; Mahalanobis
1936.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.fft import dct

from aigc_edu.dsp import mel_spectrogram, to_db
from aigc_edu.errors import InvalidValueError

COEFFICIENTS = 19  # MFCC, after the zeroth
LOUD_DB = 30.0  # frames within so much of the loudest count
_BANDS = 40
_SHRINK = 0.1  # share of its own diagonal in the covariance


def voice_features(x: np.ndarray, rate: int) -> np.ndarray:
    """Return what a voice is known by: mean and deviation of its MFCC, float64 (38,).

    Parameters
    ----------
    x
        Waveform (N,), at least 32 ms. Its level does not matter.
    rate
        Sampling rate in Hz.

    Raises
    ------
    InvalidValueError
        If it is silent or too short: it is nobody's voice.
    """
    x = np.asarray(x, np.float64)
    frame = 2 ** round(np.log2(0.032 * rate))
    if x.ndim != 1 or len(x) < frame or not np.abs(x).max() > 0:
        raise InvalidValueError(f"expected a sound of {frame} samples or more, got {x.shape}")
    power = mel_spectrogram(x / np.abs(x).max(), rate, frame, frame // 4, _BANDS)  # (bands, T)
    total = power.sum(axis=0)
    loud = power[:, total >= total.max() * 10 ** (-LOUD_DB / 10)]
    cepstrum = dct(to_db(loud), axis=0, norm="ortho")[1 : COEFFICIENTS + 1]
    return np.concatenate([cepstrum.mean(axis=1), cepstrum.std(axis=1)])


class Voices:
    """Known voices, and how far a clip is from each.

    Parameters
    ----------
    clips
        For each voice waveforms (N,), at least two.
    rate
        Their sampling rate in Hz.

    Attributes
    ----------
    names
        Of the voices, sorted.
    """

    def __init__(self, clips: Mapping[str, Sequence[np.ndarray]], rate: int) -> None:
        if len(clips) < 2 or min(len(own) for own in clips.values()) < 2:
            raise InvalidValueError("expected two voices at least, with two clips each")
        self.names, self.rate = sorted(clips), rate
        sets = [np.stack([voice_features(x, rate) for x in clips[name]]) for name in self.names]
        self.means = np.stack([rows.mean(axis=0) for rows in sets])  # (V, D)
        within = np.concatenate([rows - rows.mean(axis=0) for rows in sets])
        covariance = within.T @ within / max(1, len(within) - len(sets))
        diagonal = np.diag(np.diag(covariance) + 1e-6)
        self.weights = np.linalg.inv((1 - _SHRINK) * covariance + _SHRINK * diagonal)

    def distances(self, x: np.ndarray) -> dict[str, float]:
        """Return the Mahalanobis distance of a waveform (N,) from each voice, by its name."""
        off = self.means - voice_features(x, self.rate)
        far = np.sqrt(np.einsum("vd,de,ve->v", off, self.weights, off))
        return dict(zip(self.names, far.tolist(), strict=True))

    def nearest(self, x: np.ndarray) -> str:
        """Return the name of the voice that a waveform (N,) is nearest to."""
        far = self.distances(x)
        return min(far, key=far.__getitem__)
