"""The figure of an AudioLM's temperatures: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.stage_temperatures import stage_temperatures_of

STAGES, VALUES = ("semantic", "fine"), (0.0, 0.6, 1.5)


def some_continuations():
    """Return six tones of six pitches and lengths, and sentences; the boldest come first."""
    clips, sentences = {}, {}
    for n, stage in enumerate(STAGES):
        for m, value in enumerate(reversed(VALUES)):
            length = 1500 + 200 * (3 * n + m)
            clips[stage, value] = 0.4 * np.sin(0.2 * (1 + n + 0.3 * m) * np.arange(length))
            sentences[stage, value] = f"{stage} at {value}."
    return clips, sentences


def stage_temperatures():
    clips, sentences = some_continuations()
    return stage_temperatures_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_continuations(), stage_temperatures()
    for (stage, value), x in clips.items():
        heard = figure.samples(stage=stage, temperature=value)
        assert len(heard) == len(x) and np.abs(heard - x).max() < 0.02, "8 bits, by mu-law"
        told = figure.describe(stage=stage, temperature=value)
        assert told.endswith(sentences[stage, value])
    stage, temperature = figure.controls
    assert stage.values == STAGES
    assert temperature.values == VALUES and temperature.texts == ("0", "0.6", "1.5")


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_continuations()
    for lost in (clips, sentences):
        kept = lost.pop(("fine", 0.6))
        with pytest.raises(InvalidValueError, match="every temperature"):
            stage_temperatures_of(clips, 8000, sentences)
        lost["fine", 0.6] = kept
    with pytest.raises(InvalidValueError, match="every temperature"):
        stage_temperatures_of({}, 8000, {})


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    clips, sentences = some_continuations()
    interactive.stage_temperatures(clips, 8000, sentences, temperature=1.5)
    assert shown[0].values == {"stage": "semantic", "temperature": 1.5}


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(stage_temperatures()), stage_temperatures())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, stage_temperatures())
