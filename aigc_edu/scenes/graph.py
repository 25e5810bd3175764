"""A soundscape as a graph: layers within layers, and the sources that sound in them.

Chapter: chapters/06-product/17-soundscapes.ipynb

A layer is a place to stand, a direction to look in, a level and a while. What is in it is described
from there: moved, turned, made softer with it, and its times count from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

import numpy as np

LONGEST = 24 * 3600.0  # seconds
LOUDNESS = (-60.0, -8.0)  # LUFS that a scene may have


@dataclass(frozen=True)
class Path:
    """A way through the scene: straight lines between places, each reached at its time.

    Attributes
    ----------
    rows
        Seconds, x and y (metres to the right and ahead), in the order of time; one row for what
        stands still. Before the first and after the last it stands still, too.
    """

    rows: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 0.0),)

    @property
    def still(self) -> bool:
        """Whether it is one place."""
        return len({row[1:] for row in self.rows}) == 1

    def at(self, seconds: np.ndarray | float) -> np.ndarray:
        """Return x and y at times in seconds, shape (2, ...)."""
        t, x, y = np.transpose(self.rows)
        return np.stack([np.interp(seconds, t, axis) for axis in (x, y)])


@dataclass(frozen=True, kw_only=True)
class Source:
    """Something that sounds.

    Attributes
    ----------
    name
        What it is called; with the names of its layers it fixes its chance.
    sound
        Name of an effect, or None if it comes from files.
    files
        Sound files, of which each event takes one by chance.
    settings
        Of the effect.
    level
        In dB.
    path
        Where it is, seen from its layer.
    around
        Whether it comes from all sides.
    every
        Shortest and longest time from one event to the next, in seconds; None for what goes on.
    times
        When it happens, in seconds; empty if ``every`` says so.
    chance
        Probability that an event happens at all.
    start, stop
        When it begins and ends, in seconds of its layer.
    grains
        Length in seconds of the grains that a file is cut into, or 0: then it is a loop.
    """

    name: str
    sound: str | None = None
    files: tuple[FilePath, ...] = ()
    settings: Mapping[str, float | str] = field(default_factory=dict)
    level: float = 0.0
    path: Path = Path()
    around: bool = False
    every: tuple[float, float] | None = None
    times: tuple[float, ...] = ()
    chance: float = 1.0
    start: float = 0.0
    stop: float = LONGEST
    grains: float = 0.0

    @property
    def happens(self) -> bool:
        """Whether it is made of events; otherwise it goes on."""
        return self.every is not None or bool(self.times)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A part of a scene: sources, and further layers.

    Attributes
    ----------
    name
        What it is called.
    level
        In dB, of all that is in it.
    path
        Where it is, seen from the layer around it; times count from its own beginning.
    turn
        By how many degrees it is turned to the right.
    start, stop
        When it begins and ends, in seconds of the layer around it.
    sources, layers
        What is in it.
    """

    name: str
    level: float = 0.0
    path: Path = Path()
    turn: float = 0.0
    start: float = 0.0
    stop: float = LONGEST
    sources: tuple[Source, ...] = ()
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class Room:
    """A room that answers: reverberation without a direction.

    Attributes
    ----------
    size
        Length, width and height in metres.
    reflection
        Share of the pressure that a wall sends back.
    level
        In dB, against what a source has at 1 m.
    """

    size: tuple[float, float, float]
    reflection: float = 0.7
    level: float = -14.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A whole soundscape.

    Attributes
    ----------
    title
        What it is called.
    seconds
        How long it lasts.
    seed
        Of all chance in it.
    loudness
        In LUFS.
    fade
        Seconds in which it fades in and out.
    room
        The room, or None outdoors.
    layers
        What is in it.
    """

    title: str = "a soundscape"
    seconds: float = 60.0
    seed: int = 0
    loudness: float = -23.0
    fade: float = 1.0
    room: Room | None = None
    layers: tuple[Layer, ...] = ()

    def lasting(self, seconds: float) -> Scene:
        """Return the scene with another length."""
        return replace(self, seconds=seconds)


@dataclass(frozen=True)
class Placed:
    """A source seen from the listener: what all its layers make of it.

    Attributes
    ----------
    source
        The source.
    label
        The names of its layers and its own.
    level
        In dB.
    start, stop
        When it begins and ends, in seconds of the scene.
    origin
        When its own times count from.
    frames
        Of its layers, from the outermost: when its times count from, its path, its turn in radians.
    """

    source: Source
    label: str
    level: float
    start: float
    stop: float
    origin: float
    frames: tuple[tuple[float, Path, float], ...]

    @property
    def still(self) -> bool:
        """Whether neither it nor a layer around it moves."""
        return self.source.path.still and all(path.still for _, path, _ in self.frames)

    def at(self, seconds: np.ndarray | float) -> np.ndarray:
        """Return x and y for the listener at times of the scene, shape (2, ...).

        From the inside out: ``p = o(t) + R p'``, o being where the layer is and R its turn.
        """
        seconds = np.asarray(seconds, float)
        place = self.source.path.at(seconds - self.origin)
        for origin, path, turn in reversed(self.frames):
            x, y = place
            turned = np.stack(
                [np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x]
            )
            place = path.at(seconds - origin) + turned
        return place


def placed(scene: Scene) -> Iterator[Placed]:
    """Yield all sources of a scene as the listener meets them, in the order of the file."""
    for layer in scene.layers:
        yield from _within(layer, "", 0.0, 0.0, scene.seconds, ())


def _within(
    layer: Layer,
    label: str,
    level: float,
    origin: float,
    stop: float,
    frames: tuple[tuple[float, Path, float], ...],
) -> Iterator[Placed]:
    """Yield the sources of a layer and of those in it."""
    own = f"{label}{layer.name} > "
    begin, end = origin + layer.start, min(stop, origin + layer.stop)
    level += layer.level
    inside = (*frames, (begin, layer.path, np.radians(layer.turn)))
    for source in layer.sources:
        start, last = begin + source.start, min(end, begin + source.stop)
        total = level + source.level
        yield Placed(source, own + source.name, total, start, last, begin, inside)
    for inner in layer.layers:
        yield from _within(inner, own, level, begin, end, inside)
