"""Grains: an even row is the sound itself; chance is what one gives it."""

import numpy as np
import pytest

from aigc_edu.dsp.grains import Cloud, granulate
from aigc_edu.errors import InvalidValueError

RATE = 8000
x = np.random.default_rng(0).standard_normal(RATE)


@pytest.mark.parametrize("grain", [0.02, 0.08, 0.5])
def test_an_even_row_of_grains_is_the_sound(grain):
    assert np.allclose(granulate(x, RATE, 1.0, Cloud(grain)), x, atol=1e-12)


def test_half_as_fast_is_twice_as_long_and_keeps_the_pitch():
    tone = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    y = granulate(tone, RATE, 2.0, Cloud(0.1, 4.0), (0.0, 1.0))
    assert len(y) == 2 * RATE
    peak = np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y))))) / 2
    assert peak == pytest.approx(500, abs=12)


def test_a_moment_can_be_frozen():
    sweep = np.sin(2 * np.pi * (200 * np.arange(RATE) / RATE + 400 * (np.arange(RATE) / RATE) ** 2))
    y = granulate(sweep, RATE, 0.5, Cloud(0.1, 4.0), (0.5, 0.5))
    peak = 2 * np.argmax(np.abs(np.fft.rfft(y * np.hanning(len(y)))))
    assert peak == pytest.approx(200 + 800 * 0.55, abs=45)


def test_a_wide_spread_takes_from_everywhere_alike():
    ramp = np.arange(8000.0)  # a grain of it tells where it comes from
    y = granulate(ramp, RATE, 20.0, Cloud(0.01, 2.0, 1.0, 1.0), seed=3)
    counts = np.histogram(y, 8, (0, 8000))[0] / len(y)
    assert counts.max() < 0.25 and counts.min() > 0.05, "not from both ends above all"


def test_a_sound_in_a_hurry_begins_with_its_beginning():
    late = np.where(np.arange(RATE) > 0.8 * RATE, x, 0.0)
    y = granulate(late, RATE, 0.1, Cloud(0.05))
    assert not y[: round(0.03 * RATE)].any()


def test_chance_comes_from_the_seed():
    cloud = Cloud(0.05, 3.0, 1.0, 0.2, 4.0)
    first, again, other = (granulate(x, RATE, 0.3, cloud, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first, again) and not np.allclose(first, other)


def test_power_grows_with_the_overlap_of_unrelated_grains():
    sizes = [
        np.var(granulate(x, RATE, 1.0, Cloud(0.05, n, 1.0, 0.4), (0.5, 0.5))) for n in (2.0, 8.0)
    ]
    assert sizes[1] / sizes[0] == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize(
    ("cloud", "message"),
    [
        (Cloud(grain=2.0), "no more than the source"),
        (Cloud(grain=0.0), "grain"),
        (Cloud(overlap=0.5), "overlap"),
        (Cloud(scatter=-1.0), "scatter"),
        (Cloud(detune=13.0), "12 semitones"),
        (Cloud(grain=0.001, overlap=64.0), "too many"),
    ],
)
def test_what_makes_no_sense_is_refused(cloud, message):
    seconds = 100.0 if message == "too many" else 0.5
    with pytest.raises(InvalidValueError, match=message):
        granulate(x, RATE, seconds, cloud)
