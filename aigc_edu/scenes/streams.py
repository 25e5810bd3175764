"""Sounds without an end: made in pieces, each faded into the next, and forgotten when heard.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from aigc_edu.audio import read
from aigc_edu.audio.loops import fade_gains, find_loop, make_loop
from aigc_edu.dsp import effects
from aigc_edu.dsp.effects.making import RMS, rounded, texture
from aigc_edu.dsp.grains import Cloud, granulate
from aigc_edu.errors import InvalidValueError
from aigc_edu.scenes.graph import Placed

PIECE, OVERLAP = 10.0, 2.0  # seconds from one piece to the next, and of the crossfade
LONGEST_FILE = 300.0  # seconds of a sound file that is kept in memory
_FILES = 64  # that are kept
_LOOP_FADE = 0.1  # seconds of a file's loop

Pieces = Callable[[int], np.ndarray]


def number_of(*names: object) -> int:
    """Return a seed that depends on the names alone, 0 ... 2^32 - 1."""
    return zlib.crc32("/".join(map(str, names)).encode())


class Endless:
    """A sound that goes on, from pieces that overlap.

    Parameters
    ----------
    piece
        Returns piece number k, (length + overlap,): it need not know the others.
    length
        Samples from the beginning of one piece to that of the next.
    overlap
        Samples over which the old piece fades out and the new one in, with equal power.
    """

    def __init__(self, piece: Pieces, length: int, overlap: int) -> None:
        self._piece, self._length, self._overlap = piece, length, overlap
        self._out, self._into = fade_gains(overlap)
        self._next, self._tail = 0, None
        self._ready = np.zeros(0)

    def read(self, count: int) -> np.ndarray:
        """Return the next samples, shape (count,)."""
        parts, missing = [], count
        while missing:
            if not len(self._ready):
                self._ready = self._more()
            parts.append(self._ready[:missing])
            self._ready = self._ready[missing:]
            missing -= len(parts[-1])
        return np.concatenate(parts) if parts else np.zeros(0)

    def _more(self) -> np.ndarray:
        x = self._piece(self._next)
        body = x[: self._length].copy()
        if self._tail is not None:
            body[: self._overlap] = self._out * self._tail + self._into * body[: self._overlap]
        self._next, self._tail = self._next + 1, x[self._length :]
        return body


class Round:
    """A loop that is read again and again."""

    def __init__(self, loop: np.ndarray) -> None:
        self._loop, self._at = loop, 0

    def read(self, count: int) -> np.ndarray:
        """Return the next samples, shape (count,)."""
        places = (self._at + np.arange(count)) % len(self._loop)
        self._at = (self._at + count) % len(self._loop)
        return self._loop[places]


def stream_of(one: Placed, rate: int, seed: object) -> Endless | Round:
    """Return the sound of a source that goes on, as loud as it is at 1 m.

    Parameters
    ----------
    one
        The source.
    rate
        Sampling rate in Hz.
    seed
        What fixes its chance.
    """
    length, overlap = round(PIECE * rate), round(OVERLAP * rate)
    source = one.source
    if source.sound:
        return Endless(_of_effect(one, rate, seed), length, overlap)
    x = load_file(source.files[0], rate)
    if source.grains and not 4 <= source.grains * rate <= len(x):
        raise InvalidValueError(
            f"{one.label}: grains are 4 samples long or more, and no longer than the file's "
            f"{len(x) / rate:.2f} s; got {source.grains:g} s"
        )
    if not source.grains:
        return Round(_looped(x, rate, one.label))
    cloud = Cloud(source.grains, 4.0, 1.0, len(x) / rate)
    size = np.sqrt(np.mean(x**2))

    def strewn(k: int) -> np.ndarray:
        y = granulate(x, rate, PIECE + OVERLAP, cloud, seed=number_of(seed, one.label, k))
        return y * size / max(np.sqrt(np.mean(y**2)), 1e-9)

    return Endless(strewn, length, overlap)


def _of_effect(one: Placed, rate: int, seed: object) -> Pieces:
    """Return the maker of a texture's pieces; the first one settles how loud all are."""
    name, settings = str(one.source.sound), dict(one.source.settings)

    def piece(k: int) -> np.ndarray:
        own = number_of(seed, one.label, k)
        return texture(name, own, rate, PIECE + OVERLAP, **settings)

    scale: list[float] = []

    def levelled(k: int) -> np.ndarray:
        x = piece(k)
        if not scale:
            scale.append(RMS / max(float(np.sqrt(np.mean(x**2))), 1e-9))
        return rounded(x * scale[0])

    return levelled


def _looped(x: np.ndarray, rate: int, label: str) -> np.ndarray:
    """Return a file as a loop: at its best place, of half its length or more."""
    seconds = len(x) / rate
    fade = min(_LOOP_FADE, seconds / 4)
    try:
        return make_loop(x, find_loop(x, rate, seconds / 2, None, fade))
    except InvalidValueError as error:
        raise InvalidValueError(f"{label}: {error}") from error


def load_file(path: Path, rate: int) -> np.ndarray:
    """Return a sound file's samples (N,), its channels mixed; they are kept for the next time.

    Raises
    ------
    InvalidValueError
        If it is longer than five minutes.
    AudioFileError
        If it can't be read.
    """
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        written = 0  # reading it says what is wrong
    return _loaded(path, rate, written)


@lru_cache(maxsize=_FILES)
def _loaded(path: Path, rate: int, written: int) -> np.ndarray:
    """Return what was written into a file at a moment: a changed file is another one."""
    x, _ = read(path, rate)
    if len(x) > LONGEST_FILE * rate:
        raise InvalidValueError(
            f"{path}: {len(x) / rate:.0f} s are too long, a source has {LONGEST_FILE:g} s at most"
        )
    return x.astype(np.float64)


def event_times(one: Placed, seed: object) -> Iterator[tuple[int, float]]:
    """Yield number and time, in seconds of the scene, of a source's events, in order.

    A number counts even where chance leaves the event out, so that the others stay what they are.
    """
    rng = np.random.default_rng(number_of(seed, one.label, "times"))
    for number, at in enumerate(_all_times(one, rng)):
        if at >= one.stop:
            return
        happens = rng.random() < one.source.chance
        if happens and at >= one.start:
            yield number, at


def _all_times(one: Placed, rng: np.random.Generator) -> Iterator[float]:
    if one.source.every is None:
        yield from (one.origin + at for at in one.source.times)
        return
    at, gaps = one.start, one.source.every
    while True:
        yield at
        at += rng.uniform(*gaps)


def event_sound(one: Placed, number: int, rate: int, seed: object) -> np.ndarray:
    """Return the sound of an event, as loud as it is at 1 m, shape (N,)."""
    own, source = number_of(seed, one.label, number), one.source
    if source.sound:
        return effects.make(source.sound, own, rate, **source.settings)
    file = source.files[own % len(source.files)]
    return load_file(file, rate)
