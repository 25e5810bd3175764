"""The interactive figures in Python: their models, and the two forms that one call makes."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import yaml
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import find_peaks
from scipy.special import jv

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching import interactive
from aigc_edu.teaching.interactive import FIGURES, InteractiveFigure, Shown, live, page, sources
from aigc_edu.teaching.interactive.spectra import text

NAMES = [
    "aliasing",
    "bit_depth",
    "mu_law",
    "beats",
    "harmonics",
    "fm",
    "window_length",
    "receptive_field",
    "memory",
    "gates",
    "attending",
    "continuing",
    "upsampling",
    "causal_flow",
    "gated_layer",
    "rings",
    "loop",
    "vowel",
    "leakage",
    "poles",
    "flow_map",
    "particles",
    "clocks",
    "truncation",
    "gate_order",
    "two_players",
    "five_layers",
    "same_padding",
    "arrows",
    "struck",
    "two_ears",
    "cloud",
]
SPEECH = ("memory", "gates", "same_padding")  # these bring a sound of their own
TUNES = ("attending", "continuing", "two_players")  # four bars, or a game, take their time
SEEN_ONLY = {("gated_layer", "moment")}  # it moves a cursor; the sound stays the same
SEEN_ONLY |= {("same_padding", name) for name in ("way", "length", "output")}  # of one layer
each_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=lambda figure: figure.name)


def ends(figure: InteractiveFigure) -> Iterator[dict]:
    """Yield every combination of the outermost settings of all controls."""
    pairs = [{control.values[0], control.values[-1]} for control in figure.controls]
    for values in itertools.product(*pairs):
        yield dict(zip((control.name for control in figure.controls), values, strict=True))


# ---------------------------------------------------------------- all figures


def test_the_figures_are_all_there_and_put_themselves_on_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("aigc_edu.teaching.interactive.shown.display", shown.append)
    assert list(FIGURES) == NAMES
    for name in NAMES:
        assert getattr(interactive, name)() is None
    assert [one.figure.name for one in shown] == NAMES
    interactive.aliasing(frequency=7000)
    assert shown[-1].values == {"frequency": 7000, "rate": 8000, "heard": "samples"}


@each_figure
def test_the_sound_is_playable_at_the_ends_of_all_sliders(figure):
    for values in ends(figure):
        x = figure.samples(**values)
        assert x.ndim == 1 and np.isfinite(x).all() and np.abs(x).max() <= 1, values
        assert len(x) / figure.rate < (7 if figure.name in TUNES else 3.5), "keep the sound short"
        assert x.any() or "SNR is 0.0 dB" in figure.describe(**values) or "even" in values.values()


@each_figure
def test_the_pages_guard_has_little_to_do(figure):
    """It turns down what is above 0.2 in its loudest tenth of a second: here by 6 dB at most."""
    for values in ends(figure):
        x = figure.samples(**values)
        tenth = np.ones(figure.rate // 10)
        assert np.sqrt(np.convolve(x**2, tenth / tenth.size, mode="same").max()) < 0.4, values


@each_figure
def test_what_it_shows_is_said_in_words(figure):
    said = {figure.describe(**values) for values in ends(figure)}
    assert len(said) > 1 and all(words.endswith(".") for words in said)
    shown = figure.picture()
    assert shown.alt == figure.describe() and "<figcaption" in shown.markup


@each_figure
def test_every_slider_changes_samples_and_curves(figure):
    start = figure.settings()
    for control in figure.controls:
        if control.kind == "slider":
            others = [value for value in (control.values[0], control.values[-1])]
            other = next(value for value in others if value != control.start)
            moved = start | {control.name: other}
            same = np.array_equal(figure.samples(**start), figure.samples(**moved))
            assert same == ((figure.name, control.name) in SEEN_ONLY), control.name
            before, after = figure.curves(**start), figure.curves(**moved)
            assert any(not np.array_equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize("wrong", [{"rate": 8001}, {"frequency": "high"}, {"speed": 1}])
def test_a_setting_that_is_none_is_refused(wrong):
    with pytest.raises(InvalidValueError, match=next(iter(wrong))):
        interactive.aliasing(**wrong)


def test_numbers_are_written_for_reading():
    assert [text(x) for x in (0, 12.5, 13.5, 12_345, -30)] == ["0", "13", "14", "12,345", "−30"]
    assert [text(x, 1) for x in (-0.04, 31.25, 1234.5)] == ["0.0", "31.3", "1,234.5"]


# ---------------------------------------------------------------- what goes into the sounds


def test_hashed_numbers_behave_like_independent_even_draws():
    a, b = sources.uniform(40_000, 0), sources.uniform(40_000, 1)
    counts, _ = np.histogram(a, bins=20, range=(-0.5, 0.5))
    assert np.sum((counts - 2000) ** 2 / 2000) < 43.8  # chi squared, 19 degrees, 0.1 %
    assert abs(a.mean()) < 4 / np.sqrt(12 * 40_000)
    for other in (a[1:], b[:-1]):
        assert abs(np.corrcoef(a[:-1], other)[0, 1]) < 4 / np.sqrt(40_000)
    assert np.array_equal(a[:10], sources.uniform(10, 0))


def test_the_word_is_small_and_exact():
    word = sources.word()
    assert len(word) <= 4800 and len(sources.word_base64()) <= 13_000
    assert np.abs(word).max() == pytest.approx(0.45, abs=1e-4)
    assert np.array_equal(word * 32768, np.round(word * 32768))


# ---------------------------------------------------------------- the models


@pytest.mark.parametrize("rate", [4000, 8000, 16_000])  # they divide the rate of playing
@given(frequency=st.sampled_from(range(100, 12_001, 100)))
def test_the_tone_that_is_heard_has_the_tones_samples(rate, frequency):
    figure = FIGURES["aliasing"]
    heard = figure.samples(frequency=frequency, rate=rate, heard="samples")
    taken = heard[:: figure.rate // rate]
    t = np.arange(len(taken))
    assert np.allclose(taken, 0.25 * np.cos(2 * np.pi * frequency / rate * t), atol=1e-9)
    dots = figure.curves(frequency=frequency, rate=rate, heard="samples")["dots"]
    assert np.allclose(0.25 * dots, taken[: len(dots)], atol=1e-9)


@pytest.mark.parametrize("bits", range(1, 13))
def test_rounding_gives_levels_and_triangular_dither_an_even_error(bits):
    figure, step = FIGURES["bit_depth"], dsp.step_size(bits)
    x = figure.samples(sound="fade", bits=bits, dither=0)
    assert np.array_equal(x, dsp.quantise(figure_source("fade"), bits))
    for sound in ("word", "fade"):
        y = figure.samples(sound=sound, bits=bits, dither=2)
        assert np.array_equal(y, dsp.quantise(y, bits)), "a level it is"
        if bits > 2:  # with fewer, the outermost levels cut the dither off
            error = (y - figure_source(sound)) / step
            assert np.mean(error**2) == pytest.approx(1 / 4, rel=0.1)
            assert abs(error.mean()) < 4 * 0.5 / np.sqrt(len(error))


def figure_source(sound: str) -> np.ndarray:
    return interactive.sampling._sound(sound)


def test_without_dither_a_soft_tone_is_lost_and_with_it_it_stays():
    figure = FIGURES["bit_depth"]
    tail = slice(6000, 8000)  # softer than half a step of 5 bits
    assert not figure.samples(sound="fade", bits=5, dither=0)[tail].any()
    x = figure_source("fade")[tail]
    y = figure.samples(sound="fade", bits=5, dither=2)[tail]
    assert np.sum(x * y) / np.sum(x**2) == pytest.approx(1, abs=0.5)


@pytest.mark.parametrize("level", [0, -24, -48])
def test_coding_keeps_the_bound_of_each_way(level):
    figure, gain, x = FIGURES["mu_law"], 10 ** (level / 20), sources.word()
    curved = figure.samples(coding="curved", bits=8, level=level)
    assert (np.abs(curved - x) <= dsp.mu_law_error_bound(x * gain) / gain + 1e-6 / gain).all()
    even = figure.samples(coding="even", bits=8, level=level)
    assert np.abs(even - x).max() <= dsp.step_size(8) / 2 / gain + 1e-12
    curves = figure.curves(coding="even", bits=8, level=level)
    assert curves["even"][-level // 3] == pytest.approx(dsp.snr_db(x, even))


@given(
    frequency=st.sampled_from(FIGURES["beats"].controls[0].values),
    difference=st.sampled_from(FIGURES["beats"].controls[1].values),
    second=st.sampled_from(FIGURES["beats"].controls[2].values),
)
def test_two_tones_stay_within_their_envelope_and_repeat(frequency, difference, second):
    values = {"frequency": frequency, "difference": difference, "second": second}
    figure = FIGURES["beats"]
    x, curves = figure.samples(**values), figure.curves(**values)
    u = np.arange(16_000) / 16_000
    envelope = np.interp(u, curves["envelope_time"], curves["envelope"])
    assert (np.abs(x[:16_000]) <= envelope + 5e-3).all()
    lines = np.flatnonzero(np.abs(np.fft.rfft(x)) > 1e-6)  # whole swings: it repeats without a jump
    assert set(lines) <= {2 * frequency, round(2 * (frequency + difference))}


@pytest.mark.parametrize("recipe", ["saw", "square", "triangle", "pulses"])
@pytest.mark.parametrize("count", [1, 7, 20])
def test_harmonics_lie_where_they_are_drawn_at_one_power(recipe, count):
    figure = FIGURES["harmonics"]
    values = {"frequency": 330, "count": count, "recipe": recipe}
    x, curves = figure.samples(**values), figure.curves(**values)
    spectrum = 2 * np.abs(np.fft.rfft(x)) / len(x)  # one second: a line is a bin
    assert np.allclose(spectrum[330:6601:330], curves["amplitude"], atol=1e-9)
    spectrum[::330] = 0
    assert spectrum.max() < 1e-9
    assert np.sqrt(np.mean(x**2)) == pytest.approx(0.12)


@given(
    carrier=st.sampled_from(FIGURES["fm"].controls[2].values),
    ratio=st.sampled_from(FIGURES["fm"].controls[1].values),
    index=st.sampled_from(FIGURES["fm"].controls[0].values),
)
def test_frequency_modulation_is_a_sum_of_lines_with_bessels_amplitudes(carrier, ratio, index):
    x = FIGURES["fm"].samples(carrier=carrier, ratio=ratio, index=index, ending="steady")
    u, k = np.arange(2000) / 32_000, np.arange(-30, 31)
    lines = np.sin(2 * np.pi * (carrier + k * ratio * carrier) * u[:, None])  # (2000, 61)
    assert np.allclose(x[:2000], 0.2 * lines @ jv(k, index), atol=1e-9)


@pytest.mark.parametrize(
    ("window", "tones", "clicks", "lines", "bars"),
    [(1024, 40, 20, 2, 1), (1024, 400, 40, 2, 1), (128, 100, 20, 1, 2), (32, 400, 4, 1, 2)],
)
def test_the_spectrogram_tells_apart_what_the_sentence_says(window, tones, clicks, lines, bars):
    figure = FIGURES["window_length"]
    values = figure.settings(window=window, tones=tones, clicks=clicks)
    power = 10 ** (figure.curves(**values)["levels"] / 10)  # (columns, bins), 2 ms and 7.8 Hz
    along_frequency, along_time = power[25:60].mean(axis=0), power[60:170, 10:80].mean(axis=1)
    assert (hills(along_frequency), hills(along_time)) == (lines, bars)
    words = ("one line", "two lines")[lines - 1], ("one bar", "two bars")[bars - 1]
    assert all(word in figure.describe(**values) for word in words)


def hills(curve: np.ndarray) -> int:
    """Count the maxima within 6 dB of the highest that stand 3 dB above the dips beside them."""
    peaks, _ = find_peaks(10 * np.log10(curve), height=10 * np.log10(curve.max()) - 6, prominence=3)
    return len(peaks)


def test_pieces_are_cut_by_the_window_and_put_in_a_row():
    figure, window = FIGURES["window_length"], 256
    values = figure.settings(window=window)
    x = figure.samples(**values | {"heard": "whole"})
    row = figure.samples(**values).reshape(-1, window + 320)
    assert not row[:, window:].any()
    for m, piece in enumerate(row[1:-1, :window], start=1):
        start = m * 200 - window // 2
        if start >= 0 and start + window <= len(x):
            assert np.allclose(piece, x[start : start + window] * dsp.window("hann", window))


# ---------------------------------------------------------------- the two forms


@each_figure
def test_one_call_makes_a_widget_and_a_page(figure):
    bundle = Shown(figure, figure.settings())._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", live.VIEW}
    assert bundle[live.VIEW]["model_id"]
    assert f'data-aigc-figure="{figure.name}"' in bundle["text/html"]


def test_without_ipywidgets_the_page_still_comes(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    figure = FIGURES["beats"]
    assert set(Shown(figure, figure.settings())._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_a_built_page_carries_no_widget(monkeypatch):
    monkeypatch.setenv(live.STATIC, "1")
    monkeypatch.setattr(live, "panel", lambda *_: pytest.fail("a widget was made"))
    figure = FIGURES["beats"]
    assert set(Shown(figure, figure.settings())._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_book_takes_the_page_and_leaves_pure_widgets_alone():
    render = pytest.importorskip("myst_nb.core.render")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    overrides = config["sphinx"]["config"]["nb_mime_priority_overrides"]
    order = render.get_mime_priority("html", overrides)
    assert order.index("text/html") < order.index(live.VIEW) < order.index("text/plain")


@each_figure
def test_moving_a_widget_makes_picture_and_player_anew(figure):
    box = live.panel(figure, figure.settings())
    *movers, shown = box.children
    for control, mover in zip(figure.controls, movers, strict=True):
        assert mover.description == control.label and mover.value == control.start
        assert [text for text, _ in mover.options] == list(control.texts)
    chosen = figure.settings()
    for control, mover in zip(figure.controls, movers, strict=True):
        if control.kind == "slider":
            before, next_to = shown.value, control.index(control.start) - 1
            mover.value = chosen[control.name] = control.values[next_to]
            pairs = zip(parts(before), parts(shown.value), strict=True)
            picture, sound = (old != new for old, new in pairs)
            assert picture and sound == ((figure.name, control.name) not in SEEN_ONLY), control.name
    assert shown.value == figure.picture(**chosen).markup + figure.player(**chosen).markup


def parts(markup: str) -> list[str]:
    """Return the picture's part and the player's."""
    return markup.split('<figure class="aigc-listen"')


def test_the_notebooks_player_fades_in_and_out(monkeypatch):
    heard = []
    monkeypatch.setattr(
        "aigc_edu.teaching.interactive.figure.player", lambda clips, rate: heard.append(clips)
    )
    FIGURES["aliasing"].player()
    x = heard[0]["aliasing"]
    assert x[0] == x[-1] == 0 and np.abs(x).max() > 0.24


# ---------------------------------------------------------------- the scripts, as text


@each_figure
def test_the_script_is_small_and_keeps_to_itself(figure):
    markup = Shown(figure, figure.settings())._repr_html_()
    # The runtime that all share is 24 kB of it: it can follow a sound and press buttons, too.
    assert len(markup.encode()) < (50_000 if figure.name in SPEECH else 40_000)
    script = re.findall(r"<script>(.*?)</script>", markup, re.S)
    assert len(script) == 1 and script[0].startswith('"use strict";')
    forbidden = r"\beval\b|\bfetch\b|\bimport\b|localStorage|sessionStorage|https?:|XMLHttp|cookie"
    assert not re.search(forbidden + r"|innerHTML|new Function", script[0])
    assert "<noscript>" in markup and "<output" in markup


@each_figure
def test_the_page_has_the_very_same_settings(figure):
    markup = Shown(figure, figure.settings())._repr_html_()
    spec = json.loads(re.search(r'<script type="application/json">(.*?)</script>', markup, re.S)[1])
    for control in figure.controls:
        assert tuple(spec["controls"][control.name]["values"]) == control.values
    assert spec["rate"] == figure.rate and spec["alt"] == figure.alt


def test_no_text_in_a_script_runs_over_lines_whose_indentation_would_be_lost():
    for name in (*page.RUNTIME, *NAMES):
        script = (page.files(page.__package__) / "js" / f"{name}.js").read_text(encoding="utf-8")
        assert all(line.count("`") % 2 == 0 for line in script.splitlines()), name
