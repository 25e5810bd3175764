"""The figure of lossy formats: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.codecs_heard import codecs_heard_of

STEPS, NAMES = (1, 2, 3), ("MP3", "Opus")


def some_copies():
    """Return six tones of six pitches, and sentences; the highest bit rate comes first."""
    clips, sentences = {}, {}
    for n, step in enumerate(reversed(STEPS)):
        for m, name in enumerate(NAMES):
            clips[name, step] = 0.4 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(1600))
            sentences[name, step] = f"{name} at {step}."
    return clips, sentences


def codecs_heard():
    clips, sentences = some_copies()
    return codecs_heard_of(clips, 8000, sentences)


def test_each_setting_has_its_clip_and_sentence():
    (clips, sentences), figure = some_copies(), codecs_heard()
    for (name, step), x in clips.items():
        assert np.abs(figure.samples(codec=name, bits=step) - x).max() < 1e-4
        assert figure.describe(codec=name, bits=step).endswith(sentences[name, step])
    codec, rate = figure.controls
    assert codec.values == NAMES and rate.values == STEPS
    assert rate.texts[0] == "1 of 3" and figure.once


def test_a_missing_clip_or_sentence_is_refused():
    clips, sentences = some_copies()
    for lost in (clips, sentences):
        kept = lost.pop(("Opus", 2))
        with pytest.raises(InvalidValueError, match="every format and bit rate"):
            codecs_heard_of(clips, 8000, sentences)
        lost["Opus", 2] = kept
    with pytest.raises(InvalidValueError, match="every format"):
        codecs_heard_of({}, 8000, {})


def test_the_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    clips, sentences = some_copies()
    interactive.codecs_heard(clips, 8000, sentences, codec="Opus", bits=3)
    assert shown[0].values == {"codec": "Opus", "bits": 3}


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(codecs_heard()), codecs_heard())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, codecs_heard())
