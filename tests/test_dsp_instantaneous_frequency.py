"""Log magnitude and instantaneous frequency as images: exact ways back, and the mel bands' loss."""

import numpy as np
import pytest

from aigc_edu import corpora
from aigc_edu.dsp import (
    centred,
    from_if,
    from_mel_if,
    instantaneous_frequency,
    istft,
    mel_bands,
    mel_filterbank,
    midi_to_hz,
    sine,
    stft,
    to_db,
    to_if,
    to_mel_if,
    wrapped,
    yin,
)
from aigc_edu.errors import InvalidValueError

RATE, FRAME, HOP = 16000, 1024, 256


@pytest.fixture
def noise():
    return np.random.default_rng(0).standard_normal(8192)


def test_the_way_back_is_exact(noise):
    X = stft(noise, FRAME, HOP)
    log_magnitude, turned = to_if(X)
    assert log_magnitude.shape == turned.shape == X.shape
    np.testing.assert_allclose(from_if(log_magnitude, turned), X, rtol=1e-9, atol=1e-9)
    back = istft(from_if(log_magnitude, turned), HOP, length=len(noise))
    np.testing.assert_allclose(back, noise, atol=1e-9)


def test_silence_comes_back_as_silence():
    X = np.zeros((513, 5), complex)
    np.testing.assert_allclose(from_if(*to_if(X)), 0, atol=1e-300)


@pytest.mark.parametrize("frequency", [440.0, 1000.0, 3333.0])
def test_a_constant_tone_turns_at_its_frequency(frequency):
    X = stft(sine(frequency, 1.0, RATE), FRAME, HOP)
    near = round(frequency * FRAME / RATE)
    turned = to_if(X)[1][near, 4:-4]
    expected = wrapped(2 * frequency * HOP / RATE)
    np.testing.assert_allclose(wrapped(turned - expected), 0, atol=1e-3)
    hertz = instantaneous_frequency(X, HOP, RATE)[near, 4:-4]
    np.testing.assert_allclose(hertz, frequency, atol=0.1)


def test_it_is_the_difference_of_the_unwrapped_phase(noise):
    X = stft(noise, FRAME, HOP)
    phase = np.unwrap(np.angle(centred(X)), axis=1)
    turned = to_if(X)[1]
    assert np.abs(turned).max() <= 1
    np.testing.assert_allclose(wrapped(turned[:, 1:] - np.diff(phase) / np.pi), 0, atol=1e-9)
    first = np.angle(centred(X))[:, 0] / np.pi
    np.testing.assert_allclose(wrapped(turned[:, 0] - first), 0, atol=1e-12)


def test_phases_wrap_at_a_whole_turn():
    np.testing.assert_allclose(wrapped([0.25, 1.25, -1.25, 2.0, 1.0]), [0.25, -0.75, 0.75, 0, -1])
    phase = np.pi * np.array([[0.9, -0.9, -0.7]] * 3)  # 0.2 half turns each time, over the edge
    turned = to_if(centred(np.exp(1j * phase)))[1]
    np.testing.assert_allclose(turned[:, 1:], 0.2)


def test_the_bins_of_one_tone_have_one_phase_from_the_middle():
    X = stft(sine(443.0, 1.0, RATE), FRAME, HOP)
    near = round(443 * FRAME / RATE)
    rows = slice(near - 1, near + 2)
    spread = np.angle(centred(X)[rows, 8] / centred(X)[near, 8])
    np.testing.assert_allclose(spread, 0, atol=0.01)
    assert np.abs(np.angle(X[rows, 8] / X[near, 8])).max() > 3  # from the beginning: half a turn


# ---------------------------------------------------------------- mel bands


def test_bands_are_those_of_the_filter_bank_where_it_has_no_gaps():
    np.testing.assert_allclose(
        mel_bands(RATE, 2048, 128), mel_filterbank(RATE, 2048, 128, equal_area=False)
    )
    many = mel_bands(RATE, 2048, 1024)
    assert many.shape == (1024, 1025) and many.any(axis=1).all()
    with pytest.raises(InvalidValueError):
        mel_filterbank(RATE, 2048, 1024)


@pytest.mark.parametrize("pitch", [50, 64, 83])
def test_a_band_holds_the_power_and_the_frequency_of_its_tone(pitch):
    frequency, frame, hop = midi_to_hz(pitch), 2048, 512
    X, F = stft(0.5 * sine(frequency, 1.0, RATE), frame, hop), mel_bands(RATE, frame, 128)
    log_magnitude, turned = to_mel_if(X, F)
    band = F[:, round(frequency * frame / RATE)].argmax()
    away = wrapped(turned[band, 4:-4] - 2 * frequency * hop / RATE)
    np.testing.assert_allclose(away, 0, atol=2e-3)
    np.testing.assert_allclose(np.exp(2 * log_magnitude), F @ np.abs(X) ** 2 + 0, rtol=1e-6, atol=1)


def test_the_mean_over_the_circle_survives_the_edge():
    """Two bins that turn by 0.9 and -0.9 half turns: as numbers they average to 0."""
    phase = np.pi * np.array([[0, 0.9], [0, -0.9]])
    X, F = centred(np.exp(1j * phase)), np.ones((1, 2))
    assert abs(to_mel_if(X, F)[1][0, 1]) == pytest.approx(1)
    assert to_mel_if(X, F, weighted=False)[1][0, 1] == pytest.approx(0)


def test_a_loud_bin_outweighs_a_quiet_one():
    phase = np.pi * np.array([[0, 0.1], [0, 0.5]])
    X = centred(np.array([[1.0], [0.01]]) * np.exp(1j * phase))
    assert to_mel_if(X, np.ones((1, 2)))[1][0, 1] == pytest.approx(0.1, abs=1e-3)


def far_in_db(x, y):
    """Return the mean distance of two mel spectrograms in decibels."""
    F = mel_filterbank(RATE, 1024, 80)
    a, b = (to_db(F @ np.abs(stft(z, 1024, 256)) ** 2, -30) for z in (x, y))
    return float(np.abs(a - b).mean())


def test_what_mel_bands_lose_is_little():
    notes = corpora.load("notes").split("clip").test
    F, far = mel_bands(RATE, 2048, 128), []
    for clip in [c for c in notes if 48 <= c.note.pitch <= 83][:8]:
        x = np.asarray(clip.samples, np.float64)
        X = stft(x, 2048, 512)
        y = istft(from_mel_if(*to_mel_if(X, F), F), 512, length=len(x))
        heard = np.median(yin(y, RATE, 60, 1500)[8:24])
        assert abs(12 * np.log2(heard / midi_to_hz(clip.note.pitch))) < 0.5
        far.append(far_in_db(x, y))
    assert np.mean(far) < 2
    assert far_in_db(x, x[::-1].copy()) > 4  # what another sound would measure


def test_what_does_not_fit_is_said():
    X, F = np.ones((513, 3), complex), mel_bands(RATE, FRAME, 20)
    with pytest.raises(InvalidValueError, match="one shape"):
        from_if(np.zeros((5, 3)), np.zeros((5, 2)))
    with pytest.raises(InvalidValueError, match="bands"):
        to_mel_if(X[:100], F)
    with pytest.raises(InvalidValueError, match="empty"):
        to_mel_if(X, np.zeros((2, 513)))
    with pytest.raises(InvalidValueError, match="20 bands"):
        from_mel_if(np.zeros((20, 3)), np.zeros((20, 3)), F[:5])
