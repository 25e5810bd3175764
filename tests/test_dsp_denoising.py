"""Classic denoising: the gains' formulas, what the noise is, and how much is won."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu import corpora, dsp
from aigc_edu.dsp.denoising import (
    LEAST_RATIO,
    _smoothed,
    denoise,
    frame_and_hop,
    minimum_statistics,
    noise_power,
    subtraction_gain,
    wiener_gain,
)
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import si_sdr

RATE = 16_000


@pytest.fixture(scope="module")
def speech():
    """Five seconds of the natural voice."""
    clips = corpora.load("sentences")
    x = np.concatenate([np.asarray(clips[k].samples, float) for k in (3, 60)])[: 5 * RATE]
    return 0.5 * x / np.abs(x).max()


def powers(bins=6, frames=30, seed=0):
    return np.random.default_rng(seed).exponential(1.0, (bins, frames))


# ---------------------------------------------------------------- the gains


def test_subtraction_leaves_the_power_that_is_too_much():
    P, N = powers(), powers(frames=1, seed=1)
    gain = subtraction_gain(P, N, floor_db=-200)
    assert np.allclose(gain**2 * P, np.maximum(P - N, 0), atol=1e-12)
    twice = subtraction_gain(P, N, over=2, floor_db=-200)
    assert np.allclose(twice**2 * P, np.maximum(P - 2 * N, 0), atol=1e-12)
    assert subtraction_gain(P, N, floor_db=-20).min() == pytest.approx(0.1)
    assert np.array_equal(subtraction_gain(P, np.zeros((6, 1))), np.ones_like(P))


def test_wieners_gain_without_memory_is_the_bare_ratio():
    P, N = powers(), powers(frames=1, seed=1)
    xi = np.maximum(P / N - 1, LEAST_RATIO)
    assert np.allclose(wiener_gain(P, N, memory=0, floor_db=-200), xi / (1 + xi))


def test_with_memory_the_last_frame_has_its_say():
    P, N, memory = powers(2, 5), np.full((2, 1), 0.7), 0.9
    gain = wiener_gain(P, N, memory, floor_db=-200)
    for k in range(2):
        before = max(P[k, 0] / 0.7 - 1, 0)
        for m in range(5):
            xi = memory * before + (1 - memory) * max(P[k, m] / 0.7 - 1, 0)
            xi = max(xi, LEAST_RATIO)
            assert gain[k, m] == pytest.approx(xi / (1 + xi))
            before = gain[k, m] ** 2 * P[k, m] / 0.7


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-60, 0), st.floats(0, 0.99))
def test_gains_lie_between_the_floor_and_one(seed, floor, memory):
    P, N = powers(seed=seed) * 1e-3, powers(seed=seed + 1) * 1e-3
    P[:, 4] = N[2] = 0
    least = 10 ** (floor / 20) * (1 - 1e-9)
    for gain in (subtraction_gain(P, N, floor_db=floor), wiener_gain(P, N, memory, floor)):
        assert gain.shape == P.shape and least <= gain.min() <= gain.max() <= 1


def test_memory_takes_the_music_out_of_noise():
    """In noise alone the gain should stay low; without memory it leaps."""
    noise = dsp.noise("white", 4, RATE)
    P = np.abs(dsp.stft(noise, 512, 128)) ** 2
    N = P.mean(axis=1, keepdims=True)
    leaping, calm = (wiener_gain(P, N, memory, -60) for memory in (0, 0.98))
    assert np.mean(leaping > 0.3) > 0.2 and np.mean(calm > 0.3) < 0.005
    assert np.abs(np.diff(leaping)).mean() > 10 * np.abs(np.diff(calm)).mean()


# ---------------------------------------------------------------- the noise


@pytest.mark.parametrize("size", [1, 2, 5, 6, 40])
def test_the_minimum_is_over_the_last_frames(size):
    """With one smoothing, two windows differ by the minimum and by a factor that is the same."""
    P = powers(3, 40)
    got = minimum_statistics(P, max(2, size), smoothing=0.5)
    smooth, n = _smoothed(P, 0.5), max(2, size)
    wanted = np.array([smooth[:, max(0, m - n + 1) : m + 1].min(axis=1) for m in range(40)]).T
    wanted[:, : n - 1] = wanted[:, n - 1 : n]
    ratio = got / wanted
    assert np.allclose(ratio, ratio[0, 0]) and ratio[0, 0] > 1


def test_the_smoothed_power_of_a_constant_is_the_constant():
    assert np.allclose(_smoothed(np.full((2, 9), 3.0), 0.9), 3)


@pytest.mark.parametrize("colour", ["white", "pink"])
def test_of_noise_alone_the_estimate_is_its_mean(colour):
    x = dsp.noise(colour, 8, RATE, seed=3)
    P = np.abs(dsp.stft(x, 512, 128)) ** 2
    estimate = minimum_statistics(P, 188).mean(axis=1)[3:-3]
    assert 10 * np.log10(estimate / P.mean(axis=1)[3:-3]).mean() == pytest.approx(0, abs=1)
    assert np.allclose(noise_power(x, 512, 128)[3:-3, 0] / P.mean(axis=1)[3:-3], 1, atol=0.1)


def test_speech_hardly_moves_the_estimate_of_the_noise_under_it(speech):
    noise = 0.05 * dsp.noise("white", 5, RATE, seed=4, rms=1)
    alone, both = (np.abs(dsp.stft(x, 512, 128)) ** 2 for x in (noise, speech + noise))
    assert 10 * np.log10(both.mean() / alone.mean()) > 4
    estimates = [minimum_statistics(P, 188)[:, -1] for P in (alone, both)]
    assert abs(10 * np.log10(estimates[1].mean() / estimates[0].mean())) < 2


# ---------------------------------------------------------------- whole sounds


@pytest.mark.parametrize("colour", ["white", "pink"])
def test_at_5_db_each_way_wins_what_it_should(speech, colour):
    noise = dsp.noise(colour, 5.5, RATE, seed=1)
    noise *= np.sqrt(np.mean(dsp.at_ratio(speech, noise[: len(speech)], 5) ** 2)) / 0.1
    alone, noisy = noise[: RATE // 2], speech + noise[RATE // 2 :]
    before = si_sdr(speech, noisy)
    assert before == pytest.approx(5, abs=0.3)
    won = {
        "subtract": si_sdr(speech, denoise(noisy, RATE, alone, "subtract")) - before,
        "wiener": si_sdr(speech, denoise(noisy, RATE, alone)) - before,
        "without a passage": si_sdr(speech, denoise(noisy, RATE)) - before,
    }
    assert won["subtract"] > 3 and won["wiener"] > 5 and won["without a passage"] > 4, won


def test_a_clean_sound_is_left_alone(speech):
    assert si_sdr(speech, denoise(speech, RATE, 1e-9 * speech[:4000])) > 60
    assert len(denoise(speech[:700], RATE)) == 700
    assert not denoise(np.zeros(5000), RATE).any()


def test_frames_are_powers_of_two_near_32_ms():
    assert frame_and_hop(16_000) == (512, 128)
    assert frame_and_hop(8000) == (256, 64) and frame_and_hop(44_100) == (1024, 256)


# ---------------------------------------------------------------- backgrounds and levels


@pytest.mark.parametrize("kind", dsp.BACKGROUNDS)
def test_a_background_is_as_loud_as_it_should_be_and_depends_on_its_seed(kind):
    one, same, other = (dsp.background(kind, 1.0, RATE, seed, 0.05) for seed in (1, 1, 2))
    assert one.shape == (RATE,) and np.isfinite(one).all()
    assert np.sqrt(np.mean(one**2)) == pytest.approx(0.05)
    assert np.array_equal(one, same) and not np.allclose(one, other)
    assert len(dsp.background(kind, 0.1, 4000, [3, 4])) == 400


def test_hum_is_lines_and_keys_are_knocks():
    def peak_to_mean(x):
        return np.abs(x).max() / np.sqrt(np.mean(x**2))

    x = dsp.background("hum", 2.0, RATE, 0)
    X = np.sort(np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2)[::-1]
    assert X[:120].sum() > 0.95 * X.sum()
    assert peak_to_mean(dsp.background("keys", 2.0, RATE, 0)) > 8
    assert peak_to_mean(dsp.background("hiss", 2.0, RATE, 0)) < 6


@given(st.floats(-30, 60), st.integers(0, 100))
@settings(deadline=None)
def test_the_ratio_is_the_one_asked_for(ratio, seed):
    random = np.random.default_rng(seed)
    x, n = random.standard_normal(50), random.uniform(-1, 3, 50)
    got = dsp.at_ratio(x, n, ratio)
    assert 10 * np.log10(np.sum(x**2) / np.sum(got**2)) == pytest.approx(ratio)
    assert np.allclose(got / n, got[0] / n[0])


# ---------------------------------------------------------------- a room


def test_a_room_rings_on_and_its_first_arrival_is_in_time():
    h = np.r_[np.zeros(50), 0.2, np.zeros(30), -0.1]
    x = np.random.default_rng(0).standard_normal(200)
    y = dsp.reverberate(x, h, wet=1)
    size = np.hypot(0.2, 0.1)
    by_hand = np.zeros(231)
    by_hand[:200] += 0.2 / size * x
    by_hand[31:] -= 0.1 / size * x
    assert np.allclose(y, by_hand)
    dry = dsp.reverberate(x, h, wet=0)
    assert np.allclose(dry[:200], x) and not dry[200:].any()
    assert np.allclose(dsp.reverberate(x, h, 0.4), 0.4 * y + 0.6 * dry)


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: subtraction_gain(-powers(), powers()), "at least 0"),
        (lambda: subtraction_gain(powers(), powers(), over=0), "over"),
        (lambda: subtraction_gain(powers(), powers(frames=3)), "noise must have shape"),
        (lambda: wiener_gain(powers(), powers(), memory=1), "memory"),
        (lambda: minimum_statistics(powers(), 1), "window"),
        (lambda: minimum_statistics(powers(), 9, 1.0), "smoothing"),
        (lambda: minimum_statistics(powers()[0], 9), "shape"),
        (lambda: denoise(np.ones(900), RATE, method="magic"), "'wiener' or 'subtract'"),
        (lambda: denoise(np.ones(900), RATE, np.ones(100)), "fewer than a frame"),
        (lambda: denoise(np.ones(900), 500), "1,000 Hz"),
        (lambda: dsp.background("rain", 1, RATE), "kind is one of hiss"),
        (lambda: dsp.background("hiss", 0.01, RATE), "0.1 s are needed"),
        (lambda: dsp.at_ratio(np.ones(3), np.ones(4), 0), "equally long"),
        (lambda: dsp.at_ratio(np.ones(3), np.zeros(3), 0), "silent"),
        (lambda: dsp.reverberate(np.ones(9), np.zeros(3)), "no room answers so"),
        (lambda: dsp.reverberate(np.ones(9), np.ones(3), 2), "wet"),
    ],
)
def test_bad_input_is_named(act, complaint):
    with pytest.raises(InvalidValueError, match=complaint):
        act()
