"""A figure fed by a notebook: sounds and curves behind a slider, in Python and in the page."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import TOLERANCE, largest_difference, opened  # noqa: F401

from aigc_edu.dsp import mu_law_decode, mu_law_encode
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.interactive import Stages, show_stages
from aigc_edu.teaching.interactive.stages import stages_of


def tones(count: int, length: int = 2400) -> list[np.ndarray]:
    n = np.arange(length)
    return [mu_law_encode(0.3 * np.sin(0.1 * (k + 1) * n)) for k in range(count)]


def made(**changes) -> Stages:
    given = {
        "title": "three stages",
        "alt": "Above, a sound; below, a loss that falls.",
        "label": "Step",
        "texts": ["10", "20", "30"],
        "sounds": {"the network": tones(3), "the recording": tones(1, 900)},
        "lines": {"loss": ([1, 10, 20, 30], [8.0, 5.0, 3.0, 2.0])},
        "marks": [10, 20, 30],
        "readings": ["After 10 steps.", "After 20 steps.", "After 30 steps."],
        "axes": ("step", "bits per sample"),
    }
    return Stages(**given | changes)


def test_each_setting_has_its_sound_and_its_sentence():
    stages = made()
    figure = stages_of(stages)
    for n, codes in enumerate(stages.sounds["the network"]):
        x = figure.samples(stage=n, heard=0)
        assert np.array_equal(x[40:-40], mu_law_decode(codes)[40:-40])
        assert abs(x[0]) < 0.02 and abs(x[-1]) < 0.02
        assert figure.curves(stage=n, heard=0)["mark"] == stages.marks[n]
        assert figure.describe(stage=n).endswith(stages.readings[n])
    once = [figure.samples(stage=n, heard=1) for n in range(3)]
    assert len(once[0]) == 900 and all(np.array_equal(once[0], other) for other in once)


def test_the_picture_keeps_the_ends_of_every_piece():
    curves = stages_of(made()).curves(stage=1, heard=0)
    x = stages_of(made()).samples(stage=1, heard=0)
    assert curves["low"].min() == x.min() and curves["high"].max() == x.max()
    assert len(curves["time"]) == 800 and (curves["low"] <= curves["high"]).all()


def test_a_mark_may_be_a_line():
    lines = {"slow": ([0, 1], [8, 7]), "fast": ([0, 1], [8, 3])}
    texts = {"texts": ["slow", "fast"], "readings": ["Slow.", "Fast."]}
    stages = made(lines=lines, marks=["slow", "fast"], sounds={"it": tones(2)}, **texts)
    assert stages_of(stages).curves(stage=1, heard=0)["mark"] == 1
    stages_of(stages).draw({"stage": 1, "heard": 0}, stages_of(stages).curves(stage=1, heard=0))


@pytest.mark.parametrize(
    "changes",
    [
        {"marks": [1, 2]},
        {"readings": ["One."]},
        {"texts": ["10"], "marks": [10], "readings": ["One."]},
        {"sounds": {"it": tones(2)}},
        {"sounds": {}},
        {"marks": ["loss", "loss", "los"]},
    ],
)
def test_what_does_not_belong_together_is_refused(changes):
    with pytest.raises(InvalidValueError):
        made(**changes)


def test_it_puts_itself_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    show_stages(made(), start=2)
    assert shown[0].values == {"stage": 2, "heard": 0}
    assert 'data-aigc-figure="stages"' in shown[0]._repr_html_()


def test_the_page_says_and_plays_the_same(opened):  # noqa: F811
    figure = stages_of(made())
    here = opened(figure)
    readings = set()
    for stage in range(3):
        for heard in range(2):
            got = here.move(look=True, stage=stage, heard=heard)
            assert largest_difference(figure, got) < TOLERANCE
            assert got["reading"] == made().readings[stage]
            readings.add(got["picture"])
    assert len(readings) == 6 and not here.errors


def test_two_figures_on_a_page_keep_apart(opened):  # noqa: F811
    flat = {"loss": ([1, 30], [1.0, 1.0])}
    one, two = stages_of(made()), stages_of(made(readings=["A.", "B.", "C."], lines=flat))
    here = opened(one, two)
    here.move(stage=2)
    texts = here.page.locator(".aigc-reading").all_text_contents()
    assert texts == ["After 30 steps.", "A."] and not here.errors
    picture = "() => document.querySelector('canvas').toDataURL()"
    before = here.page.evaluate(picture)
    here.page.evaluate("() => document.querySelector('[data-aigc-figure]').aigc.draw()")
    assert here.page.evaluate(picture) == before
