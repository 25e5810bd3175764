"""The checks of the chapter *Generating with WaveGAN* name the mistake that was made."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.teaching import check
from aigc_edu.teaching.interactive import latent


def angle_between(a, b):
    return np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def arc(a, b, t, angle=None, divide=True):
    angle = angle_between(a, b) if angle is None else angle
    z = np.sin((1 - t) * angle) * a + np.sin(t * angle) * b
    return z / np.sin(angle) if divide else z


def unit(a):
    return a / np.linalg.norm(a)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b, t: (1 - t) * a + t * b, "straight line"),
        (lambda a, b, t: arc(a, b, t, divide=False), "sine of the whole angle"),
        (lambda a, b, t: arc(b, a, t), "exchanged a and b"),
        (lambda a, b, t: arc(unit(a), unit(b), t), "keep their lengths"),
        (lambda a, b, t: arc(a, b, t, np.degrees(angle_between(a, b))), "radians"),
        (lambda a, b, t: arc(a, b, t, np.arccos(np.clip(a @ b, -1, 1))), "both lengths"),
        (lambda a, b, t: arc(a, b, t, np.cos(angle_between(a, b))), "arc cosine"),
        (lambda a, b, t: a, "halfway between"),
        (lambda a, b, t: np.zeros(3), "shape"),
        (lambda a, b, t: ..., "not written yet"),
    ],
)
def test_arc_names_the_mistake(answer, hint):
    assert check("wavegan-arc", arc).passed
    assert check("wavegan-arc", latent.between).passed
    assert hint in check("wavegan-arc", answer).hint


def gains(p, mean, log=np.log):
    p = np.maximum(p, 1e-12)
    return (p * log(p / mean)).sum(axis=1)


def inception(p):
    return np.exp(gains(p, np.maximum(p.mean(axis=0), 1e-12)).mean())


def mean(p):
    return np.maximum(p.mean(axis=0), 1e-12)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p: gains(p, mean(p)).mean(), "exp of it"),
        (lambda p: np.exp(gains(p, mean(p), np.log2).mean()), "natural"),
        (lambda p: np.exp(gains(p, mean(p))).mean(), "before exp"),
        (lambda p: np.exp(gains(p, mean(p)).mean() / p.shape[1]), "sum over the labels"),
        (lambda p: np.exp(gains(p, mean(p)).sum()), "sum over them"),
        (lambda p: np.exp(gains(p, p.mean()).mean()), "axis 0"),
        (lambda p: np.exp(gains(p, p.mean(axis=1, keepdims=True)).mean()), "axis 0"),
        (lambda p: np.exp(gains(p, 1.0).mean()), "certainty alone"),
        (lambda p: np.exp((p * np.log(p / p.mean(axis=0))).sum(axis=1).mean()), "0 times"),
        (lambda p: 1.0, "not 1.0000"),
        (lambda p: ..., "not written yet"),
    ],
)
def test_inception_names_the_mistake(answer, hint):
    assert check("wavegan-inception", inception).passed
    assert hint in check("wavegan-inception", answer).hint


def test_the_score_of_one_perfect_label_is_1_and_of_all_their_number():
    assert inception(np.eye(4)[[2, 2, 2]]) == pytest.approx(1)
    assert inception(np.eye(4)) == pytest.approx(4)


RIGHT = {"A": "copies", "B": "network", "C": "one hit"}


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ({**RIGHT, "A": "network", "B": "copies"}, "nearer to training hits"),
        ({**RIGHT, "B": "one hit", "C": "network"}, "B is not 'one hit'"),
        ({**RIGHT, "A": "one hit", "C": "copies"}, "A is not 'one hit'"),
        ({**RIGHT, "C": "copies"}, "once"),
        ({**RIGHT, "C": "collapse"}, "'collapse' is none"),
        ({"A": "copies"}, "entries A, B and C"),
        ({"A": ..., "B": ..., "C": ...}, "not written yet"),
    ],
)
def test_diagnosis_names_the_row(answer, hint):
    assert check("wavegan-diagnosis", RIGHT).passed
    assert hint in check("wavegan-diagnosis", answer).hint
