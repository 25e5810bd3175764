"""Biquads: what each shape does at, below and above its frequency, and SciPy's answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, iirnotch, iirpeak

from aigc_edu import dsp
from aigc_edu.dsp.biquads import Band, biquad, equalise, equaliser_response
from aigc_edu.errors import InvalidValueError

RATE = 16_000
SHAPES = ("lowpass", "highpass", "notch", "peak", "lowshelf", "highshelf")
frequencies, qualities = st.floats(20, 7900), st.floats(0.1, 30)
gains = st.floats(-40, 40)


def gain_db(shape, f, at, **told):
    H = dsp.frequency_response(*biquad(shape, f, RATE, **told), np.atleast_1d(at), RATE)
    return 20 * np.log10(np.abs(H) + 1e-15)


@given(st.sampled_from(SHAPES), frequencies, qualities, gains)
def test_every_biquad_is_stable(shape, f, q, gain):
    gain = gain if shape in SHAPES[3:] else 0.0
    b, a = biquad(shape, f, RATE, q, gain)
    assert a[0] == 1 and np.isfinite(b).all() and np.abs(np.roots(a)).max() < 1


@given(frequencies, qualities)
def test_cuts_have_the_gain_q_at_their_frequency(f, q):
    for shape in ("lowpass", "highpass"):
        assert gain_db(shape, f, f, q=q)[0] == pytest.approx(20 * np.log10(q), abs=1e-6)
    assert gain_db("lowpass", f, 0, q=q)[0] == pytest.approx(0, abs=1e-6)
    assert gain_db("highpass", f, RATE / 2, q=q)[0] == pytest.approx(0, abs=1e-6)
    assert gain_db("highpass", f, 0, q=q)[0] < -150
    assert gain_db("notch", f, f, q=q)[0] < -120


@given(frequencies, qualities, gains)
def test_peaks_and_shelves_have_their_gains_where_they_should(f, q, gain):
    edges = np.array([0, RATE / 2])
    assert gain_db("peak", f, f, q=q, gain_db=gain)[0] == pytest.approx(gain, abs=1e-5)
    assert gain_db("peak", f, edges, q=q, gain_db=gain) == pytest.approx([0, 0], abs=1e-5)
    assert gain_db("lowshelf", f, edges, q=q, gain_db=gain) == pytest.approx([gain, 0], abs=1e-5)
    assert gain_db("highshelf", f, edges, q=q, gain_db=gain) == pytest.approx([0, gain], abs=1e-5)
    for shelf in ("lowshelf", "highshelf"):
        half = 20 * np.log10(q * 2**0.5) if q == 0.5**0.5 else None
        assert half is None or gain_db(shelf, f, f, q=q, gain_db=gain)[0] == gain / 2


@pytest.mark.parametrize("f", [40.0, 1000.0, 6500.0])
def test_scipy_has_the_same_cuts_and_notches(f):
    for kind in ("lowpass", "highpass"):
        theirs, ours = butter(2, f, kind, fs=RATE), biquad(kind, f, RATE)
        assert np.allclose(theirs[0], ours[0]) and np.allclose(theirs[1], ours[1])
    ours = biquad("notch", f, RATE, q=30)
    # SciPy's bandwidth is measured after the bilinear transform, the cookbook's before it.
    turn = 2 * np.pi * f / RATE
    q = turn / (2 * np.arctan(np.sin(turn) / 60))
    for theirs, mine in zip(iirnotch(f, q, RATE), ours, strict=True):
        assert np.allclose(theirs, mine)
    assert not np.allclose(iirpeak(f, q, RATE)[0], ours[0])


def test_a_boost_and_the_same_cut_undo_each_other():
    x = np.random.default_rng(0).standard_normal(500)
    for shape in SHAPES[3:]:
        there, back = (Band(shape, 900, gain, 1.3) for gain in (9, -9))
        assert not np.allclose(equalise(x, RATE, [there]), x, atol=0.1)
        assert np.allclose(equalise(x, RATE, [there, back]), x)
    assert np.array_equal(equalise(x, RATE, []), x)


def test_both_ways_the_phases_stay_and_gains_count_twice():
    bands, f = [Band("highpass", 80), Band("peak", 1000, 5)], np.fft.rfftfreq(8192, 1 / RATE)
    click = np.zeros(8192)
    click[4096] = 1
    h = equalise(click, RATE, bands, both_ways=True)
    assert np.allclose(h[4097:], h[4095:0:-1], atol=1e-6)  # the same before as after
    once = np.abs(equaliser_response(bands, f, RATE))
    assert np.allclose(np.abs(np.fft.rfft(h)), once**2, atol=1e-3)


def test_an_equaliser_is_the_product_of_its_bands_in_any_order():
    bands = [Band("highpass", 80), Band("peak", 3000, -6, 2), Band("highshelf", 5000, 4)]
    f = np.linspace(1, 7999, 300)
    click = np.zeros(4096)
    click[0] = 1
    h = equalise(click, RATE, bands)
    assert np.allclose(h, equalise(click, RATE, bands[::-1]))
    H = np.fft.rfft(h)
    whole = equaliser_response(bands, np.fft.rfftfreq(4096, 1 / RATE), RATE)
    assert np.allclose(H, whole, atol=1e-3)
    parts = [equaliser_response([band], f, RATE) for band in bands]
    assert np.allclose(equaliser_response(bands, f, RATE), np.prod(parts, axis=0))
    assert np.array_equal(equaliser_response([], f, RATE), np.ones(300))


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (("bell", 100, RATE), "shape is one of lowpass"),
        (("hipass", 100, RATE), "not 'hipass'; did you mean 'highpass'"),
        (("peak", 8000, RATE), "half the rate"),
        (("peak", 0, RATE), "half the rate"),
        (("peak", 100, RATE, 0), "q must be"),
        (("peak", 100, RATE, 1, 61), "-60 to 60"),
        (("peak", 100, RATE, 1, np.nan), "-60 to 60"),
        (("notch", 100, RATE, 1, 3), "a notch has no gain_db"),
        (("peak", 100, -1), "rate must be"),
    ],
)
def test_what_is_no_filter_is_refused(told, complaint):
    with pytest.raises(InvalidValueError, match=complaint):
        biquad(*told)
