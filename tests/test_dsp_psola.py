"""PSOLA: pitch, tempo and formants are what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.dsp.psola import pitch_marks, pitch_track, psola
from aigc_edu.errors import InvalidValueError

RATE, F0 = 16_000, 140.0
FORMANTS = (700.0, 1200.0, 2600.0)


@pytest.fixture(scope="module")
def sung():
    return dsp.vowel(FORMANTS, F0, 0.6, RATE)


def strongest(x, low, high):
    """Return the frequency of the highest point of the envelope between two, in Hz."""
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    cepstrum = np.fft.irfft(np.log(spectrum + 1e-9))
    cepstrum[60:-60] = 0  # what is left is the envelope, at 16 kHz finer than any pitch here
    envelope = np.fft.rfft(cepstrum).real
    frequency = np.fft.rfftfreq(len(x), 1 / RATE)
    inside = (frequency >= low) & (frequency <= high)
    return frequency[inside][np.argmax(envelope[inside])]


def test_with_nothing_to_change_the_sound_stays_itself(sung):
    noise = np.random.default_rng(0).normal(size=5000)
    for x in (sung, noise, np.concatenate([noise[:900], sung[:2000], noise[:700]])):
        assert np.abs(psola(x, RATE) - x).max() < 1e-9


@pytest.mark.parametrize("pitch", [0.7, 0.85, 1.25, 1.6])
def test_the_pitch_moves_and_the_formants_stay(sung, pitch):
    y = psola(sung, RATE, pitch=pitch)
    assert len(y) == len(sung)
    found = np.nanmedian(pitch_track(y, RATE))
    assert 1200 * abs(np.log2(found / (pitch * F0))) < 15  # cents
    assert abs(strongest(y, 2000, 3300) - strongest(sung, 2000, 3300)) < 150
    middle = slice(2000, -2000)
    ratio = np.mean(y[middle] ** 2) / np.mean(sung[middle] ** 2)
    assert abs(10 * np.log10(ratio)) < 3  # and it is about as loud


@pytest.mark.parametrize("stretch", [0.5, 0.8, 1.3, 2.0])
def test_the_tempo_changes_and_the_pitch_stays(sung, stretch):
    y = psola(sung, RATE, stretch=stretch)
    assert len(y) == round(stretch * len(sung))
    assert 1200 * abs(np.log2(np.nanmedian(pitch_track(y, RATE)) / F0)) < 10


def test_a_pitch_for_each_sample_bends_the_melody(sung):
    bend = np.linspace(0.8, 1.25, len(sung))
    f0 = pitch_track(psola(sung, RATE, pitch=bend), RATE)
    early, late = np.nanmedian(f0[1500:3000]), np.nanmedian(f0[-3000:-1500])
    assert 1.2 < late / early < 1.5


def test_marks_are_a_period_apart_and_noise_has_marks_without_a_pitch(sung):
    f0 = pitch_track(sung, RATE)
    marks, voiced = pitch_marks(sung, RATE, f0)
    assert voiced.all() and marks[0] == 0 and marks[-1] < len(sung)
    assert abs(np.median(np.diff(marks)) - RATE / F0) <= 1
    noise = np.random.default_rng(0).normal(size=4000)
    marks, voiced = pitch_marks(noise, RATE, np.full(4000, np.nan))
    assert not voiced.any() and set(np.diff(marks)) == {128}


def test_noise_that_lasts_longer_does_not_hum():
    noise = np.random.default_rng(1).normal(size=8000)
    y = psola(noise, RATE, stretch=2.0, f0=np.full(8000, np.nan))
    r = dsp.autocorrelation(y, biased=False)
    assert np.abs(r[60:400]).max() < 0.5 * r[0]
    assert abs(10 * np.log10(np.mean(y[500:-500] ** 2))) < 2


def test_silence_and_very_short_sounds_pass():
    for x in (np.zeros(3000), np.ones(1), 0.1 * np.ones(200)):
        assert len(psola(x, RATE, 1.5, 1.2)) == round(1.2 * len(x))


def test_what_is_out_of_range_is_refused(sung):
    for wrong in ({"pitch": 5}, {"pitch": 0.1}, {"stretch": 9}, {"stretch": -1}):
        with pytest.raises(InvalidValueError):
            psola(sung, RATE, **wrong)
    with pytest.raises(InvalidValueError, match="shape"):
        pitch_marks(sung, RATE, np.zeros(3))
