"""Compressor and limiter: the curve, the times, and the ceiling that nothing passes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import audio, dsp
from aigc_edu.audio.dynamics import (
    _ramped,
    compress,
    limit,
    reduction_db,
    smoothed_reduction,
)
from aigc_edu.errors import InvalidValueError

RATE = 16_000

# ---------------------------------------------------------------- the compressor's curve


@given(st.floats(-80, 0), st.floats(-40, -5), st.floats(1, 50))
def test_above_the_threshold_ratio_decibels_become_one(level, threshold, ratio):
    down = reduction_db(level, threshold, ratio)
    out = level - down
    if level <= threshold:
        assert down == 0
    else:
        assert out - threshold == pytest.approx((level - threshold) / ratio, abs=1e-9)


def test_the_knee_joins_both_without_a_step_or_a_corner():
    level = np.linspace(-40, 0, 40_001)  # a thousandth of a decibel apart
    down = reduction_db(level, -20, 4, knee_db=10)
    hard = reduction_db(level, -20, 4)
    slope = np.diff(down) * 1000
    assert np.abs(np.diff(slope)).max() < 1e-3 and 0 <= slope.min() <= slope.max() < 0.7501
    assert np.abs(np.diff(np.diff(hard) * 1000)).max() > 0.5  # a corner
    outside = np.abs(level + 20) > 5.001
    assert np.allclose(down[outside], hard[outside]) and (down >= hard - 1e-9).all()
    assert reduction_db(np.array([-10.0]), -20, np.inf)[0] == 10


def test_attack_and_release_take_their_times():
    step = np.r_[np.zeros(1000), np.full(RATE, 10.0), np.zeros(RATE)]
    y = smoothed_reduction(step, RATE, attack=0.02, release=0.1)
    assert y[1000 + round(0.02 * RATE)] == pytest.approx(10 * (1 - np.exp(-1)), rel=0.01)
    assert y[1000 + RATE - 1] == pytest.approx(10, rel=1e-6)
    bare = smoothed_reduction(step, RATE, attack=0, release=0.1)
    assert bare[1000] == 10 and (bare[1000 : 1000 + RATE] == 10).all()
    assert bare[1000 + RATE + round(0.1 * RATE)] == pytest.approx(10 * np.exp(-1), rel=0.01)
    assert np.array_equal(smoothed_reduction(step, RATE, 0, 0), step)


def test_a_steady_tone_comes_out_where_the_curve_says():
    for level in (-50.0, -24.0, -12.0, -2.0):
        x = 10 ** (level / 20) * dsp.sine(500, 1.0, RATE)
        y = compress(x, RATE, -24, 3, knee_db=0, attack=0.005, release=0.5, makeup_db=2)
        peak = 20 * np.log10(np.abs(y[RATE // 2 :]).max())
        wanted = level + 2 - (2 / 3) * max(0, level + 24)
        assert peak == pytest.approx(wanted, abs=0.2)


def test_a_ratio_of_one_changes_nothing_and_channels_keep_their_balance():
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (2, 3000)) * [[1.0], [0.25]]
    assert np.allclose(compress(x, RATE, ratio=1), x)
    y = compress(x, RATE, -20, 4)
    gain = y / x
    assert np.allclose(gain[0], gain[1]) and gain.min() < 0.6
    assert np.allclose(compress(x[0], RATE, -20, 4), compress(x[:1], RATE, -20, 4)[0])
    assert not compress(np.zeros(100), RATE).any()


# ---------------------------------------------------------------- the limiter


def test_the_gain_is_a_mean_of_numbers_none_above_the_need():
    """Brute force over short signals: the least need ahead, its slow rise, the mean of L + 1."""
    need, slow = np.random.default_rng(1).uniform(0.2, 1, 60), 0.8
    for steps in range(7):
        padded = np.r_[np.ones(steps), need, np.ones(steps)]
        held: list[float] = []
        for t in range(len(need) + steps):
            least = padded[t : t + steps + 1].min()
            held.append(min(least, slow * held[-1] + (1 - slow)) if held else least)
        wanted = [np.mean(held[t : t + steps + 1]) for t in range(len(need))]
        got = _ramped(need, steps, slow)
        assert np.allclose(got, wanted) and (got <= need + 1e-12).all()


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.floats(-20, 0),
    st.sampled_from([0, 1 / RATE, 0.001, 0.0047]),
    st.sampled_from([0, 0.01]),
    st.booleans(),
)
def test_no_sample_passes_the_ceiling(seed, ceiling, lookahead, release, between):
    random = np.random.default_rng(seed)
    x = random.standard_normal(400) * np.exp(2 * random.standard_normal(400))
    y = limit(x, RATE, ceiling, lookahead, release, between)
    assert np.abs(y).max() <= 10 ** (ceiling / 20)
    assert y.shape == x.shape and ((y == 0) | (np.sign(y) == np.sign(x))).all()


def loud_speech_like():
    t = np.arange(RATE) / RATE
    x = sum(np.sin(2 * np.pi * 130 * k * t + k * k) / k for k in range(1, 25))
    return x * (1 + np.sin(2 * np.pi * 3 * t))


def highest(x):
    """Return the largest amplitude of the curve through a periodic sound, 16 places a sample."""
    return 16 * np.abs(np.fft.irfft(np.fft.rfft(x), 16 * x.shape[-1])).max()


def test_the_curve_between_the_samples_is_held_too():
    quarter = np.sin(2 * np.pi * np.arange(4000) / 4 + np.pi / 4)  # its samples are at 0.707
    assert np.abs(quarter).max() == pytest.approx(0.7071, abs=1e-3)
    assert highest(quarter) == pytest.approx(1)
    assert np.allclose(limit(quarter, RATE, -1, between=False), quarter)
    for x in (quarter, 2 * loud_speech_like()):
        assert highest(limit(x, RATE, -1)) < 10 ** (-0.9 / 20)
        assert highest(limit(np.stack([0.1 * x, x]), RATE, -1)) < 10 ** (-0.9 / 20)


def test_what_is_below_the_ceiling_stays_as_it_is():
    x = 0.5 * dsp.sine(300, 0.5, RATE)
    assert np.array_equal(limit(x, RATE, -1), x)
    loud = x.copy()
    loud[4000] = 3.0
    y = limit(loud, RATE, -1, lookahead=0.002, release=0)
    changed = np.flatnonzero(y != loud)
    assert 4000 - 33 <= changed.min() and changed.max() <= 4000 + 33


def test_a_limiter_bends_less_than_clipping():
    x = 3 * dsp.sine(440, 1.0, RATE)
    top = 10 ** (-1 / 20)

    def bent(y):
        """Return the share of the power that is not at 440 Hz, in the settled middle."""
        X = np.abs(np.fft.rfft(y[4000:12000] * np.hanning(8000))) ** 2
        return 1 - X[217:224].sum() / X.sum()

    assert bent(np.clip(x, -top, top)) > 0.05
    assert bent(limit(x, RATE, -1)) < 0.001
    assert np.abs(limit(x, RATE, -1)).max() > 0.98 * top


# ---------------------------------------------------------------- the last step


def quiet_with_peaks():
    x = 0.05 * loud_speech_like()[None] * [[1.0], [0.6]]
    x[:, ::2500] *= 6
    return np.tile(x, 2)


@pytest.mark.parametrize("lufs", [-30.0, -23.0, -18.0, -16.0])
def test_a_master_has_its_loudness_and_stays_below_the_ceiling(lufs):
    for x in (quiet_with_peaks(), quiet_with_peaks()[0]):
        y = audio.master(x, RATE, lufs, ceiling_db=-1.5)
        assert y.shape == x.shape and np.abs(y).max() <= 10 ** (-1.5 / 20)
        assert audio.loudness(y, RATE) == pytest.approx(lufs, abs=0.1)
    again = audio.master(y, RATE, lufs, ceiling_db=-1.5)
    assert np.allclose(again, y, atol=0.02)


def test_a_loudness_that_no_limiter_reaches_is_refused():
    x = np.zeros(2 * RATE)
    x[::800] = 0.5  # nothing but peaks
    with pytest.raises(InvalidValueError, match="at most -[0-9.]+ LUFS can be reached"):
        audio.master(x, RATE, -10)
    with pytest.raises(InvalidValueError, match="silent"):
        audio.master(np.zeros(RATE), RATE)


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: reduction_db(0.0, -10, 0.5), "ratio >= 1"),
        (lambda: reduction_db(0.0, -10, 2, -1), "knee_db >= 0"),
        (lambda: compress(np.ones(9), RATE, attack=-1), "attack must be 0 or more"),
        (lambda: compress(np.ones(9), RATE, release=np.nan), "release must be"),
        (lambda: limit(np.ones(9), RATE, lookahead=-1), "lookahead must be"),
        (lambda: limit(np.ones(9), 0), "rates must be"),
        (lambda: limit(np.array([np.nan]), RATE), "NaN"),
        (lambda: compress(np.ones((2, 3, 4)), RATE), "shape"),
        (lambda: limit(np.zeros(0), RATE), "shape"),
    ],
)
def test_bad_input_is_named(act, complaint):
    with pytest.raises(InvalidValueError, match=complaint):
        act()
