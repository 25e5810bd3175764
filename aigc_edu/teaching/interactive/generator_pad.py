"""The figure in which a trained generator runs in the reader's browser, and is played.

Chapter: chapters/04-adversarial/04-wavegan-generation.ipynb

Here a clip is computed by PyTorch with the weights that the page gets (``teaching/exporting.py``);
the page's script computes the same in a worker, so that the page stays quick. Nothing is loaded:
the weights are part of the figure, which therefore works from a folder and without a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive import latent
from aigc_edu.teaching.interactive.controls import Control, Value, buttons, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.packing import packed, sixteen_bits
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import amplitudes, decibels, text

if TYPE_CHECKING:
    from torch import nn

    from aigc_edu.teaching.exporting import Exported

STEPS = 48  # of the pad in either direction: thirds and halves are among them
DRAWS = 100  # how many times four new sounds can be had
LARGEST = 2_400_000  # bytes of a network in a page: with all that belongs to it, 2.5 MB
LOUDEST = 0.2  # RMS of a tenth of a second: the page's guard lets no more through
_TRIED = 64  # clips by whose loudest the one gain for all is set
_SILENT = 0.02  # a lower peak is called almost silent
_FRAME, _HOP, _FLOOR, _TOP = 256, 64, -80.0, -10.0  # of the spectrogram
_ALT = (
    "Left, a pad with twelve places and the outlines of the sounds there; right, the waveform and "
    "the spectrogram of the sound that is heard."
)


@dataclass(frozen=True)
class Playable:
    """A generator, and what there is to play of it.

    Parameters
    ----------
    network
        From vectors (B, Z + L), z and behind it the label as one-hot numbers, to clips (B, T) in
        [-1, 1]: an ``nn.Sequential`` of layers that ``exporting`` knows.
    latent
        Z: how many numbers z has.
    rate
        Of the clips, in Hz.
    labels
        Their names, L of them; none for a network that is told no label.
    directions
        From a name to a direction in the latent space, (Z,): each becomes a slider.
    prior
        What z was drawn from in training: ``"uniform"`` over [-1, 1), or ``"normal"``.
    what
        What a label is: the name of the row of buttons.
    bits
        Of a weight in the page; None for as many as the size allows, 12 at most.
    """

    network: nn.Module
    latent: int
    rate: int
    labels: Sequence[str] = ()
    directions: Mapping[str, np.ndarray] = field(default_factory=dict)
    prior: str = "uniform"
    what: str = "Sound"
    bits: int | None = None

    def __post_init__(self) -> None:
        wanted = self.latent + len(self.labels)
        if self.exported.inputs != wanted:
            raise InvalidValueError(
                f"z and the labels are {wanted} numbers; the network takes {self.exported.inputs}"
            )
        if self.exported.size > LARGEST:
            raise InvalidValueError(
                f"the network takes {self.exported.size:,} bytes of a page, more than {LARGEST:,}"
            )
        wrong = [name for name, row in self.directions.items() if np.shape(row) != (self.latent,)]
        if wrong:
            raise InvalidValueError(f"a direction has the shape ({self.latent},): see {wrong}")

    @cached_property
    def exported(self) -> Exported:
        """The network as the page gets it."""
        from aigc_edu.teaching.exporting import export

        if self.bits is not None:
            return export(self.network, self.bits)
        tried = (export(self.network, bits) for bits in (12, 11, 10, 9))
        return next((one for one in tried if one.size <= LARGEST), export(self.network, 8))

    @property
    def names(self) -> list[str]:
        """The labels as a reader gets them."""
        return [label.replace("_", " ") for label in self.labels]

    @cached_property
    def rows(self) -> np.ndarray:
        """The directions as the page has them: (K, Z), four decimals."""
        rows = [np.asarray(row, np.float64) for row in self.directions.values()]
        return np.round(np.array(rows).reshape(-1, self.latent), 4)

    def z(self, **v: Value) -> np.ndarray:
        """Return the z (Z,) of the settings."""
        four = latent.corners(self.latent, int(v["draw"]), self.prior)
        z = latent.on_pad(four, float(v["x"]), float(v["y"]), str(v["walk"]))
        amounts = [float(v[f"direction{k}"]) for k in range(len(self.rows))]
        return float(v["scale"]) * z + np.array(amounts) @ self.rows

    def samples(self, **v: Value) -> np.ndarray:
        """Return the clip (T,) of the settings, by PyTorch with the page's weights."""
        return self.clips(self.z(**v)[None], int(v.get("label", 0)))[0]

    def clips(self, z: np.ndarray, label: int = 0) -> np.ndarray:
        """Return clips (B, T) for z (B, Z) and one label."""
        hot = np.zeros((len(z), len(self.labels)))
        hot[:, label : label + 1] = 1
        return self.exported.run(np.hstack([z, hot])).reshape(len(z), -1)

    @cached_property
    def gain(self) -> float:
        """What all clips are multiplied by, so that the page's guard turns none down alone."""
        loudest = 0.0
        for n in range(_TRIED):
            z = latent.drawn(self.latent, n, self.prior)
            x = self.clips(z[None], n % max(1, len(self.labels)))[0]
            tenth = min(len(x), self.rate // 10)
            loudest = max(loudest, np.convolve(x**2, np.ones(tenth) / tenth, "valid").max())
        return round(float(min(1.0, LOUDEST / max(loudest, 1e-9) ** 0.5)), 3)


def generator_pad(playable: Playable, **start: Value) -> None:
    """Show a trained generator that runs in the reader's browser.

    Controls: ``label`` (its number, if there are labels), ``x`` and ``y`` on the pad (0 to 1 in
    steps of 1/48), ``direction0`` and so on (-4 to 4), ``scale`` of z, ``walk`` ("sphere",
    "line"), ``draw`` of the four corners (1 to 100).
    """
    show_on_page(generator_pad_of(playable), **start)


def generator_pad_of(playable: Playable) -> InteractiveFigure:
    """Return the figure of a generator; its sliders are fed by what is playable of it."""
    controls = _controls(playable)
    start = {control.name: control.start for control in controls}
    return InteractiveFigure(
        name="generator_pad",
        title="a generator to play",
        alt=_ALT,
        rate=playable.rate,
        controls=controls,
        samples=playable.samples,
        curves=lambda **v: _curves(playable, v),
        reading=lambda v, curves: _reading(playable.names, v, curves),
        draw=lambda v, curves: _draw(playable.rate, curves),
        data=lambda: _data(playable, start),
        height=320,
        once=True,
        uses=("network",),
    )


def _controls(playable: Playable) -> tuple[Control, ...]:
    places = [n / STEPS for n in range(STEPS + 1)]
    texts = tuple(f"{text(100 * place)} %" for place in places)
    pad = (("x", "Pad, to the right"), ("y", "Pad, downwards"))
    amounts = [n / 2 for n in range(-8, 9)]
    sliders = [
        slider(f"direction{n}", name, amounts, 0.0, digits=1)
        for n, name in enumerate(playable.directions)
    ]
    ways = {"along the sphere": "sphere", "in a straight line": "line"}
    names = {named(n, name): n for n, name in enumerate(playable.names)}
    return (
        *([buttons("label", playable.what, names, 0)] if names else []),
        *(Control(name, label, "slider", tuple(places), texts, 0.5) for name, label in pad),
        *sliders,
        slider("scale", "Scale of z (truncation)", [n / 10 for n in range(16)], 1.0, digits=1),
        choice("walk", "From sound to sound", ways, "sphere"),
        slider("draw", "Draw of the corners", range(1, DRAWS + 1), 1),
    )


def named(number: int, name: str) -> str:
    """Return a label with the digit that is its key in front, if its name isn't a digit."""
    return name if name[:1].isdigit() or number > 8 else f"{number + 1} {name}"


def _curves(playable: Playable, v: Mapping[str, Value]) -> Curves:
    length = np.linalg.norm(playable.z(**v))
    return {"wave": playable.samples(**v), "length": np.array([length])}


def _reading(labels: Sequence[str], v: Mapping[str, Value], curves: Curves) -> str:
    peak = np.abs(curves["wave"]).max()
    name = f"{labels[int(v['label'])]}: " if labels else ""
    loud = "the sound is almost silent, its peak" if peak < _SILENT else "the sound's peak"
    return f"{name}z has the length {text(curves['length'][0], 1)}; {loud} is {text(peak, 2)}."


def _draw(rate: int, curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=3.4, sharex=True)
    wave, window = curves["wave"], dsp.window("hann", _FRAME)
    cuts = np.arange(0, len(wave), _HOP)[:, None] + np.arange(_FRAME)
    levels = decibels(amplitudes(np.pad(wave, _FRAME)[cuts], window, _FRAME), _FLOOR)
    upper.plot(np.arange(len(wave)) / rate, wave, linewidth=0.6)
    upper.set(ylabel="amplitude", ylim=(-1, 1), xlim=(0, len(wave) / rate))
    extent = (0, len(wave) / rate, 0, rate / 2000)
    lower.imshow(levels.T, extent=extent, vmin=_FLOOR, vmax=_TOP)
    lower.set(xlabel="time in seconds", ylabel="frequency in kHz")
    lower.grid(False)
    return figure


def _data(playable: Playable, start: Mapping[str, Value]) -> dict[str, Any]:
    first = playable.samples(**start)
    return {
        "network": playable.exported.data(),
        "latent": playable.latent,
        "labels": playable.names,
        "directions": playable.rows.tolist(),
        "prior": playable.prior,
        "gain": playable.gain,
        "rate": playable.rate,
        "count": len(sixteen_bits(first)),
        "at": dict(start),
        "first": packed(first),
    }
