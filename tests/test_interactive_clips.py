"""Figures that are fed with clips: in Python and, for the page's script, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import TOLERANCE, Opened, largest_difference, opened, unpacked

from aigc_edu import dsp
from aigc_edu.corpora import recording
from aigc_edu.errors import InvalidValueError
from aigc_edu.models.four_ways import bird as world
from aigc_edu.models.four_ways import follow
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import Shown, live, sources
from aigc_edu.teaching.interactive import bird as restated
from aigc_edu.teaching.interactive.clips import Clips
from aigc_edu.teaching.interactive.controls import buttons, choice
from aigc_edu.teaching.interactive.digits import say_a_digit_figure

__all__ = ["opened"]  # a fixture

CONTROLS = (
    buttons("digit", "Say", {"0": 0, "1": 1, "2": 2}, 1),
    choice("voice", "Who speaks", {"low": "low", "high": "high"}, "low"),
)


def tones(
    coding: str = "int16", once: bool = False, times: int = 1
) -> interactive.InteractiveFigure:
    """Return a figure of six tones of six lengths, which are so many times as long."""
    t = [np.arange(times * (1600 + 200 * n)) / 8000 for n in range(6)]
    sounds = [0.4 * np.sin(2 * np.pi * (300 + 150 * n) * t[n]) for n in range(6)]
    said = [f"Tone number {n}." for n in range(6)]
    clips = Clips(CONTROLS, 8000, sounds, said, coding=coding, frame=128)
    return clips.figure("Tones", "A tone.", once=once)


def test_each_setting_has_its_own_sound_and_sentence():
    figure = tones()
    for digit in range(3):
        for high, voice in enumerate(("low", "high")):
            number = 2 * digit + high
            chosen = {"digit": digit, "voice": voice}
            assert len(figure.samples(**chosen)) == 1600 + 200 * number
            assert figure.describe(**chosen) == f"A tone. Tone number {number}."
            levels = figure.curves(**chosen)["levels"]
            strongest = levels[5].argmax() * 8000 / 128
            assert strongest == pytest.approx(300 + 150 * number, abs=40)


def test_all_pictures_have_one_axis_of_time():
    figure = tones()
    shapes = {figure.curves(digit=d, voice="low")["levels"].shape for d in range(3)}
    assert len(shapes) == 1
    short = figure.curves(digit=0, voice="low")["levels"]
    assert (short[-10:] == short.min()).all(), "silence behind its end"


@pytest.mark.parametrize("coding", ["int16", "mu_law"])
def test_what_is_heard_is_what_travels(coding):
    x = tones(coding).samples(digit=2, voice="high")
    wanted = 0.4 * np.sin(2 * np.pi * 1050 * np.arange(2600) / 8000)
    bound = dsp.mu_law_error_bound(wanted) if coding == "mu_law" else 4 / 32768
    assert (np.abs(x - wanted) <= bound + 1e-6).all()


def test_a_missing_sound_is_refused():
    with pytest.raises(InvalidValueError, match="6 settings"):
        Clips(CONTROLS, 8000, [np.ones(9)] * 5, [""] * 5)


def test_the_notebooks_form_has_buttons():
    figure = tones(once=True)
    box = live.panel(figure, figure.settings())
    row, menu, shown = box.children
    assert [label for label, _ in row.options] == ["0", "1", "2"] and menu.value == "low"
    before = shown.value
    row.value = 2
    assert shown.value != before and "Tone number 4." in shown.value


@pytest.mark.parametrize("coding", ["int16", "mu_law"])
def test_the_script_has_the_same_numbers(opened, coding):
    figure = tones(coding)
    here = opened(figure)
    for number in range(3):
        for voice in range(2):
            got = here.move(digit=number, voice=voice)
            assert largest_difference(figure, got) < TOLERANCE
            assert got["reading"] == figure.reading(got["values"], {})
    assert not here.errors and len(here.requests) == 1


def pressed(here: Opened) -> list[str]:
    return here.page.locator("[aria-pressed=true]").all_text_contents()


def test_a_button_is_heard_once_at_the_first_press(opened):
    here = opened(tones(once=True, times=10))  # 3 s: a busy browser may look late
    assert pressed(here) == ["1"]
    here.page.get_by_role("button", name="2", exact=True).click()
    assert pressed(here) == ["2"]
    assert here.page.get_by_role("button", name="Stop").count() == 1
    assert here.page.evaluate("() => aigcFigures.sound.voice.source.loop") is False
    here.page.wait_for_selector("button:text('Play')")  # it ends by itself
    assert len(unpacked(here.move()["samples"])) == 24000
    assert not here.errors


def test_a_digit_on_the_keyboard_presses_its_button(opened):
    here = opened(tones(once=True))
    keyboard = here.page.keyboard
    keyboard.press("0")
    assert pressed(here) == ["1"], "only where the figure has the focus"
    keyboard.press("Tab")
    keyboard.press("0")
    assert pressed(here) == ["0"]
    keyboard.press("7")
    assert pressed(here) == ["0"]
    assert here.page.get_by_role("group", name="Say").count() == 1


# ---------------------------------------------------------------- the figure that speaks


@pytest.fixture(scope="module")
def speaking() -> interactive.InteractiveFigure:
    return say_a_digit_figure()


def test_the_network_and_the_recording_say_each_digit(speaking):
    digits, voices = speaking.controls
    for digit in digits.values:
        for voice in voices.values:
            x = speaking.samples(digit=digit, voice=voice)
            said = speaking.describe(digit=digit, voice=voice)
            assert np.abs(x).max() > 0.1 or "failure" in said
            assert 0.1 < len(x) / 8000 < 1.1
            assert ("real recording" in said) == (voice == "recording")
    x, real = speaking.samples(digit=3, voice="recording"), recording(3)
    assert np.corrcoef(x, real)[0, 1] > 0.99


def test_one_call_returns_html_that_a_page_can_take(speaking):
    markup = interactive.say_a_digit_html(digit=4, voice="recording")
    assert len(markup.encode()) < 300_000
    assert markup == Shown(speaking, speaking.settings(digit=4, voice="recording"))._repr_html_()
    assert "George says “four”" in markup and "http" not in markup


# ---------------------------------------------------------------- the bird, told twice


def test_the_figures_bird_is_the_librarys():
    x = np.linspace(-1.5, 1.5, 301)
    torch = pytest.importorskip("torch")
    told = world.bird().log_prob(torch.tensor(x, dtype=torch.float64)).exp().numpy()
    assert np.allclose(restated.density(x), told, rtol=1e-4, atol=1e-9)
    assert np.allclose(restated.sing(x[:9]), world.sing(x[:9]))


@pytest.mark.parametrize("steps", [1, 4, 16, 64])
def test_the_figures_particles_take_the_librarys_road(steps):
    torch = pytest.importorskip("torch")
    start = torch.tensor(restated.normals(1000, 5))[:, None]
    wanted = follow(world.true_velocity, start, steps)[:, 0].numpy()
    figure = interactive.FIGURES["particles"]
    there = figure.curves(tau=0.0, steps=steps)["roads"].reshape(40, -1)[:, -1]
    assert np.allclose(there, wanted[:40], atol=1e-4)


def test_hashed_normals_are_normal():
    z = restated.normals(20_000, 3)
    assert abs(z.mean()) < 4 / np.sqrt(20_000) and z.std() == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(z) < 1) == pytest.approx(0.6827, abs=0.014)
    assert not np.array_equal(z[:9], sources.uniform(9, 3))


def test_a_map_bent_all_the_way_makes_the_birds_density():
    figure = interactive.FIGURES["flow_map"]
    curves = figure.curves(bend=100)
    assert np.abs(curves["made"] - curves["truth"]).mean() < 0.01
    costs = [figure.curves(bend=bend)["bits"][0] for bend in (0, 50, 100)]
    assert costs[0] > costs[1] > costs[2]
    x = np.linspace(-1.2, 1.2, 4801)
    p = restated.density(x)
    entropy = -np.sum(p * np.log2(np.maximum(p, 1e-300) / 128)) * (x[1] - x[0])
    assert costs[2] == pytest.approx(entropy, abs=0.02)
