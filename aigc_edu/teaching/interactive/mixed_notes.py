"""The figure of a keyboard: notes whose timbre lies between two, computed from their images.

Chapter: chapters/04-adversarial/07-gansynth.ipynb

The page gets the two images of each note, 8 bits a pixel, and no sound at all: its script turns
images into samples as :func:`aigc_edu.models.gansynth.sound_of` does.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive.controls import Control, Value, buttons
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure
from aigc_edu.teaching.interactive.shown import show_on_page
from aigc_edu.teaching.interactive.spectra import text

if TYPE_CHECKING:
    from aigc_edu.models.gansynth import GANSynthConfig

CODES = 127  # the largest code of a pixel: 1.0
NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")

Note = tuple[int, float]  # a MIDI number, and a share of the way in per cent


def mixed_notes(
    images: Mapping[Note, np.ndarray],
    config: GANSynthConfig,
    said: Mapping[Note, str],
    ends: tuple[str, str] = ("one timbre", "the other"),
    **start: Value,
) -> None:
    """Show a keyboard that plays notes between two timbres; see mixed_notes_of.

    Controls: ``pitch`` (a MIDI number), ``mix`` (per cent of the way).
    """
    show_on_page(mixed_notes_of(images, config, said, ends), **start)


def mixed_notes_of(
    images: Mapping[Note, np.ndarray],
    config: GANSynthConfig,
    said: Mapping[Note, str],
    ends: tuple[str, str] = ("one timbre", "the other"),
) -> InteractiveFigure:
    """Return the figure of a keyboard whose notes lie between two timbres.

    Parameters
    ----------
    images
        What a generator drew for each pitch and share of the way: (2, bands, frames), in [-1, 1].
    config
        What the images mean.
    said
        A sentence on each note.
    ends
        Names of the two timbres.

    Raises
    ------
    InvalidValueError
        If a note or a sentence is missing, or an image has another shape.
    """
    pitches, mixes = _axes(images, config, said)
    codes = {note: _coded(image) for note, image in images.items()}

    @cache
    def samples(pitch: int, mix: float) -> np.ndarray:
        from aigc_edu.models.gansynth import sound_of

        return sound_of(_shown(codes[pitch, mix]), config)

    def curves(pitch: int, mix: float) -> Curves:
        magnitude, turned = _shown(codes[pitch, mix])
        return {"magnitude": magnitude.T, "turned": turned.T}

    return InteractiveFigure(
        name="mixed_notes",
        title="a keyboard between two timbres",
        alt="Above, the log magnitude that the generator drew for the note; below, its "
        "instantaneous frequency.",
        rate=config.rate,
        controls=_controls(pitches, mixes, ends),
        samples=samples,
        curves=curves,
        reading=lambda v, _: said[v["pitch"], v["mix"]],
        draw=lambda v, c: _draw(c, config),
        data=lambda: _data(codes, said, config),
        height=360,
        once=True,
    )


def note_name(pitch: int) -> str:
    """Return the name of a MIDI number: C4 for 60, the middle C."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def _controls(
    pitches: list[int], mixes: list[float], ends: tuple[str, str]
) -> tuple[Control, Control]:
    keys = {note_name(pitch): pitch for pitch in pitches}
    texts = tuple(f"{text(mix)} %" for mix in mixes)
    label = f"From {ends[0]} to {ends[1]}"
    return (
        buttons("pitch", "Keyboard", keys, pitches[0]),
        Control("mix", label, "slider", tuple(mixes), texts, mixes[0]),
    )


def _axes(
    images: Mapping[Note, np.ndarray], config: GANSynthConfig, said: Mapping[Note, str]
) -> tuple[list[int], list[float]]:
    """Return pitches and shares in their order, if nothing is missing."""
    pitches, mixes = sorted({p for p, _ in images}), sorted({mix for _, mix in images})
    wanted = {(pitch, mix) for pitch in pitches for mix in mixes}
    if not wanted or not wanted == set(images) == set(said):
        raise InvalidValueError("expected images and a sentence for every pitch and mix")
    shape = (2, config.bands, config.frames)
    if any(np.shape(image) != shape for image in images.values()):
        raise InvalidValueError(f"all images must have the shape {shape}")
    return pitches, mixes


def _coded(image: np.ndarray) -> np.ndarray:
    """Return an image as the page gets it: whole numbers from -127 to 127."""
    return np.round(np.clip(image, -1, 1) * CODES).astype(np.int8)


def _shown(codes: np.ndarray) -> np.ndarray:
    """Return the image that codes stand for, float64: 8-bit integers would divide to 16 bits."""
    return codes.astype(np.float64) / CODES


def _data(
    codes: Mapping[Note, np.ndarray], said: Mapping[Note, str], config: GANSynthConfig
) -> dict[str, Any]:
    """Return the images, column by column, and what the script needs to make sound of them."""
    top = float(dsp.hz_to_mel(config.rate / 2))
    packed = {
        _key(note): base64.b64encode(image.transpose(0, 2, 1).tobytes()).decode("ascii")
        for note, image in codes.items()
    }
    return {
        "images": packed,
        "said": {_key(note): sentence for note, sentence in said.items()},
        "edges": dsp.mel_to_hz(np.linspace(0, top, config.bands + 2)).tolist(),
        "bands": config.bands,
        "frames": config.frames,
        "rate": config.rate,
        "frame": config.frame,
        "hop": config.hop,
        "quietest": config.quietest,
    }


def _key(note: Note) -> str:
    return f"{note[0]}/{note[1]:g}"


def _draw(curves: Curves, config: GANSynthConfig) -> matplotlib.figure.Figure:
    figure, axes = new_figure(2, height=4.0, sharex=True)
    extent = (0, config.length / config.rate, 0, config.bands)
    titles = {"magnitude": "log magnitude", "turned": "instantaneous frequency"}
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        ax.imshow(curves[name].T, vmin=-1, vmax=1, extent=extent)
        ax.set(ylabel="mel band", title=title)
        ax.grid(False)
    axes[-1].set(xlabel="time in seconds")
    return figure
