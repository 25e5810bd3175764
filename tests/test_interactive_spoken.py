"""The figures of one line in many ways: in Python, and in a real browser."""

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
from aigc_edu.teaching.interactive.spoken import designed_voice_of, how_far_of, must_fit_of

RATE = 8000
CASES = {
    "designed_voice": (designed_voice_of, (4.0, -4.0, 0.0), (1.2, 1.0), ("pitch", "formants")),
    "how_far": (how_far_of, ("dry", "hall"), (4.0, 1.0), ("room", "distance")),
    "must_fit": (must_fit_of, ("voice", "tape"), (1.2, 0.8), ("way", "seconds")),
}
each_figure = pytest.mark.parametrize("name", CASES)


def parts(name):
    """Return a tone for each setting, and a sentence, in no order."""
    _, first, second, _ = CASES[name]
    clips, sentences = {}, {}
    for n, a in enumerate(first):
        for m, b in enumerate(second):
            count = 1200 + 100 * (2 * n + m)
            clips[a, b] = 0.4 * np.sin(0.2 * (1 + n + 0.5 * m) * np.arange(count))
            sentences[a, b] = f"{a} and {b}."
    return clips, sentences


def figure(name):
    clips, sentences = parts(name)
    return CASES[name][0](clips, RATE, sentences)


@each_figure
def test_each_setting_has_its_clip_and_sentence(name):
    (clips, sentences), made, controls = parts(name), figure(name), CASES[name][3]
    assert tuple(control.name for control in made.controls) == controls
    for setting, x in clips.items():
        chosen = dict(zip(controls, setting, strict=True))
        heard = made.samples(**chosen)
        assert len(heard) == len(x) and np.abs(heard - x).max() < 0.02  # mu-law's step
        assert made.describe(**chosen).endswith(sentences[setting])


@each_figure
def test_a_missing_clip_or_sentence_is_refused(name):
    clips, sentences = parts(name)
    setting = next(iter(clips))
    for lost in (clips, sentences):
        kept = lost.pop(setting)
        with pytest.raises(InvalidValueError, match="a clip and a sentence"):
            CASES[name][0](clips, RATE, sentences)
        lost[setting] = kept


@each_figure
def test_the_call_puts_it_on_the_page(name, monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    clips, sentences = parts(name)
    getattr(interactive, name)(clips, RATE, sentences)
    assert shown[0].figure.name == "clips"


def test_sliders_begin_where_nothing_is_changed():
    assert figure("designed_voice").settings() == {"pitch": 0.0, "formants": 1.0}
    assert figure("designed_voice").controls[0].texts == ("-4", "0", "+4")
    assert figure("how_far").settings() == {"room": "dry", "distance": 1.0}
    assert figure("must_fit").settings() == {"way": "voice", "seconds": 1.2}


@each_figure
def test_samples_and_curves_equal_numpys_over_all_controls(name, opened):  # noqa: F811
    assert_equal_to_numpy(opened(figure(name)), figure(name))


def test_they_fit_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, figure("must_fit"))
