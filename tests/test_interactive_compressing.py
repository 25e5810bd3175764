"""The figure of a compressor: in Python, and in a browser that does the same."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu import audio
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.compressing import compressing_of
from aigc_edu.teaching.interactive.packing import sixteen_bits

RATE = 8000


@cache
def sound():
    """A tone that is soft, loud, and soft again."""
    t = np.arange(6000) / RATE
    swell = 0.05 + 0.95 * np.sin(np.pi * t / 0.75) ** 4
    return sixteen_bits(0.6 * np.sin(2 * np.pi * 220 * t) * swell)


@cache
def figure():
    return compressing_of(sound(), RATE)


def settings(**told):
    return figure().settings(**told)


def test_it_is_the_librarys_compressor_that_is_heard():
    v = settings(threshold=-25, ratio=5, attack=1, release=60)
    x = audio.compress(sound(), RATE, -25, 5, 6.0, 0.001, 0.06)
    heard = figure().samples(**v)
    assert np.allclose(heard / np.abs(heard).max(), x / np.abs(x).max())
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.1)
    before = figure().samples(**settings(heard="before"))
    assert np.allclose(before / before.max(), sound() / sound().max())


def test_a_ratio_of_one_takes_nothing():
    v = settings(ratio=1)
    curves = figure().curves(**v)
    assert not curves["down"].any() and np.array_equal(curves["before"], curves["after"])
    assert "At most 0.0 dB" in figure().describe(**v)


def test_the_sentence_tells_how_far_the_highest_sample_stands_out():
    v = settings(threshold=-40, ratio=3, attack=0.1, release=300)
    most, before, after = figure().curves(**v)["told"]
    assert most > 15 and after < before - 1
    assert f"{after:.1f} dB above the mean power; before, {before:.1f} dB" in figure().describe(**v)


def test_the_figure_is_drawn():
    v = settings()
    upper, lower = figure().draw(v, figure().curves(**v)).axes
    assert upper.get_ylim() == (-60, 0) and len(lower.lines) == 1


def test_silence_is_refused():
    with pytest.raises(InvalidValueError, match="silent"):
        compressing_of(np.zeros(100), RATE)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.compressing(sound(), RATE, ratio=10)
    assert shown[0].figure.name == "compressing" and shown[0].values["ratio"] == 10
    assert "compressing" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_curves_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure()), figure())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure())
