"""The keyboard between two timbres: in Python, and in a browser that makes sound of images."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from test_interactive_browser import (  # noqa: F401
    PATIENCE,
    assert_equal_to_numpy,
    assert_fits_a_phone,
    opened,
)

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.gansynth import GANSynthConfig, image_of, sound_of
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive.mixed_notes import mixed_notes_of, note_name

CONFIG = GANSynthConfig(bands=128, frames=8, channels=(8, 8))
PITCHES, MIXES = (59, 60, 61, 64), (0, 50, 100)
VALUES = "() => document.querySelector('figure').aigc.values()"
COUNT = """() => {
  const {sound} = aigcFigures, {play} = sound;
  sound.plays = 0;
  sound.play = (...all) => { sound.plays++; play(...all); };
}"""
PLAYS = "() => aigcFigures.sound.plays"


@cache
def parts():
    images, said = {}, {}
    for pitch in PITCHES:
        for mix in MIXES:
            f = dsp.midi_to_hz(pitch)
            tone = sum(
                dsp.sine(k * f, CONFIG.length / CONFIG.rate, CONFIG.rate) / k
                for k in range(1, 2 + mix // 25)
            )
            images[pitch, mix] = image_of(0.3 * tone, CONFIG)
            said[pitch, mix] = f"{note_name(pitch)} at {mix} %."
    return images, said


@cache
def keyboard():
    images, said = parts()
    return mixed_notes_of(images, CONFIG, said, ("dull", "bright"))


def test_each_note_is_the_sound_of_its_image():
    images, said = parts()
    for (pitch, mix), image in images.items():
        v = {"pitch": pitch, "mix": mix}
        shown = np.round(image * 127).astype(float) / 127
        assert np.array_equal(keyboard().samples(**v), sound_of(shown, CONFIG))
        assert np.array_equal(keyboard().curves(**v)["turned"], shown[1].T)
        assert said[pitch, mix] in keyboard().describe(**v)
    assert keyboard().controls[0].texts == ("B3", "C4", "C♯4", "E4")
    assert keyboard().controls[1].label == "From dull to bright"


def test_the_figure_is_drawn():
    v = keyboard().settings(pitch=64)
    drawn = keyboard().draw(v, keyboard().curves(**v))
    assert drawn.axes[0].images[0].get_extent() == [0, 8 * 512 / 16000, 0, 128]


def test_what_is_missing_or_of_another_shape_is_refused():
    images, said = parts()
    with pytest.raises(InvalidValueError, match="every pitch and mix"):
        mixed_notes_of(images, CONFIG, {})
    with pytest.raises(InvalidValueError, match="shape"):
        mixed_notes_of({**images, (60, 0): np.zeros((2, 3, 4))}, CONFIG, said)


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    images, said = parts()
    interactive.mixed_notes(images, CONFIG, said, mix=50)
    assert shown[0].figure.name == "mixed_notes" and shown[0].values["mix"] == 50
    assert "mixed_notes" in interactive.FED


# ---------------------------------------------------------------- in the browser


def test_the_pages_samples_and_images_equal_pythons(opened):  # noqa: F811
    assert_equal_to_numpy(opened(keyboard()), keyboard())


def test_mouse_finger_and_keys_play_each_key_once(opened):  # noqa: F811
    here = opened(keyboard(), has_touch=True)
    here.page.evaluate(COUNT)
    key = here.page.get_by_role("button", name="C♯4")
    key.click()
    assert here.page.evaluate(VALUES)["pitch"] == 61 and here.page.evaluate(PLAYS) == 1
    known = "() => document.querySelector('figure').aigc.known.size === 4"
    here.page.wait_for_function(known, timeout=PATIENCE)  # the other keys get ready
    here.page.get_by_role("button", name="E4").tap()
    assert here.page.evaluate(VALUES)["pitch"] == 64 and here.page.evaluate(PLAYS) == 2
    here.page.get_by_role("button", name="E4").press("Enter")
    assert here.page.evaluate(PLAYS) == 3
    here.page.keyboard.press("w")  # the second key
    assert here.page.evaluate(VALUES)["pitch"] == 60 and here.page.evaluate(PLAYS) == 4
    here.page.keyboard.press("Control+a")  # a key of the browser's own is left alone
    assert here.page.evaluate(PLAYS) == 4
    here.page.get_by_role("slider", name="From dull to bright").press("ArrowRight")
    assert here.page.evaluate(VALUES)["mix"] == 50 and here.page.evaluate(PLAYS) == 5
    assert not here.errors


def test_black_keys_lie_above_and_between_white_ones(opened):  # noqa: F811
    here = opened(keyboard())
    boxes = {
        name: here.page.get_by_role("button", name=name).bounding_box()
        for name in keyboard().controls[0].texts
    }
    middle = {name: box["x"] + box["width"] / 2 for name, box in boxes.items()}
    assert boxes["C♯4"]["y"] + boxes["C♯4"]["height"] <= boxes["C4"]["y"]
    assert middle["B3"] < middle["C4"] < middle["C♯4"] < middle["E4"]
    assert middle["C♯4"] == pytest.approx(boxes["C4"]["x"] + boxes["C4"]["width"], abs=3)


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, keyboard())
