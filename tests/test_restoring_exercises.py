"""The checks of the chapter Restoring a recording name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu import dsp
from aigc_edu.checks.product.restoring import FAULTS, LEAD, PATIENTS, RATE, takes
from aigc_edu.teaching import check


def ringing(frequency, q, rate):
    _, a = dsp.biquad("notch", frequency, rate, q)
    return -3 / math.log10(a[2] ** 0.5) / rate


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f, q, r: ringing(f, q, r) * r, "number of samples"),
        (lambda f, q, r: ringing(f, q, r) / 2, "square of the radius"),
        (lambda f, q, r: ringing(f, q, r) * 2, "factor of 1,000 in amplitude"),
        (lambda f, q, r: ringing(f, q, r) / 3, "60 dB are three times as long"),
        (lambda f, q, r: ringing(f, q, r) / math.log(1000), "fall to 1 / e"),
        (lambda f, q, r: ringing(f, q, r) / math.log(10), "don't mix"),
        (lambda f, q, r: -ringing(f, q, r), "the sign"),
        (lambda f, q, r: 0.5, "it should be"),
        (lambda f, q, r: ..., "not written yet"),
    ],
)
def test_ringing_names_the_mistake(answer, hint):
    assert check("restoring-ringing", ringing).passed
    assert hint in check("restoring-ringing", answer).hint


def test_a_notch_does_ring_that_long():
    click = np.zeros(3 * RATE)
    click[0] = 1
    b, a = dsp.biquad("notch", 50, RATE, 30)
    rest = np.abs(dsp.filter_signal(b, a, click)[1:])
    n = round(ringing(50, 30, RATE) * RATE)
    assert rest[n : n + 400].max() == pytest.approx(rest[:400].max() / 1000, rel=0.1)


def missing(x, t, a):
    b, p = np.correlate(a, a, "full"), len(a) - 1
    return -sum(b[p + j] * x[t + j] for j in range(-p, p + 1) if j) / b[p]


def one_sided(x, t, a):
    return -sum(a[k] * x[t - k] for k in range(1, len(a)))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (one_sided, "from the samples before it alone"),
        (lambda x, t, a: -missing(x, t, a), "the sign"),
        (lambda x, t, a: missing(x, t, a) * (a @ a), "divide by u[0]"),
        (lambda x, t, a: missing(x, t, a) - x[t], "the spoilt sample itself takes part"),
        (lambda x, t, a: missing(x, t, a) / 2, "one side only"),
        (lambda x, t, a: 0.3, "it should be"),
        (lambda x, t, a: ..., "not written yet"),
    ],
)
def test_missing_names_the_mistake(answer, hint):
    assert check("restoring-missing", missing).passed
    assert hint in check("restoring-missing", answer).hint


def test_the_missing_sample_is_the_librarys():
    x = np.random.default_rng(0).standard_normal(200)
    a = np.array([1.0, -0.9, 0.4])
    energy = [
        np.sum(np.convolve(np.r_[x[:100], value, x[101:]], a)[80:120] ** 2)
        for value in missing(x, 100, a) + np.array([-0.01, 0, 0.01])
    ]
    assert energy[1] < min(energy[0], energy[2])


def follow(power, first, memory, limit, quiet=None, share=None):
    share = memory if share is None else share
    quiet = quiet or (lambda P, N: limit * N >= P)
    now, noise = first, []
    for P in power.T:
        now = np.where(quiet(P, now), share * now + (1 - share) * P, now)
        noise.append(now)
    return np.array(noise).T


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda P, f, m, k: follow(P, f, m, k, lambda P, N: P > -1), "it follows the sound, too"),
        (lambda P, f, m, k: follow(P, f, m, k, lambda P, N: k * N < P), "wrong way round"),
        (lambda P, f, m, k: follow(P, f, m, k, lambda P, N: k >= P), "a multiple of the noise"),
        (
            lambda P, f, m, k: follow(
                P, f, m, k, lambda P, N: np.full(4, P.mean() <= k * N.mean())
            ),
            "each bin decides for itself",
        ),
        (lambda P, f, m, k: follow(P, f, m, k, lambda P, N: k * f >= P), "not with the first."),
        (lambda P, f, m, k: follow(P, f, m, k, share=1 - m), "the share of what was"),
        (
            lambda P, f, m, k: np.column_stack([f, follow(P, f, m, k)[:, :-1]]),
            "after frame m, not before",
        ),
        (lambda P, f, m, k: follow(P, f, m, k)[:, -1], "the last estimate alone"),
        (lambda P, f, m, k: follow(P, f, m, k).T, "exchanged"),
        (lambda P, f, m, k: P, "some of the estimates"),
        (lambda P, f, m, k: ..., "not written yet"),
    ],
)
def test_follow_names_the_mistake(answer, hint):
    assert check("restoring-follow", follow).passed
    assert hint in check("restoring-follow", answer).hint


def fault(noisy, cleaned):
    Y, Z = (np.abs(dsp.stft(x, 512, 128)) for x in (noisy, cleaned))
    alone = slice(8, round(LEAD * RATE) // 128 - 8)
    gain = Z[:, alone] / Y[:, alone]
    if np.mean(gain) > 0.15:
        return "musical" if np.mean(gain < 0.2) > 0.1 else "timid"
    power = (Y**2).sum(axis=0)
    loud = power >= np.quantile(power, 0.9)
    kept = (Z[:, loud] ** 2).sum() / power[loud].sum()
    return "greedy" if 10 * np.log10(kept) < -1.3 else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("timid", "musical", "the same nearly everywhere"),
        ("musical", "timid", "small in half of the bins"),
        ("timid", "none", "how many dB did it get softer"),
        ("musical", "greedy", "how many dB did it get softer"),
        ("none", "timid", "by more than 20 dB"),
        ("greedy", "none", "the loudest frames"),
        ("none", "greedy", "the loudest frames"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    known = {takes(name, seed)[1].tobytes(): name for name in FAULTS for seed in (0, 5, 9)}

    def wrong(noisy, cleaned):
        right = known[cleaned.tobytes()]
        return instead if right == found else right

    assert hint in check("restoring-fault", wrong).hint


def test_the_faults_can_be_told_from_what_is_heard():
    assert check("restoring-fault", fault).passed
    assert {name: fault(*takes(*told)) for name, told in PATIENTS.items()} == {
        name: told[0] for name, told in PATIENTS.items()
    }
    assert sorted(told[0] for told in PATIENTS.values()) == sorted(FAULTS)
