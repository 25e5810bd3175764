"""The figure of noise that is taken out of a voice: how steady, and how much of it.

Chapter: chapters/06-product/05-restoring.ipynb

The page gets the voice and the noise, each by itself, and mixes and cleans them as
:func:`aigc_edu.dsp.wiener_gain` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.packing import packed, sixteen_bits
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

FRAME, HOP = 256, 64  # samples
RATIOS, MEMORIES, FLOORS = (0, 5, 10, 15, 20), (0, 0.5, 0.8, 0.9, 0.95, 0.98), (-60, -30, -20, -10)
HEARD = {"what is left": "left", "what was taken out": "taken", "the noisy voice": "noisy"}
QUIETEST, LOUDEST = -70, -10  # dB: limits of the colours


def subtracting(
    speech: np.ndarray, noise: np.ndarray, rate: int, lead: float, **start: Value
) -> None:
    """Show a voice that is cleaned of noise, see :func:`subtracting_of`.

    Controls: ``ratio`` of the voice to the noise in dB, ``memory`` of the gain, ``floor`` of the
    gain in dB, ``heard`` ("left", "taken", "noisy").
    """
    show_on_page(subtracting_of(speech, noise, rate, lead), **start)


def subtracting_of(
    speech: np.ndarray, noise: np.ndarray, rate: int, lead: float
) -> InteractiveFigure:
    """Return the figure of a voice in noise, cleaned by Wiener's gain with more or less memory.

    Parameters
    ----------
    speech, noise
        Shape (N,) each, within [-0.35, 0.35] so that both together stay within [-1, 1].
    rate
        Of both, in Hz.
    lead
        Seconds before the voice begins, where the noise is alone.

    Raises
    ------
    InvalidValueError
        If the two differ in length, are too loud, or there is no lead.
    """
    scene = Scene(sixteen_bits(speech), sixteen_bits(noise), rate, round(lead * rate) // HOP - 2)
    return InteractiveFigure(
        name="subtracting",
        title="a voice taken out of noise",
        alt="Above, the gain of each bin; below, the spectrogram of what is heard.",
        rate=rate,
        controls=(
            slider("ratio", "Voice to noise", RATIOS, 5, "dB"),
            slider("memory", "Memory", MEMORIES, 0, digits=2),
            slider("floor", "Least gain", FLOORS, -60, "dB"),
            choice("heard", "You hear", HEARD, "left"),
        ),
        samples=scene.samples,
        curves=scene.curves,
        reading=_reading,
        draw=lambda v, c: _draw(c, rate),
        data=scene.data,
        rest=0.4,
        height=400,
    )


@dataclass(frozen=True)
class Scene:
    """A voice and a noise, which are mixed and cleaned.

    Attributes
    ----------
    speech, noise
        Shape (N,).
    rate
        In Hz.
    alone
        Frames at the beginning in which the noise is alone.
    """

    speech: np.ndarray
    noise: np.ndarray
    rate: int
    alone: int

    def __post_init__(self) -> None:
        if self.speech.shape != self.noise.shape or not self.noise.any():
            raise InvalidValueError("the voice and the noise must be equally long, and be heard")
        if self.alone < 1:
            raise InvalidValueError("before the voice, the noise must be alone for some frames")
        if max(np.abs(self.speech + self._loud(ratio)).max() for ratio in RATIOS) > 1:
            raise InvalidValueError("voice and noise together pass full scale; make them softer")

    def _loud(self, ratio: float) -> np.ndarray:
        return dsp.at_ratio(self.speech, self.noise, ratio)

    @cached_property
    def level(self) -> np.ndarray:
        """The noise's mean power in each bin, (bins, 1)."""
        return (np.abs(dsp.stft(self.noise, FRAME, HOP)) ** 2).mean(axis=1, keepdims=True)

    def cleaned(self, ratio: float, memory: float, floor: float) -> tuple[np.ndarray, ...]:
        """Return the noisy voice (N,), the gain (bins, frames), and what is left (N,)."""
        noise = self._loud(ratio)
        X = dsp.stft(self.speech + noise, FRAME, HOP)
        louder = np.sum(noise**2) / np.sum(self.noise**2)
        gain = dsp.wiener_gain(np.abs(X) ** 2, louder * self.level, memory, floor)
        return self.speech + noise, gain, dsp.istft(gain * X, HOP, length=len(noise))

    def samples(self, ratio: float, memory: float, floor: float, heard: str) -> np.ndarray:
        """Return what is heard, (N,)."""
        noisy, _, left = self.cleaned(ratio, memory, floor)
        return {"noisy": noisy, "left": left, "taken": noisy - left}[heard]

    def curves(self, ratio: float, memory: float, floor: float, heard: str) -> Curves:
        """Return gain and spectrogram in dB, (frames, bins), and what the sentence tells."""
        noisy, gain, left = self.cleaned(ratio, memory, floor)
        x = {"noisy": noisy, "left": left, "taken": noisy - left}[heard]
        padded = np.pad(x, FRAME // 2)
        cut = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
        levels = decibels(amplitudes(cut, dsp.window("hann", FRAME), FRAME), QUIETEST)
        opened = np.mean(gain[:, : self.alone] > 0.5)
        told = np.array([100 * opened, _ratio(self.speech, left)])
        return {"gain": 20 * np.log10(gain.T), "levels": levels, "told": told}

    def data(self) -> dict[str, Any]:
        """Return what the script needs besides the settings."""
        sounds = {"speech": packed(self.speech), "noise": packed(self.noise)}
        return {**sounds, "rate": self.rate, "alone": self.alone}


def _ratio(speech: np.ndarray, made: np.ndarray) -> float:
    """Return the scale-invariant ratio of speech to error in dB."""
    part = (made @ speech) / (speech @ speech) * speech
    return 10 * np.log10(np.sum(part**2) / np.sum((made - part) ** 2))


def _reading(v: Mapping[str, Value], curves: Curves) -> str:
    opened, ratio = curves["told"]
    return (
        f"{text(v['ratio'])} dB before, {text(ratio, 1)} dB after. While the noise is alone, "
        f"{text(opened, 1)} % of the bins are open by more than half."
    )


def _draw(curves: Curves, rate: int) -> matplotlib.figure.Figure:
    figure, axes = new_figure(2, height=4.2, sharex=True)
    frames = len(curves["gain"])
    extent = (0, frames * HOP / rate, 0, rate / 2000)
    titles = {"gain": ("gain", (-60, 0)), "levels": ("what is heard", (QUIETEST, LOUDEST))}
    for ax, (name, (title, limits)) in zip(axes, titles.items(), strict=True):
        image = ax.imshow(curves[name].T, vmin=limits[0], vmax=limits[1], extent=extent)
        ax.set(ylabel="frequency in kHz", title=title)
        ax.grid(False)
        figure.colorbar(image, ax=ax, label="dB")
    axes[-1].set(xlabel="time in seconds")
    return figure
