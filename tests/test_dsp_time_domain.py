"""Frames, energy, crossings, envelopes, autocorrelation, pitch: what they are by definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

SAMPLES = arrays(np.float64, st.integers(8, 60), elements=st.floats(-1, 1))
RATE = 16_000


def cents(got, right):
    return 1200 * np.log2(got / right)


# ---------------------------------------------------------------- frames and what is summed in them


@given(SAMPLES, st.integers(1, 8), st.integers(1, 9))
def test_frames_are_slices_and_leave_out_less_than_a_hop(x, frame, hop):
    cut = dsp.frames(x, frame, hop)
    for m, row in enumerate(cut):
        assert np.array_equal(row, x[m * hop : m * hop + frame])
    assert 0 <= len(x) - (len(cut) - 1) * hop - frame < hop
    assert not cut.flags.writeable


def test_frames_share_the_memory_of_one_copy():
    x = np.zeros(100_000)
    cut = dsp.frames(x, 50_000, 1)
    assert cut.shape == (50_001, 50_000) and cut.base is not None  # 20 GB, were they copied


def test_times_are_those_of_the_middles():
    x = np.arange(200) / RATE  # each sample is its own time
    times = dsp.frame_times(len(dsp.frames(x, 31, 7)), 31, 7, RATE)
    assert np.allclose(times, dsp.frames(x, 31, 7).mean(axis=1))


@given(SAMPLES, st.integers(1, 8), st.integers(1, 9))
def test_energy_and_rms_are_sums_of_squares(x, frame, hop):
    right = [sum(v * v for v in row) for row in dsp.frames(x, frame, hop)]
    assert np.allclose(dsp.energy(x, frame, hop), right)
    assert np.allclose(dsp.rms(x, frame, hop) ** 2 * frame, right)


def test_the_rms_of_whole_periods_is_the_amplitude_over_root_two():
    x = dsp.sine(200, 0.5, RATE, amplitude=0.3, phase=0.7)
    assert np.allclose(dsp.rms(x, 80 * 4, 37), 0.3 / np.sqrt(2), rtol=1e-12)


# ---------------------------------------------------------------- zero crossings


@given(st.floats(20, 7900), st.floats(0, 6))
def test_a_tone_crosses_zero_twice_a_period(frequency, phase):
    x = dsp.sine(frequency, 0.2, RATE, phase=phase)
    rate = dsp.zero_crossing_rate(x, len(x), 1)[0]
    assert abs(rate - 2 * frequency / RATE) <= 1.01 / (len(x) - 1)  # one crossing more or less


def test_white_noise_crosses_at_every_second_step():
    x = np.random.default_rng(0).normal(size=100_000)
    assert abs(dsp.zero_crossing_rate(x, len(x), 1)[0] - 0.5) < 4 * 0.5 / np.sqrt(len(x))


def test_crossings_at_the_extremes():
    zigzag = np.resize([1.0, -1.0], 64)
    assert np.all(dsp.zero_crossing_rate(zigzag, 16, 5) == 1)
    assert np.all(dsp.zero_crossing_rate(np.zeros(64), 16, 5) == 0)
    assert dsp.zero_crossing_rate(np.array([1.0, 0.0, 2.0, -1.0]), 4, 1)[0] == 1 / 3


# ---------------------------------------------------------------- the envelope


def test_the_envelope_of_a_tone_is_its_amplitude():
    x = dsp.sine(511.3, 0.5, RATE, amplitude=0.4)
    assert np.allclose(dsp.amplitude_envelope(x, RATE)[400:-400], 0.4, rtol=2e-3)


def test_it_is_not_late_and_does_not_sink_at_the_ends():
    assert np.allclose(dsp.amplitude_envelope(np.full(1000, -0.5), RATE), 0.5 * np.pi / 2)
    click = np.zeros(1001)
    click[500] = 1
    envelope = dsp.amplitude_envelope(click, RATE)
    assert np.argmax(envelope) == 500 and np.allclose(envelope, envelope[::-1])


def test_it_follows_a_slow_swing():
    swing = 0.3 + 0.2 * np.sin(2 * np.pi * 3 * np.arange(RATE) / RATE)
    envelope = dsp.amplitude_envelope(swing * dsp.sine(1013.7, 1, RATE), RATE)
    assert np.abs(envelope - swing)[400:-400].max() < 0.005


@given(SAMPLES, st.floats(1e-5, 0.1))
def test_it_is_never_negative_and_never_above_the_peak(x, smoothing):
    envelope = dsp.amplitude_envelope(x, RATE, smoothing)
    assert envelope.shape == x.shape and envelope.min() >= 0
    assert envelope.max() <= np.pi / 2 * np.abs(x).max() * (1 + 1e-9)


# ---------------------------------------------------------------- autocorrelation


@given(SAMPLES)
def test_autocorrelation_equals_the_sum_that_defines_it(x):
    n = len(x)
    direct = np.array([sum(x[t] * x[t + lag] for t in range(n - lag)) for lag in range(n)])
    assert np.allclose(dsp.autocorrelation(x), direct / n, atol=1e-12)
    unbiased = dsp.autocorrelation(x, biased=False)
    assert np.allclose(unbiased, direct / (n - np.arange(n)), atol=1e-12)


@given(SAMPLES)
def test_nothing_exceeds_lag_zero(x):
    r = dsp.autocorrelation(x)
    assert np.all(np.abs(r) <= r[0] + 1e-12)
    assert r[0] == pytest.approx(np.mean(x**2), abs=1e-12)


def test_rows_are_on_their_own():
    x = np.random.default_rng(1).normal(size=(3, 50))
    rows = [dsp.autocorrelation(row, biased=False) for row in x]
    assert np.allclose(dsp.autocorrelation(x, biased=False), rows)


# ---------------------------------------------------------------- pitch


@given(st.floats(65, 390), st.floats(0.8, 1.5))
@settings(max_examples=40, deadline=None)
def test_pitch_of_harmonic_sounds_by_both_ways(frequency, steepness):
    x = dsp.additive(frequency, 0.3 / np.arange(1, 20) ** steepness, 0.3, RATE)
    found = dsp.pitch_by_autocorrelation(x, RATE)
    assert not np.isnan(found).any() and np.abs(cents(found, frequency)).max() < 8
    assert np.abs(cents(dsp.yin(x, RATE, frame=2048), frequency)).max() < 3


def test_a_missing_fundamental_is_heard_all_the_same():
    x = dsp.additive(150, [0, 0, 0.3, 0.3, 0.3], 0.3, RATE)
    assert np.abs(cents(dsp.pitch_by_autocorrelation(x, RATE), 150)).max() < 10


def test_noise_and_silence_are_unvoiced_and_tones_are_not():
    voiced = [
        ~np.isnan(dsp.pitch_by_autocorrelation(x, RATE))
        for x in (
            np.random.default_rng(2).normal(scale=0.2, size=RATE),
            1e-5 * dsp.sine(200, 1, RATE),
            np.zeros(RATE),
            0.2 * dsp.sine(200, 1, RATE) + 0.3,  # a constant is no obstacle
        )
    ]
    assert [part.mean() for part in voiced] == [0, 0, 0, 1]


def test_a_pitch_out_of_range_is_not_taken_for_the_end_of_the_range():
    slow = dsp.pitch_by_autocorrelation(dsp.sine(20, 1, RATE), RATE, 60, 400)
    assert np.isnan(slow).all()  # within these lags its autocorrelation only falls


def by_the_paper(x, rate, low, high, threshold=0.1):
    """YIN as in the paper's steps 2 to 5, for one frame, after which come zeros."""
    longest, shortest = int(np.ceil(rate / low)), int(np.floor(rate / high))
    later = np.append(x, np.zeros(longest))
    lags = np.arange(1, longest + 1)
    d = np.array([np.sum((x - later[lag : lag + len(x)]) ** 2) for lag in lags])
    normalised = d * lags / np.cumsum(d)  # place i is the lag i + 1
    inside = range(shortest, longest - 1)
    troughs = [i for i in inside if normalised[i - 1] > normalised[i] <= normalised[i + 1]]
    below = [i for i in troughs if normalised[i] < threshold]
    i = below[0] if below else min(troughs, key=lambda i: normalised[i])
    before, here, after = normalised[i - 1 : i + 2]
    return rate / (i + 1 + (before - after) / (2 * (before - 2 * here + after)))


