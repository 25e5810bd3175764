"""The checks of the chapter Style and timbre name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.product.style_and_timbre import (
    FAULTS,
    PATIENTS,
    RATE,
    levels_at_harmonics,
    tone,
)
from aigc_edu.evaluation.harmonic_sum import pitch_by_harmonic_sum
from aigc_edu.teaching import check


def lifted(log, keep, mirror=True):
    c = np.fft.irfft(log)
    c[keep : len(c) - keep + 1 if mirror else len(c)] = 0
    return np.fft.rfft(c).real


def envelope(magnitude, keep):
    return np.exp(lifted(np.log(magnitude), keep))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m, k: np.exp(lifted(np.log(m), k, False)), "mirrors the lower one"),
        (lambda m, k: lifted(np.log(m), k), "take exp at the end"),
        (lambda m, k: lifted(m, k), "take the log first"),
        (lambda m, k: np.exp(lifted(np.log10(m), k)), "log10 goes with"),
        (lambda m, k: envelope(m, k + 1), "too many"),
        (lambda m, k: envelope(m, k - 1), "too few"),
        (lambda m, k: m, "nothing was cut"),
        (lambda m, k: m / envelope(m, k), "first terms are gone"),
        (lambda m, k: np.exp(np.fft.rfft(np.fft.irfft(np.log(m)))), "is complex"),
        (lambda m, k: np.ones(65), "another curve"),
        (lambda m, k: ..., "not written yet"),
    ],
)
def test_envelope_names_the_mistake(answer, hint):
    assert check("timbre-envelope", envelope).passed
    assert hint in check("timbre-envelope", answer).hint


def gram(seen):
    return seen @ seen.T / seen.shape[1]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda f: f @ f.T, "that is the sum"),
        (lambda f: f.T @ f / len(f), "products of two times"),
        (lambda f: f @ f.T / len(f), "not of features"),
        (lambda f: torch.cov(f, correction=0), "a covariance"),
        (lambda f: torch.diag(f.square().mean(1)), "only the diagonal"),
        (lambda f: torch.outer(f.mean(1), f.mean(1)), "products of means"),
        (lambda f: torch.corrcoef(f), "correlations"),
        (lambda f: torch.zeros(4, 4), "mean over time"),
        (lambda f: 3.0, "return a tensor"),
        (lambda f: ..., "not written yet"),
    ],
)
def test_gram_names_the_mistake(answer, hint):
    assert check("timbre-gram", gram).passed
    assert hint in check("timbre-gram", answer).hint


def named(codes, family, held):
    means = np.stack([codes[family == f].mean(axis=0) for f in np.unique(family)])
    return np.linalg.norm(held[:, None] - means, axis=2).argmin(axis=1)


def leak(codes, family, held, own):
    return (named(codes, family, held) == own).mean()


def by_neighbour(c, f, h, o):
    return (f[np.linalg.norm(h[:, None] - c, axis=2).argmin(axis=1)] == o).mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, f, h, o: (named(c, f, c) == f).mean(), "take the held-out ones"),
        (lambda c, f, h, o: (named(h, o, h) == o).mean(), "know the answers"),
        (by_neighbour, "nearest note's family"),
        (lambda c, f, h, o: 1 - leak(c, f, h, o), "wrong guesses"),
        (lambda c, f, h, o: (named(c, f, h) == o).sum(), "number of right guesses"),
        (lambda c, f, h, o: 0.123, "not 0.123"),
        (lambda c, f, h, o: ..., "not written yet"),
    ],
)
def test_leak_names_the_mistake(answer, hint):
    assert check("timbre-leak", leak).passed
    assert hint in check("timbre-leak", answer).hint


def fault(convert):
    x = convert(60, 0.3, 0.8)
    heard = levels_at_harmonics(x, 60)
    if abs(12 * np.log2(pitch_by_harmonic_sum(x, RATE) / 261.63)) > 0.5 and heard.sum() < 0.2:
        return "detuned"
    if heard.sum() < 0.9:
        return "mixer"
    old, new = (levels_at_harmonics(tone(60, bright), 60) for bright in (0.3, 0.8))
    return "none" if np.abs(heard - new).sum() < np.abs(heard - old).sum() else "idle"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("idle", "none", "the source's"),
        ("detuned", "none", "measure the pitch"),
        ("mixer", "none", "second tone"),
        ("none", "mixer", "only the phases differ"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(convert):
        return instead if convert.fault == found else convert.fault

    assert hint in check("timbre-fault", wrong).hint


def test_the_faults_are_found_by_trying():
    assert check("timbre-fault", fault).passed
    assert sorted(fault(convert) for convert in PATIENTS.values()) == sorted(FAULTS)
    assert levels_at_harmonics(tone(64, 0.5), 64).sum() > 0.95
