"""What the page of a bench plays and shows: versions of a sound equally loud, and their spectra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.image import imsave

from aigc_edu import audio, dsp
from aigc_edu.audio.placing import replacing
from aigc_edu.bench.results import ListResults

LUFS = -23.0
FLOOR_DB = -70.0  # below the loudest of a picture
BANDS, COLUMNS = 48, 120  # of a picture, in pixels

Sounds = dict[str, dict[str, tuple[np.ndarray, int]]]  # by name of the sound, then by row


def sounds_of(folder: Path, found: ListResults) -> Sounds:
    """Return all sounds of a list as they were made: item and take, then row."""
    sounds: Sounds = {}
    for row, items in found.items.items():
        for name in names_of(items):
            x, rate = audio.read(folder / row / f"{name}.wav")
            sounds.setdefault(name, {})[row] = (x.astype(np.float64), rate)
    return sounds


def names_of(items: Sequence[str]) -> list[str]:
    """Return the sounds' names: an item's takes are counted from 0 on."""
    counts: dict[str, int] = {}
    names = []
    for item in items:
        names.append(f"{item}-{counts.get(item, 0)}")
        counts[item] = counts.get(item, 0) + 1
    return names


def write_players(sounds: Sounds, folder: Path) -> None:
    """Write what the page plays: the versions of a sound equally loud, silence as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in sounds.items():
        heard = {row: pair for row, pair in rows.items() if np.isfinite(_loudness(*pair))}
        rates = [rate for _, rate in heard.values()]
        levelled = (
            audio.match_loudness([x for x, _ in heard.values()], rates, LUFS) if heard else []
        )
        made = {row: x for row, (x, _) in rows.items()} | dict(zip(heard, levelled, strict=True))
        for row, x in made.items():
            audio.write(folder / f"{row}-{name}.flac", x, rows[row][1])


def _loudness(x: np.ndarray, rate: int) -> float:
    return audio.loudness(x, rate, short="whole")


def write_pictures(sounds: Sounds, folder: Path) -> None:
    """Write the spectrogram of each first take; all of a list share one axis of time."""
    folder.mkdir(parents=True, exist_ok=True)
    longest = max(len(x) / rate for rows in sounds.values() for x, rate in rows.values())
    for name, rows in sounds.items():
        for row, (x, rate) in rows.items() if name.endswith("-0") else ():
            with replacing(folder / f"{row}-{name}.png") as made:
                imsave(made, picture(x, rate, longest), cmap="magma", vmin=FLOOR_DB, vmax=0)


def picture(x: np.ndarray, rate: int, seconds: float) -> np.ndarray:
    """Return levels in mel bands in decibels below the loudest, high bands above.

    Parameters
    ----------
    x
        Shape (N,).
    rate
        Sampling rate in Hz.
    seconds
        That the picture is wide; what is missing is silence.

    Returns
    -------
    ndarray
        Shape (BANDS, COLUMNS).
    """
    frame = 2 ** round(np.log2(0.064 * rate))
    x = np.pad(x, (0, max(0, round(seconds * rate) - len(x)) + frame))
    hop = max(1, (len(x) - frame) // COLUMNS)
    power = dsp.mel_spectrogram(x, rate, frame, hop, BANDS)[:, :COLUMNS]
    return dsp.to_db(power / max(power.max(), 1e-12), FLOOR_DB)[::-1]
