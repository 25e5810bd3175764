"""The evidence that ships: each patient can be told by it, and the mended ones speak."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.clinic import Anchors, read_curve, spread
from aigc_edu.clinic.cases import PATIENTS, RUNS
from aigc_edu.clinic.evidence import RATE, clinic_dir, load_evidence
from aigc_edu.clinic.taps import apart, real_taps
from aigc_edu.clinic.words import spoken
from aigc_edu.evaluation import Judge

MOST = 600_000  # bytes, of all together


def reading(name: str) -> str:
    e = load_evidence(name)
    losses = [value for _, value in e.curves["train"]]
    return read_curve(losses, Anchors(**e.anchors), e.last.get("held out")).word


def test_all_runs_ship_and_are_small():
    files = sorted(path.name for path in clinic_dir().iterdir() if path.name != "README.md")
    assert files == sorted(f"{name}.{end}" for name in RUNS for end in ("flac", "json"))
    assert sum(path.stat().st_size for path in clinic_dir().iterdir()) < MOST
    for name in RUNS:
        e = load_evidence(name)
        assert 1 < len(e.sound) / RATE < 4, name
        assert (np.abs(e.sound).max() > 0.01) == (name != "shift"), "which repeats its start"


def test_the_curves_say_what_the_chapter_says():
    words = {case.cause: reading(case.broken) for case in PATIENTS.values() if case.letter != "G"}
    assert words == {
        "shift": "too good",
        "mask": "too good",
        "axis": "wrong start",
        "levels": "little data",
        "divergence": "diverged",
        "rate": "learns",
        "state": "learns",
    }
    assert reading("words") == reading("tokens") == "learns"


def test_what_is_mended_says_its_two_words_and_what_is_ill_does_not():
    judge = Judge.load("recogniser-digits")
    first = len(spoken().learn[0])

    def heard(name: str) -> list[int]:
        x = load_evidence(name).sound
        return judge.recognise([x[:first], x[first + 800 :]], RATE).labels.tolist()

    assert heard("words") == [0, 1]
    for name in ("shift", "mask", "axis", "too-fast", "levels"):
        assert heard(name) != [0, 1], name


def test_a_wrong_rate_takes_twice_as_long():
    slow, usual = (len(load_evidence(name).sound) for name in ("rate", "words"))
    assert slow / usual == pytest.approx(1.85, abs=0.15)  # rests and pauses are as long as ever


def test_the_collapse_is_one_and_its_mend_is_none():
    real = apart(real_taps())
    one, many = (
        spread(apart(load_evidence(name).sound), real).share for name in ("collapse", "taps")
    )
    assert one < 0.5 < many
