"""Filters: gains, delays, poles, and SciPy's answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import firwin, freqz

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

RATE = 16_000
BAND = np.linspace(0, RATE / 2, 4001)  # Hz
# Width of the transition in rate / (taps - 1), and the leak beyond it. With many taps the four leak
# at -20.9, -43.9, -54.3 and -75.3 dB; both figures waver a little with few.
WINDOWS = {
    "rectangular": (1.0, -20.0),
    "hann": (3.2, -43.7),
    "hamming": (3.5, -50.0),
    "blackman": (5.7, -74.0),
}


def gain_db(h, frequencies=BAND, a=1.0):
    H = dsp.frequency_response(h, a, frequencies, RATE)
    return 20 * np.log10(np.abs(H) + 1e-12)


# ---------------------------------------------------------------- windowed sincs


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("cutoff", [1000, 3400.5, 6500])
@pytest.mark.parametrize("taps", [101, 255])
def test_a_lowpass_is_six_decibels_down_at_its_cutoff(window, cutoff, taps):
    h = dsp.lowpass(cutoff, RATE, taps, window)
    (at_cutoff,) = gain_db(h, np.array([cutoff]))
    assert at_cutoff == pytest.approx(-6.02, abs=0.25 if window == "rectangular" else 0.05)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("taps", [51, 101, 401])
def test_the_stopband_is_as_deep_as_the_window_says(window, taps):
    cutoff, (width, leak) = 3000, WINDOWS[window]
    low, high = dsp.lowpass(cutoff, RATE, taps, window), dsp.highpass(cutoff, RATE, taps, window)
    edge = width / 2 * RATE / (taps - 1)
    assert gain_db(low)[BAND > cutoff + edge].max() < leak
    assert gain_db(high)[BAND < cutoff - edge].max() < leak
    ripple = 20 * np.log10(1 + 10 ** (leak / 20))  # the window leaks as much into the passband
    assert np.abs(gain_db(low)[BAND < cutoff - edge]).max() < 2 * ripple
    assert np.abs(gain_db(high)[BAND > cutoff + edge]).max() < 2 * ripple


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("cutoff", "taps"), [(40, 31), (3000, 101), (7990, 601)])
def test_a_lowpass_equals_scipys(window, cutoff, taps):
    name = {"rectangular": "boxcar"}.get(window, window)
    theirs = firwin(taps, cutoff, window=name, fs=RATE)
    assert np.allclose(dsp.lowpass(cutoff, RATE, taps, window), theirs, atol=1e-14)


@pytest.mark.parametrize("window", WINDOWS)
def test_gains_at_zero_hertz_are_exact(window):
    assert dsp.lowpass(700, RATE, 31, window).sum() == pytest.approx(1, abs=1e-12)
    assert dsp.highpass(700, RATE, 31, window).sum() == pytest.approx(0, abs=1e-12)
    assert dsp.bandpass(700, 2000, RATE, 31, window).sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "h",
    [
        dsp.lowpass(1000, RATE, 101),
        dsp.highpass(1000, RATE, 101),
        dsp.bandpass(300, 3400, RATE, 101),
    ],
)
def test_the_phase_is_linear_and_all_is_delayed_by_half_the_length(h):
    assert np.allclose(h, h[::-1], atol=1e-17)
    H = dsp.frequency_response(h, 1, BAND, RATE)
    without_delay = H * np.exp(2j * np.pi * BAND / RATE * 50)
    assert np.abs(without_delay.imag).max() < 1e-12


def test_lowpass_and_highpass_add_up_to_a_delay():
    whole = dsp.lowpass(900, RATE, 65) + dsp.highpass(900, RATE, 65)
    assert np.allclose(whole, np.eye(65)[32], atol=1e-15)


def test_a_bandpass_keeps_what_lies_between():
    gain = gain_db(dsp.bandpass(1000, 3000, RATE, 201))
    width = 3.3 / 2 * RATE / 201
    assert np.abs(gain[(BAND > 1000 + width) & (BAND < 3000 - width)]).max() < 0.1
    assert gain[(BAND < 1000 - width) | (BAND > 3000 + width)].max() < -45
    assert gain_db(dsp.bandpass(1000, 3000, RATE, 201), np.array([1000, 3000])) == pytest.approx(
        [-6.02, -6.02], abs=0.1
    )


def test_more_taps_are_steeper():
    def width(taps):
        gain = gain_db(dsp.lowpass(3000, RATE, taps))
        return BAND[gain < -40][0] - BAND[gain > -1][-1]

    assert width(101) / width(401) == pytest.approx(401 / 101, rel=0.1)


# ---------------------------------------------------------------- the resonator


@given(st.floats(1, 7999), st.floats(0.1, 8000))
def test_a_resonator_is_stable_and_its_largest_gain_is_one(frequency, bandwidth):
    b, a = dsp.resonator(frequency, bandwidth, RATE)
    assert np.abs(np.roots(a)).max() < 1
    peak = (1 + a[2]) * -a[1] / (4 * a[2])  # the cosine of the angle where |A| is smallest
    at = np.arccos(np.clip(peak, -1, 1)) * RATE / (2 * np.pi)
    gains = np.abs(dsp.frequency_response(b, a, np.append(BAND, at), RATE))
    assert gains.max() == pytest.approx(1, abs=1e-6)
    assert gains[-1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("frequency", [500, 1500, 2500, 6000])
@pytest.mark.parametrize("bandwidth", [20, 60, 120])
def test_poles_bandwidth_and_decay_are_as_ordered(frequency, bandwidth):
    b, a = dsp.resonator(frequency, bandwidth, RATE)
    poles = np.roots(a)
    assert np.abs(np.angle(poles)) * RATE / (2 * np.pi) == pytest.approx([frequency] * 2)
    assert -np.log(np.abs(poles)) * RATE / np.pi == pytest.approx([bandwidth] * 2)
    f = np.linspace(frequency - 2 * bandwidth, frequency + 2 * bandwidth, 8001)
    loud = f[gain_db(b, f, a) > -10 * np.log10(2)]
    assert loud[-1] - loud[0] == pytest.approx(bandwidth, rel=0.03)
    impulse = np.zeros(4000)
    impulse[0] = 1
    y = dsp.filter_signal(b, a, impulse)
    theta, t = 2 * np.pi * frequency / RATE, np.arange(len(y))
    decay = np.exp(-np.pi * bandwidth * t / RATE)
    assert np.allclose(y, b[0] * decay * np.sin(theta * (t + 1)) / np.sin(theta), atol=1e-12)


# ---------------------------------------------------------------- filtering and responses


def test_filtering_is_the_difference_equation():
    random = np.random.default_rng(2)
    b, a, x = random.normal(size=3), np.array([2.0, -0.5, 0.3, 0.1]), random.normal(size=60)
    y = np.zeros(60)
    for t in range(60):
        forward = sum(b[n] * x[t - n] for n in range(3) if n <= t)
        back = sum(a[n] * y[t - n] for n in range(1, 4) if n <= t)
        y[t] = (forward - back) / a[0]
    assert np.allclose(dsp.filter_signal(b, a, x), y, atol=1e-12)
    h = dsp.lowpass(1000, RATE, 31)
    assert np.allclose(dsp.filter_signal(h, 1, x), np.convolve(x, h)[:60], atol=1e-14)
    assert np.allclose(dsp.filter_signal(0.5, 1, x), x / 2)


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=6),
    st.lists(st.floats(-0.15, 0.15), max_size=5),  # small enough for all poles to lie inside
)
def test_responses_equal_scipys(b, rest):
    a = np.array([1.0, *rest])
    theirs = freqz(b, a, worN=2 * np.pi * BAND / RATE)[1]
    assert np.allclose(dsp.frequency_response(np.array(b), a, BAND, RATE), theirs, atol=1e-12)


def test_responses_of_long_filters_equal_scipys():
    h = dsp.bandpass(300, 3400, RATE, 2001)
    theirs = freqz(h, 1, worN=2 * np.pi * BAND / RATE)[1]
    assert np.allclose(dsp.frequency_response(h, 1, BAND, RATE), theirs, atol=1e-11)


def test_the_response_is_what_happens_to_a_tone():
    b, a = dsp.resonator(1000, 200, RATE)
    x = np.exp(2j * np.pi * 1300 * np.arange(4000) / RATE)
    (H,) = dsp.frequency_response(b, a, np.array([1300.0]), RATE)
    y = dsp.filter_signal(b, a, x)
    assert np.allclose(y[2000:], H * x[2000:], atol=1e-9)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("bad", [0, -5, 8000, 9000, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "make",
    [
        lambda f: dsp.lowpass(f, RATE, 31),
        lambda f: dsp.highpass(f, RATE, 31),
        lambda f: dsp.bandpass(10, f, RATE, 31),
        lambda f: dsp.resonator(f, 50, RATE),
    ],
)
def test_frequencies_must_lie_below_half_the_rate(make, bad):
    with pytest.raises(InvalidValueError, match="between 0 and half the rate|low must lie below"):
        make(bad)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.lowpass(100, RATE, 30), "taps must be odd"),
        (lambda: dsp.lowpass(100, RATE, 1), "taps must be a whole number of at least 3"),
        (lambda: dsp.lowpass(100, RATE, 31.5), "taps must be a whole number"),
        (lambda: dsp.lowpass(100, 0, 31), "rate must be"),
        (lambda: dsp.lowpass(100, float("nan"), 31), "rate must be"),
        (lambda: dsp.lowpass(100, RATE, 31, "kaiser"), "not 'kaiser'"),
        (lambda: dsp.bandpass(300, 200, RATE, 31), "low must lie below high"),
        (lambda: dsp.resonator(100, 0, RATE), "bandwidth must be"),
        (lambda: dsp.resonator(100, 1e-14, RATE), "too small"),
        (lambda: dsp.filter_signal([], 1, np.ones(3)), "b must have shape"),
        (lambda: dsp.filter_signal([1], [0, 1], np.ones(3)), r"a\[0\] must not be 0"),
        (lambda: dsp.filter_signal([np.nan], 1, np.ones(3)), "b holds NaN"),
        (lambda: dsp.filter_signal([1], 1, np.array([np.nan])), "x holds NaN"),
        (lambda: dsp.filter_signal([1], 1, np.array([])), "x must have shape"),
        (lambda: dsp.filter_signal([1], 1, np.ones((2, 2))), "x must have shape"),
        (lambda: dsp.filter_signal([1], [1, -3], np.ones(2000)), "grows beyond all numbers"),
        (lambda: dsp.frequency_response([1], 1, np.array([np.nan]), RATE), "frequencies holds"),
        (lambda: dsp.frequency_response([1], 1, np.array([]), RATE), "frequencies must have"),
        (lambda: dsp.frequency_response([1], 1, BAND, 0), "rate must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
