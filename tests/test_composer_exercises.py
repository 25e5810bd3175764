"""The checks of the chapter An AI composer name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.composer import FAULTS, PATIENTS, learned_tunes, tunes_of
from aigc_edu.evaluation.tunes import copied, mean_scores
from aigc_edu.teaching import check


def words(notes, bar):
    row, bars = [], 0
    for start, pitch, length in notes:
        while bars <= start // bar:
            row.append("bar")
            bars += 1
        row += [f"position {start % bar}", f"melody {pitch}", f"length {length}"]
    return [*row, "end"]


def skipping(notes, bar):
    row, bars = [], -1
    for start, pitch, length in notes:
        if start // bar != bars:
            row.append("bar")
            bars = start // bar
        row += [f"position {start % bar}", f"melody {pitch}", f"length {length}"]
    return [*row, "end"]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda notes, bar: words(notes, bar)[:-1], "end is missing"),
        (lambda notes, bar: words(notes, bar)[1:], "the first bar begins"),
        (
            lambda notes, bar: (
                [
                    w
                    for s, p, d in notes
                    for w in ("bar", f"position {s % bar}", f"melody {p}", f"length {d}")
                ]
                + ["end"]
            ),
            "not for each note",
        ),
        (lambda notes, bar: words(notes, bar)[:3], "should be 'length 4', not 'none'"),
        (lambda notes, bar: [*words(notes, bar), "end"], "should be 'none', not 'end'"),
        (skipping, "a bar without a note"),
        (lambda notes, bar: ..., "not written yet"),
    ],
)
def test_words_names_the_mistake(answer, hint):
    assert check("composer-words", words).passed
    assert hint in check("composer-words", answer).hint


def test_words_knows_wrong_places_and_orders():
    def absolute(notes, bar):
        row = words(notes, bar)
        starts = iter(start for start, *_ in notes)
        return [f"position {next(starts)}" if w.startswith("position") else w for w in row]

    def late(notes, bar):
        row, n = words(notes, bar), 0
        while n < len(row):
            if row[n].startswith("position"):
                row[n : n + 3] = [row[n + 1], row[n + 2], row[n]]
                n += 2
            n += 1
        return row

    assert "start % bar" in check("composer-words", absolute).hint
    assert "position, melody, length" in check("composer-words", late).hint


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def chances(logits, may, temperature):
    return softmax(np.where(may, logits / temperature, -np.inf))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, m, t: softmax(x / t), "still get a share"),
        (lambda x, m, t: softmax(np.where(m, x / t, 0)), "minus infinity"),
        (lambda x, m, t: np.where(m, softmax(x / t), 0), "sum to 1 again"),
        (lambda x, m, t: softmax(np.where(m, x * t, -np.inf)), "don't multiply"),
        (lambda x, m, t: softmax(np.where(m, x, -np.inf)), "temperature is missing"),
        (lambda x, m, t: softmax(np.where(m, x, -np.inf)) / t, "not the probabilities"),
        (lambda x, m, t: softmax(np.where(m, -np.inf, x / t)), "True means"),
        (lambda x, m, t: np.ones(8) / 7, "sum should be 1"),
        (lambda x, m, t: ..., "not written yet"),
    ],
)
def test_chances_names_the_mistake(answer, hint):
    assert check("composer-chances", chances).passed
    assert hint in check("composer-chances", answer).hint


def runs(line, n):
    return {
        tuple((p - line[i][0], d) for p, d in line[i : i + n]) for i in range(len(line) - n + 1)
    }


def longest(line, learned, runs=runs, start=1):
    best = 0
    for n in range(start, len(line) + 1):
        if runs(line, n) & set().union(*(runs(one, n) for one in learned)):
            best = n
    return best


def with_pitches(line, n):
    return {tuple(line[i : i + n]) for i in range(len(line) - n + 1)}


def without_lengths(line, n):
    return {tuple(p for p, _ in run) for run in runs(line, n)}


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b: longest(a, b, with_pitches), "above the run's first one"),
        (lambda a, b: longest(a, b, without_lengths), "lengths have to agree"),
        (lambda a, b: longest(a, b) - 1, "not the steps between them"),
        (lambda a, b: longest(a, b[:1]), "through all melodies"),
        (
            lambda a, b: longest(a, b) if len(a) != 3 else 2,
            "no gaps",
        ),
        (lambda a, b: ..., "not written yet"),
    ],
)
def test_longest_names_the_mistake(answer, hint):
    assert check("composer-longest", longest).passed
    assert hint in check("composer-longest", answer).hint


def fault(tunes, learned):
    if copied(tunes, learned) > 0.9:
        return "copyist"
    scores = {name: mean for name, (mean, _) in mean_scores(tunes).items()}
    if scores["repeats"] > 0.95:
        return "looping"
    return "keyless" if scores["in_key"] < 0.9 else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("copyist", "none", "beside what was learned"),
        ("keyless", "none", "no scale"),
        ("looping", "copyist", "comes to an end"),
        ("none", "copyist", "by chance"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(tunes, learned):
        right = fault(tunes, learned)
        return instead if right == found else right

    assert hint in check("composer-fault", wrong).hint


def test_the_faults_are_found_by_measuring():
    assert check("composer-fault", fault).passed
    assert sorted(fault(tunes, learned_tunes()) for tunes in PATIENTS.values()) == sorted(FAULTS)
    assert tunes_of("looping", 3)[0].bars == 8
