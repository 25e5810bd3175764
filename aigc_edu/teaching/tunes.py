"""Tunes of four bars, made by a rule whose entropy is known: what the chapters on attention play.

A code stands for each eighth of a bar: 0 to 14 are notes of the C major scale over two octaves, and
`HOLD` means that the note before goes on. `compose` draws a tune, `play` makes it heard.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aigc_edu import dsp

HOLD, PERIOD, BARS = 15, 8, 4  # the code that goes on; codes in a bar; bars in a tune
RATE, STEP = 16_000, 0.2  # Hz; seconds for each code
_TAIL, _ATTACK, _RELEASE = 0.25, 0.005, 0.1  # seconds
_LOUDNESS, _PARTIALS = 0.12, 5
_SCALE = [60 + 12 * octave + s for octave in (0, 1, 2) for s in (0, 2, 4, 5, 7, 9, 11)]


def play(codes: Sequence[int] | np.ndarray, gains: Sequence[float] | None = None) -> np.ndarray:
    """Return the sound of a row of codes: struck tones of five partials that die away.

    Parameters
    ----------
    codes
        0 to 15, shape (T,).
    gains
        How loud each note is, by its first code, 0 to 1; all 1 if left out. Shape (T,).

    Returns
    -------
    ndarray
        float64, shape (N,), at `RATE`; `STEP` seconds a code, and a tail. Peaks stay below 0.6.
    """
    row = [int(code) for code in codes]
    x = np.zeros(round((len(row) * STEP + _TAIL) * RATE))
    for t, length in notes(row):
        tone = _struck(float(dsp.midi_to_hz(_SCALE[row[t]])), length * STEP + _TAIL)
        start = round(t * STEP * RATE)
        part = tone[: len(x) - start]
        x[start : start + len(part)] += (1.0 if gains is None else float(gains[t])) * part
    return x


def notes(codes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield where each note of a row of codes begins, and how many codes it lasts."""
    starts = [t for t, code in enumerate(codes) if code != HOLD]
    for t, after in zip(starts, [*starts[1:], len(codes)], strict=True):
        yield t, after - t


def _struck(frequency: float, seconds: float) -> np.ndarray:
    """Return one tone: higher partials are softer and die sooner."""
    u = np.arange(round(seconds * RATE)) / RATE
    edge = np.minimum(1, u / _ATTACK) * np.minimum(1, (seconds - u) / _RELEASE)
    k = np.arange(1, _PARTIALS + 1)[:, None]
    waves = 0.5 ** (k - 1) * np.exp(-(1 + 1.5 * k) * u) * np.sin(2 * np.pi * k * frequency * u)
    return _LOUDNESS * edge * waves.sum(axis=0)


def compose(rng: np.random.Generator) -> tuple[list[int], list[float]]:
    """Draw a tune A A B B, where B is the bar A moved by 1 or 2 steps of the scale.

    A begins with one of seven notes. At each further code it holds with the probability 1/4, else
    it goes one or two steps of the scale up or down, each way that stays in range alike.

    Parameters
    ----------
    rng
        What the choices are drawn from.

    Returns
    -------
    tuple
        32 codes, and for each the bits that its choice costs, ``-log2`` of its probability: 0 where
        nothing is left to choose. Their mean over many tunes is the rule's entropy.
    """
    bar, bits = [int(rng.integers(4, 11))], [math.log2(7)]
    note = bar[0]
    for _ in range(1, PERIOD):
        if rng.random() < 0.25:
            bar.append(HOLD)
            bits.append(2.0)
            continue
        steps = [s for s in (-2, -1, 1, 2) if 2 <= note + s <= 12]
        note += steps[rng.integers(len(steps))]
        bar.append(note)
        bits.append(-math.log2(0.75 / len(steps)))
    shift = [-2, -1, 1, 2][rng.integers(4)]
    answer = [code if code == HOLD else code + shift for code in bar]
    free = [0.0] * PERIOD
    return bar * 2 + answer * 2, bits + free + [2.0] + free[1:] + free
