"""The checks of the chapter *Four ways, heard* name the mistake that was made."""

import math

import numpy as np
import pytest

from aigc_edu.models.four_ways.taps import examine, four_patients
from aigc_edu.teaching import check

PATIENTS = {"A": "copies", "B": "collapse", "C": "hiss", "D": "too few steps"}


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, m: float((p ** (m - 1)).sum()), "one more"),
        (lambda p, m: float(p.max() ** m), "most frequent"),
        (lambda p, m: 1 - float((p**m).sum()), "*not* all alike"),
        (lambda p, m: float((p * m).sum()), "multiply"),
        (lambda p, m: 7.0, "all hit bar 0"),
        (lambda p, m: ..., "not written yet"),
    ],
)
def test_alike_names_the_mistake(answer, hint):
    assert check("heard-alike", lambda p, m: np.sum(p**m)).passed
    assert hint in check("heard-alike", answer).hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (PATIENTS | {"A": "hiss", "C": "copies"}, "sample by sample"),
        (PATIENTS | {"B": "too few steps", "D": "collapse"}, "examine(clips).shares"),
        (PATIENTS | {"D": "silence"}, "none of the names"),
        ({"A": "copies"}, "each of A, B, C, D"),
        (dict.fromkeys("ABCD", ...), "not written yet"),
    ],
)
def test_diagnosis_names_the_mistake(answer, hint):
    assert check("heard-diagnose", PATIENTS).passed
    assert hint in check("heard-diagnose", answer).hint


def test_the_patients_are_as_ill_as_the_hints_say():
    rows = four_patients()
    found = {name: examine(clips) for name, clips in rows.items()}
    assert all(clips.shape == (48, 128) for clips in rows.values())
    assert (rows["A"][:12] == rows["A"][12:24]).all()
    assert found["B"].coverage < 1.5 < 3 < found["A"].coverage
    assert 8 < found["C"].noise < 12 and abs(found["B"].noise) < 1
    assert found["D"].tone < -9 and abs(found["D"].noise) < 1


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, s, r: math.log2(p) / (s * r), "the sign"),
        (lambda p, s, r: -math.log2(p), "whole clip"),
        (lambda p, s, r: -math.log(p) / (s * r), "nats"),
        (lambda p, s, r: -math.log2(p) / r, "seconds times rate"),
        (lambda p, s, r: -math.log2(1 - p) / (s * r), "not of bad"),
        (lambda p, s, r: 3.0, "share times the truth"),
    ],
)
def test_liar_names_the_mistake(answer, hint):
    assert check("fourways-liar", lambda p, s, r: -math.log2(p) / (s * r)).passed
    assert hint in check("fourways-liar", answer).hint
