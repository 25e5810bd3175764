"""The figure of several models' versions of a word: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.side_by_side import side_by_side_of

ITEMS, LEVELS, MODELS = ("three", "five"), ("as made", "equally loud"), ("one", "other")


def some_clips():
    """Return eight tones of eight pitches, and sentences."""
    settings = [(i, v, m) for i in ITEMS for v in LEVELS for m in MODELS]
    clips = {s: 0.4 * np.sin(0.1 * (n + 1) * np.arange(1200)) for n, s in enumerate(settings)}
    return clips, {s: ", ".join(s) + "." for s in settings}


def side_by_side():
    return side_by_side_of(some_clips()[0], 8000, some_clips()[1])


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_clips(), side_by_side()
    for (item, level, model), x in clips.items():
        told = {"item": item, "level": level, "model": model}
        assert np.abs(figure.samples(**told) - x).max() < 1e-4
        assert figure.describe(**told).endswith(sentences[item, level, model])
    assert [control.values for control in figure.controls] == [ITEMS, LEVELS, MODELS]


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_clips()
    for lost in (clips, sentences):
        kept = lost.pop(("five", "as made", "other"))
        with pytest.raises(InvalidValueError, match="each item, level and model"):
            side_by_side_of(clips, 8000, sentences)
        lost["five", "as made", "other"] = kept


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.side_by_side(*some_clips()[:1], 8000, some_clips()[1], model="other")
    assert shown


def test_the_browser_agrees(opened):  # noqa: F811
    assert_equal_to_numpy(opened(side_by_side()), side_by_side())


def test_it_fits_a_phone(opened):  # noqa: F811
    assert_fits_a_phone(opened, side_by_side())
