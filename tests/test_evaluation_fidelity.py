"""How near a copy is: mel spectra, intelligibility, and samples, which is a trap."""

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import log_mel_distance, si_sdr
from aigc_edu.evaluation.intelligibility import RATE, stoi, third_octaves

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def speech():
    """Two seconds and more of digits, at 8,000 Hz."""
    return np.concatenate([clip.samples for clip in corpora.load("digits")[:60:10]]).astype(float)


def noisy(x, level):
    return x + level * np.random.default_rng(1).standard_normal(len(x))


# ---------------------------------------------------------------- STOI


def test_equal_speech_is_understood_and_noise_is_not(speech):
    assert stoi(speech, speech, 8000) == pytest.approx(1, abs=1e-9)
    assert abs(stoi(speech, RANDOM.standard_normal(len(speech)), 8000)) < 0.45


def test_more_noise_is_less_understood(speech):
    scores = [stoi(speech, noisy(speech, s), 8000) for s in (0, 0.003, 0.01, 0.03, 0.1, 0.3)]
    assert scores == sorted(scores, reverse=True) and scores[-1] < scores[0] - 0.3


def test_the_level_does_not_matter_and_pauses_neither(speech):
    y = noisy(speech, 0.02)
    score = stoi(speech, y, 8000)
    assert stoi(speech, 0.1 * y, 8000) == pytest.approx(score, abs=1e-6)
    assert stoi(3 * speech, y, 8000) == pytest.approx(score, abs=1e-6)
    pause = np.zeros(8000)
    longer = np.concatenate([pause, noisy(pause, 0.02)])
    with_pause = stoi(np.concatenate([speech, 0 * longer]), np.concatenate([y, longer]), 8000)
    assert with_pause == pytest.approx(score, abs=0.02)


def test_turning_all_upside_down_is_not_heard(speech):
    assert stoi(speech, -speech, 8000) == pytest.approx(1, abs=1e-9)


def test_thirds_of_an_octave_share_no_bin():
    bands = third_octaves()
    assert bands.shape == (15, 257) and bands.sum(axis=0).max() == 1
    middles = [np.flatnonzero(band).mean() * RATE / 512 for band in bands]
    assert middles[0] == pytest.approx(150, abs=15)
    np.testing.assert_allclose(np.divide(middles[6:], middles[3:-3]), 2, rtol=0.06)


def test_a_correlation_by_hand():
    """A piece whose envelope is turned over gets -1 before clipping, and no more than 1 ever."""
    from aigc_edu.evaluation.intelligibility import _correlation

    x = 2 + np.sin(np.arange(30))[None, None]
    assert _correlation(x, 5 * x)[0, 0] == pytest.approx(1)
    assert _correlation(x, 4 - x)[0, 0] == pytest.approx(-1, abs=0.01)


def test_one_loud_frame_does_not_decide():
    """It is clipped to 15 dB above what belongs there (equation 3), after levelling."""
    from aigc_edu.evaluation.intelligibility import _correlation

    x = 2 + np.sin(np.arange(30))[None, None]
    y = x.copy()
    y[..., 11] *= 1000
    levelled = y * np.linalg.norm(x) / np.linalg.norm(y)
    clipped = np.minimum(levelled, (1 + 10**0.75) * x)
    assert clipped[0, 0, 11] < 0.9 * levelled[0, 0, 11]
    expected = np.corrcoef(x[0, 0], clipped[0, 0])[0, 1]
    assert _correlation(x, y)[0, 0] == pytest.approx(expected)


def test_what_stoi_cannot_take_is_said(speech):
    with pytest.raises(InvalidValueError, match="frames of speech"):
        stoi(speech[:1500], speech[:1500], 8000)
    with pytest.raises(InvalidValueError, match="frames of speech"):
        stoi(speech[:50], speech[:50], 8000)
    with pytest.raises(InvalidValueError, match="expected two"):
        stoi(speech, speech[1:], 8000)


# ---------------------------------------------------------------- spectra and samples


def test_spectra_of_equal_sounds_are_no_distance_apart(speech):
    assert log_mel_distance(speech, speech, 8000) == 0
    distances = [log_mel_distance(speech, noisy(speech, s), 8000) for s in (0.001, 0.01, 0.1)]
    assert 0 < distances[0] < distances[1] < distances[2]


def test_half_the_level_is_six_decibels():
    x = 0.1 * np.random.default_rng(2).standard_normal(20_000)
    assert log_mel_distance(x, x / 2, 16_000) == pytest.approx(6.02, abs=0.01)
    silence = np.zeros(5000)
    assert log_mel_distance(silence, silence, 16_000) == 0
    assert log_mel_distance(silence, 1e-5 * x[:5000], 16_000) == 0, "below what counts"


def test_samples_by_hand():
    x, rest = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0, -1.0])
    assert si_sdr(x, x + 0.1 * rest) == pytest.approx(20)
    assert si_sdr(x, 7 * (x + 0.1 * rest)) == pytest.approx(20), "the level doesn't matter"
    assert si_sdr(x, -3 * x) == np.inf and si_sdr(x, rest) == -np.inf


def test_samples_are_a_trap(speech):
    """A copy in which every sine has another phase: near by its spectrum, no copy by samples."""
    time = np.arange(16_000) / 8000
    phases = np.random.default_rng(3).uniform(0, 2 * np.pi, (2, 8))
    real, made = (sum(np.sin(2 * np.pi * 150 * k * time + p[k - 1]) for k in range(1, 9)) / 9
                  for p in phases)  # fmt: skip
    assert si_sdr(real, made) < 0
    assert log_mel_distance(real, made, 8000) < 3
    assert si_sdr(real, noisy(real, 0.05)) > 10
    assert log_mel_distance(real, noisy(real, 0.05), 8000) > 10


def test_what_cannot_be_compared_is_said():
    with pytest.raises(InvalidValueError, match="expected two"):
        log_mel_distance(np.zeros(4), np.zeros(5), 8000)
    with pytest.raises(InvalidValueError, match="expected two"):
        si_sdr(np.zeros((2, 4)), np.zeros((2, 4)))
    with pytest.raises(InvalidValueError, match="silent"):
        si_sdr(np.zeros(4), np.ones(4))
