"""Scores of notes: are they in tune, how far from real ones, how different from each other.

Chapter: chapters/04-adversarial/07-gansynth.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aigc_edu.dsp import mel_spectrogram, midi_to_hz, to_db, yin
from aigc_edu.errors import InvalidValueError

QUARTER_TONE = 50.0  # cents
_LOW, _HIGH = 60.0, 2000.0  # Hz between which pitches are looked for
_FRAME, _HOP = 2048, 512  # samples
_QUIET = 1e-3  # peak below which a note counts as silent
_BANDS, _PARTS = 24, 8  # of the features


def pitch_of_note(x: np.ndarray, rate: int) -> float:
    """Return the pitch of a note in Hz by YIN, or NaN if it is silent.

    The median over the frames whose level is within 20 dB of the loudest, so that neither the noise
    of the attack nor the end of the decay decides.

    Parameters
    ----------
    x
        Shape (N,), at least 2,048 samples.
    rate
        Sampling rate in Hz. Pitches are looked for from 60 to 2000 Hz.
    """
    x = np.asarray(x, np.float64)
    if np.abs(x).max() < _QUIET:
        return float("nan")
    heard = yin(x, rate, _LOW, _HIGH, _FRAME, _HOP)
    pieces = np.lib.stride_tricks.sliding_window_view(x, _FRAME)[::_HOP][: len(heard)]
    power = np.square(pieces).mean(axis=1)
    return float(np.median(heard[power >= power.max() / 100]))


def cents_off(clips: Sequence[np.ndarray], pitches: Sequence[int], rate: int) -> np.ndarray:
    """Return how many cents each note is above the pitch that was asked for.

    Parameters
    ----------
    clips
        n notes, each of shape (N,).
    pitches
        n MIDI numbers.
    rate
        Sampling rate in Hz.

    Returns
    -------
    ndarray
        float64, shape (n,); infinite for a silent note.
    """
    if len(clips) != len(pitches) or not len(clips):
        raise InvalidValueError(f"there are {len(clips)} notes for {len(pitches)} pitches")
    return _cents(np.array([pitch_of_note(x, rate) for x in clips]), pitches)


def in_tune(heard: np.ndarray, pitches: Sequence[int]) -> np.ndarray:
    """Return which pitches (n,) in Hz, NaN for silence, are within a quarter tone of those asked.

    Parameters
    ----------
    heard
        What a judge heard.
    pitches
        n MIDI numbers.

    Returns
    -------
    ndarray
        bool, shape (n,); silence is never in tune.
    """
    return np.abs(_cents(heard, pitches)) <= QUARTER_TONE


def _cents(heard: np.ndarray, pitches: Sequence[int]) -> np.ndarray:
    off = 1200 * np.log2(heard / midi_to_hz(np.asarray(pitches, float)))
    return np.where(np.isnan(off), np.inf, off)


def share_in_tune(clips: Sequence[np.ndarray], pitches: Sequence[int], rate: int) -> float:
    """Return the share of notes, 0 ... 1, within a quarter tone of what was asked for."""
    return float((np.abs(cents_off(clips, pitches, rate)) <= QUARTER_TONE).mean())


def note_features(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """Return what notes are compared by: their spectrum in mel bands as it changes.

    The level in 24 mel bands, in each of 8 equal parts of the note, in units of 10 dB, from -60 dB
    up (a full-scale sine has about 0). There is no network in it, so nothing that has been trained
    on such notes, and quiet bands count as much as loud ones.

    Returns
    -------
    ndarray
        float64, shape (n, 192).
    """
    return np.stack([_features(np.asarray(x, np.float64), rate) for x in clips])


def _features(x: np.ndarray, rate: int) -> np.ndarray:
    power = mel_spectrogram(x, rate, 1024, 256, _BANDS)
    frames = power.shape[1] // _PARTS * _PARTS
    if not frames:
        raise InvalidValueError(f"a note has 2,048 samples at least, got {len(x)}")
    parts = power[:, :frames].reshape(_BANDS, _PARTS, -1).mean(axis=2)
    return to_db(parts * (rate / 2 / _BANDS) / 256**2, -60).ravel() / 10


def timbre_held(
    features: np.ndarray, pitches: Sequence[int], who: Sequence[int | str]
) -> tuple[float, float]:
    """Return how far a source is from itself on the next key, and from others on the same key.

    A timbre is held while the pitch moves where the first is far below the second.

    Parameters
    ----------
    features
        n notes, (n, D), as :func:`note_features` returns them.
    pitches
        n MIDI numbers.
    who
        n sources: instruments, or latents.

    Returns
    -------
    tuple of float
        Mean distance of two notes by one source a semitone apart, and of two notes of one pitch by
        different sources; NaN where there are no such two.
    """
    pitches, who = np.asarray(pitches), np.asarray(who)
    features = np.asarray(features, np.float64)
    if not len(features) == len(pitches) == len(who):
        raise InvalidValueError(
            f"there are {len(features)} notes, {len(pitches)} pitches and {len(who)} sources"
        )
    apart, same = np.abs(pitches[:, None] - pitches), who[:, None] == who
    step, other = (_far(features, pair) for pair in (same & (apart == 1), ~same & (apart == 0)))
    return step, other


def _far(features: np.ndarray, pairs: np.ndarray) -> float:
    """Return the mean distance of those rows (n, D) that a symmetric (n, n) picks, or NaN."""
    i, j = np.nonzero(np.triu(pairs))
    if not len(i):
        return float("nan")
    return float(np.linalg.norm(features[i] - features[j], axis=1).mean())


def spread(features: np.ndarray) -> float:
    """Return the mean squared distance of features (n, D) from their mean.

    It is the Fréchet distance of one that always plays the mean note.
    """
    features = np.asarray(features, np.float64)
    return float(np.square(features - features.mean(axis=0)).sum() / max(1, len(features) - 1))
