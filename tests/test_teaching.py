"""What the chapters show: players, figures, sliders, source; on the page and without one."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile as sf
from matplotlib.colors import to_rgb

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import CausalConv1d
from aigc_edu.teaching import (
    PALETTE,
    flip_through,
    new_figure,
    picture,
    player,
    plot_spectrogram,
    plot_spectrum,
    plot_waveform,
    waveform,
)
from aigc_edu.teaching.flipbook import flipbook
from aigc_edu.teaching.plots import envelope, mean_spectrum_db
from aigc_edu.teaching.source import source

ALT = "A line that rises from nought to one."


def sounds_of(markup: str) -> list[np.ndarray]:
    """Return the samples of every audio element."""
    files = re.findall(r'src="data:audio/wav;base64,([^"]+)"', markup)
    return [sf.read(io.BytesIO(base64.b64decode(file)), dtype="float64")[0] for file in files]


# ---------------------------------------------------------------- players


def test_players_keep_the_level_of_each_clip():
    t = np.arange(4000) / 8000
    loud, quiet = 0.9 * np.sin(2763 * t), 0.009 * np.sin(2763 * t)
    markup = player({"loud": loud, "quiet": quiet}, 8000).markup
    for sent, heard in zip((loud, quiet), sounds_of(markup), strict=True):
        assert np.abs(sent - heard).max() <= 0.5 / 32768 + 1e-12


def test_two_channels_are_left_and_right():
    t = np.arange(4000) / 8000
    both = np.stack([0.5 * np.sin(2763 * t), 0.1 * np.sin(900 * t)])
    row = player({"both": both, "one": both[0]}, 8000)
    stereo, mono = sounds_of(row.markup)
    assert stereo.shape == (4000, 2) and np.abs(stereo.T - both).max() <= 0.5 / 32768 + 1e-12
    assert np.array_equal(stereo[:, 0], mono)
    assert row.text == "Sounds to listen to: both (0.5 s), one (0.5 s)"
    first, second = tree_of(row.markup).findall(".//svg/path")
    assert first.get("d") == second.get("d"), "the picture goes around both channels"
    assert "almost silent" in repr(player({"x": 0 * both}, 8000, may_be_silent=True))


def tree_of(markup: str) -> ElementTree.Element:
    """Return a row's figure, without the style and the script that it brings."""
    markup = re.sub(r"<style>.*?</style>|<script>.*?</script>", "", markup, flags=re.S)
    return ElementTree.fromstring(markup.replace("<audio controls", '<audio controls=""'))


def test_players_are_labelled_reachable_and_in_one_row():
    root = tree_of(player({"one <b>": np.zeros(800), "two": np.zeros(400)}, 8000, "Two").markup)
    players = root.findall(".//audio")
    assert [p.get("aria-label") for p in players] == ["one <b>", "two"]
    assert all("controls" in p.attrib and p.get("preload") == "none" for p in players)
    assert root.get("aria-label") == "Two" and root.get("role") == "group"
    assert len(root.find("div")) == 2, "both stand in one row"


def test_a_row_on_a_page_is_little_more_than_its_sounds(monkeypatch):
    x = 0.3 * np.sin(2 * np.pi * 200 * np.arange(8000) / 8000)
    bring = player(x, 8000).markup
    assert bring.count("<script>") == bring.count("<style>") == 1
    monkeypatch.setenv("AIGC_EDU_STATIC", "1")
    markup = player(x, 8000).markup
    assert "<script" not in markup and "<style" not in markup, "a page loads them once"
    assert len(markup) < 2 * 8000 * 4 / 3 + 3000


def extent(path: str) -> tuple[int, int]:
    """Return the lowest and the highest point of an outline, in its units."""
    pairs = re.findall(r"(-?\d+) ?(-?\d+)", path)
    y = np.cumsum([int(y) for _, y in pairs])
    return int(y.min()), int(y.max())


def outlines(markup: str) -> list[str]:
    return re.findall(r' d="([^"]+)"', markup)