@pytest.mark.parametrize("frequency", [71.3, 110.0, 220.5, 390.1])
def test_yin_is_that_of_the_paper(frequency):
    x = dsp.vowel((530, 1840, 2480), frequency, 0.3, RATE)[: 3 * 1024]
    right = [by_the_paper(row, RATE, 60, 450) for row in dsp.frames(x, 2048, 512)]
    # not to the last digit: librosa sums by the Fourier transform
    assert np.allclose(dsp.yin(x, RATE, 60, 450, hop=512), right, rtol=1e-7)


@given(st.floats(62, 390), st.sampled_from([2048, 4096]))
@settings(max_examples=25, deadline=None)
def test_yin_is_as_sharp_as_its_documentation_says(frequency, frame):
    error = cents(dsp.yin(dsp.sine(frequency, 0.6, RATE), RATE, frame=frame), frequency)
    bound = 66 * RATE / frequency / frame
    assert error.min() > -1.5 and error.max() < 1.15 * bound + 1.5


# ---------------------------------------------------------------- bad input

X = np.ones(100)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.frames(X, 101, 1), "less than a frame of 101"),
        (lambda: dsp.frames(X, 0, 1), "frame must be a whole number"),
        (lambda: dsp.frames(X, 10, 0.5), "hop must be a whole number"),
        (lambda: dsp.frames(np.ones((2, 50)), 10, 5), r"shape \(N,\)"),
        (lambda: dsp.frames(np.array([1, np.nan]), 1, 1), "NaN"),
        (lambda: dsp.frames(X * 1j, 10, 5), "must be real"),
        (lambda: dsp.frame_times(0, 10, 5, RATE), "count must be"),
        (lambda: dsp.zero_crossing_rate(X, 1, 1), "at least 2"),
        (lambda: dsp.amplitude_envelope(X, RATE, 0), "smoothing must be"),
        (lambda: dsp.amplitude_envelope(np.array([]), RATE), "N >= 1"),
        (lambda: dsp.autocorrelation(np.ones((2, 2, 2))), r"\(N,\) or \(M, N\)"),
        (lambda: dsp.autocorrelation(X * 1j), "must be real"),
        (lambda: dsp.pitch_by_autocorrelation(X, RATE, 400, 60), "0 < low < high"),
        (lambda: dsp.pitch_by_autocorrelation(X, RATE, 60, 9000), "0 < low < high"),
        (lambda: dsp.pitch_by_autocorrelation(np.ones(9999), RATE, frame=500), "too short"),
        (lambda: dsp.yin(np.ones(9999), RATE, frame=500), "too short for 60 Hz"),
        (lambda: dsp.yin(X, RATE), "less than a frame"),
        (lambda: dsp.yin(np.ones(9999), RATE, threshold=0), "threshold must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
