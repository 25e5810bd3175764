"""Figures that are fed with clips: a reader chooses one of many sounds, sees it and hears it.

The clips are made once, in a notebook or at a build, and go into the page with the figure; its
script only looks them up and computes their spectrograms. So it works wherever a model, which can't
run in a page, has made the sounds.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Control, Value
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels

Heard = TypeVar("Heard")  # what is chosen: a sound, or what the page makes one of


@dataclass(frozen=True)
class Clips:
    """Sounds for all settings of some controls, and a sentence on each.

    Parameters
    ----------
    controls
        What chooses; the last one's settings follow one another fastest.
    rate
        Of all clips, in Hz.
    sounds
        One for each combination of settings, shape (N,) each, within [-1, 1].
    sentences
        What is true of each sound.
    coding
        How they travel: ``"int16"``, or ``"mu_law"``, 8 bits a sample (and what is heard is then
        what the codes stand for).
    frame
        Samples in a window of the spectrogram, a power of two.
    floor, top
        Levels in dB of the darkest and the brightest colour.
    """

    controls: tuple[Control, ...]
    rate: int
    sounds: Sequence[np.ndarray]
    sentences: Sequence[str]
    coding: str = "int16"
    frame: int = 256
    floor: int = -80
    top: int = -10

    def __post_init__(self) -> None:
        wanted = int(np.prod([len(control.values) for control in self.controls]))
        if not len(self.sounds) == len(self.sentences) == wanted:
            raise InvalidValueError(
                f"the controls have {wanted} settings together; there are {len(self.sounds)} "
                f"sounds and {len(self.sentences)} sentences"
            )

    @cached_property
    def codes(self) -> list[np.ndarray]:
        """The sounds as they travel: uint8 or int16, shape (N,) each."""
        if self.coding == "mu_law":
            return [dsp.mu_law_encode(x).astype(np.uint8) for x in self.sounds]
        return [np.round(np.clip(x, -1, 1) * 32767).astype("<i2") for x in self.sounds]

    @cached_property
    def longest(self) -> int:
        """Samples of the longest sound."""
        return max(map(len, self.sounds))

    def number(self, v: Mapping[str, Value]) -> int:
        """Return which of the sounds belongs to a setting."""
        number = 0
        for control in self.controls:
            number = number * len(control.values) + control.index(v[control.name])
        return number

    def heard(self, **v: Value) -> np.ndarray:
        """Return a setting's sound as its codes stand for it: float64, shape (N,)."""
        codes = self.codes[self.number(v)]
        if self.coding == "mu_law":
            return expanded(codes)
        return codes / 32768

    def curves(self, **v: Value) -> Curves:
        """Return the waveform and the levels of the spectrogram, (columns, bins)."""
        x, hop = self.heard(**v), self.frame // 4
        padded = np.pad(x, (self.frame // 2, self.longest - len(x) + self.frame // 2))
        starts = np.arange(0, self.longest, hop)
        frames = padded[starts[:, None] + np.arange(self.frame)]
        window = dsp.window("hann", self.frame)
        levels = decibels(amplitudes(frames, window, self.frame), self.floor)
        return {"wave": x, "levels": levels}

    def data(self) -> dict[str, Any]:
        """Return what the script has to know besides the settings."""
        packed = [base64.b64encode(codes.tobytes()).decode("ascii") for codes in self.codes]
        return {
            "clips": packed,
            "sentences": list(self.sentences),
            "sizes": [len(control.values) for control in self.controls],
            "lists": [list(control.values) for control in self.controls],
            "names": [control.name for control in self.controls],
            "coding": self.coding,
            "frame": self.frame,
            "levels": [self.floor, self.top],
            "rate": self.rate,
            "longest": self.longest,
        }

    def draw(self, v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
        """Draw waveform and spectrogram, one above the other."""
        figure, (upper, lower) = new_figure(2, height=3.4, sharex=True)
        seconds, rate = self.longest / self.rate, self.rate
        upper.plot(np.arange(len(curves["wave"])) / rate, curves["wave"], linewidth=0.6)
        upper.set(ylabel="amplitude", ylim=(-1, 1), xlim=(0, seconds))
        half = self.frame / 8 / rate
        extent = (-half, seconds + half, 0, rate / 2000)
        limits = {"vmin": self.floor, "vmax": self.top}
        image = lower.imshow(curves["levels"].T, extent=extent, **limits)
        lower.set(xlabel="time in seconds", ylabel="frequency in kHz", xlim=(0, seconds))
        lower.grid(False)
        figure.colorbar(image, ax=[upper, lower], label="level in dB")
        return figure

    def figure(self, title: str, alt: str, *, once: bool = False) -> InteractiveFigure:
        """Return the figure; with ``once`` a choice is heard at once, and each sound one time."""
        return InteractiveFigure(
            name="clips",
            title=title,
            alt=alt,
            rate=self.rate,
            controls=self.controls,
            samples=self.heard,
            curves=self.curves,
            reading=lambda v, _: self.sentences[self.number(v)],
            draw=self.draw,
            data=self.data,
            rest=0.0 if once else 0.4,
            height=320,
            once=once,
        )


def crossed(
    clips: Mapping[tuple[Any, ...], Heard],
    sentences: Mapping[tuple[Any, ...], str],
    each: str,
) -> tuple[list[tuple[Any, ...]], list[Heard], list[str]]:
    """Return what the settings of some clips are made of, and clips and sentences in their order.

    Parameters
    ----------
    clips, sentences
        By setting: one value of each control, every combination of them.
    each
        Of what there must be a clip and a sentence, in words.

    Returns
    -------
    tuple
        For each control its values, numbers in rising order and names as they come; the clips and
        the sentences as :class:`Clips` wants them, the last control's values fastest.

    Raises
    ------
    InvalidValueError
        If there is no setting, a clip or a sentence is missing, or there is a clip too many.
    """
    values = [_in_order(dict.fromkeys(found)) for found in zip(*clips, strict=True)]
    wanted = list(itertools.product(*values))
    if not clips or set(wanted) != set(clips) or set(wanted) - set(sentences):
        raise InvalidValueError(f"expected a clip and a sentence for {each}")
    return values, [clips[one] for one in wanted], [sentences[one] for one in wanted]


def _in_order(values: Iterable[Any]) -> tuple[Any, ...]:
    values = tuple(values)
    return values if isinstance(values[0], str) else tuple(sorted(values))


def nearest(values: Sequence[float], usual: float) -> float:
    """Return which of some values is nearest to a usual one, for a control to begin with."""
    return min(values, key=lambda value: abs(value - usual))


def expanded(codes: np.ndarray) -> np.ndarray:
    """Return the amplitudes of 8-bit mu-law codes, float64: what the page's script hears."""
    return dsp.mu_law_expand((2 * codes.astype(np.int64) - 255) / 255, 255)
