"""Sampling and quantising: what the chapter claims, as mathematics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

AMPLITUDES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1, 1))
FLOAT32 = 2.0**-24  # relative rounding of float32


# ---------------------------------------------------------------- linear quantising


@given(AMPLITUDES, st.integers(1, 24))
def test_the_linear_error_is_at_most_half_a_step_below_the_top_level(x, bits):
    step = dsp.step_size(bits)
    error = np.abs(dsp.quantise(x, bits) - x)
    assert np.all(error <= np.where(x > 1 - step / 2, step, step / 2))


@given(AMPLITUDES, st.integers(1, 24))
def test_quantised_amplitudes_are_levels_and_stay(x, bits):
    y = dsp.quantise(x, bits)
    codes = y / dsp.step_size(bits)
    half = 2 ** (bits - 1)
    assert np.array_equal(codes, np.round(codes))
    assert codes.min() >= -half and codes.max() <= half - 1
    assert np.array_equal(dsp.quantise(y, bits), y)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_there_are_two_to_the_bits_levels(bits):
    x = np.linspace(-1, 1, 100_001)
    assert len(np.unique(dsp.quantise(x, bits))) == 2**bits


# With few bits a sine's error isn't spread evenly over a step; the difference to the model fades
# like the Bessel functions in the exact sum (Bennett 1948): 0.6 dB with 3 bits, and half
# as much with every two bits more.
@pytest.mark.parametrize(("bits", "tolerance"), [(6, 0.3), (8, 0.15), (12, 0.05), (16, 0.02)])
def test_snr_of_a_full_sine_is_six_decibels_a_bit(bits, tolerance):
    x = dsp.sine(997.0, 4.0, 44_100, amplitude=1 - dsp.step_size(bits))
    expected = dsp.theoretical_snr_db(bits, 1 - dsp.step_size(bits))
    assert dsp.snr_db(x, dsp.quantise(x, bits)) == pytest.approx(expected, abs=tolerance)
    assert dsp.theoretical_snr_db(bits) == pytest.approx(6.0206 * bits + 1.7609, abs=1e-3)


def test_each_halving_of_the_amplitude_costs_one_bit():
    assert dsp.theoretical_snr_db(8) - dsp.theoretical_snr_db(8, 0.5) == pytest.approx(
        20 * np.log10(2)
    )


@pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.9, 3.3])
def test_triangular_dither_frees_mean_and_power_of_the_error_from_the_input(place):
    step = dsp.step_size(6)
    x = np.full(200_000, place * step)
    error = (dsp.quantise(x, 6, "triangular", seed=1) - x) / step
    assert abs(error.mean()) < 4 * 0.5 / np.sqrt(len(x))  # four standard deviations of a mean
    assert np.mean(error**2) == pytest.approx(1 / 4, rel=0.02)


def test_rectangular_dither_frees_the_mean_alone():
    step = dsp.step_size(6)
    errors = []
    for place in (0.0, 0.25, 0.5):
        x = np.full(200_000, place * step)
        error = (dsp.quantise(x, 6, "rectangular", seed=1) - x) / step
        assert abs(error.mean()) < 4 * 0.5 / np.sqrt(len(x))
        errors.append(np.mean(error**2))
    assert np.allclose(errors, [0, 3 / 16, 1 / 4], atol=0.01)  # r (1 - r) for the rest r


def test_dither_is_fixed_by_its_seed():
    x = dsp.sine(440, 0.1, 8000, 0.01)
    one, again, other = (dsp.quantise(x, 8, "triangular", seed=s) for s in (0, 0, 1))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


# ---------------------------------------------------------------- mu-law


@pytest.mark.parametrize("mu", [1, 2, 7, 15, 100, 255, 1023])
def test_mu_law_is_exact_on_its_levels_and_symmetric(mu):
    codes = np.arange(mu + 1)
    levels = dsp.mu_law_decode(codes, mu)
    assert levels.dtype == np.float32
    assert np.array_equal(dsp.mu_law_encode(levels, mu), codes)
    assert np.array_equal(levels, -levels[::-1])
    assert levels[0] == -1 and levels[-1] == 1 and np.all(np.diff(levels) > 0)


def test_256_levels_and_silence_in_the_middle():
    x = np.linspace(-1, 1, 200_001)
    codes = dsp.mu_law_encode(x)
    assert np.array_equal(np.unique(codes), np.arange(256))
    assert dsp.mu_law_encode(np.zeros(1))[0] == 128
    off_zero = codes[x != 0]
    assert np.array_equal(off_zero, 255 - off_zero[::-1])


@given(AMPLITUDES, st.integers(1, 1023))
def test_the_mu_law_error_keeps_its_bound(x, mu):
    error = np.abs(dsp.mu_law_decode(dsp.mu_law_encode(x, mu), mu) - x)
    assert np.all(error <= dsp.mu_law_error_bound(x, mu) * (1 + 1e-9) + FLOAT32)


def test_the_bound_is_nearly_reached():
    x = np.linspace(-1, 1, 400_001)
    error = np.abs(dsp.mu_law_decode(dsp.mu_law_encode(x)) - x)
    assert np.max(error / dsp.mu_law_error_bound(x)) > 0.97


@given(AMPLITUDES, st.floats(0.01, 1e4))
def test_compression_is_odd_and_its_expansion_undoes_it(x, mu):
    y = dsp.mu_law_compress(x, mu)
    assert np.array_equal(y, -dsp.mu_law_compress(-x, mu))
    assert np.all(np.abs(y) <= 1)
    assert np.allclose(dsp.mu_law_expand(y, mu), x, rtol=1e-9, atol=1e-12)


def test_quiet_sounds_gain_and_loud_ones_lose():
    x = dsp.sine(997.0, 1.0, 16_000)
    for amplitude, better in ((0.003, True), (0.03, True), (1.0, False)):
        clean = amplitude * x
        linear = dsp.snr_db(clean, dsp.quantise(clean, 8))
        companded = dsp.snr_db(clean, dsp.mu_law_decode(dsp.mu_law_encode(clean)))
        assert (companded > linear) == better


# ---------------------------------------------------------------- sampling


@given(st.floats(-1e5, 1e5), st.floats(1, 96_000))
def test_a_frequency_and_its_alias_have_the_same_samples(frequency, rate):
    alias = dsp.alias_frequency(frequency, rate)
    assert 0 <= alias <= rate / 2 * (1 + 1e-12)
    n = np.arange(6)
    assert np.allclose(
        np.cos(2 * np.pi * frequency / rate * n), np.cos(2 * np.pi * alias / rate * n), atol=1e-5
    )


def test_the_spectrum_of_a_sampled_tone_peaks_at_its_alias():
    rate, frequency = 8000, 5300.0
    spectrum = np.abs(np.fft.rfft(dsp.sine(frequency, 1.0, rate)))
    assert np.argmax(spectrum) == dsp.alias_frequency(frequency, rate) == 2700


def test_the_sampling_theorem_returns_the_curve_between_the_samples():
    rate = 100.0
    times = np.linspace(9.5, 10.5, 401)  # far from both ends of 20 seconds
    for frequency in (3.0, 31.7, 45.0):
        x = dsp.sine(frequency, 20.0, rate, phase=0.3)
        curve = np.sin(2 * np.pi * frequency * times + 0.3)
        assert np.allclose(dsp.reconstruct(x, rate, times), curve, atol=0.01)


@given(AMPLITUDES)
def test_reconstruction_passes_through_the_samples(x):
    times = dsp.sample_times(len(x) / 50, 50)
    assert np.allclose(dsp.reconstruct(x, 50, times), x, atol=1e-9)


def test_a_chirp_has_the_frequency_it_names_at_each_time():
    rate, start, stop = 8000, 200.0, 3000.0
    x = dsp.chirp(start, stop, 2.0, rate)
    for centre in (0.5, 1.0, 1.5):
        begin = int((centre - 0.032) * rate)
        piece = x[begin : begin + 512] * np.hanning(512)
        peak = np.argmax(np.abs(np.fft.rfft(piece, 8192))) * rate / 8192
        assert peak == pytest.approx(start + (stop - start) * centre / 2, abs=25)


def test_dropping_samples_folds_what_a_filter_would_remove():
    rate = 16_000
    x = dsp.sine(5000, 1.0, rate)
    folded = dsp.decimate_without_filter(x, 2)
    assert np.allclose(folded, dsp.sine(5000, 1.0, rate / 2), atol=1e-9)
    assert len(dsp.decimate_without_filter(np.ones(7), 3)) == 3


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.quantise(np.array([1.5]), 8), "reaches 1.5, beyond full scale"),
        (lambda: dsp.quantise(np.array([np.nan]), 8), "NaN"),
        (lambda: dsp.quantise(np.zeros(1), 8, "gaussian"), "dither is None"),
        (lambda: dsp.step_size(0), "bits must be a whole number"),
        (lambda: dsp.step_size(2.5), "bits must be a whole number"),
        (lambda: dsp.mu_law_encode(np.array([-2.0])), "beyond full scale"),
        (lambda: dsp.mu_law_encode(np.zeros(1), 0), "mu must be a whole number"),
        (lambda: dsp.mu_law_decode(np.array([256])), r"lie in 0 \.\.\. 255, got 256"),
        (lambda: dsp.mu_law_decode(np.array([-1])), r"got -1"),
        (lambda: dsp.mu_law_decode(np.array([1.0])), "are integers"),
        (lambda: dsp.snr_db(np.zeros(3), np.ones(3)), "is silent"),
        (lambda: dsp.snr_db(np.ones(3), np.ones(2)), "shapes differ"),
        (lambda: dsp.alias_frequency(5, 0), "rate must be"),
        (lambda: dsp.reconstruct(np.ones((2, 2)), 8, np.ones(1)), r"x is \(N,\)"),
        (lambda: dsp.decimate_without_filter(np.ones(4), 0), "factor must be"),
        (lambda: dsp.sample_times(-1, 8000), "duration must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()


def test_equal_signals_have_an_infinite_ratio_and_empty_ones_are_fine():
    assert dsp.snr_db(np.ones(3), np.ones(3)) == float("inf")
    assert dsp.quantise(np.array([]), 8).size == 0
