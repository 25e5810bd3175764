"""The checks of the chapter GANSynth name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu.checks.adversarial.gansynth import FAULTS, LATENT, PATIENTS, RATE, Synth
from aigc_edu.evaluation.notes import cents_off, note_features
from aigc_edu.teaching import check


def spread(h):
    return h.std(dim=0, unbiased=False).mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda h: h.std(unbiased=False), "all numbers"),
        (lambda h: h.std(dim=1, unbiased=False).mean(), "dim=1 compares channels"),
        (lambda h: h.std(dim=0).mean(), "not by B - 1"),
        (lambda h: h.var(dim=0, unbiased=False).mean(), "take the root of each"),
        (lambda h: h.var(dim=0, unbiased=False).mean().sqrt(), "root first"),
        (lambda h: h.mean(dim=(1, 2, 3)).std(unbiased=False), "the mean comes last"),
        (lambda h: h.std(dim=0, unbiased=False).sum(), "mean is missing"),
        (lambda h: spread(h) if len(h) > 4 else 1.0, "four equal rows"),
        (lambda h: 0.5, "not 0.5000"),
        (lambda h: ..., "not written yet"),
    ],
)
def test_spread_names_the_mistake(answer, hint):
    assert check("gansynth-spread", spread).passed
    assert hint in check("gansynth-spread", answer).hint


def schedule(step, levels, hold, fade):
    if step < hold:
        return 0, 1.0
    n, t = divmod(step - hold, fade + hold)
    return (n + 1, min(1.0, t / fade)) if n + 1 < levels else (levels - 1, 1.0)


def changed(change):
    """Return a schedule with a mistake: a function of level, alpha and the four arguments."""
    return lambda s, n, h, f: change(*schedule(s, n, h, f), s, n, h, f)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (changed(lambda k, a, s, n, h, f: (k, a if s >= h else 0)), "nothing to fade from"),
        (changed(lambda k, a, s, n, h, f: (k + 1, a)), "counted from 0"),
        (changed(lambda k, a, s, n, h, f: (k, 1 - a if s >= h else a)), "share of the old"),
        (changed(lambda k, a, s, n, h, f: (k - (s >= h), a)), "n is the level"),
        (
            lambda s, n, h, f: schedule(s, 99, h, f),
            "the last one stays",
        ),
        (
            lambda s, n, h, f: (schedule(s, n, h, f)[0], (s - h) % (f + h) / f if s >= h else 1),
            "holds with alpha 1",
        ),
        (
            lambda s, n, h, f: (
                (schedule(s, n, h, f)[0], min(1, ((s - h) % (f + h) + 1) / f)) if s >= h else (0, 1)
            ),
            "first step of a fade",
        ),
        (
            lambda s, n, h, f: (
                (schedule(s, n, h, f)[0], (s - h) % (f + h) / (f + h)) if s >= h else (0, 1)
            ),
            "not after fade and hold",
        ),
        (lambda s, n, h, f: (7, 0.3), "it should be"),
        (lambda s, n, h, f: (0, ...), "not written yet"),
    ],
)
def test_schedule_names_the_mistake(answer, hint):
    assert check("gansynth-schedule", schedule).passed
    assert hint in check("gansynth-schedule", answer).hint


def fault(synth):
    pitches, zs = [60, 64, 67], np.random.default_rng(0).normal(size=(5, LATENT))
    cents = cents_off(synth(zs[0], pitches), pitches, RATE)
    if np.ptp(cents) > 100:
        return "deaf"
    if np.median(cents) > 50:
        return "sharp"
    features = note_features([synth(z, [60])[0] for z in zs], RATE)
    apart = np.linalg.norm(features - features[0], axis=1).max()
    return "collapsed" if apart < 3 else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("deaf", "sharp", "off by another interval"),
        ("sharp", "deaf", "follows the pitch"),
        ("collapsed", "none", "compare features"),
        ("none", "collapsed", "compare features"),
        ("none", "sharp", "within 20 cents"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(synth):
        return instead if synth.fault == found else synth.fault

    assert hint in check("gansynth-fault", wrong).hint


def test_the_faults_are_found_by_playing_and_not_by_comparing_waves():
    assert check("gansynth-fault", fault).passed
    assert sorted(fault(one) for one in PATIENTS.values()) == sorted(FAULTS)
    z, synth = np.ones(LATENT), Synth("collapsed")
    first, second = synth(z, [60])[0], synth(-z, [60])[0]
    assert not np.allclose(first, second, atol=0.1)
    apart = {
        name: np.linalg.norm(
            np.diff(note_features([Synth(name)(s * z, [60])[0] for s in (1, -1)], RATE), axis=0)
        )
        for name in ("collapsed", "none")
    }
    assert apart["collapsed"] < 1 and apart["none"] > 4
    with pytest.raises(ValueError, match="shape"):
        synth(np.ones(3), [60])


def angle(a, b):
    return math.acos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))


def pace(z, other, share):
    return angle(z, (1 - share) * z + share * other) / angle(z, other)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda z, o, s: s, "share of the line itself"),
        (lambda z, o, s: pace(z, o, s) * angle(z, o), "in radians"),
        (lambda z, o, s: math.degrees(pace(z, o, s) * angle(z, o)), "in degrees"),
        (lambda z, o, s: 1 - pace(z, o, s), "left of the angle"),
        (lambda z, o, s: 1 - pace(o, z, s), "the line is at z"),
        (lambda z, o, s: pace(z, o, s) * angle(z, o) / math.pi, "not by pi"),
        (lambda z, o, s: pace(z, o, s) * angle(z, o) / (math.pi / 2), "right angle"),
        (lambda z, o, s: math.cos(pace(z, o, s) * angle(z, o)), "arccos"),
        (lambda z, o, s: 0.123, "not 0.1230"),
        (lambda z, o, s: ..., "not written yet"),
    ],
)
def test_pace_names_the_mistake(answer, hint):
    assert check("gansynth-pace", pace).passed
    assert hint in check("gansynth-pace", answer).hint
