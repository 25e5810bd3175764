"""The checks of the chapter Denoising by a network name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.denoising_by_a_network import FAULTS, listener, pairs_with
from aigc_edu.teaching import check


def mask(S, X):
    return np.clip((S * X.conj()).real / np.abs(X) ** 2, 0, 1)


def powers(S, X):
    return np.abs(S) ** 2 / (np.abs(S) ** 2 + np.abs(X - S) ** 2)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda S, X: (S / X).real, "not held between 0 and 1"),
        (lambda S, X: np.maximum((S / X).real, 0), "but not above 1"),
        (lambda S, X: np.minimum((S / X).real, 1), "but not below 0"),
        (lambda S, X: np.minimum(np.abs(S / X), 1), "leaves the phases out"),
        (powers, "ratio of powers, which knows nothing"),
        (lambda S, X: np.sqrt(powers(S, X)), "root of the ratio"),
        (lambda S, X: np.clip(np.cos(np.angle(S / X)), 0, 1), "the cosine alone"),
        (lambda S, X: np.clip((X / S).real, 0, 1), "not X / S"),
        (lambda S, X: np.clip(np.abs((S / X).real), 0, 1), "better left out"),
        (lambda S, X: S / X, "a mask is real"),
        (lambda S, X: 0.5 * np.ones(S.shape), "not the nearest"),
        (lambda S, X: ..., "not written yet"),
    ],
)
def test_mask_names_the_mistake(answer, hint):
    assert check("denoising-mask", mask).passed
    assert hint in check("denoising-mask", answer).hint


def test_no_other_mask_comes_nearer():
    random = np.random.default_rng(0)
    S, X = (random.normal(size=(2, 50)) + 1j * random.normal(size=(2, 50)))[:2]
    best = mask(S, X)
    for step in (-0.01, 0.01):
        other = np.clip(best + step, 0, 1)
        assert (np.abs(S - other * X) >= np.abs(S - best * X) - 1e-12).all()


def latency(frame, hop, ahead, rate):
    return 1000 * (frame + ahead * hop) / rate


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f, h, a, r: f + a * h, "these are samples"),
        (lambda f, h, a, r: (f + a * h) / r, "these are seconds"),
        (lambda f, h, a, r: 1000 * (h + a * h) / r, "must be whole"),
        (lambda f, h, a, r: 1000 * (f + a * f) / r, "a hop later, not a frame"),
        (lambda f, h, a, r: 1000 * f / r, "waited for are left out"),
        (lambda f, h, a, r: 1000 * a * h / r, "the frame itself is left out"),
        (lambda f, h, a, r: 1.5, "it should be"),
        (lambda f, h, a, r: ..., "not written yet"),
    ],
)
def test_latency_names_the_mistake(answer, hint):
    assert check("denoising-latency", latency).passed
    assert hint in check("denoising-latency", answer).hint


def reach(clean, t):
    x = np.random.default_rng(0).normal(size=t + 200)
    before = clean(x)[t]
    changes = []
    for d in range(200):
        other = x.copy()
        other[t + d] += 1
        changes.append(clean(other)[t] != before)
    return int(np.flatnonzero(changes).max(initial=0))


def first_gap(clean, t):
    x = np.random.default_rng(0).normal(size=t + 200)
    for d in range(1, 200):
        other = x.copy()
        other[t + d] += 1
        if clean(other)[t] == clean(x)[t]:
            return d - 1


def backwards(clean, t):
    x = np.random.default_rng(0).normal(size=t + 200)
    hits = []
    for d in range(t):
        other = x.copy()
        other[t - d] += 1
        hits.append(clean(other)[t] != clean(x)[t])
    return int(np.flatnonzero(hits).max(initial=0))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (backwards, "how far it hears back"),
        (lambda c, t: reach(c, t) + backwards(c, t), "whole reach"),
        (lambda c, t: reach(c, t) + 1, "One off"),
        (first_gap, "take the furthest"),
        (lambda c, t: 170, "nothing beyond it"),
        (lambda c, t: 2.5, "a whole number"),
        (lambda c, t: True, "a whole number"),
        (lambda c, t: ..., "not written yet"),
    ],
)
def test_reach_names_the_mistake(answer, hint):
    assert check("denoising-reach", reach).passed
    assert hint in check("denoising-reach", answer).hint


def test_a_listener_hears_as_far_as_it_says():
    clean = listener(5, 2)
    x = np.random.default_rng(1).normal(size=40)
    for d in range(-4, 8):
        other = x.copy()
        other[20 + d] += 1
        assert (clean(other)[20] != clean(x)[20]) <= (-2 <= d <= 5)
    with pytest.raises(ValueError, match="shape"):
        clean(np.zeros((2, 3)))


def pairs(noisy, clean):
    if np.allclose(noisy, clean):
        return "alike"
    x = clean - clean.mean(axis=1, keepdims=True)
    shifts = range(-100, 101)
    alike = [np.sum(np.roll(x, s, axis=1)[:, 100:-100] * noisy[:, 100:-100]) for s in shifts]
    if abs(shifts[int(np.argmax(alike))]) > 2:
        return "shifted"
    factor = np.sum(x * noisy, axis=1) / np.sum(x * x, axis=1)
    return "louder" if np.abs(np.log(factor)).max() > 0.3 else "none"


@pytest.mark.parametrize("found", FAULTS)
def test_pairs_names_the_mistake(found):
    hints = {
        "alike": "nothing to learn",
        "louder": "it should be 1",
        "shifted": "at which shift",
        "none": "allow for that",
    }
    told = {pairs_with(name, seed)[0].tobytes(): name for name in FAULTS for seed in range(4)}

    def wrong(noisy, clean):
        right = told[noisy.tobytes()]
        return FAULTS[FAULTS.index(right) - 1] if right == found else right

    assert hints[found] in check("denoising-pairs", wrong).hint


def test_faulty_pairs_can_be_told_apart():
    assert check("denoising-pairs", pairs).passed
    assert "return one of" in check("denoising-pairs", lambda x, y: "fine").hint
    assert "not written yet" in check("denoising-pairs", lambda x, y: ...).hint
