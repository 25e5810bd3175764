"""Checks of the exercises of the chapter *Finishing a recording*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from aigc_edu import audio, dsp
from aigc_edu.checks._compare import hint_for
from aigc_edu.teaching.exercises import exercise, written

RATE = 16_000

# ---------------------------------------------------------------- what an equaliser did


@exercise("finishing-band")
def band(answer: Callable[[np.ndarray, np.ndarray, int], tuple[float, float]]) -> str | None:
    """``answer(x, y, rate)``: frequency and gain in dB of the peak through which x became y."""
    for frequency, gain_db, q in ((1000.0, 9.0, 1.0), (2400.0, -12.0, 2.0), (400.0, 6.0, 0.8)):
        x, y = coloured(frequency, gain_db, q)
        given = written(answer(x.copy(), y.copy(), RATE))
        if not isinstance(given, (tuple, list, np.ndarray)) or len(given) != 2:
            return "return two numbers, the frequency in Hz and the gain in dB."
        place, size = (float(written(value)) for value in given)
        hint = _band_hint(place, size, frequency, gain_db)
        if hint:
            return f"For a peak at {frequency:g} Hz with {gain_db:+g} dB: {hint}"
    return None


@cache
def coloured(frequency: float, gain_db: float, q: float) -> tuple[np.ndarray, np.ndarray]:
    """Return two seconds of noise, and the same through a peak filter, (32000,) each."""
    x = dsp.noise("pink", 2.0, RATE, seed=11)
    return x, dsp.equalise(x, RATE, [dsp.Band("peak", frequency, gain_db, q)])


def _band_hint(place: float, size: float, frequency: float, gain_db: float) -> str | None:
    near = abs(np.log2(max(place, 1e-9) / frequency)) < 0.2  # a fifth of an octave
    if near and abs(size - gain_db) < 1.5:
        return None
    said = f"you found {place:.0f} Hz and {size:+.1f} dB. "
    if near and abs(size + gain_db) < 1.5:
        return said + "The sign: y over x, not x over y."
    if near and abs(size - gain_db / 2) < 1.0:
        return said + "Half of it: a ratio of magnitudes counts 20 log10, one of powers 10."
    if near and abs(size - 2 * gain_db) < 2.5:
        return said + "Twice as much: a ratio of powers counts 10 log10, one of magnitudes 20."
    if near and abs(10 ** (gain_db / 20) - size) < 0.3:
        return said + "That is the factor itself: 20 log10 of it is the gain."
    if near:
        return said + (
            "The place is right. Single bins of noise leap about: take means over many frames, or "
            "over neighbours, before you divide."
        )
    if gain_db < 0 and place > 0:
        return said + "A peak filter can also lower: look for the largest gain in *size*."
    return said + (
        "Divide the two spectra: what is common to both goes away. Bins are not Hz, and single "
        "bins leap about."
    )


# ---------------------------------------------------------------- the compressor's curve


@exercise("finishing-curve")
def curve(answer: Callable[[np.ndarray, float, float], np.ndarray]) -> str | None:
    """``answer(level, threshold, ratio)``: levels that come out, in dB."""
    level = np.array([-60.0, -31.0, -24.0, -18.0, -9.5, 0.0])
    for threshold, ratio in ((-24.0, 3.0), (-40.0, 1.5), (-10.0, np.inf)):
        got = np.asarray(written(answer(level.copy(), threshold, ratio)), float)
        right = level - audio.reduction_db(level, threshold, ratio)
        rest = "some levels are wrong."
        hint = hint_for(got, right, _curve_mistakes(level, threshold, ratio), rest, 1e-9)
        if hint:
            return f"With a threshold of {threshold:g} dB and a ratio of {ratio:g}: {hint}"
    return None


def _curve_mistakes(
    level: np.ndarray, threshold: float, ratio: float
) -> Iterator[tuple[str, np.ndarray]]:
    over = np.maximum(level - threshold, 0)
    right = level - (1 - 1 / ratio) * over
    for hint, wrong in (
        ("that is by how much it is turned down.", level - right),
        ("the same, with its sign turned round: that is the gain.", right - level),
        ("below the threshold nothing changes.", threshold + (level - threshold) / ratio),
        (
            "levels are divided by the ratio only as far as they are above.",
            np.where(over > 0, level / ratio, level),
        ),
        (
            "what is above the threshold is divided by the ratio, not taken away.",
            np.minimum(level, threshold),
        ),
        ("it should be turned down, not up.", level + (1 - 1 / ratio) * over),
        ("that takes 1 / ratio of the excess away, and leaves the rest.", level - over / ratio),
    ):
        yield hint, np.asarray(wrong, float)


# ---------------------------------------------------------------- a gain that nothing passes


@exercise("finishing-ramp")
def ramp(answer: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(need, steps)``: a gain that looks ahead, and nowhere above the need."""
    for steps, seed in ((1, 0), (4, 1), (9, 2)):
        random = np.random.default_rng(seed)
        need = np.where(random.random(60) < 0.15, random.uniform(0.2, 0.9, 60), 1.0)
        got = np.asarray(written(answer(need.copy(), steps)), float)
        right = ramped(need, steps)
        rest = "some of the gains are wrong."
        hint = hint_for(got, right, _ramp_mistakes(need, steps), rest)
        if hint is None:
            continue
        over = got.shape == need.shape and (got > need + 1e-9).any()
        more = " Somewhere it is above the need: a sample would pass." if over else ""
        return f"With {steps} steps ahead: {hint}{more}"
    return None


