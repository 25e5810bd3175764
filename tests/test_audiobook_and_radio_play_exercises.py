"""The checks of the chapter Audiobook and radio play name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.audio import loudness
from aigc_edu.checks.product.audiobook_and_radio_play import FAULTS, RATE, TAKES, take_with
from aigc_edu.teaching import check


def line(text, voices):
    who, colon, words = text.partition(":")
    return (who, words.strip()) if colon and who in voices else (None, text)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda t, v: (t.split(":")[0], t.partition(":")[2].strip()), "narrator reads"),
        (lambda t, v: (None, t), "before the first colon"),
        (
            lambda t, v: (line(t, v)[0], t.partition(":")[2] or t) if line(t, v)[0] else (None, t),
            "white space",
        ),
        (
            lambda t, v: (line(t, v)[0], t.split(":")[1].strip()) if line(t, v)[0] else (None, t),
            "first colon only",
        ),
        (
            lambda t, v: (
                (line(t, v)[0], t.rpartition(":")[2].strip()) if line(t, v)[0] else (None, t)
            ),
            "not at the last",
        ),
        (lambda t, v: (line(t, v)[0], t), "isn't read aloud"),
        (lambda t, v: line(t, v)[1], "return a pair"),
        (lambda t, v: (None, "something"), "colon is a voice"),
        (lambda t, v: ..., "not written yet"),
    ],
)
def test_line_names_the_mistake(answer, hint):
    assert check("book-line", line).passed
    assert hint in check("book-line", answer).hint


def marks(lengths, pause, rate):
    starts = np.cumsum([0, *[n + pause for n in lengths[:-1]]])
    return [0, *((starts[1:] - pause / 2) / rate)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda n, p, r: [0, *(np.cumsum([k + p for k in n[:-1]]) / r)], "half a pause before"),
        (
            lambda n, p, r: [0, *((np.cumsum([k + p for k in n[:-1]]) - p) / r)],
            "half a pause later",
        ),
        (lambda n, p, r: [r * m for m in marks(n, p, r)], "divide by the rate"),
        (
            lambda n, p, r: [-p / 2 / r if len(n) > 1 else 0, *marks(n, p, r)[1:]],
            "first mark stands at 0",
        ),
        (lambda n, p, r: [0, *((np.cumsum(n[:-1]) + p / 2) / r)], "pauses before count"),
        (lambda n, p, r: marks(n, p, r)[1:] or [0], "for the first chapter is missing"),
        (lambda n, p, r: [*marks(n, p, r), (sum(n) + p * (len(n) - 0.5)) / r], "end of the file"),
        (lambda n, p, r: [7.0] * len(n), "they should be"),
        (lambda n, p, r: ..., "not written yet"),
    ],
)
def test_marks_name_the_mistake(answer, hint):
    assert check("book-marks", marks).passed
    assert hint in check("book-marks", answer).hint


def distance(h):
    return h[0] / np.sqrt(np.sum(h[1:] ** 2))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda h: distance(h) ** 2, "take the root"),
        (lambda h: 1 / distance(h), "wrong way round"),
        (lambda h: 1 / np.sqrt(np.sum(h**2)), "leave h[0] out"),
        (lambda h: 1 / np.sqrt(np.sum(np.abs(h[1:]))), "energies are squares"),
        (lambda h: 10 * np.log10(np.sum(h[1:] ** 2)), "decibels"),
        (lambda h: 1 / np.sqrt(np.mean(h[1:] ** 2)), "not their mean"),
        (lambda h: 5.0, "not 5.000"),
        (lambda h: ..., "not written yet"),
    ],
)
def test_distance_names_the_mistake(answer, hint):
    assert check("book-distance", distance).passed
    assert hint in check("book-distance", answer).hint


def fault(take):
    pauses = [b[0] - a[1] for a, b in zip(take.lines, take.lines[1:], strict=False)]
    if min(pauses) < max(pauses) / 2:
        return "hasty"
    top = np.abs(take.samples).max()
    if np.mean(np.abs(take.samples) > 0.999 * top) > 1e-3:
        return "clipped"
    levels = [loudness(take.samples[a:b], RATE) for a, b in take.lines]
    return "levels" if np.ptp(levels) > 3 else "none"


@pytest.mark.parametrize("name", FAULTS[:-1])
def test_fault_names_the_mistake(name):
    def wrong(take):
        found = fault(take)
        return next(f for f in FAULTS if f != name) if found == name else found

    hint = check("book-fault", wrong).hint
    assert f"where it was {name!r}" in hint


def test_faults_are_found_by_measuring_and_walls_by_ears():
    assert check("book-fault", fault).passed
    found = {name: fault(take) for name, take in TAKES.items()}
    assert found == {"A": "hasty", "B": "none", "C": "levels", "D": "clipped", "E": "none"}
    assert "return one of" in check("book-fault", lambda take: "loud").hint
    assert "not written yet" in check("book-fault", lambda take: ...).hint
    far = take_with("far")
    levels = [loudness(far.samples[a:b], RATE) for a, b in far.lines]
    assert np.ptp(levels) < 2
