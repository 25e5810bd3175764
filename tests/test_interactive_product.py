"""The figures of Part VI: a plate that is struck, and two ears that hear a rattle in stereo."""

from __future__ import annotations

import numpy as np
import pytest
from test_interactive_browser import PATIENCE, assert_fits_a_phone, opened  # noqa: F401

from aigc_edu.dsp import head
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.cloud import word
from aigc_edu.teaching.interactive.struck import modes_of
from aigc_edu.teaching.interactive.two_ears import RATE, rattle

STRUCK, EARS, CLOUD = (FIGURES[name] for name in ("struck", "two_ears", "cloud"))
CHANNELS = """() => {
  const {sound} = aigcFigures, {start} = sound;
  sound.start = (...all) => {
    const voice = start(...all), {buffer} = voice.source;
    const at = (c) => buffer.getChannelData(c)[300], last = buffer.numberOfChannels - 1;
    sound.seen = [last + 1, buffer.length, at(0), at(last)];
    return voice;
  };
}"""


def test_the_plates_figure_tells_the_modes_of_the_library():
    v = {"material": "glass", "size": 40, "hardness": 1.0, "place": 30}
    curves, modes = STRUCK.curves(**v), modes_of("glass", 40, 30)
    assert np.allclose(curves["frequency"] * 1000, modes.frequencies)
    assert f"{len(modes.frequencies)} modes" in STRUCK.describe(**v)
    middle = STRUCK.curves(**{**v, "place": 50})
    assert np.count_nonzero(middle["level"] <= -60) > np.count_nonzero(curves["level"] <= -60)


def test_a_fingertip_excites_less_than_steel():
    soft, hard = (
        STRUCK.curves(material="steel", size=30, hardness=h, place=40) for h in (0.0, 1.0)
    )
    high = soft["frequency"] > 2
    assert soft["level"][high].max() < -25 < hard["level"][high].max()


@pytest.mark.parametrize("azimuth", [-90, 0, 60])
def test_the_ears_get_what_the_library_makes(azimuth):
    left, right = EARS.samples(azimuth=azimuth, distance=1.0, cues="both").reshape(2, -1)
    wanted = head.Ears(RATE, 5.0).hear(rattle(), float(azimuth), 1.0)
    assert np.allclose([left, right], wanted, atol=1e-9)


def test_each_cue_stands_alone():
    time, level = (
        EARS.samples(azimuth=90, distance=1.0, cues=cues).reshape(2, -1)
        for cues in ("time", "level")
    )
    assert np.std(time[0]) == pytest.approx(np.std(time[1]), rel=0.04)
    together = np.correlate(level[1], level[0], "full")
    assert abs(np.argmax(together) - (len(level[0]) - 1)) <= 1
    together = np.correlate(time[0], time[1], "full")
    late = np.argmax(together) - (len(time[0]) - 1)
    assert late / RATE == pytest.approx(float(head.time_difference(90)), abs=1 / RATE)
    assert "0.66 ms sooner" in EARS.describe(azimuth=90, distance=1.0, cues="time")


def test_an_even_row_of_grains_is_the_word():
    """Four Hann windows that overlap add up to 2, and the figure halves them."""
    x = CLOUD.samples(grain=40, place=0, pace=100, chance=0)
    assert np.allclose(x[320:3200], word()[320:3200], atol=1e-12)
    frozen = CLOUD.curves(grain=40, place=45, pace=0, chance=0)
    assert np.ptp(frozen["start"]) == 0 and "held" in CLOUD.describe(pace=0)


def test_a_player_of_two_channels_has_two():
    assert EARS.player().text == "Sounds to listen to: two ears (1.2 s)"


def test_the_page_plays_left_and_right(opened):  # noqa: F811
    here = opened(EARS)
    here.page.evaluate(CHANNELS)
    here.page.get_by_role("button", name="Play").click()
    here.page.wait_for_function("() => aigcFigures.sound.seen", timeout=PATIENCE)
    channels, length, left, right = here.page.evaluate("() => aigcFigures.sound.seen")
    both = EARS.samples(**EARS.settings()).reshape(2, -1)
    assert (channels, length) == (2, both.shape[1] + round(0.2 * RATE))
    assert [left, right] == pytest.approx([both[0, 300], both[1, 300]], abs=1e-4)


def test_they_fit_a_phone_in_light_and_dark(opened):  # noqa: F811
    for figure in (STRUCK, EARS, CLOUD):
        assert_fits_a_phone(opened, figure)