def ramped(need: np.ndarray, steps: int) -> np.ndarray:
    """Return the mean, over t - L ... t, of the least need in L + 1 samples from each on, (N,)."""
    return _means(_least(need, steps), steps)


def _least(need: np.ndarray, steps: int) -> np.ndarray:
    """Return the least need from each sample to L later, from L before the first one on."""
    padded = np.pad(need, (steps, steps), constant_values=1.0)
    return np.lib.stride_tricks.sliding_window_view(padded, steps + 1).min(axis=1)


def _means(held: np.ndarray, steps: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(held, steps + 1).mean(axis=1)


def _ramp_mistakes(need: np.ndarray, steps: int) -> Iterator[tuple[str, np.ndarray]]:
    ones = np.ones(steps)
    yield (
        "it has not come down when the peak arrives: the least need is missing.",
        _means(np.r_[ones, need], steps),
    )
    yield "that jumps: take the mean over the last L + 1 of them.", _least(need, steps)[steps:]
    yield (
        "the mean of the least needs *ahead*: it comes back too soon.",
        _means(np.r_[_least(need, steps)[steps:], ones], steps),
    )
    yield (
        "that is the least need of the samples before: nothing is foreseen.",
        _means(np.r_[ones, _least(need, steps)[: len(need)]], steps),
    )
    yield "that is the need itself.", need
    if steps > 1:
        yield (
            "L steps ahead make L + 1 samples: the present one counts as well.",
            ramped(need, steps - 1),
        )


# ---------------------------------------------------------------- to a loudness, below a ceiling


@cache
def a_voice() -> np.ndarray:
    """Return three seconds of something like speech, with some hard peaks, (48000,)."""
    random = np.random.default_rng(6)
    t = np.arange(3 * RATE) / RATE
    k = np.arange(1, 25)[:, None]
    x = (np.sin(2 * np.pi * 140 * k * t + random.uniform(0, 6, k.shape)) / k).sum(axis=0)
    x *= np.clip(np.sin(2 * np.pi * 2.5 * t), 0, 1) * np.linspace(0.5, 1.0, len(t))
    x[random.choice(len(x), 60)] *= 2.5
    return 0.1 * x / np.abs(x).max()


@exercise("finishing-target")
def target(answer: Callable[[np.ndarray, int, float, float], np.ndarray]) -> str | None:
    """``answer(x, rate, lufs, ceiling_db)``: the sound at a loudness, below a ceiling."""
    x = a_voice()
    for lufs, ceiling_db in ((-18.0, -1.0), (-17.0, -2.0), (-30.0, -1.0)):
        y = np.asarray(written(answer(x.copy(), RATE, lufs, ceiling_db)), float)
        if y.shape != x.shape:
            return f"the shape should stay {x.shape}, yours is {y.shape}."
        hint = _target_hint(x, y, lufs, ceiling_db)
        if hint:
            return f"For {lufs:g} LUFS below {ceiling_db:g} dB: {hint}"
    return None


def _target_hint(x: np.ndarray, y: np.ndarray, lufs: float, ceiling_db: float) -> str | None:
    loud, peak = audio.loudness(y, RATE), audio.peak_db(y)
    if peak > ceiling_db + 0.01:
        return f"the peak is at {peak:.1f} dB. Hold it last, after every gain."
    if abs(loud - lufs) > 0.1:
        bare = audio.limit(x * 10 ** ((lufs - audio.loudness(x, RATE)) / 20), RATE, ceiling_db)
        if np.allclose(y, bare, atol=1e-6):
            return (
                f"it has {loud:.2f} LUFS. The limiter has taken some loudness away: measure again, "
                "raise the gain by what is missing, and limit the *original* once more."
            )
        return f"it has {loud:.2f} LUFS, which should be met to 0.1."
    held = np.abs(y) >= 10 ** (ceiling_db / 20) * 0.9999
    flat = held[1:-1] & held[:-2] & held[2:]
    if flat.any():
        return "some peaks are cut off flat: that is clipping. audio.limit turns them down."
    return None
