"""The figure of unnamed trainings: losses, a held-out distance and a clip, and what is the matter.

Chapter: chapters/04-adversarial/03-wavegan-training.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Control, Value, choice
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

OPEN = "nothing yet"
_POINTS = 120  # of a loss's line at most: means over as many pieces of the run
_WRONG = "Something else fits better. Go to the last step, look at both panels, and listen."


@dataclass(frozen=True)
class Course:
    """One training, as a notebook has recorded it.

    Attributes
    ----------
    critic, generator
        The two losses of each step, (N,); a run that stopped has fewer.
    distance
        From held-out clips, at each of the stages, (S,).
    clips
        What the generator makes at each stage, samples (T,) in [-1, 1].
    state
        The name of what is the matter.
    why
        A sentence on how one can tell.
    notes
        A sentence on each stage, such as on what else was measured; none by default.
    """

    critic: Sequence[float]
    generator: Sequence[float]
    distance: Sequence[float]
    clips: Sequence[np.ndarray]
    state: str
    why: str
    notes: Sequence[str] = ()


def reading_curves(
    runs: Mapping[str, Course],
    stages: Sequence[int],
    anchors: Mapping[str, float],
    rate: int,
    **start: Value,
) -> None:
    """Show trainings whose state the reader names; see :func:`reading_curves_of`.

    Controls: ``run`` (its letter), ``stage`` (its number), ``said`` (the state that is named).
    """
    show(reading_curves_of(runs, stages, anchors, rate), **start)


def reading_curves_of(
    runs: Mapping[str, Course],
    stages: Sequence[int],
    anchors: Mapping[str, float],
    rate: int,
) -> InteractiveFigure:
    """Return the figure.

    Parameters
    ----------
    runs
        Trainings by their letters.
    stages
        The steps, rising, at which clips were made and distances measured.
    anchors
        Distances to compare with, by name, such as that of white noise.
    rate
        Of the clips, in Hz.

    Raises
    ------
    InvalidValueError
        If there is no run, or not a clip and a distance for every stage.
    """
    for letter, course in runs.items():
        if not len(stages) == len(course.clips) == len(course.distance):
            raise InvalidValueError(f"run {letter} needs a clip and a distance for every stage")
    if not runs or len(stages) < 2:
        raise InvalidValueError("give one run or more, and two stages or more")
    book = _Book(dict(runs), list(stages), dict(anchors), rate)
    return InteractiveFigure(
        name="reading_curves",
        title="what is the matter with this training",
        alt="Above, the losses of critic and generator over the steps; below, the distance of the "
        "generator's clips from held-out ones.",
        rate=rate,
        controls=book.controls(),
        samples=lambda run, stage, said: book.clips[run][stage],
        curves=lambda run, stage, said: book.curves(run, stage),
        reading=lambda v, _: book.reading(v),
        draw=book.draw,
        data=book.data,
        rest=0.5,
        height=440,
    )


class _Book:
    """What the figure looks up, in the form in which it travels to the page."""

    def __init__(
        self,
        runs: dict[str, Course],
        stages: list[int],
        anchors: dict[str, float],
        rate: int,
    ) -> None:
        self.runs, self.stages, self.rate = runs, stages, rate
        self.anchors = {name: _short(value) for name, value in anchors.items()}
        self.clips = {k: [packing.sixteen_bits(x) for x in c.clips] for k, c in runs.items()}
        self.lines = {k: _lines(c) for k, c in runs.items()}
        self.states = list(dict.fromkeys(course.state for course in runs.values()))
        tops = [max(c.distance) for c in runs.values()]
        self.top = _short(1.05 * max([*tops, *anchors.values()]))

    def controls(self) -> tuple[Control, ...]:
        """Return what can be moved: the run, the step, and the state that is named."""
        steps = tuple(f"{step:,}" for step in self.stages)
        places = tuple(range(len(steps)))
        named = {OPEN: OPEN, **{state: state for state in sorted(self.states)}}
        letters = {f"Run {letter}": letter for letter in self.runs}
        return (
            choice("run", "Training", letters, next(iter(self.runs))),
            Control("stage", "Step", "slider", places, steps, places[-1]),
            choice("said", "I say it is", named, OPEN),
        )

    def curves(self, run: str, stage: int) -> Curves:
        """Return the lines of a run, and where the slider stands."""
        lines = {name: np.array(row, float) for name, row in self.lines[run].items()}
        return {**lines, "mark": np.array([self.stages[stage]], float)}

    def reading(self, v: Mapping[str, Value]) -> str:
        """Return what is to be read off, and what becomes of the reader's answer."""
        told = self.sentence(str(v["run"]), int(v["stage"]))
        if v["said"] == OPEN:
            return told
        course = self.runs[v["run"]]
        answer = f"Yes: {course.why}" if v["said"] == course.state else _WRONG
        return f"{told} {answer}"

    def sentence(self, run: str, stage: int) -> str:
        """Return the figures of a stage in words."""
        course, step = self.runs[run], self.stages[stage]
        n = min(step, len(course.critic))
        some = slice(max(0, n - 10), n)  # the mean of ten steps is steadier than one
        losses = (
            f"critic {np.mean(course.critic[some]):.2f}, "
            f"generator {np.mean(course.generator[some]):.2f}"
            if n
            else "nothing learned yet"
        )
        told = f"Step {step:,}: {losses}; distance {course.distance[stage]:,.0f}."
        ended = [f"It stopped in step {n + 1:,}."] if step > n else []
        return " ".join([told, *course.notes[stage : stage + 1], *ended])

    def draw(self, v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
        """Draw losses and distance, one above the other."""
        figure, (upper, lower) = new_figure(2, height=4.4, sharex=True)
        upper.plot(curves["step"], curves["critic"], color=PALETTE["blue"], label="critic")
        orange = PALETTE["orange"]
        upper.plot(curves["step"], curves["generator"], "--", color=orange, label="generator")
        upper.set(ylabel="loss")
        lower.plot(self.stages, curves["distance"], ".-", color=PALETTE["green"], label="made")
        for n, (name, value) in enumerate(self.anchors.items()):
            lower.axhline(value, linestyle=(":", "-.")[n % 2], color="0.5", label=name)
        lower.set(xlabel="step", ylabel="distance", ylim=(0, self.top))
        for ax in (upper, lower):
            ax.axvline(curves["mark"][0], color="black", linestyle=":")
            ax.legend(fontsize=7, loc="upper right")
        return figure

    def data(self) -> dict[str, Any]:
        """Return what the page needs."""
        places = range(len(self.stages))
        return {
            "clips": {k: [packing.packed(x) for x in rows] for k, rows in self.clips.items()},
            "lines": self.lines,
            "stages": self.stages,
            "anchors": [list(pair) for pair in self.anchors.items()],
            "top": self.top,
            "sentences": {k: [self.sentence(k, n) for n in places] for k in self.runs},
            "states": {k: course.state for k, course in self.runs.items()},
            "why": {k: course.why for k, course in self.runs.items()},
            "open": OPEN,
            "wrong": _WRONG,
        }


def _lines(course: Course) -> dict[str, list[float]]:
    """Return the losses, thinned out, and the distances, to four digits."""
    count = len(course.critic)
    size = max(1, -(-count // _POINTS))
    begins = range(0, count, size)
    pieces = {"critic": course.critic, "generator": course.generator}
    means = {k: [_short(np.mean(x[b : b + size])) for b in begins] for k, x in pieces.items()}
    ends = [float(min(b + size, count)) for b in begins]
    return {"step": ends, **means, "distance": [_short(x) for x in course.distance]}


def _short(value: float) -> float:
    return float(f"{value:.4g}")
