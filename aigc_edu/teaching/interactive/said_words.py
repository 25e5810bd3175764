"""The figure of settings: one word, said at many temperatures, by many codes or by few."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import matplotlib.figure
import numpy as np

from aigc_edu.dsp import mu_law_decode, mu_law_encode, window
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

Setting = tuple[str, float, str]  # word, temperature, what is kept
_WINDOW, _HOP = 256, 64
_FLOOR, _TOP = -80.0, -20.0  # dB
_HIGH = 3000  # Hz; above it lies more of a hiss than of a vowel
_OWN = "network"
_HEARD = {"the network": _OWN, "the recording": "recording"}


def said_of(
    clips: Mapping[Setting, np.ndarray], recordings: Mapping[str, np.ndarray], rate: int
) -> InteractiveFigure:
    """Return the figure for a network's clips.

    Parameters
    ----------
    clips
        From word, temperature and what is kept to samples (N,) in [-1, 1], as the network drew
        them: the page gets their mu-law codes. Every combination of the three.
    recordings
        From word to a recording of it, samples (N,).
    rate
        Of all of them, in Hz.

    Raises
    ------
    InvalidValueError
        If a clip or a recording is missing.
    """
    words, taus, kept = (list(dict.fromkeys(parts)) for parts in zip(*clips, strict=True))
    wanted = {(w, tau, k) for w in words for tau in taus for k in kept}
    if wanted != set(clips) or set(words) != set(recordings):
        raise InvalidValueError("expected a clip for every combination, and a recording a word")
    codes = {key: mu_law_encode(np.asarray(x, np.float64)) for key, x in clips.items()}
    true = {word: mu_law_encode(np.asarray(recordings[word], np.float64)) for word in words}

    def samples(word: str, temperature: float, kept: str, heard: str) -> np.ndarray:
        row = codes[word, temperature, kept] if heard == _OWN else true[word]
        return mu_law_decode(row).astype(np.float64)

    return InteractiveFigure(
        name="said",
        title="a word at a temperature",
        alt="Above, the waveform of a word; below, its spectrogram.",
        rate=rate,
        controls=_controls(words, taus, kept),
        samples=samples,
        curves=lambda **v: _curves(samples(**v), rate),
        reading=_reading,
        draw=_draw,
        data=lambda: {"rate": rate, **_data(codes, true)},
        rest=0.4,
        height=400,
    )


def _controls(
    words: Sequence[str], taus: Sequence[float], kept: Sequence[str]
) -> tuple[Control, ...]:
    return (
        slider("temperature", "Temperature τ", tuple(sorted(taus)), 1.0, digits=2),
        choice("kept", "Drawn from", {name: name for name in kept}, kept[0]),
        choice("word", "Word", {name: name for name in words}, words[0]),
        choice("heard", "You hear", _HEARD, _OWN),
    )


def _data(codes: Mapping[Setting, np.ndarray], true: Mapping[str, np.ndarray]) -> dict:
    """Return the codes, a byte each, in base64, under names that the script makes, too."""
    clips = {f"{word}|{text(tau, 2)}|{kept}": row for (word, tau, kept), row in codes.items()}
    return {
        "clips": {name: _packed(row) for name, row in clips.items()},
        "recordings": {name: _packed(row) for name, row in true.items()},
    }


def _packed(codes: np.ndarray) -> str:
    return base64.b64encode(codes.astype(np.uint8).tobytes()).decode("ascii")


def _curves(x: np.ndarray, rate: int) -> Curves:
    """Return the wave, its spectrogram (columns, bins), and its level and hiss, both in dB."""
    centres = np.arange(0, len(x), _HOP)
    frames = np.pad(x, _WINDOW // 2)[centres[:, None] + np.arange(_WINDOW)]
    found = amplitudes(frames, window("hann", _WINDOW), _WINDOW)
    power = (found**2).sum(axis=0)
    high = power[_HIGH * _WINDOW // rate :].sum()
    return {
        "time": np.arange(len(x)) / rate,
        "wave": x,
        "levels": decibels(found, _FLOOR),
        "level": np.array([10 * np.log10(np.mean(x**2) + 1e-12)]),
        "hiss": np.array([10 * np.log10((high + 1e-30) / (power.sum() + 1e-30))]),
    }


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    level, hiss = (text(curves[name][0], 1) for name in ("level", "hiss"))
    if v["heard"] == _OWN:
        what = f"“{v['word']}” at τ = {text(v['temperature'], 2)}, {v['kept']}"
    else:
        what = f"“{v['word']}”, a recording"
    return f"{what}: a level of {level} dB, of which the part above 3 kHz is {hiss} dB."


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.2)
    end = 1e3 * curves["time"][-1]
    upper.plot(1e3 * curves["time"], curves["wave"], linewidth=0.6)
    upper.set(ylabel="amplitude", xlim=(0, end), ylim=(-1.05, 1.05))
    top = (len(curves["time"]) - 1) / curves["time"][-1] / 2000
    lower.imshow(curves["levels"].T, extent=(0, end, 0, top), vmin=_FLOOR, vmax=_TOP)
    lower.set(xlabel="time in milliseconds", ylabel="frequency in kHz")
    lower.grid(False)
    return figure