def test_waveforms_of_a_row_are_drawn_to_one_scale_and_one_axis():
    x = np.sin(np.arange(8000) / 3)
    row = player({"a": 0.5 * x, "b": 0.05 * x, "c": 0.25 * x[:2000]}, 8000).markup
    assert [extent(p)[1] for p in outlines(row)] == [50, 5, 25]
    assert re.findall(r'aigc-wave" style="width:([\d.]+)%', row) == ["100", "100", "25"]
    assert row.count("±0.5") == 1 and "±" not in player(x, 8000).markup
    short = player({"a": 0.5 * x, "b": x[:800]}, 8000).markup
    assert re.findall(r"width:([\d.]+)%", short)[:2] == ["100", "100"], "too unlike to compare"


def test_a_waveform_keeps_each_extreme_and_closes():
    x = np.zeros(80_000)
    x[12_345], x[40_000] = 1.0, -0.8
    low, high = extent(waveform.outline(x, 120, 1.0))
    assert (low, high) == (-50, 40)
    assert extent(waveform.outline(np.array([0.5]), 16, 1.0)) == (-25, -25)
    assert len(waveform.outline(np.random.default_rng(0).uniform(-1, 1, 9999), 120, 1)) < 1700


@pytest.mark.parametrize(
    ("peak", "scale"),
    [(1, 1), (0.51, 1), (0.5, 0.5), (0.3, 0.5), (0.2, 0.2), (0.003, 0.005), (1e-9, 0.0001), (0, 1)],
)
def test_the_scale_is_a_round_number_that_holds_the_peak(peak, scale):
    assert waveform.scale_for(peak) == scale


def test_a_clip_that_is_not_heard_is_called_almost_silent_where_it_may_be():
    tone = 0.1 * np.sin(np.arange(8000))
    clips = {"tone": tone, "faint": 0.02 * tone, "short": tone[:100]}
    names = "tone (1.0 s), faint (almost silent) (1.0 s), short (almost silent) (0.0 s)"
    assert repr(player(clips, 8000, may_be_silent=True)) == f"Sounds to listen to: {names}"
    assert "silent" not in player(clips, 8000).markup


def test_without_a_page_a_player_is_a_line_of_text():
    assert repr(player({"a": np.zeros(8000)}, 8000)) == "Sounds to listen to: a (1.0 s)"


@pytest.mark.parametrize(
    ("clips", "rate", "message"),
    [
        ({"a": np.array([0.0, 1.5])}, 8000, "reaches 1.5, beyond full scale"),
        ({"a": np.array([0.0, np.nan])}, 8000, "NaN"),
        ({"a": np.zeros((3, 2))}, 8000, r"shape \(N,\)"),
        ({"a": np.zeros(0)}, 8000, r"shape \(N,\)"),
        ({"a": np.zeros(3, np.int16)}, 8000, "holds int16"),
        ({}, 8000, "no clip"),
        ({"a": np.zeros(3)}, 200, "browsers play"),
    ],
)
def test_a_bad_clip_is_refused(clips, rate, message):
    with pytest.raises(InvalidValueError, match=message):
        player(clips, rate)


# ---------------------------------------------------------------- figures


def line() -> object:
    figure, ax = new_figure()
    ax.plot([0, 1], [0, 1], color="black")
    ax.set(xlabel="time in seconds")
    return figure


def test_a_figure_is_described_and_takes_the_pages_colour():
    shown = picture(line(), ALT, "A caption.")
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", shown.markup, re.S)[0])
    assert svg.get("role") == "img" and svg.get("aria-label") == ALT
    assert "currentColor" in shown.markup
    assert not re.search(r"(fill|stroke): ?(#000000|black)", shown.markup)
    assert "time in seconds" in "".join(svg.itertext()), "text must stay text"
    assert repr(shown) == f"[Figure: {ALT}]"


def test_the_same_figure_gives_the_same_text():
    assert picture(line(), ALT).markup == picture(line(), ALT).markup


