"""The figure of a sentence in many manners: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.manners import manners_of

NOISES, SPEEDS = (1.5, 0.0, 0.667), (1.0, 2.0)


def some_manners():
    """Return six tones of six pitches and lengths, and sentences, in no order."""
    clips, sentences = {}, {}
    for n, noise in enumerate(NOISES):
        for m, speed in enumerate(SPEEDS):
            count = 1600 + 100 * (2 * n + m)
            clips[noise, speed] = 0.4 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(count))
            sentences[noise, speed] = f"noise {noise}, speed {speed}."
    return clips, sentences


def manners():
    clips, sentences = some_manners()
    return manners_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_manners(), manners()
    for (noise, speed), x in clips.items():
        heard = figure.samples(noise=noise, speed=speed)
        assert len(heard) == len(x) and np.abs(heard - x).max() < 1e-4
        assert figure.describe(noise=noise, speed=speed).endswith(sentences[noise, speed])


def test_it_begins_with_the_usual_manner():
    noise, speed = manners().controls
    assert noise.values == tuple(sorted(NOISES)) and noise.start == 0.667
    assert noise.texts == ("0.00", "0.67", "1.50")
    assert speed.values == SPEEDS and speed.start == 1.0


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_manners()
    for lost in (clips, sentences):
        kept = lost.pop((1.5, 2.0))
        with pytest.raises(InvalidValueError, match="every noise and speed"):
            manners_of(clips, 8000, sentences)
        lost[1.5, 2.0] = kept


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.manners(some_manners()[0], 8000, some_manners()[1], noise=1.5)
    assert shown[0].values == {"noise": 1.5, "speed": 1.0}


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(manners()), manners())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, manners())
