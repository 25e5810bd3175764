"""The figure of a vowel: a source, and the resonances of a mouth."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import text

_RATE, _COUNT = 16_000, 11_200  # 0.7 s
_HIGHEST, _RMS = 7600, 0.1  # of the harmonics in Hz; of the sound
_FIXED = ((2500, 120), (3500, 175))  # formants that don't move: frequency and bandwidth in Hz
_BANDWIDTHS = (60, 90)  # of those that do
_SEEN, _STEP, _FLOOR = 5000, 20, -60.0  # of the picture: Hz, Hz, dB
_WORDS = {"i": "heed", "ɪ": "hid", "ɛ": "head", "æ": "had", "ɑ": "hod", "ɔ": "hawed"}
_WORDS |= {"ʊ": "hood", "u": "who'd", "ʌ": "hud"}


def _formants(first: int, second: int) -> list[tuple[int, int]]:
    return [*zip((first, second), _BANDWIDTHS, strict=True), *_FIXED]


def _source(pitch: int, source: str) -> np.ndarray:
    """Return harmonics that fall as 1 / k, or noise: what the folds and the lips make together."""
    if source == "noise":
        return sources.uniform(_COUNT, 5)
    n, k = np.arange(_COUNT), np.arange(1, _HIGHEST // pitch + 1)
    waves = np.sin(2 * np.pi * pitch / _RATE * np.outer(k, n))
    return (1 / k) @ waves


def _spoken(first: int, second: int, pitch: int, source: str) -> np.ndarray:
    """Return the source through four resonators, brought to one level for all settings."""
    x = _source(pitch, source)
    for frequency, bandwidth in _formants(first, second):
        x = dsp.filter_signal(1.0, dsp.resonator(frequency, bandwidth, _RATE)[1], x)
    return x * min(_RMS / np.sqrt(np.mean(x**2)), 0.9 / np.abs(x).max())


def _gain(first: int, second: int, f: np.ndarray) -> np.ndarray:
    """Return the gain of the four resonators, of no particular scale."""
    gain = np.ones(len(f))
    for frequency, bandwidth in _formants(first, second):
        a = dsp.resonator(frequency, bandwidth, _RATE)[1]
        gain = gain * np.abs(dsp.frequency_response(1.0, a, f, _RATE))
    return gain


def _curves(first: int, second: int, pitch: int, source: str) -> Curves:
    """Return the filter's gain, and the harmonics behind it, in dB below the strongest."""
    f = np.arange(_STEP, _SEEN + 1, _STEP)
    k = np.arange(1, _SEEN // pitch + 1)
    gain, lines = _gain(first, second, f), _gain(first, second, k * pitch) / k
    return {
        "frequency": f / 1000,
        "gain": np.maximum(_FLOOR, 20 * np.log10(gain / gain.max())),
        "line_frequency": k * pitch / 1000,
        "line": np.maximum(_FLOOR, 20 * np.log10(lines / lines.max())),
        "vowel_first": vowels()[:, 0],
        "vowel_second": vowels()[:, 1],
    }


def vowels() -> np.ndarray:
    """Return F1 and F2 in Hz of the vowels of nine words, by men, (9, 2).

    Peterson and Barney (1952), table II; heed, hid, head, had, hod, hawed, hood, who'd, hud.
    """
    return np.array([dsp.PETERSON_BARNEY["man"][sign][:2] for sign in _WORDS])


def _nearest(v: Mapping[str, Value]) -> tuple[str, float]:
    """Return the word whose vowel is nearest, and its distance in octaves."""
    distances = np.linalg.norm(np.log2(vowels() / [v["first"], v["second"]]), axis=1)
    best = int(np.argmin(distances))
    return list(_WORDS.values())[best], float(distances[best])


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    word, distance = _nearest(v)
    like = "The vowel" if distance < 0.15 else "Nearest to the vowel"
    if v["source"] == "noise":
        return f"{like} of {word}, whispered: noise has no pitch."
    return f"{like} of {word}, at a pitch of {text(v['pitch'])} Hz."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.8)
    if v["source"] == "voice":
        upper.vlines(curves["line_frequency"], _FLOOR, curves["line"], linewidth=1)
    upper.plot(curves["frequency"], curves["gain"], color=PALETTE["orange"], label="the filter")
    upper.set(xlabel="frequency in kHz", ylabel="level in dB", xlim=(0, 5), ylim=(_FLOOR, 3))
    upper.legend(loc="upper right")
    for word, (first, second) in zip(_WORDS.values(), vowels(), strict=True):
        lower.text(second, first, word, ha="center", va="center", fontsize=9)
    lower.plot([v["second"]], [v["first"]], "o", color=PALETTE["orange"], label="yours")
    lower.set(
        xlabel="second formant in Hz", ylabel="first in Hz", xlim=(2700, 600), ylim=(900, 200)
    )
    lower.legend(loc="lower left")
    return figure


VOWEL = InteractiveFigure(
    name="vowel",
    title="a vowel from source and filter",
    alt="Above, the harmonics of the source behind the filter, and the filter's gain; below, nine "
    "vowels by their first two formants, and the one that is heard.",
    rate=_RATE,
    controls=(
        slider("first", "First formant", range(240, 861, 10), 500, "Hz"),
        slider("second", "Second formant", range(700, 2501, 25), 1500, "Hz"),
        slider("pitch", "Pitch", range(80, 301, 10), 110, "Hz"),
        choice("source", "Source", {"voice": "voice", "noise": "noise"}, "voice"),
    ),
    samples=_spoken,
    curves=_curves,
    reading=_reading,
    draw=_draw,
    data=lambda: {"vowels": vowels().tolist()},
    height=460,
)