def test_names_of_two_figures_do_not_clash():
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 2000))
    figures = [plot_spectrogram(x, 8000) for x in noise]
    ids = [set(re.findall(r' id="([^"]+)"', picture(f, ALT).markup)) for f in figures]
    assert ids[0] and not ids[0] & ids[1]


@pytest.mark.parametrize("alt", ["", "figure", "   plot   "])
def test_a_figure_without_a_description_is_refused(alt):
    with pytest.raises(InvalidValueError, match="say in alt="):
        picture(line(), alt)


def test_shown_figures_are_closed():
    figure = plt.figure()
    picture(figure, ALT)
    assert not plt.fignum_exists(figure.number)


def luminance(colour: str) -> float:
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", PALETTE)
@pytest.mark.parametrize("ground", ["#ffffff", "#121212"])
def test_colours_stand_out_on_light_and_dark(name, ground):
    light, dark = sorted((luminance(PALETTE[name]), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 2.1, success criterion 1.4.11


def test_a_long_waveform_keeps_its_extremes():
    x = np.random.default_rng(0).uniform(-0.1, 0.1, 50_000)
    x[12_345], x[40_000] = 0.9, -0.8
    times, low, high = envelope(x, 8000)
    assert high.max() == 0.9 and low.min() == -0.8
    assert times[np.argmax(high)] == pytest.approx(12_345 / 8000, abs=50_000 / 8000 / len(times))
    assert len(picture(plot_waveform(x, 8000), ALT).markup) < 60_000


def test_a_full_scale_sine_is_at_zero_decibels():
    rate, frame = 8000, 512
    frequency = 40 * rate / frame
    x = np.sin(2 * np.pi * frequency * np.arange(rate) / rate)
    frequencies, level = mean_spectrum_db(x, rate, frame)
    assert frequencies[np.argmax(level)] == frequency
    assert level.max() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("plot", [plot_waveform, plot_spectrum, plot_spectrogram])
def test_plots_take_one_signal_or_several_and_refuse_none(plot):
    x = np.sin(np.arange(3000) / 5)
    for signals in (x, {"a": x, "b": x[:100]}):
        assert picture(plot(signals, 8000), ALT).markup
    with pytest.raises(InvalidValueError, match="no signal"):
        plot({}, 8000)
    with pytest.raises(InvalidValueError, match=r"shape \(N,\)"):
        plot({"a": np.zeros((2, 2))}, 8000)


# ---------------------------------------------------------------- sliders and source


def test_frames_stand_behind_a_slider_that_has_a_name():
    frames = {f"{n} bits": [player(np.zeros(800), 8000)] for n in range(3)}
    shown = flipbook(frames, "Depth & height", start=2)
    root = tree_of(re.sub(r"<input ([^>]*)>", r"<input \1/>", shown.markup))
    slider = root.find(".//label/input")
    assert root.find(".//label/span").text == root.get("aria-label") == "Depth & height"
    assert [slider.get(k) for k in ("min", "max", "value")] == ["0", "2", "2"]
    assert slider.get("aria-valuetext") == root.find(".//output").text == "2 bits"
    shows = [frame for frame in root if frame.get("class") == "aigc-frame"]
    assert [frame.get("data-text") for frame in shows] == list(frames)
    assert all(frame.find(".//audio") is not None for frame in shows)
    assert repr(shown) == "A slider, Depth & height: 0 bits, 1 bits, 2 bits"


@pytest.mark.parametrize(("count", "start"), [(1, 0), (3, 3), (3, -1)])
def test_a_flipbook_needs_frames(count, start):
    with pytest.raises(InvalidValueError, match=f"there are {count} frames"):
        flip_through({str(n): [] for n in range(count)}, "bits", start)


def test_source_is_the_source_itself():
    shown = source(CausalConv1d)
    assert "class CausalConv1d(nn.Conv1d)" in repr(shown)
    assert "<details" in shown.markup and "aigc_edu.nn.convolution.CausalConv1d" in shown.markup
    with pytest.raises(InvalidValueError, match="has no Python source"):
        source(3)
