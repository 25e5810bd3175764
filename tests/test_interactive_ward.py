"""The ward: in Python, and in a real browser."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.ward import STATES, Stay, ward_of

RATE = 8000
ANCHORS = {"a guess": 8.0, "the histogram": 6.0}


def stay(frequency: float, end: float, said: str, anchors=ANCHORS) -> Stay:
    t = np.arange(int(0.2 * RATE) + round(frequency)) / RATE
    curve = [(n, end + (8 - end) / n) for n in range(1, 20)]
    curves = {"train": curve, "held out": [(10, end + 1), (19, end + 0.5)]}
    return Stay(curves, anchors, "bits", 0.3 * np.sin(2 * np.pi * frequency * t), said)


@cache
def figure():
    other = {"critic": [(1, 1.4), (9, 0.7)], "generator": [(1, -0.7), (9, 0.8)]}
    game = stay(900, 2, "A game.")
    game = Stay(other, {}, "loss", game.sound, "A game.")
    away = stay(500, 90, "It left the picture.")
    return ward_of(
        {"A": (stay(300, 0.1, "Too good."), stay(600, 3, "Better.")), "B": (away, game)}, RATE
    )


def test_each_patient_has_its_own_curve_and_sound():
    assert [len(control.values) for control in figure().controls] == [2, 2]
    assert "Too good." in figure().describe(patient="A", state="ill")
    ill, mended = (figure().curves(patient="A", state=state) for state in STATES)
    assert ill["value0"][-1] < 1 < mended["value0"][-1]
    assert ill["levels"].shape == mended["levels"].shape, "one axis of time for all"
    assert ill["levels"][8].argmax() * RATE / 256 == pytest.approx(300, abs=32)
    assert np.allclose(
        figure().samples(patient="A", state="ill"), stay(300, 1, "").sound, atol=1e-4
    )


def test_a_curve_that_leaves_does_not_hide_the_anchors():
    v = figure().settings(patient="B", state="ill")
    drawn = figure().draw(v, figure().curves(**v))
    assert 8 < drawn.axes[0].get_ylim()[1] < 20
    v = figure().settings(patient="B", state="mended")
    low, high = figure().draw(v, figure().curves(**v)).axes[0].get_ylim()
    assert low < -0.7 and high > 1.4


def test_what_is_missing_is_refused():
    with pytest.raises(InvalidValueError, match="one patient"):
        ward_of({}, RATE)
    silent = Stay({"train": [(1, 8.0)]}, {}, "bits", np.zeros(0), "")
    with pytest.raises(InvalidValueError, match="A, ill"):
        ward_of({"A": (silent, silent)}, RATE)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    one = stay(300, 1, "One.")
    interactive.ward({"A": (one, one)}, RATE, state="mended")
    assert shown[0].figure.name == "ward" and shown[0].values["state"] == "mended"
    assert "ward" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_numbers_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_keys_and_buttons_choose_a_patient(opened):  # noqa: F811
    here = opened(figure())
    here.page.get_by_role("button", name="B", exact=True).press("Enter")
    values = here.page.evaluate("() => document.querySelector('figure').aigc.values()")
    assert values["patient"] == "B" and not here.errors


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
