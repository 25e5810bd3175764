"""The figure of a listening test: people rate sounds, or tell them apart, in the page itself.

Chapter: chapters/06-product/02-listening-tests.ipynb

Three kinds. ``"mushra"`` rates several versions of a sound beside an open reference, which is
hidden among them once more; it follows ITU-R BS.1534, but for its anchors and its room. ``"abx"``
asks whether X is A or B, ``"ab"`` which of two is better. The answers stay in the browser until the
listener saves them as a file; :func:`aigc_edu.evaluation.listening.read_answers` reads those.
"""

from __future__ import annotations

import math
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, buttons
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.listening_tests import ListeningTest
from aigc_edu.teaching.interactive.packing import packed
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

LEAST = 90  # a hidden reference that is rated lower was not recognised (ITU-R BS.1534-3)
SHARE = 0.15  # of the trials: who doesn't recognise it more often is left out (the same)


def listening(test: ListeningTest, **start: Value) -> None:
    """Put a listening test on the page. Controls: ``trial``, from 1, and ``heard``, a letter."""
    show_on_page(listening_of(test), **start)


def listening_of(test: ListeningTest) -> InteractiveFigure:
    """Return the figure of a listening test, as it is before anything has been answered."""
    seed = test.seed or 0

    def samples(trial: int, heard: str) -> np.ndarray:
        return test.sound(test.item_of(trial, seed)[1], test.version_of(trial, heard, seed))

    return InteractiveFigure(
        name="listening",
        title="a listening test",
        alt=ALTS[test.kind],
        rate=test.rate,
        controls=_controls(test),
        samples=samples,
        curves=lambda trial, heard: unanswered(test),
        reading=lambda v, curves: reading(test, curves),
        draw=lambda v, curves: _draw(test, curves),
        data=lambda: _data(test),
        rest=0.25,
        height=70 + 34 * len(test.versions) if test.kind == "mushra" else 220,
    )


ALTS = {
    "mushra": "The results, once all trials are answered: for each version its mean rating from "
    "0 to 100, with a 95 % interval.",
    "abx": "The results: how probable each number of right answers is for someone who guesses; "
    "once all trials are answered, a line at yours.",
    "ab": "The results: how probable each number of choices of one version is for someone who "
    "guesses; once all trials are answered, a line at yours.",
}


def unanswered(test: ListeningTest) -> Curves:
    """Return the curves of a test without answers; -1 stands for what isn't known yet."""
    if test.kind == "mushra":
        unknown = np.full(len(test.versions), -1.0)
        numbers = {"answered": np.zeros(1), "missed": np.full(1, -1.0)}
        return {**numbers, "means": unknown, "lows": unknown, "highs": unknown}
    hits = range(test.trials + 1)
    chance = np.array([math.comb(test.trials, n) for n in hits]) / 2.0**test.trials
    return {"answered": np.zeros(1), "hits": np.full(1, -1.0), "chance": chance}


def reading(test: ListeningTest, curves: Curves) -> str:
    """Return the sentences on what has been answered so far, or on the results."""
    if curves["means" if test.kind == "mushra" else "hits"][0] >= 0:
        return _of_ratings(test, curves) if test.kind == "mushra" else _of_hits(test, curves)
    answered = int(curves["answered"][0])
    done = "Finish shows the results, and ends the test."
    later = "Then the results will stand here." if answered < test.trials else done
    return f"{answered} of {test.trials} trials answered. {later}"


def _of_ratings(test: ListeningTest, curves: Curves) -> str:
    numbers = (np.clip(curves[name], 0, 100) for name in ("means", "lows", "highs"))
    rows = zip(test.versions, *(map(text, row) for row in numbers), strict=True)
    means = ", ".join(f"{name} {mean} ({low} to {high})" for name, mean, low, high in rows)
    missed = int(curves["missed"][0])
    told = f"Your means over {test.trials} trials, with 95 % intervals: {means}."
    told += f" The hidden reference got less than {LEAST} in {missed}."
    return told + (" A test for real would leave you out." if missed > SHARE * test.trials else "")


def _of_hits(test: ListeningTest, curves: Curves) -> str:
    hits, n = int(curves["hits"][0]), test.trials
    tail = float(curves["chance"][max(hits, n - hits) if test.kind == "ab" else hits :].sum())
    if test.kind == "abx":
        return (
            f"You were right in {hits} of {n} trials. Who only guesses is so good, or better, with "
            f"a probability of {text(100 * tail, 1)} %."
        )
    one, other = test.versions
    return (
        f"You chose {one} in {hits} of {n} trials and {other} in {n - hits}. Who only guesses "
        f"chooses so unevenly, or more, with a probability of {text(100 * min(1, 2 * tail), 1)} %."
    )


def _controls(test: ListeningTest) -> tuple[Control, Control]:
    numbers = tuple(range(1, test.trials + 1))
    texts = tuple(f"{n} of {test.trials}" for n in numbers)
    letters = {letter: letter for letter in test.letters}
    return (
        Control("trial", "Trial", "choice", numbers, texts, 1),
        buttons("heard", "Listen", letters, test.letters[0]),
    )


def _data(test: ListeningTest) -> dict[str, Any]:
    """Return what the script has to know."""
    sounds = [[packed(test.sound(i, v)) for v in test.versions] for i in test.items]
    return {
        "name": test.name,
        "kind": test.kind,
        "items": test.items,
        "versions": test.versions,
        "reference": test.reference if test.kind == "mushra" else "",
        "rounds": test.rounds,
        "seed": test.seed,
        "mark": test.mark,
        "least": LEAST,
        "sounds": sounds,
    }


def _draw(test: ListeningTest, curves: Curves) -> matplotlib.figure.Figure:
    if test.kind != "mushra":
        figure, ax = new_figure(height=2.2)
        ax.bar(np.arange(test.trials + 1), curves["chance"])
        if curves["hits"][0] >= 0:
            ax.axvline(curves["hits"][0], color="black", linestyle=":")
        ax.set(xlabel=COUNTED[test.kind], ylabel="probability")
        return figure
    figure, ax = new_figure(height=2.6)
    places = np.arange(len(test.versions))
    if curves["means"][0] >= 0:
        ax.hlines(places, curves["lows"], curves["highs"])
        ax.plot(curves["means"], places, "o")
    ax.set(xlim=(0, 100), xlabel="rating", yticks=places, yticklabels=test.versions)
    ax.invert_yaxis()
    return figure


COUNTED = {"abx": "right answers", "ab": "choices of the first version"}
