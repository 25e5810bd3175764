"""The figure of copies: mel frames go in, speech comes out, and the frames can be made coarser.

Chapter: chapters/03-autoregressive/07-wavenet-vocoder-and-judging.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib.figure
import numpy as np

from aigc_edu import dsp
from aigc_edu.errors import InvalidValueError
from aigc_edu.teaching.figures import new_figure
from aigc_edu.teaching.interactive import packing
from aigc_edu.teaching.interactive.controls import Value, choice, slider
from aigc_edu.teaching.interactive.figure import Curves, InteractiveFigure

_WINDOW, _HOP = 512, 128  # samples: 32 and 8 ms at 16 kHz
_LOW, _TOP = packing.FLOOR, -10.0


def coarser(frames: np.ndarray, bands: int) -> np.ndarray:
    """Return mel frames in which neighbouring bands share one level, so that ``bands`` are left.

    Parameters
    ----------
    frames
        Levels, shape (B, F), on a scale of dB.
    bands
        A divisor of B.

    Returns
    -------
    ndarray
        Shape (B, F): each group of B / bands bands has their mean level.

    Raises
    ------
    InvalidValueError
        If the bands can't be shared out evenly.
    """
    frames = np.asarray(frames, np.float64)
    if bands < 1 or len(frames) % bands:
        raise InvalidValueError(f"{len(frames)} bands can't be shared out among {bands}")
    means = frames.reshape(bands, -1, frames.shape[1]).mean(axis=1)
    return np.repeat(means, len(frames) // bands, axis=0)


def mel_copies_of(
    frames: np.ndarray,
    sounds: Mapping[tuple[int, str], np.ndarray],
    recording: np.ndarray,
    rate: int,
    said: Mapping[tuple[int, str], str],
) -> InteractiveFigure:
    """Return the figure of one sentence and its copies from coarser and coarser frames.

    Parameters
    ----------
    frames
        Levels of the recording's mel spectrogram, (B, F), -1 (faint) to 1 (loud).
    sounds
        Samples (N,) for each pair of a number of bands and the name of who made the copy.
    recording
        Samples (N,).
    rate
        Of all sounds, in Hz.
    said
        A sentence on each copy.

    Raises
    ------
    InvalidValueError
        If a sentence is missing, or a pair of the numbers and names, or the lengths differ.
    """
    counts, makers = _axes(sounds, recording, said)
    whole = {pair: packing.sixteen_bits(x) for pair, x in sounds.items()}
    whole |= {(count, "recording"): packing.sixteen_bits(recording) for count in counts}
    told = np.round(np.clip(np.asarray(frames, np.float64), -1, 1) * 127) / 127
    return InteractiveFigure(
        name="mel_copies",
        title="mel frames in, speech out",
        alt="Above, the mel frames that are told; below, the spectrogram of what is heard.",
        rate=rate,
        controls=(
            slider("bands", "Mel bands", counts, counts[0]),
            choice("made", "You hear", _names(makers), makers[0]),
        ),
        samples=lambda bands, made: whole[bands, made],
        curves=_curves_of(whole, told),
        reading=lambda v, _: _sentence(v, said),
        draw=_draw,
        data=lambda: _data(whole, told, said),
        rest=0.5,
        height=440,
    )


def _axes(
    sounds: Mapping[tuple[int, str], np.ndarray], recording: np.ndarray, said: Mapping
) -> tuple[list[int], list[str]]:
    """Return the numbers of bands and the makers, if nothing is missing."""
    counts = sorted({count for count, _ in sounds}, reverse=True)
    makers = list(dict.fromkeys(name for _, name in sounds))
    pairs = {(count, name) for count in counts for name in makers}
    if pairs != set(sounds) or pairs - set(said):
        raise InvalidValueError("expected a sound and a sentence for every number and every maker")
    if {len(x) for x in sounds.values()} != {len(recording)}:
        raise InvalidValueError("the copies have to be as long as the recording")
    return counts, makers


def _names(makers: list[str]) -> dict[str, str]:
    return {f"{name}, from these frames": name for name in makers} | {"the recording": "recording"}


def _sentence(v: Mapping[str, Value], said: Mapping[tuple[int, str], str]) -> str:
    if v["made"] == "recording":
        return f"The recording. Above, its frames with {v['bands']} bands."
    return said[v["bands"], v["made"]]


def _curves_of(whole: Mapping[tuple[int, str], np.ndarray], told: np.ndarray) -> Callable:
    def curves(bands: int, made: str) -> Curves:
        x = whole[bands, made]
        spectrum = packing.spectrogram(x, dsp.window("hann", _WINDOW), _HOP)
        return {"frames": coarser(told, bands).T, "spectrum": spectrum}

    return curves


def _data(whole: Mapping[tuple[int, str], np.ndarray], told: np.ndarray, said: Mapping) -> dict:
    """Return what the page needs: the frames, all sounds and sentences."""
    some = next(count for count, name in whole if name == "recording")
    sounds = {f"{n}/{name}": x for (n, name), x in whole.items() if name != "recording"}
    return {
        "rows": len(told),
        "frames": np.round(told.T * 127).astype(int).ravel().tolist(),
        "recording": packing.packed(whole[some, "recording"]),
        "sounds": {key: packing.packed(x) for key, x in sounds.items()},
        "said": {f"{count}/{name}": sentence for (count, name), sentence in said.items()},
    }


def _draw(v: Mapping[str, Value], curves: Curves) -> matplotlib.figure.Figure:
    figure, (upper, lower) = new_figure(2, height=4.4)
    frames, spectrum = curves["frames"], curves["spectrum"]
    upper.imshow(frames.T, vmin=-0.8, vmax=1, extent=(0, len(frames), 0, frames.shape[1]))
    upper.set(xlabel="frame", ylabel="mel band")
    seconds, khz = len(spectrum) * _HOP / 16_000, 8
    lower.imshow(spectrum.T, vmin=_LOW, vmax=_TOP, extent=(0, seconds, 0, khz))
    lower.set(xlabel="time in seconds", ylabel="frequency in kHz")
    for ax in (upper, lower):
        ax.grid(False)
    return figure
