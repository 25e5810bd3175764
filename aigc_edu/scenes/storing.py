"""A scene as a sound file: rendered once, then brought to its loudness, all of it block by block.

Chapter: chapters/06-product/17-soundscapes.ipynb

The loudness is known only when all has been heard. So a scene is rendered into a file of
floating-point numbers beside its place, measured on the way, and read again with the right gain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile as sf

from aigc_edu.audio import AudioFileError
from aigc_edu.audio.placing import beside, replacing
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.meters import LoudnessMeter
from aigc_edu.scenes.graph import Scene
from aigc_edu.scenes.levels import Ceiling
from aigc_edu.scenes.rendering import BLOCK, render_blocks

ENDINGS = {".wav": ("WAV", "PCM_16"), ".flac": ("FLAC", "PCM_16"), ".ogg": ("OGG", "VORBIS")}
CEILING = 10 ** (-1 / 20)  # 1 dB below full scale
TOLERANCE = 0.05  # LU by which the loudness may be off
_TRIES = 6  # the ceiling takes a little loudness, and another gain gives it back
_AT_ONCE = 2**14  # samples: libsndfile's Vorbis encoder takes memory on the stack for each call

Progress = Callable[[float], None]


class Stored(NamedTuple):
    """What was written.

    Attributes
    ----------
    path
        The file.
    seconds
        Its length.
    loudness
        In LUFS, as measured on what was written.
    gain_db
        By which the scene was made louder.
    turned_down
        Share of the samples that were turned down to stay below the ceiling, 0 ... 1.
    """

    path: Path
    seconds: float
    loudness: float
    gain_db: float
    turned_down: float


def store(
    scene: Scene,
    path: str | Path,
    rate: int = 48_000,
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Stored:
    """Render a scene into a sound file, at its loudness.

    Parameters
    ----------
    scene
        What to render.
    path
        Ends with ``.wav``, ``.flac`` or ``.ogg``. The file appears whole or not at all.
    rate
        Sampling rate in Hz.
    seconds
        How much of it; by default all.
    progress
        Called with the share that is rendered, after each block.

    Raises
    ------
    InvalidValueError
        If nothing is to be heard.
    AudioFileError
        If the file can't be written.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise AudioFileError(f"{path}: cannot be written (endings are {', '.join(ENDINGS)})")
    scene = scene if seconds is None else scene.lasting(seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside(path.with_suffix(".w64")) as raw, replacing(path) as made:
            loudness = _rendered(scene, raw, rate, progress)
            if not np.isfinite(loudness):
                raise InvalidValueError(f"{scene.title}: nothing is to be heard in it")
            stored = _levelled(raw, made, path, loudness, scene.loudness)
    except (sf.LibsndfileError, OSError, AssertionError) as error:  # the last: the disk is full
        raise AudioFileError(f"{path}: cannot be written ({error})") from error
    return stored


def _rendered(scene: Scene, raw: Path, rate: int, progress: Progress | None) -> float:
    """Render into a file of floating-point numbers; return the loudness."""
    meter, done = LoudnessMeter(rate, 2), 0
    with sf.SoundFile(raw, "w", rate, 2, "FLOAT", format="W64") as file:
        for block in render_blocks(scene, rate):
            file.write(block.T.astype(np.float32))
            meter.add(block)
            done += block.shape[1]
            if progress:
                progress(done / (scene.seconds * rate))
    return meter.lufs


def _levelled(raw: Path, made: Path, path: Path, loudness: float, wanted: float) -> Stored:
    """Write the file with a gain that brings it to the loudness, ceiling included."""
    gain, total = wanted - loudness, 0.0
    for _ in range(_TRIES):
        with sf.SoundFile(raw) as source:
            rate, count = source.samplerate, source.frames
            ceiling, meter = Ceiling(rate, CEILING), LoudnessMeter(rate, 2)
            form, subtype = ENDINGS[path.suffix.lower()]
            with sf.SoundFile(made, "w", rate, 2, subtype, format=form) as target:
                for block in _limited(source, 10 ** (gain / 20), ceiling):
                    meter.add(block)
                    _write(target, block)
        total = meter.lufs
        if abs(total - wanted) <= TOLERANCE:
            break
        gain += wanted - total
    return Stored(path, count / rate, total, gain, ceiling.turned / max(1, count))


def _limited(source: sf.SoundFile, gain: float, ceiling: Ceiling) -> Iterator[np.ndarray]:
    """Yield the file's blocks, (2, n) each, louder by a gain and below the ceiling."""
    skip = ceiling.late
    for block in source.blocks(round(BLOCK * source.samplerate), dtype="float64", always_2d=True):
        held = ceiling.hold(gain * block.T)
        begin = min(skip, held.shape[1])
        skip -= begin
        yield held[:, begin:]
    yield ceiling.rest()[:, skip:]


def _write(target: sf.SoundFile, block: np.ndarray) -> None:
    """Write a block, rounded to the nearest number of 16 bits where the file has such."""
    if target.subtype == "PCM_16":
        block = np.clip(np.round(block * 32768), -32768, 32767) / 32768
    for start in range(0, block.shape[1], _AT_ONCE):
        target.write(block[:, start : start + _AT_ONCE].T)
