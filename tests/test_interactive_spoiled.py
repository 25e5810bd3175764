"""The figure of spoiled copies: in Python, and in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import assert_equal_to_numpy, opened  # noqa: F401

from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.spoiled import spoiled_of

DAMAGES, STRENGTHS = ("hiss", "late"), (1, 2, 3)


def some_copies():
    """Return six tones, the strongest damage first, and sentences."""
    clips, sentences = {}, {}
    for n, strength in enumerate(reversed(STRENGTHS)):
        for m, damage in enumerate(DAMAGES):
            clips[damage, strength] = 0.3 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(1600))
            sentences[damage, strength] = f"{damage}, {strength}."
    return clips, sentences


def test_each_setting_has_its_clip_and_sentence(monkeypatch):
    (clips, sentences), shown = some_copies(), []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.spoiled(clips, 8000, sentences, damage="late")
    figure = shown[0].figure
    assert shown[0].values == {"damage": "late", "strength": 1}
    for (damage, strength), x in clips.items():
        assert np.abs(figure.samples(damage=damage, strength=strength) - x).max() < 1e-4
        told = figure.describe(damage=damage, strength=strength)
        assert told.endswith(sentences[damage, strength])
    del clips["late", 2]
    with pytest.raises(InvalidValueError, match="every damage"):
        spoiled_of(clips, 8000, sentences)


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    figure = spoiled_of(some_copies()[0], 8000, some_copies()[1])
    assert_equal_to_numpy(opened(figure), figure)
