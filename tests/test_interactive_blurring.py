"""The figure of one note blurred in several representations, in Python and in a browser."""

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
from aigc_edu.teaching.interactive.blurring import blurring_of

AMOUNTS, KEPT = (0, 0.5, 2), ("the phase", "its turning")


def parts():
    random, images, sounds, said = np.random.default_rng(0), {}, {}, {}
    for n, pair in enumerate((amount, name) for name in KEPT for amount in AMOUNTS):
        images[pair] = random.uniform(-1, 0.99, (12, 9))
        tone = np.sin(2 * np.pi * (0.02 + 0.01 * n) * np.arange(2500))
        sounds[pair], said[pair] = 0.3 * tone, f"Blur {pair[0]} of {pair[1]}."
    return images, sounds, said


def blurring():
    images, sounds, said = parts()
    return blurring_of(images, sounds, 16_000, said, (0.016, 15.625))


def test_each_setting_has_its_image_its_sound_and_its_sentence():
    images, sounds, said = parts()
    figure = blurring()
    for pair in images:
        v = {"blur": pair[0], "kept": pair[1]}
        assert np.abs(figure.samples(**v) - sounds[pair]).max() <= 2**-16
        assert np.abs(figure.curves(**v)["image"] - images[pair].T).max() <= 2**-15
        assert said[pair] in figure.describe(**v)
    assert figure.controls[0].texts == ("0.0", "0.5", "2.0")


def test_the_figure_is_drawn():
    figure = blurring()
    v = figure.settings(blur=2)
    drawn = figure.draw(v, figure.curves(**v))
    upper, lower = drawn.axes[:2]
    assert upper.images[0].get_extent()[1] == pytest.approx(9 * 0.016)
    assert lower.images[0].get_extent()[3] == 8


def test_what_is_missing_or_of_another_size_is_refused():
    images, sounds, said = parts()
    with pytest.raises(InvalidValueError, match="every pair"):
        blurring_of(images, sounds, 16_000, {}, (1, 1))
    short = {**sounds, (0, "the phase"): np.zeros(5)}
    with pytest.raises(InvalidValueError, match="one length"):
        blurring_of(images, short, 16_000, said, (1, 1))


def test_one_call_puts_it_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    images, sounds, said = parts()
    interactive.blurring(images, sounds, 16_000, said, (0.016, 15.625), blur=0.5)
    assert shown[0].figure.name == "blurring" and shown[0].values["blur"] == 0.5
    assert "blurring" in interactive.FED


def test_samples_and_curves_equal_numpys_over_all_controls(opened):  # noqa: F811
    assert_equal_to_numpy(opened(blurring()), blurring())


def test_it_fits_a_phone_in_light_and_dark(opened):  # noqa: F811
    assert_fits_a_phone(opened, blurring())
