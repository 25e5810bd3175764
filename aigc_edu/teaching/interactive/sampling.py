"""Figures of the chapter *Sampling and quantising*: aliasing, bit depth, mu-law."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.teaching.figures import PALETTE, new_figure
from aigc_edu.teaching.interactive import sources
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, span, text

# ---------------------------------------------------------------- aliasing

_PLAYED = 32_000  # Hz; holds every tone of the figure without an alias
_LOUDNESS = 0.25


def _heard_tone(frequency: int, rate: int, heard: str) -> np.ndarray:
    """Return one second of the tone, or of the tone that its samples stand for."""
    alias = dsp.alias_frequency(frequency, rate)
    pitch = alias if heard == "samples" else frequency
    return dsp.sine(pitch, 1.0, _PLAYED, _LOUDNESS, np.pi / 2)


def _alias_curves(frequency: int, rate: int, heard: str) -> Curves:
    """Return two milliseconds: the tone, its samples, and the alias through them."""
    u = np.linspace(0, 2e-3, 601)
    dots = np.arange(rate * 2 // 1000 + 1) / rate
    alias = dsp.alias_frequency(frequency, rate)
    return {
        "time": 1e3 * u,
        "tone": np.cos(2 * np.pi * frequency * u),
        "alias": np.cos(2 * np.pi * alias * u),
        "dot_time": 1e3 * dots,
        "dots": np.cos(2 * np.pi * frequency * dots),
    }


def _alias_reading(v: Mapping[str, Value], curves: Curves) -> str:
    f, rate = v["frequency"], v["rate"]
    alias, tone, dots = dsp.alias_frequency(f, rate), f"{text(f)} Hz", f"{text(rate)} samples"
    if f <= rate / 2:
        return f"{tone} fit into {dots} a second: the samples stand for the tone itself."
    heard = f"for {text(alias)} Hz" if alias else "for no swing at all"
    return f"{tone} are too high for {dots} a second: the samples stand {heard}."


def _draw_alias(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, ax = new_figure(height=2.5)
    ax.plot(curves["time"], curves["tone"], color=PALETTE["orange"], label="the tone")
    alias = f"{text(dsp.alias_frequency(v['frequency'], v['rate']))} Hz"
    ax.plot(curves["time"], curves["alias"], "--", color=PALETTE["blue"], label=alias)
    ax.plot(curves["dot_time"], curves["dots"], "o", color="black", label="samples")
    ax.set(xlabel="time in milliseconds", ylabel="amplitude", ylim=(-1.15, 1.15))
    ax.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


ALIASING = InteractiveFigure(
    name="aliasing",
    title="aliasing",
    alt="Two milliseconds of a tone, its samples as dots, and the lowest tone through the dots.",
    rate=_PLAYED,
    controls=(
        slider("frequency", "Frequency of the tone", range(100, 12_001, 100), 5000, "Hz"),
        slider("rate", "Samples a second", range(4000, 16_001, 500), 8000),
        choice(
            "heard",
            "You hear",
            {"what the samples stand for": "samples", "the tone itself": "tone"},
            "samples",
        ),
    ),
    samples=_heard_tone,
    curves=_alias_curves,
    reading=_alias_reading,
    draw=_draw_alias,
)

# ---------------------------------------------------------------- bit depth

_FRAME = 512
_FLOOR = -110.0
_ZOOM = {"word": 1000, "fade": 2800}  # where the stretch of the picture begins, in samples
_STRETCH = 160


def _sound(sound: str) -> np.ndarray:
    """Return what is rounded, 8,000 samples a second: a word, or a tone that fades by 50 dB."""
    if sound == "word":
        return sources.word()
    u = np.arange(8000) / 8000
    return 0.45 * 10 ** (-2.5 * u) * np.sin(2 * np.pi * 440 * u)


def _rounded(sound: str, bits: int, dither: int) -> np.ndarray:
    """Return the sound, rounded; ``dither`` is the number of draws added before."""
    x = _sound(sound)
    noise = sum((sources.uniform(len(x), stream) for stream in range(dither)), np.zeros(len(x)))
    return dsp.quantise(np.clip(x + noise * dsp.step_size(bits), -1, 1), bits)


def _rounding_curves(sound: str, bits: int, dither: int) -> Curves:
    """Return a stretch before and after, and the mean spectrum of the error."""
    x, y = _sound(sound), _rounded(sound, bits, dither)
    zoom = slice(_ZOOM[sound], _ZOOM[sound] + _STRETCH)
    starts = np.arange(0, len(x) - _FRAME + 1, _FRAME // 2)
    frames = (y - x)[starts[:, None] + np.arange(_FRAME)]
    power = np.mean(amplitudes(frames, dsp.window("hann", _FRAME), _FRAME) ** 2, axis=0)
    return {
        "time": 1e3 * np.arange(_STRETCH) / 8000,
        "before": x[zoom],
        "after": y[zoom],
        "frequency": np.arange(_FRAME // 2 + 1) * 8 / _FRAME,
        "error": decibels(np.sqrt(power), _FLOOR),
        "snr": np.array([dsp.snr_db(x, y)]),
    }


_DITHERS = {"none": 0, "rectangular": 1, "triangular": 2}
_SOUNDS = {"the word \u201csix\u201d": "word", "a tone that fades": "fade"}


def _rounding_reading(v: Mapping[str, Value], curves: Curves) -> str:
    bits, draws = v["bits"], v["dither"]
    kind = ["without dither", "with rectangular dither", "with triangular dither"][draws]
    many = f"{text(2**bits)} levels ({bits} {'bit' if bits == 1 else 'bits'})"
    gone = "" if curves["after"].any() else "; of this stretch nothing is left but zeros"
    return f"{many}, {kind}: the SNR is {text(curves['snr'][0], 1)} dB{gone}."


def _draw_rounding(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0)
    upper.step(curves["time"], curves["after"], where="mid", label="rounded")
    upper.plot(curves["time"], curves["before"], ":", color=PALETTE["orange"], label="before")
    upper.set(
        xlabel="time in milliseconds",
        ylabel="amplitude",
        ylim=span(curves["before"], curves["after"]),
    )
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    lower.plot(curves["frequency"], curves["error"], color=PALETTE["purple"])
    lower.set(xlabel="frequency in kHz", ylabel="error in dB", xlim=(0, 4), ylim=(_FLOOR, 0))
    return figure


BIT_DEPTH = InteractiveFigure(
    name="bit_depth",
    title="bit depth and dither",
    alt="Above, twenty milliseconds before and after rounding; below, the spectrum of the error.",
    rate=8000,
    controls=(
        slider("bits", "Bits", range(1, 13), 4),
        choice("dither", "Dither", _DITHERS, 0),
        choice("sound", "Sound", _SOUNDS, "word"),
    ),
    samples=_rounded,
    curves=_rounding_curves,
    reading=_rounding_reading,
    draw=_draw_rounding,
    data=lambda: {"word": sources.word_base64()},
    rest=0.4,
    height=400,
)

# ---------------------------------------------------------------- mu-law

_LEVELS = np.arange(0, -49, -3)
_CODINGS = {"µ-law": "curved", "even steps": "even"}


def _coded(coding: str, bits: int, level: int) -> np.ndarray:
    """Return the word, recorded at a level, coded, decoded and turned up to where it was."""
    gain = 10 ** (level / 20)
    x = sources.word() * gain
    if coding == "even":
        return dsp.quantise(x, bits) / gain
    mu = 2**bits - 1
    return dsp.mu_law_decode(dsp.mu_law_encode(x, mu), mu).astype(np.float64) / gain


def _coding_curves(coding: str, bits: int, level: int) -> Curves:
    """Return a stretch before and after, and the SNR against the level both ways."""
    zoom, x = slice(1000, 1160), sources.word()
    curves = {
        "time": 1e3 * np.arange(160) / 8000,
        "before": x[zoom],
        "after": _coded(coding, bits, level)[zoom],
        "level": _LEVELS.astype(float),
    }
    for way in _CODINGS.values():
        curves[way] = np.array([dsp.snr_db(x, _coded(way, bits, int(db))) for db in _LEVELS])
    return curves


def _snr_at(v: Mapping[str, Value], curves: Curves) -> dict[str, float]:
    at = -int(v["level"]) // 3
    return {name: float(curves[way][at]) for name, way in _CODINGS.items()}


def _coding_reading(v: Mapping[str, Value], curves: Curves) -> str:
    snrs = ", ".join(f"{text(snr, 1)} dB with {name}" for name, snr in _snr_at(v, curves).items())
    return f"{v['bits']} bits, recorded at {text(v['level'])} dB: an SNR of {snrs}."


def _draw_coding(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.0)
    upper.step(curves["time"], curves["after"], where="mid", label="decoded")
    upper.plot(curves["time"], curves["before"], ":", color=PALETTE["orange"], label="before")
    upper.set(
        xlabel="time in milliseconds",
        ylabel="amplitude",
        ylim=span(curves["before"], curves["after"]),
    )
    upper.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1))
    for (name, way), line, color in zip(
        _CODINGS.items(), ("-", "--"), ("blue", "green"), strict=True
    ):
        lower.plot(curves["level"], curves[way], line, color=PALETTE[color], label=name)
    here = curves[v["coding"]][-int(v["level"]) // 3]
    lower.plot([v["level"]], [here], "o", color="black", label="you hear")
    lower.set(xlabel="level of the recording in dB", ylabel="SNR in dB", xlim=(1, -49))
    lower.legend(loc="lower right", ncols=3, bbox_to_anchor=(1, 1))
    return figure


MU_LAW = InteractiveFigure(
    name="mu_law",
    title="µ-law against even steps",
    alt="Above, twenty milliseconds of a word before and after; below, SNR against level.",
    rate=8000,
    controls=(
        choice("coding", "Steps", _CODINGS, "curved"),
        slider("level", "Level of the recording", range(0, -49, -3), -30, "dB"),
        slider("bits", "Bits", range(6, 13), 8),
    ),
    samples=_coded,
    curves=_coding_curves,
    reading=_coding_reading,
    draw=_draw_coding,
    data=lambda: {"word": sources.word_base64()},
    rest=0.4,
    height=400,
)
