"""One sentence in several rhythms: in Python, and in a browser that changes durations itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu import corpora, dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.rhythm import rhythm_of

HOP, RATE = 200, 16_000


@cache
def parts():
    clip = corpora.load("sentences")[1]
    labels = [phoneme.symbol or "pause" for phoneme in clip.phonemes[:14]]
    frames = np.array([(p.stop - p.start) // HOP for p in clip.phonemes[:14]])
    random = np.random.default_rng(0)
    told = {"recorded": frames, "equal": np.full(len(frames), 5)}
    drawn = {(s, n): random.integers(1, 12, len(frames)) for s in (0.0, 0.8, 1.6) for n in (1, 2)}
    return clip.samples[: HOP * frames.sum()], labels, told, drawn


@cache
def sentence():
    x, labels, told, drawn = parts()
    return rhythm_of(x, RATE, HOP, labels, told, drawn)


def test_what_is_heard_has_the_durations_that_are_seen():
    x, _, told, drawn = parts()
    whole = sentence().settings()
    assert np.allclose(sentence().samples(**whole), x, atol=2**-15)
    for rhythm, noise, take, frames in (
        ("equal", 0.0, 1, told["equal"]),
        ("drawn", 0.8, 2, drawn[0.8, 2]),
    ):
        v = sentence().settings(rhythm=rhythm, noise=noise, take=take)
        heard = sentence().samples(**v)
        assert len(heard) == HOP * frames.sum()
        assert np.allclose(np.diff(sentence().curves(**v)["now"]), HOP * frames / RATE)
        assert np.allclose(heard, dsp.retime(x, HOP * told["recorded"], HOP * frames), atol=1e-3)
    assert "noise" not in sentence().describe(rhythm="equal")
    assert "drawn (noise 0.8)" in sentence().describe(rhythm="drawn", noise=0.8)
    fast = sentence().curves(**sentence().settings(speed=200))["now"]
    assert fast[-1] == pytest.approx(len(x) / RATE / 2, abs=1e-3)


def test_the_figure_is_drawn():
    v = sentence().settings(rhythm="equal")
    drawn = sentence().draw(v, sentence().curves(**v))
    assert [t.get_text() for t in drawn.axes[0].get_yticklabels()] == ["heard", "recorded"]


def test_what_is_missing_or_does_not_fit_is_refused():
    x, labels, told, drawn = parts()
    with pytest.raises(InvalidValueError, match="all pairs"):
        rhythm_of(x, RATE, HOP, labels, told, {k: d for k, d in drawn.items() if k != (0.8, 1)})
    with pytest.raises(InvalidValueError, match="1 frame or more"):
        rhythm_of(x, RATE, HOP, labels, {"recorded": 0 * told["equal"]}, drawn)
    with pytest.raises(InvalidValueError, match="13 durations"):
        rhythm_of(x, RATE, HOP, labels[1:], told, drawn)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    x, labels, told, drawn = parts()
    interactive.rhythm(x, RATE, HOP, labels, told, drawn, speed=150)
    assert shown[0].figure.name == "rhythm" and shown[0].values["speed"] == 150
    assert "rhythm" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_durations_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(sentence()), sentence())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, sentence())
