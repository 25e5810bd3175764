"""The checks of the chapter Finishing a recording name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu import audio, dsp
from aigc_edu.checks.product.finishing import RATE, a_voice, coloured, ramped
from aigc_edu.teaching import check


def band(x, y, rate):
    X, Y = ((np.abs(dsp.stft(s, 512, 256)) ** 2).mean(axis=1) for s in (x, y))
    gain = 10 * np.log10(Y[2:-2] / X[2:-2])
    k = np.abs(gain).argmax()
    return (k + 2) * rate / 512, gain[k]


def changed(change):
    return lambda x, y, rate: change(*band(x, y, rate))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (changed(lambda f, g: (f, -g)), "y over x"),
        (changed(lambda f, g: (f, g / 2)), "Half of it"),
        (changed(lambda f, g: (f, 2 * g)), "Twice as much"),
        (changed(lambda f, g: (f, 10 ** (g / 20))), "the factor itself"),
        (changed(lambda f, g: (f, g + 3.3)), "Single bins of noise"),
        (lambda x, y, r: band(x, y, r) if band(x, y, r)[1] > 0 else (70.0, 0.4), "in *size*"),
        (changed(lambda f, g: (f * 512 / RATE, g)), "Bins are not Hz"),
        (changed(lambda f, g: f), "two numbers"),
        (lambda x, y, r: (..., ...), "not written yet"),
    ],
)
def test_band_names_the_mistake(answer, hint):
    assert check("finishing-band", band).passed
    assert hint in check("finishing-band", answer).hint


def test_what_is_coloured_has_that_peak():
    x, y = coloured(1000.0, 9.0, 1.0)
    gain = np.abs(dsp.stft(y, 512, 256)).mean(axis=1) / np.abs(dsp.stft(x, 512, 256)).mean(axis=1)
    assert 20 * np.log10(gain[32]) == pytest.approx(9, abs=0.5)


def curve(level, threshold, ratio):
    return np.where(level > threshold, threshold + (level - threshold) / ratio, level)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda L, t, r: L - curve(L, t, r), "by how much it is turned down"),
        (lambda L, t, r: curve(L, t, r) - L, "that is the gain"),
        (lambda L, t, r: t + (L - t) / r, "below the threshold nothing"),
        (lambda L, t, r: np.where(L > t, L / r, L), "only as far as they are above"),
        (lambda L, t, r: np.minimum(L, t), "not taken away"),
        (lambda L, t, r: 2 * L - curve(L, t, r), "not up"),
        (lambda L, t, r: L - np.maximum(L - t, 0) / r, "takes 1 / ratio"),
        (lambda L, t, r: L - 1, "some levels"),
        (lambda L, t, r: ..., "not written yet"),
    ],
)
def test_curve_names_the_mistake(answer, hint):
    assert check("finishing-curve", curve).passed
    assert hint in check("finishing-curve", answer).hint


def ramp(need, steps):
    padded = np.r_[np.ones(steps), need, np.ones(steps)]
    held = [padded[t : t + steps + 1].min() for t in range(len(need) + steps)]
    return np.array([np.mean(held[t : t + steps + 1]) for t in range(len(need))])


def least(need, steps):
    padded = np.r_[need, np.ones(steps)]
    return np.array([padded[t : t + steps + 1].min() for t in range(len(need))])


def mean_before(x, steps):
    padded = np.r_[np.ones(steps), x]
    return np.array([padded[t : t + steps + 1].mean() for t in range(len(x))])


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (mean_before, "the least need is missing"),
        (least, "that jumps"),
        (lambda n, k: mean_before(least(n, k)[::-1], k)[::-1], "comes back too soon"),
        (
            lambda n, k: mean_before(least(n[::-1], k)[::-1], k),
            "nothing is foreseen",
        ),
        (lambda n, k: n, "the need itself"),
        (lambda n, k: ramp(n, k - 1) if k > 1 else ramp(n, k), "the present one counts"),
        (lambda n, k: 0 * n + 0.5, "a sample would pass"),
        (lambda n, k: ..., "not written yet"),
    ],
)
def test_ramp_names_the_mistake(answer, hint):
    assert check("finishing-ramp", ramp).passed
    assert hint in check("finishing-ramp", answer).hint


def test_the_ramp_is_the_librarys_without_a_release():
    need = np.random.default_rng(0).uniform(0.3, 1, 40)
    assert np.allclose(ramped(need, 5), ramp(need, 5)) and (ramp(need, 5) <= need + 1e-12).all()
    x = 1 / need
    held = audio.limit(x, 1000, 0, lookahead=0.005, release=0, between=False)
    assert np.allclose(held, ramp(need, 5) * x)


def target(x, rate, lufs, ceiling_db):
    return audio.master(x, rate, lufs, ceiling_db)


def loud(x, lufs):
    return x * 10 ** ((lufs - audio.loudness(x, RATE)) / 20)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, r, L, c: loud(x, L), "Hold it last"),
        (lambda x, r, L, c: audio.limit(loud(x, L), r, c), "limit the *original*"),
        (lambda x, r, L, c: audio.limit(x, r, c), "met to 0.1"),
        (lambda x, r, L, c: x[1:], "the shape should stay"),
        (lambda x, r, L, c: ..., "not written yet"),
    ],
)
def test_target_names_the_mistake(answer, hint):
    assert check("finishing-target", target).passed
    assert hint in check("finishing-target", answer).hint


def test_clipping_is_no_limiter():
    def clip_to(x, rate, lufs, ceiling_db):
        y, top = loud(x, lufs), 10 ** (ceiling_db / 20)
        for _ in range(8):
            held = np.clip(y, -top, top)
            y = y * 10 ** ((lufs - audio.loudness(held, rate)) / 20)
        return np.clip(y, -top, top)

    assert "cut off flat" in check("finishing-target", clip_to).hint
    assert np.abs(a_voice()).max() == pytest.approx(0.1)
