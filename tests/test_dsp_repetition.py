"""What repeats in a sound: against sums of sines, noise, and NumPy's transform."""

import numpy as np
import pytest

from aigc_edu.dsp import line_level, repeating
from aigc_edu.errors import InvalidValueError

N = 4096
t = np.arange(N)


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal(N)


def test_it_keeps_the_multiples_and_nothing_else():
    inside = np.sin(2 * np.pi * t / 16) + 0.3 * np.cos(2 * np.pi * 3 * t / 16 + 1)
    outside = np.sin(2 * np.pi * 5 * t / N) + 0.7
    assert np.allclose(repeating(inside + outside, 16), inside, atol=1e-10)


@pytest.mark.parametrize("period", [2, 4, 16, 100])
def test_it_is_what_stands_in_the_transform_at_the_multiples(period):
    x = noise()[: N // period * period]
    spectrum = np.fft.fft(x)
    other = np.arange(len(x)) % (len(x) // period) != 0
    spectrum[other] = 0
    spectrum[0] = 0
    assert np.allclose(repeating(x, period), np.fft.ifft(spectrum).real)


def test_what_fills_no_whole_period_is_left_out():
    assert len(repeating(noise()[:103], 10)) == 100


@pytest.mark.parametrize(("period", "but"), [(4, 1), (16, 4), (64, 1)])
def test_noise_has_no_lines(period, but):
    levels = [10 ** (line_level(noise(seed), period, but) / 10) for seed in range(300)]
    assert np.mean(levels) == pytest.approx(1, abs=0.1)


def test_nothing_but_lines_is_the_most():
    x = np.cos(2 * np.pi * t / 4) + np.cos(np.pi * t)
    assert line_level(x, 4) == pytest.approx(10 * np.log10((N - 1) / 3))
    assert line_level(x + 5, 4) == pytest.approx(line_level(x, 4)), "its mean doesn't count"
    assert line_level(x, 16, but=4) < -100 < line_level(x, 16)


def test_a_line_counts_as_much_as_it_has_energy():
    x = noise() - repeating(noise(), 16)
    for amplitude in (0.01, 0.1):
        line = amplitude * np.cos(2 * np.pi * 3 * t / 16)
        expected = 10 * np.log10(amplitude**2 / 2 / np.var(x + line) * (N - 1) / 12)
        assert line_level(x + line, 16, but=4) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("x", "period", "but", "message"),
    [
        (np.ones(9), 3, 1, "constant"),
        (np.arange(9), 5, 1, r"2 \.\.\. 4"),
        (np.arange(9), 1, 1, r"2 \.\.\. 4"),
        (np.arange(99), 8, 3, "divisor of 8"),
        (np.arange(99), 8, 8, "divisor of 8"),
        (np.array([1.0, np.nan, 2.0, 3.0]), 2, 1, "NaN"),
        (np.arange(9), 2.5, 1, "whole number"),
    ],
)
def test_what_cannot_be_measured_is_refused(x, period, but, message):
    with pytest.raises(InvalidValueError, match=message):
        line_level(x, period, but)
