"""The figure of blurred images: a note whose spectrogram a network might have drawn, and its sound.

Chapter: chapters/04-adversarial/06-instantaneous-frequency.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Control, Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show

_WINDOW, _HOP = 512, 128  # samples of the spectrogram that is drawn
_TOP = -10.0  # dB

Pair = tuple[float, str]


def blurring(
    images: Mapping[Pair, np.ndarray],
    sounds: Mapping[Pair, np.ndarray],
    rate: int,
    said: Mapping[Pair, str],
    spacing: tuple[float, float],
    **start: Value,
) -> None:
    """Show one note whose images are blurred, in several representations; see blurring_of.

    Controls: ``blur`` in pixels, ``kept`` (what stands beside the magnitude).
    """
    show(blurring_of(images, sounds, rate, said, spacing), **start)


def blurring_of(
    images: Mapping[Pair, np.ndarray],
    sounds: Mapping[Pair, np.ndarray],
    rate: int,
    said: Mapping[Pair, str],
    spacing: tuple[float, float],
) -> InteractiveFigure:
    """Return the figure of one note, blurred more and more in several representations.

    Parameters
    ----------
    images
        What is blurred, for each pair of an amount and a representation's name: (bins, frames), in
        [-1, 1], all of one shape. The least amount comes first.
    sounds
        The samples (N,) that each image leads to.
    rate
        Of all sounds, in Hz.
    said
        A sentence on each sound.
    spacing
        Seconds from one frame of the images to the next, and hertz from one bin to the next.

    Raises
    ------
    InvalidValueError
        If a pair or a sentence is missing, or shapes differ.
    """
    amounts, kept = _axes(images, sounds, said)
    heard = {pair: packing.sixteen_bits(x) for pair, x in sounds.items()}
    seen = {pair: _whole(image) for pair, image in images.items()}
    window = dsp.window("hann", _WINDOW)

    def curves(blur: float, kept: str) -> Curves:
        x = heard[blur, kept]
        return {"image": seen[blur, kept].T, "spectrum": packing.spectrogram(x, window, _HOP)}

    return InteractiveFigure(
        name="blurring",
        title="the same blur in three representations",
        alt="Above, the image that is blurred; below, the spectrogram of what is heard.",
        rate=rate,
        controls=_controls(amounts, kept),
        samples=lambda blur, kept: heard[blur, kept],
        curves=curves,
        reading=lambda v, _: said[v["blur"], v["kept"]],
        draw=lambda v, c: _draw(c, rate, spacing),
        data=lambda: _data(seen, heard, said) | {"spacing": list(spacing), "rate": rate},
        rest=0.5,
        height=440,
    )


def _controls(amounts: list[float], kept: list[str]) -> tuple[Control, Control]:
    return (
        slider("blur", "Blur, in pixels", amounts, amounts[0], digits=1),
        choice("kept", "Beside the magnitude stands", {name: name for name in kept}, kept[0]),
    )


def _data(
    seen: Mapping[Pair, np.ndarray], heard: Mapping[Pair, np.ndarray], said: Mapping[Pair, str]
) -> dict:
    """Return what the page needs to know of every pair."""
    return {
        "images": {_key(p): packing.packed(x.T.ravel()) for p, x in seen.items()},
        "sounds": {_key(p): packing.packed(x) for p, x in heard.items()},
        "said": {_key(p): sentence for p, sentence in said.items()},
        "rows": len(next(iter(seen.values()))),
    }


def _key(pair: Pair) -> str:
    return f"{pair[0]:g}/{pair[1]}"


def _axes(images: Mapping, sounds: Mapping, said: Mapping) -> tuple[list[float], list[str]]:
    """Return the amounts and the representations, if nothing is missing."""
    amounts = list(dict.fromkeys(amount for amount, _ in sounds))
    kept = list(dict.fromkeys(name for _, name in sounds))
    pairs = {(amount, name) for amount in amounts for name in kept}
    if not pairs == set(sounds) == set(images) == set(said):
        raise InvalidValueError("expected an image, a sound and a sentence for every pair")
    if len({np.shape(x) for x in images.values()} | {len(x) for x in sounds.values()}) != 2:
        raise InvalidValueError("images must have one shape, and sounds one length")
    return amounts, kept


def _whole(image: np.ndarray) -> np.ndarray:
    """Return an image as the page gets it, by 16 bits a pixel."""
    return packing.sixteen_bits(np.ravel(image)).reshape(np.shape(image))


def _draw(curves: Curves, rate: int, spacing: tuple[float, float]) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    image, spectrum = curves["image"], curves["spectrum"]
    seconds, khz = len(image) * spacing[0], image.shape[1] * spacing[1] / 1000
    upper.imshow(image.T, vmin=-1, vmax=1, extent=(0, seconds, 0, khz))
    upper.set(xlabel="time in seconds", ylabel="kHz")
    extent = (0, len(spectrum) * _HOP / rate, 0, rate / 2000)
    lower.imshow(spectrum.T, vmin=packing.FLOOR, vmax=_TOP, extent=extent)
    lower.set(xlabel="time in seconds", ylabel="kHz")
    for ax in (upper, lower):
        ax.grid(False)
    return figure
