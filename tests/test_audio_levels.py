"""Levels: what the definitions say of tones whose level is known, and no silent clipping."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import audio
from aigc_edu.audio.levels import BLOCK, HOP, SILENCE, scaled_to
from aigc_edu.errors import InvalidValueError

RATE = 48_000
# The two filters of BS.1770-4, tables 1 and 2, for 48 kHz: numerator, denominator.
SHELF = (
    [1.53512485958697, -2.69169618940638, 1.19839281085285],
    [1, -1.69065929318241, 0.73248077421585],
)
HIGH_PASS = ([1, -2, 1], [1, -1.99004745483398, 0.99007225036621])


def sine(frequency: float, seconds: float, db: float = 0.0, rate: int = RATE) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return 10 ** (db / 20) * np.sin(2 * np.pi * frequency * t)


def both(x: np.ndarray) -> np.ndarray:
    return np.stack([x, x])


# ---------------------------------------------------------------- peak, power, offset


def test_levels_of_a_sine_and_of_silence():
    x = sine(1000, 1, -12.0)
    assert np.isclose(audio.peak_db(x), -12, atol=1e-9)
    assert np.isclose(audio.rms_db(x), -12 - 10 * np.log10(2), atol=1e-9)
    assert audio.peak_db(np.zeros(9)) == audio.rms_db(np.zeros(9)) == -np.inf


@given(st.floats(-0.3, 0.3), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_no_offset_is_left_and_nothing_else_changes(offset, seed):
    x = np.random.default_rng(seed).normal(size=(2, 500)) * 0.1
    y = audio.remove_dc(x + np.array([[offset], [-offset]]))
    assert np.abs(y.mean(axis=1)).max() < 1e-12
    assert np.allclose(np.diff(y), np.diff(x))


# ---------------------------------------------------------------- loudness


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("db", [-23.0, -33.0])
def test_reference_tones_of_ebu_tech_3341(rate, db):
    """Test signals 1 and 2: a stereo sine of 1 kHz at -23 and -33 dBFS, 20 s; +-0.1 LU."""
    assert abs(audio.loudness(both(sine(1000, 20, db, rate)), rate) - db) < 0.1


@pytest.mark.parametrize("parts", [[-36, -23, -36], [-72, -36, -23, -36, -72]])
def test_gating_of_ebu_tech_3341(parts):
    """Test signals 3 and 4: soft parts, 10 s each, are gated out beside 60 s at -23 dBFS."""
    tones = [sine(1000, 60 if db == -23 else 10, db, 24_000) for db in parts]
    assert abs(audio.loudness(both(np.concatenate(tones)), 24_000) + 23) < 0.1


def test_five_channels_of_ebu_tech_3341():
    """Test signal 6: the surround channels count 1.41 times; -23 LUFS together."""
    levels = [-28, -28, -24, -30, -30]
    x = np.stack([sine(1000, 20, db, 24_000) for db in levels])
    assert abs(audio.loudness(x, 24_000) + 23) < 0.1


def test_a_full_scale_sine_in_one_channel_has_minus_three():
    assert abs(audio.loudness(sine(997, 5), RATE) + 3.01) < 0.01
    assert abs(audio.loudness(both(sine(997, 5)), RATE)) < 0.01
    left = np.stack([sine(997, 5), np.zeros(5 * RATE)])
    assert np.isclose(audio.loudness(left, RATE), audio.loudness(sine(997, 5), RATE))


def by_the_standard(x: np.ndarray) -> float:
    """BS.1770-4 word for word, at 48 kHz and in one channel, sample by sample."""
    for numerator, denominator in (SHELF, HIGH_PASS):
        y = np.zeros_like(x)
        for t in range(len(x)):
            past = [(x[t - i], y[t - i]) for i in (1, 2) if t >= i]
            y[t] = numerator[0] * x[t] + sum(
                b * u - a * v
                for b, a, (u, v) in zip(numerator[1:], denominator[1:], past, strict=False)
            )
        x = y
    block, hop = round(BLOCK * RATE), round(HOP * RATE)
    power = np.array([np.mean(x[i : i + block] ** 2) for i in range(0, len(x) - block + 1, hop)])
    loud = power[-0.691 + 10 * np.log10(power) >= SILENCE]
    gate = loud.mean() / 10
    return -0.691 + 10 * np.log10(loud[loud > gate].mean())


def test_noise_with_a_pause_as_the_standard_says():
    x = np.random.default_rng(0).normal(size=round(1.56 * RATE)) * 0.1
    x[30_000:50_000] *= 0.01
    assert abs(audio.loudness(x, RATE) - by_the_standard(x)) < 1e-3


@given(st.floats(-30, 10), st.sampled_from([8000, 11_025, 16_000, 22_050]))
@settings(max_examples=10, deadline=None)
def test_gain_moves_loudness_by_as_much(gain, rate):
    x = np.random.default_rng(1).normal(size=rate) * 0.05
    moved = audio.loudness(x * 10 ** (gain / 20), rate) - audio.loudness(x, rate)
    assert np.isclose(moved, gain, atol=1e-6)


def test_a_block_that_is_cut_does_not_count():
    x = sine(1000, 0.47)  # one whole block and 0.07 s
    assert np.isclose(audio.loudness(x, RATE), audio.loudness(x[: round(0.4 * RATE)], RATE))


def test_short_clips_are_refused_or_are_one_block():
    x = sine(1000, 0.25, -20.0)
    with pytest.raises(InvalidValueError, match=r"blocks of 0\.4 s.*0\.250 s.*short='whole'"):
        audio.loudness(x, RATE)
    assert abs(audio.loudness(x, RATE, short="whole") + 23) < 0.1
    assert np.isclose(
        audio.loudness(sine(1000, 2), RATE), audio.loudness(sine(1000, 2), RATE, short="whole")
    )


def test_silence_has_no_loudness_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert audio.loudness(np.zeros(RATE), RATE) == -np.inf
        assert audio.loudness(sine(1000, 1, -80.0), RATE) == -np.inf  # below the gate


@pytest.mark.parametrize(
    ("x", "rate", "message"),
    [
        (np.zeros((3, RATE)), RATE, "1, 2 or 5 channels, got 3"),
        (np.zeros(4000), 2000, "4000 Hz or more"),
        (np.zeros(0), RATE, "N >= 1"),
        (np.zeros((2, 2, 2)), RATE, r"\(C, N\)"),
        (np.full(RATE, np.nan), RATE, "NaN"),
        (np.zeros(RATE), 44_100.5, "whole numbers"),
    ],
)
def test_what_loudness_is_not_defined_for(x, rate, message):
    with pytest.raises(InvalidValueError, match=message):
        audio.loudness(x, rate)


# ---------------------------------------------------------------- scaling


@given(st.floats(-60, 0), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_the_wanted_peak_is_the_peak(db, seed):
    x = np.random.default_rng(seed).normal(size=(2, 300))
    y = audio.to_peak(x, db)
    assert np.isclose(audio.peak_db(y), db, atol=1e-9) and np.abs(y).max() <= 1
    assert np.allclose(y / x, (y / x)[0, 0])  # one factor for both channels


def test_the_wanted_level_is_the_level():
    x = np.random.default_rng(2).normal(size=(2, RATE)) * 0.01
    assert np.isclose(audio.rms_db(audio.to_rms(x, -25)), -25, atol=1e-9)
    assert np.isclose(audio.loudness(audio.to_loudness(x, RATE, -23), RATE), -23, atol=1e-6)
    assert np.isclose(audio.loudness(audio.to_loudness(x, RATE), RATE), -23, atol=1e-6)
    clip = x[0, :9000]
    y = audio.to_loudness(clip, RATE, -30, short="whole")
    assert np.isclose(audio.loudness(y, RATE, short="whole"), -30, atol=1e-6)


def test_a_level_that_would_clip_is_refused_unless_asked_for():
    x = np.zeros(RATE)
    x[:: RATE // 10] = 0.5  # clicks: a high peak, little power
    with pytest.raises(InvalidValueError, match=r"at most (-\d+\.\d) dB are possible") as error:
        audio.to_rms(x, -10)
    most = float(str(error.value).split("at most ")[1].split(" dB")[0])
    assert audio.to_rms(x, most - 0.06).max() <= 1
    with pytest.raises(InvalidValueError, match="full scale"):
        audio.to_rms(x, most + 0.06)
    with pytest.raises(InvalidValueError, match="full scale"):
        audio.to_loudness(x, RATE, -1)
    with pytest.raises(InvalidValueError, match="full scale"):
        audio.to_peak(x, 0.5)
    reduced, cut = audio.to_rms(x, -10, over="reduce"), audio.to_rms(x, -10, over="clip")
    assert np.allclose(reduced, 2 * x)  # as much as fits
    assert np.abs(cut).max() == 1 and np.array_equal(cut > 0, x > 0)


def test_silence_and_unknown_words_are_refused():
    for function in (audio.to_peak, lambda x: audio.to_rms(x, -20)):
        with pytest.raises(InvalidValueError, match="silent"):
            function(np.zeros(5))
    with pytest.raises(InvalidValueError, match="silent"):
        audio.to_loudness(np.zeros(RATE), RATE)
    with pytest.raises(InvalidValueError, match="'refuse', 'reduce' or 'clip'"):
        audio.to_rms(np.ones(5), -20, over="limit")
    with pytest.raises(InvalidValueError, match="finite"):
        audio.to_rms(np.ones(5), np.nan)


# ---------------------------------------------------------------- clipping


@given(st.floats(1.1, 8), st.floats(60, 2000), st.floats(0.1, 1))
@settings(max_examples=40, deadline=None)
def test_what_was_clipped_is_found_at_any_level(gain, frequency, scale):
    clean = gain * sine(frequency, 0.05, rate=16_000)
    x = np.clip(clean, -1, 1) * scale
    found = audio.clipped(x)
    assert not found[np.abs(clean) < 1 - 1e-5].any(), "finds what was not clipped"
    for side in (clean, -clean):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], side > 1, [0]])))
        for start, stop in edges.reshape(-1, 2):
            if stop - start >= 3:
                assert found[start:stop].all(), "misses a run of three or more"


def test_clean_waves_are_not_clipped():
    for frequency in (110, 440, 3000):
        assert not audio.clipped(np.round(sine(frequency, 1, -6, 16_000) * 32768)).any()
    assert not audio.clipped(np.zeros(100)).any()
    assert not audio.clipped(np.random.default_rng(0).normal(size=9999)).any()


def test_one_sided_clipping_each_channel_and_a_level():
    x = np.stack([np.minimum(sine(440, 0.1), 0.51), sine(440, 0.1)])
    found = audio.clipped(x)
    assert found.shape == x.shape and not found[1].any()
    assert np.array_equal(found[0], x[0] == 0.51)
    assert audio.clipped(sine(440, 0.1), level=0.9).any()
    assert not audio.clipped(0.5 * np.sign(sine(440, 0.1)), level=1.0).any()
    for options in ({"run": 1}, {"run": 2.5}, {"level": 0}):
        with pytest.raises(InvalidValueError, match="must be"):
            audio.clipped(x, **options)


# ---------------------------------------------------------------- what can be wrong with a take


def test_block_dc_leaves_pauses_at_zero_where_the_mean_does_not():
    lopsided = np.abs(sine(200, 0.5, -12.0, 16_000))
    x = np.concatenate([np.zeros(8000), lopsided, np.zeros(8000)]) + 0.1
    y = audio.block_dc(x, 16_000)
    assert y[0] == 0 and np.abs(y[:8000]).max() < 1e-12
    assert abs(audio.remove_dc(x)[:8000].mean()) > 0.01
    assert np.array_equal(audio.block_dc(both(x), 16_000), both(y))


@pytest.mark.parametrize(("frequency", "least", "most"), [(1000, -0.1, 0.1), (2, -40, -18)])
def test_block_dc_passes_what_sounds(frequency, least, most):
    x = sine(frequency, 4, -6.0, 16_000)
    change = audio.rms_db(audio.block_dc(x, 16_000)[32_000:]) - audio.rms_db(x)
    assert least < change < most


def test_correlation_of_the_same_of_unrelated_and_of_opposite_channels():
    a, b = np.random.default_rng(5).normal(size=(2, 100_000))
    assert np.isclose(audio.correlation(a, 0.1 * a), 1)
    assert np.isclose(audio.correlation(a, -3 * a), -1)
    assert abs(audio.correlation(a, b)) < 0.02
    assert audio.correlation(a, 0 * b) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: audio.block_dc(x, 16_000, cutoff=0),
        lambda x: audio.block_dc(x, 16_000, cutoff=3000),
        lambda x: audio.correlation(x, x[:-1]),
        lambda x: audio.correlation(both(x), both(x)),
    ],
)
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(InvalidValueError):
        call(sine(100, 0.1))


def test_samples_are_scaled_to_a_peak_and_silence_stays_silent():
    x = np.array([[0.1, -0.2], [0.0, 0.05]], np.float32)
    y = scaled_to(x, 0.5)
    np.testing.assert_allclose(y, x * 2.5, rtol=1e-6)
    assert y.dtype == np.float32
    assert not scaled_to(np.zeros(3), 0.5).any() and scaled_to(np.zeros(0), 0.5).shape == (0,)
