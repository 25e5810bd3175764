"""The figure of unnamed trainings, in Python and in a browser."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.reading_curves import Course, reading_curves_of

STAGES, ANCHORS = (0, 100, 250), {"white noise": 900.0, "real": 40.5}


def courses():
    n = np.arange(2048)
    clips = [[0.5 * np.sin((0.1 + 0.1 * k + 0.05 * i) * n) for i in range(3)] for k in range(2)]
    steps = np.arange(250)
    fine = Course(
        0.7 - steps / 5000,
        0.7 + steps / 5000,
        [800.0, 300.0, 123.4],
        clips[0],
        "healthy",
        "it falls.",
        ["First.", "Second.", "Last."],
    )
    stopped = Course(
        steps[:120] ** 2.0, -steps[:120], [800.0, 850.0, 850.0], clips[1], "diverged", "it blew up."
    )
    return {"A": fine, "B": stopped}


def figure():
    return reading_curves_of(courses(), STAGES, ANCHORS, 8000)


def test_each_setting_has_its_clip_its_lines_and_its_figures():
    made, runs = figure(), courses()
    for letter, run in runs.items():
        for n, step in enumerate(STAGES):
            v = {"run": letter, "stage": n, "said": "nothing yet"}
            assert np.abs(made.samples(**v) - run.clips[n]).max() <= 2**-16
            curves = made.curves(**v)
            assert curves["mark"] == step and np.allclose(
                curves["distance"], run.distance, rtol=1e-3
            )
            assert len(curves["step"]) == len(curves["critic"]) <= 120
            assert curves["step"][-1] == len(run.critic)
            assert f"distance {run.distance[n]:,.0f}." in made.describe(**v)
    assert "critic 0.65, generator 0.75" in made.describe(run="A", stage=2)
    assert "nothing learned yet" in made.describe(run="A", stage=0)


def test_means_over_pieces_are_shown():
    made = figure().curves(run="A", stage=0, said="nothing yet")
    assert made["critic"][0] == pytest.approx(np.mean(courses()["A"].critic[:3]), abs=1e-4)
    assert made["step"][:2].tolist() == [3, 6] and made["step"][-1] == 250


def test_a_run_that_stopped_says_where():
    assert "It stopped in step 121." in figure().describe(run="B", stage=2)
    assert "stopped" not in figure().describe(run="B", stage=1)
    assert "First. Last." not in figure().describe(run="A", stage=2)
    assert figure().describe(run="A", stage=2).endswith("distance 123. Last.")


def test_the_answer_is_checked_and_not_given_away():
    made = figure()
    for letter, state, why in (("A", "healthy", "it falls."), ("B", "diverged", "it blew up.")):
        other = {"healthy": "diverged", "diverged": "healthy"}[state]
        assert f"Yes: {why}" in made.describe(run=letter, said=state)
        assert "Something else" in made.describe(run=letter, said=other)
        assert why not in made.describe(run=letter, said=other) + made.describe(run=letter)


def test_what_is_missing_is_refused():
    runs = courses()
    for wrong in ({}, {"A": runs["A"]}):
        with pytest.raises(InvalidValueError, match="one run|every stage"):
            reading_curves_of(wrong, STAGES[: 2 if wrong else 3], ANCHORS, 8000)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.reading_curves(courses(), STAGES, ANCHORS, 8000, run="B", stage=1)
    assert shown[0].figure.name == "reading_curves" and shown[0].values["run"] == "B"
    assert "reading_curves" in interactive.FED
    v = shown[0].values
    drawn = shown[0].figure.draw(v, shown[0].figure.curves(**v))
    assert len(drawn.axes[1].lines) == 4  # made, two anchors, the mark


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_the_page_answers_as_python_does(opened):  # noqa: F811
    here, made = opened(figure()), figure()
    readings = set()
    for said in range(len(made.controls[2].values)):
        got = here.move(run=1, stage=2, said=said)
        v = {name: got["values"][name] for name in ("run", "stage", "said")}
        assert v["run"] == "B" and got["reading"] == made.reading(v, made.curves(**v))
        readings.add(got["reading"])
    assert len(readings) == 3


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
