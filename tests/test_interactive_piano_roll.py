"""Tunes as piano rolls: in Python, and in a browser that plays the notes itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu.corpora.recipes.tunes import make
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.notes import cents_off
from aigc_edu.music import BASS, Event, Score
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.piano_roll import RATE, piano_roll_of, played

WARM, TAKES = (0.0, 0.9, 2.0), (1, 2)


@cache
def parts():
    scores = {
        (t, take): make(f"dance-{10 * n + take:04d}").cut(0, 1)
        for n, t in enumerate(WARM)
        for take in TAKES
    }
    return scores, {pair: f"Tune {pair[1]} at {pair[0]}." for pair in scores}


@cache
def roll():
    return piano_roll_of(*parts())


def test_what_is_seen_and_heard_are_the_notes():
    scores, said = parts()
    for (temperature, take), score in scores.items():
        v = {"temperature": temperature, "take": take}
        curves = roll().curves(**v)
        assert curves["pitch"].tolist() == [e.pitch for e in score.events]
        assert curves["start"][-1] == pytest.approx(score.events[-1].start * score.step_seconds)
        x = roll().samples(**v)
        assert len(x) == round((score.seconds + 0.25) * RATE) and 0.05 < np.abs(x).max() <= 1
        assert said[temperature, take] in roll().describe(**v)
    assert roll().controls[0].texts == ("0.0", "0.9", "2.0") and roll().controls[1].texts == (
        "1",
        "2",
    )


def test_a_note_has_its_pitch():
    one = {
        "start": np.zeros(1),
        "length": np.ones(1),
        "pitch": np.array([64.0]),
        "voice": np.zeros(1),
    }
    assert abs(cents_off([played(one)], [64], RATE)[0]) < 5
    bass = {**one, "voice": np.full(1, float(BASS))}
    assert np.abs(played(bass)).max() < np.abs(played(one)).max()


def test_the_figure_is_drawn():
    v = roll().settings(temperature=2.0)
    drawn = roll().draw(v, roll().curves(**v))
    assert drawn.axes[0].get_ylabel() == "MIDI number" and len(drawn.axes[0].patches) > 4


def test_what_is_missing_is_refused():
    scores, said = parts()
    with pytest.raises(InvalidValueError, match="every temperature and take"):
        piano_roll_of({k: s for k, s in scores.items() if k != (0.9, 2)}, said)
    with pytest.raises(InvalidValueError, match="without notes"):
        piano_roll_of({**scores, (0.9, 2): Score(())}, said)
    alone = piano_roll_of({(1.0, 1): Score((Event(0, 60, 4),))}, {(1.0, 1): "One."})
    assert len(alone.draw({}, alone.curves(1.0, 1)).axes) == 1


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    interactive.piano_roll(*parts(), take=2)
    assert shown[0].figure.name == "piano_roll" and shown[0].values["take"] == 2
    assert "piano_roll" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_notes_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(roll()), roll())


def test_a_line_goes_along_while_it_plays(opened):  # noqa: F811
    here = opened(roll())
    picture = "() => document.querySelector('canvas').toDataURL()"
    before = here.page.evaluate(picture)
    here.page.get_by_role("button", name="2", exact=True).click()
    assert here.page.evaluate(picture) != before
    assert "Tune 2" in here.page.locator(".aigc-reading").inner_text()
    assert not here.errors


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, roll())
