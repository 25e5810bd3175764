"""From a scene to two channels, block by block: however long it is, the memory stays the same.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aigc_edu.audio.resampling import whole_rate
from aigc_edu.dsp import sabine
from aigc_edu.dsp.acoustics import SPEED_OF_SOUND
from aigc_edu.dsp.effects.parts import band_noise, decay
from aigc_edu.dsp.head import FARTHEST, NEAREST, Ears, polar
from aigc_edu.errors import InvalidValueError
from aigc_edu.scenes.graph import Placed, Room, Scene, placed
from aigc_edu.scenes.streams import event_sound, event_times, stream_of

BLOCK = 1.0  # seconds
AROUND = (45.0, -45.0, 135.0, -135.0)  # degrees from which what is all around comes
_SIDE = 2.0  # metres from where it comes
_RAMP = 0.25  # seconds in which a source that begins or ends within the scene does so
_GOING_ALONG = 1.0  # seconds; shorter events stay where they began
_LONGEST_TAIL = 4.0  # seconds of a room's answer
_LEAST_RATE = 8000


def render(scene: Scene, rate: int, seconds: float | None = None) -> np.ndarray:
    """Return a whole scene, float64 of shape (2, N): as loud as it comes out, and not limited.

    Parameters
    ----------
    scene
        What to render.
    rate
        Sampling rate in Hz, 8,000 or more.
    seconds
        How much of it; by default all.
    """
    return np.concatenate([*render_blocks(scene, rate, seconds)], axis=1)


def render_blocks(
    scene: Scene, rate: int, seconds: float | None = None, block: float = BLOCK
) -> Iterator[np.ndarray]:
    """Yield a scene in blocks, (2, n) each; see :func:`render`.

    Parameters
    ----------
    scene, rate, seconds
        As for :func:`render`.
    block
        Length of a block in seconds; it changes nothing but the memory that is needed.
    """
    rate = whole_rate(rate)
    if rate < _LEAST_RATE:
        raise InvalidValueError(f"rate must be {_LEAST_RATE} Hz or more, got {rate}")
    scene = scene if seconds is None else scene.lasting(seconds)
    count, size = round(scene.seconds * rate), max(1, round(block * rate))
    there = [one for one in placed(scene) if one.stop > one.start]
    voices = [
        _Events(one, rate, scene.seed)
        if one.source.happens
        else _Lasting(one, rate, scene.seed, count)
        for one in there
    ]
    answer = _Answer(scene.room, rate, size) if scene.room else None
    for first in range(0, count, size):
        n = min(size, count - first)
        heard, sent = np.zeros((2, n)), np.zeros(n)
        for voice in voices:
            voice.add(heard, sent, first)
        if answer:
            heard += answer.to(sent)
        yield heard * _faded(first, n, count, round(scene.fade * rate))


class _Lasting:
    """A source that goes on, in a scene of so many samples."""

    def __init__(self, one: Placed, rate: int, seed: int, whole: int) -> None:
        self.one, self.rate, self.gain = one, rate, 10 ** (one.level / 20)
        self.whole = whole
        self.first, self.last = round(one.start * rate), round(one.stop * rate)
        if one.source.around:
            self.places = [(side, _SIDE) for side in AROUND]
            self.gain *= _SIDE / 2  # four that have nothing to do with each other
        else:
            self.places = [None]
        self.streams = [stream_of(one, rate, (seed, n)) for n in range(len(self.places))]
        self.ears = [Ears(rate) for _ in self.places]

    def add(self, heard: np.ndarray, sent: np.ndarray, first: int) -> None:
        """Add what is heard from sample ``first`` on, and what is sent to the room.

        When the source has ended, what it made before is still on its way through the air.
        """
        end = min(first + len(sent), self.last + self.ears[0].past)
        begin = max(first, self.first)
        if begin >= end:
            return
        inside, made = slice(begin - first, end - first), max(0, min(end, self.last) - begin)
        ramp = self._ramp(np.arange(begin, begin + made))
        for stream, ears, place in zip(self.streams, self.ears, self.places, strict=True):
            x = np.zeros(end - begin)
            x[:made] = self.gain * ramp * stream.read(made)
            where = place or _where(self.one, begin, end - begin, self.rate)
            heard[:, inside] += ears.hear(x, *where)
            sent[inside] += x

    def _ramp(self, n: np.ndarray) -> np.ndarray:
        """Return gains at samples n: it fades in or out if it begins or ends within the scene."""
        fade = round(_RAMP * self.rate)
        into = _rise(n - self.first, fade if self.first else 0)
        return into * _rise(self.last - 1 - n, fade if self.last < self.whole else 0)


class _Events:
    """A source of events: each is made when its time comes, and forgotten when it is over."""

    def __init__(self, one: Placed, rate: int, seed: int) -> None:
        self.one, self.rate, self.seed = one, rate, seed
        self.gain = 10 ** (one.level / 20)
        self.times = event_times(one, seed)
        self.next = next(self.times, None)
        self.sounding: list[tuple[int, np.ndarray, np.ndarray]] = []

    def add(self, heard: np.ndarray, sent: np.ndarray, first: int) -> None:
        """Add what is heard from sample ``first`` on, and what is sent to the room."""
        last = first + len(sent)
        while self.next is not None and round(self.next[1] * self.rate) < last:
            self.sounding.append(self._made(*self.next))
            self.next = next(self.times, None)
        for begin, both, dry in self.sounding:
            _lay(heard, both, begin - first)
            _lay(sent, dry, begin - first)
        self.sounding = [one for one in self.sounding if one[0] + one[1].shape[1] > last]

    def _made(self, number: int, at: float) -> tuple[int, np.ndarray, np.ndarray]:
        """Return where an event begins, what both ears hear of it, and the sound itself."""
        x = self.gain * event_sound(self.one, number, self.rate, self.seed)
        begin = round(at * self.rate)
        late = int(FARTHEST / SPEED_OF_SOUND * self.rate)
        if len(x) > _GOING_ALONG * self.rate and not self.one.still:
            return begin, self._along(np.append(x, np.zeros(late)), begin), x
        azimuth, distance = _held(polar(*self.one.at(begin / self.rate)))
        late = int((distance + 1) / SPEED_OF_SOUND * self.rate)
        both = Ears(self.rate).hear(np.append(x, np.zeros(late)), float(azimuth), float(distance))
        return begin, both, x

    def _along(self, x: np.ndarray, begin: int) -> np.ndarray:
        """Return what both ears hear of an event that moves, found a second at a time."""
        ears, heard = Ears(self.rate), []
        for part in np.split(x, range(self.rate, len(x), self.rate)):
            heard.append(ears.hear(part, *_where(self.one, begin, len(part), self.rate)))
            begin += len(part)
        return np.concatenate(heard, axis=1)


def _where(one: Placed, first: int, count: int, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return azimuth and distance of a source: two numbers, or (count,) each if it moves."""
    if one.still:
        azimuth, distance = _held(polar(*one.at(0.0)))
        return np.asarray(float(azimuth)), np.asarray(float(distance))
    return _held(polar(*one.at((first + np.arange(count)) / rate)))


