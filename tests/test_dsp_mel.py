"""The mel scale, decibels and the constant-Q transform: as mathematics, and against librosa."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError

BOTH = pytest.mark.parametrize("htk", [False, True])


@BOTH
def test_the_scale_equals_librosas_and_has_an_inverse(htk):
    f = np.concatenate([np.linspace(0, 24_000, 997), [999.999, 1000, 1000.001]])
    mel = dsp.hz_to_mel(f, htk)
    assert np.allclose(mel, librosa.hz_to_mel(f, htk=htk), rtol=1e-12, atol=1e-9)
    assert np.allclose(dsp.mel_to_hz(mel, htk), f, rtol=1e-12, atol=1e-9)
    assert (np.diff(dsp.hz_to_mel(np.sort(f), htk)) > 0).all()


def test_the_scale_at_its_marks():
    assert np.isclose(dsp.hz_to_mel(1000), 15) and np.isclose(dsp.hz_to_mel(6400), 42)
    assert abs(dsp.hz_to_mel(1000, htk=True) - 1000) < 0.02


@BOTH
@pytest.mark.parametrize(
    ("rate", "frame", "bands", "low", "high"),
    [
        (16_000, 512, 40, 0, None),
        (16_000, 1024, 80, 0, 8000),
        (22_050, 1024, 80, 0, 8000),
        (44_100, 2048, 64, 50.5, 16_000),
        (8000, 255, 13, 100, 3800),
        (48_000, 4096, 1, 0, None),
    ],
)
def test_filters_equal_librosas(rate, frame, bands, low, high, htk):
    ours = dsp.mel_filterbank(rate, frame, bands, low, high, htk)
    sizes = {"sr": rate, "n_fft": frame, "n_mels": bands, "fmin": low, "fmax": high, "htk": htk}
    theirs = librosa.filters.mel(**sizes, dtype=np.float64)
    assert ours.shape == theirs.shape and np.abs(ours - theirs).max() < 1e-6 * theirs.max()
    plain = dsp.mel_filterbank(rate, frame, bands, low, high, htk, equal_area=False)
    theirs = librosa.filters.mel(**sizes, norm=None, dtype=np.float64)
    assert np.abs(plain - theirs).max() < 1e-6


@BOTH
def test_plain_filters_add_up_to_one_between_the_first_and_the_last_top(htk):
    filters = dsp.mel_filterbank(16_000, 2048, 30, 100, 7000, htk, equal_area=False)
    mel = np.linspace(*dsp.hz_to_mel(np.array([100, 7000]), htk), 32)
    tops = dsp.mel_to_hz(mel, htk)
    f = dsp.bin_frequencies(2048, 16_000)
    between = (f >= tops[1]) & (f <= tops[-2])
    assert between.sum() > 500 and np.allclose(filters.sum(axis=0)[between], 1)


def test_log_mel_agrees_with_librosa():
    x = np.random.default_rng(0).normal(scale=0.1, size=9000) * np.hanning(9000)
    ours = dsp.mel_spectrogram(x, 16_000, 512, 128, 40, 50, 7600)
    sizes = {"n_fft": 512, "hop_length": 128, "n_mels": 40, "fmin": 50, "fmax": 7600}
    theirs = librosa.feature.melspectrogram(y=x, sr=16_000, pad_mode="constant", **sizes)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-6 * theirs.max()
    right = librosa.power_to_db(theirs, ref=1.0, amin=1e-8, top_db=None)
    assert np.abs(dsp.to_db(ours, -80) - right).max() < 1e-3


def test_noise_gives_even_bands():
    """What the equal areas are for."""
    x = np.random.default_rng(1).normal(size=200_000)
    levels = dsp.to_db(dsp.mel_spectrogram(x, 16_000, 1024, 512, 40).mean(axis=1))
    assert np.ptp(levels[:-1]) < 3  # the first bands hold two or three bins only


@given(st.floats(0, 1e9), st.floats(-200, 0))
def test_decibels(power, floor):
    level = dsp.to_db(power, floor)
    assert np.isclose(10 ** (level / 10), max(power, 10 ** (floor / 10)))


# ---------------------------------------------------------------- constant Q


def test_constant_q_shows_amplitudes_of_tones():
    rate, frequencies = 16_000, dsp.constant_q_frequencies()
    assert np.isclose(frequencies[12], 2 * frequencies[0]) and len(frequencies) == 60
    for band in (0, 20, 33, 59):
        x = dsp.sine(frequencies[band], 2, rate, 0.5)
        C = np.abs(dsp.constant_q(x, rate))
        assert C.shape == (60, 1 + len(x) // 256)
        middle = C[:, C.shape[1] // 2]
        assert middle.argmax() == band and abs(middle[band] - 0.5) < 0.02
        for other in {max(band - 3, 0), min(band + 3, 59)} - {band}:
            assert middle[other] < 0.1 * middle[band]


def test_constant_q_follows_its_definition():
    """Against the sum itself, at the middle of a sound."""
    rate, x = 16_000, np.zeros(32_000)
    for f, a in ((196.0, 0.3), (247.0, 0.2), (880.0, 0.1), (1320.0, 0.05)):
        x += dsp.sine(f, 2, rate, a)
    C = np.abs(dsp.constant_q(x, rate, low=110, bands=48))
    quality = 1 / (2 ** (1 / 12) - 1)
    direct = []
    for f in dsp.constant_q_frequencies(110, 48):
        n = np.arange(-round(quality * rate / f / 2), round(quality * rate / f / 2))
        g = np.hanning(len(n))
        wave = g * np.exp(-2j * np.pi * f / rate * n)
        direct.append(2 * abs(wave @ x[16_128 + n]) / g.sum())
    assert np.abs(C[:, 63] - direct).max() < 0.02


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("length", [1, 300, 5000])
def test_constant_q_of_short_sounds_is_quiet_about_it(length):
    assert dsp.constant_q(np.ones(length), 16_000).shape == (60, 1 + length // 256)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dsp.hz_to_mel(-1), "frequency must be finite and not negative"),
        (lambda: dsp.mel_to_hz(np.nan), "mel must be finite"),
        (lambda: dsp.to_db(-1.0), "power must be finite and not negative"),
        (lambda: dsp.to_db(1.0, -np.inf), "floor_db must be finite"),
        (lambda: dsp.mel_filterbank(16_000, 128, 80), "falls between two bins, 125.0 Hz apart"),
        (lambda: dsp.mel_filterbank(16_000, 512, 0), "bands must be"),
        (lambda: dsp.mel_filterbank(0, 512, 40), "rate must be"),
        (lambda: dsp.mel_filterbank(16_000, 512, 40, 0, 9000), "low < high <= rate / 2"),
        (lambda: dsp.mel_filterbank(16_000, 512, 40, 400, 300), "low < high <= rate / 2"),
        (lambda: dsp.mel_spectrogram(np.ones((2, 9)), 16_000, 512, 128, 40), "x must have shape"),
        (lambda: dsp.constant_q(np.ones(9000), 4000), "beyond half the rate; take fewer bands"),
        (lambda: dsp.constant_q(np.ones(9000), 16_000, hop=0), "hop must be"),
        (lambda: dsp.constant_q([np.nan], 16_000), "x holds NaN"),
        (lambda: dsp.constant_q(np.ones(9000), 16_000, low=0), "low must be"),
        (lambda: dsp.constant_q(np.ones(9000), 16_000, bands=0), "bands must be"),
        (lambda: dsp.constant_q(np.ones(9000) + 0j, 16_000), "x must be real"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
