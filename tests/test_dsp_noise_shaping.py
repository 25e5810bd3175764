"""Shaped noise: the best filter, a loop that blocks don't change, and silence that stays silent."""

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.dsp.noise_shaping import (
    Rounder,
    _loop,
    keenness,
    shaped_gain,
    shaping_filter,
)
from aigc_edu.errors import InvalidValueError

RATES = (8000, 16_000, 22_050, 44_100, 48_000)


def heard(taps, rate):
    """Return the error's power as an ear weighs it, against that of a plain error."""
    f = np.linspace(0, rate / 2, 2000)
    return (keenness(f) * shaped_gain(taps, f, rate) ** 2).sum() / keenness(f).sum()


@pytest.mark.parametrize("rate", RATES)
def test_no_other_filter_of_its_order_is_softer_for_the_ear(rate):
    taps, random = shaping_filter(rate), np.random.default_rng(0)
    best = heard(taps, rate)
    assert best < 1
    for _ in range(20):
        assert heard(taps + 0.02 * random.normal(size=len(taps)), rate) > best
    orders = [heard(shaping_filter(rate, order), rate) for order in (1, 2, 4, 9)]
    assert orders == sorted(orders, reverse=True)


@pytest.mark.parametrize("rate", RATES)
def test_what_goes_down_at_one_place_comes_up_at_another(rate):
    """The mean of the gain in dB is zero, whatever the filter (Gerzon and Craven 1989)."""
    f = np.linspace(0, rate / 2, 20_001)
    gain = shaped_gain(shaping_filter(rate), f, rate)
    assert abs(np.mean(20 * np.log10(gain))) < 0.01
    assert np.mean(gain**2) > 1


def test_ears_are_keenest_between_two_and_five_kilohertz():
    f = np.array([0.0, 20, 100, 1000, 3300, 8000, 20_000])
    k = keenness(f)
    assert k.argmax() == 4 and k.max() == pytest.approx(1, abs=0.01)
    assert k.min() == pytest.approx(1e-4) and k[0] == k[1]


@pytest.mark.parametrize("taps", [(), (0.5,), tuple(shaping_filter(44_100))])
@pytest.mark.parametrize("dither", [None, "triangular"])
def test_blocks_of_any_size_give_the_same(taps, dither):
    random = np.random.default_rng(1)
    x = random.uniform(-0.5, 0.5, (2, 3000))
    whole = Rounder(8, dither, taps, seed=3, channels=2)(x)
    blocks, start = [], 0
    rounder = Rounder(8, dither, taps, seed=3, channels=2)
    for size in (1, 2, 7, 700, 2290):
        blocks.append(rounder(x[:, start : start + size]))
        start += size
    assert np.array_equal(np.concatenate(blocks, axis=1), whole)
    assert np.array_equal(np.round(whole * 128), whole * 128)  # whole steps
    if dither:
        assert not np.array_equal(whole[0] - x[0], whole[1] - x[1])


def test_without_dither_and_taps_it_is_the_plain_quantiser():
    x = np.linspace(-1, 1, 999)
    assert np.array_equal(Rounder(5, None)(x), dsp.quantise(x, 5))


def test_the_error_has_the_spectrum_that_the_taps_give_it():
    rate, taps = 44_100, shaping_filter(44_100)
    x = 0.3 * dsp.sine(1000, 3, rate)
    error = Rounder(12, "triangular", taps)(x) - x
    g = dsp.window("hann", 2100)
    power = np.mean(np.abs(np.fft.rfft(error.reshape(-1, 2100) * g, axis=1)) ** 2, axis=0)
    wanted = shaped_gain(taps, np.fft.rfftfreq(2100, 1 / rate), rate) ** 2
    expected = (
        (g**2).sum() * dsp.step_size(12) ** 2 / 4 * wanted
    )  # triangular dither: a quarter step^2
    off = 10 * np.log10(power[5:-5] / expected[5:-5])
    assert abs(off.mean()) < 0.3 and np.abs(off).max() < 4


def test_the_compiled_loop_is_the_plain_one():
    random = np.random.default_rng(2)
    x, noise = random.uniform(-100, 100, 500), random.uniform(-1, 1, 500)
    taps, past = np.array([0.9, 0.4]), np.zeros(2)
    plain = _loop(x, noise, taps, past, 128.0)
    rounder = Rounder(8, "triangular", taps)
    rounder._noise = lambda channels, count: noise[None]
    assert np.array_equal(rounder(x / 128) * 128, plain)
    e = plain - x  # y = x + e0 + 0.9 e1 + 0.4 e2: back to the errors themselves
    own = np.zeros(500)
    for n in range(500):
        own[n] = e[n] - sum(c * own[n - k - 1] for k, c in enumerate(taps) if n > k)
    assert np.abs(own).max() <= 1.5 and np.allclose(past, own[:-3:-1])


def test_what_is_cut_off_does_not_come_back():
    """At full scale, what lies above the top level is no error of rounding."""
    rounder = Rounder(8, "triangular", shaping_filter(44_100))
    rounder(np.ones(2000))
    assert np.abs(rounder._past).max() <= 1.5
    x = np.concatenate([np.ones(2000), np.zeros(2000)])
    y = Rounder(8, "triangular", shaping_filter(44_100))(x)
    assert y.max() == 1 - 2**-7 and y.min() >= -1
    assert np.abs(y[2100:]).max() < 40 / 128 and abs(y[2100:].mean()) < 1 / 128


def test_mistakes_are_named():
    with pytest.raises(InvalidValueError, match="dither is None"):
        Rounder(8, "shaped")
    with pytest.raises(InvalidValueError, match="expected 1 channels"):
        Rounder(8)(np.zeros((2, 5)))
    with pytest.raises(InvalidValueError, match="full scale"):
        Rounder(8)(np.array([1.5]))
    with pytest.raises(InvalidValueError, match="8000 Hz or more"):
        shaping_filter(4000)
    with pytest.raises(InvalidValueError, match="order must be"):
        shaping_filter(44_100, 0)