def _held(where: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return a place no nearer and no farther than the ears know."""
    return where[0], np.clip(where[1], NEAREST, FARTHEST)


def _lay(onto: np.ndarray, x: np.ndarray, at: int) -> None:
    """Add the part of x (..., N), which begins at a place, that falls into an array (..., n)."""
    begin, end = max(0, at), min(onto.shape[-1], at + x.shape[-1])
    if begin < end:
        onto[..., begin:end] += x[..., begin - at : end - at]


def _faded(first: int, count: int, length: int, fade: int) -> np.ndarray:
    """Return gains of samples ``first`` ... of something that fades in and out, (count,)."""
    n, fade = first + np.arange(count), min(fade, length // 2)
    return _rise(n, fade) * _rise(length - 1 - n, fade)


def _rise(n: np.ndarray, fade: int) -> np.ndarray:
    """Return gains that rise from 0 to 1 over the first ``fade`` samples, at places n."""
    return np.sin(np.pi / 2 * np.clip((n + 0.5) / fade, 0, 1)) ** 2 if fade else np.ones(len(n))


class _Answer:
    """A room's answer to all that sounds: noise that dies away as Sabine says, block by block."""

    def __init__(self, room: Room, rate: int, size: int) -> None:
        absorption = 1 - room.reflection**2
        seconds = min(_LONGEST_TAIL, sabine(room.size, absorption))
        count = round(seconds * rate)
        late = round(min(room.size) / SPEED_OF_SOUND * rate)
        t = np.arange(count) / rate
        rng = np.random.default_rng(0)
        tails = [band_noise(rng, count, 120, 5000, rate, 1.0) * decay(t, seconds) for _ in "LR"]
        tails = [tail / np.sqrt(np.sum(tail**2)) * 10 ** (room.level / 20) for tail in tails]
        self.tail = np.pad(np.stack(tails), ((0, 0), (late, 0)))
        self.size = 1 << (size + self.tail.shape[1] - 1).bit_length()
        self.spectra = np.fft.rfft(self.tail, self.size)
        self.rest = np.zeros((2, self.tail.shape[1]))

    def to(self, sent: np.ndarray) -> np.ndarray:
        """Return the answer to a block, (2, n), and keep what comes later of it."""
        n = len(sent)
        y = np.fft.irfft(self.spectra * np.fft.rfft(sent, self.size), self.size)
        y = y[:, : n + self.tail.shape[1]]
        y[:, : self.rest.shape[1]] += self.rest
        self.rest = y[:, n:]
        return y[:, :n]
