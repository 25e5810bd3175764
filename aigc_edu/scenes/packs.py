"""Packs of effects: a file says which, how many and with which settings, a folder gets the takes.

Chapter: chapters/06-product/15-effects.ipynb
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aigc_edu.audio import to_rms, write
from aigc_edu.audio.loops import THRESHOLD, click_level, find_loop, make_loop
from aigc_edu.dsp import effects
from aigc_edu.errors import InvalidValueError
from aigc_edu.scenes.streams import number_of
from aigc_edu.scenes.tables import SceneError, Table, load_table, told_at

_PACK = ("rate", "seed", "sound")
_SOUND = ("name", "effect", "takes", "with", "seconds", "level", "loop")
_MOST = 1000  # takes of one sound
_LOOP_LEVEL = -23.0  # dB of power, of loops
_SPARE = 1.5  # seconds that are made in addition, of which a loop's joint is chosen
_LETTERS = set("abcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True)
class Sound:
    """One line of a pack.

    Attributes
    ----------
    name
        Of the files: ``name-01.wav`` and so on.
    effect
        Of which they are takes.
    takes
        How many.
    settings
        Of the effect.
    seconds
        Length of a texture, or None.
    level
        In dB, on top of what the effect has.
    loop
        Whether a texture is cut so that it can be repeated.
    """

    name: str
    effect: str
    takes: int
    settings: Mapping[str, float | str]
    seconds: float | None
    level: float
    loop: bool


@dataclass(frozen=True)
class Pack:
    """A whole pack: rate in Hz, seed, and its sounds."""

    rate: int
    seed: int
    sounds: tuple[Sound, ...]


def read_pack(path: str | Path) -> Pack:
    """Read a pack from a TOML or JSON file.

    Raises
    ------
    SceneError
        If something is wrong: one line with the file, the place in it, and what is to be done.
    """
    table = Table(load_table(path), str(path), _PACK)
    rate = table.whole("rate", effects.RATE)
    if not 8000 <= rate <= 192_000:
        raise table.wrong("rate", "is 8,000 to 192,000 Hz")
    sounds = tuple(_sound(one) for one in table.tables("sound", "sound", _SOUND))
    if not sounds:
        raise SceneError(f"{path}: there is no sound in it; write [[sound]]")
    twice = {s.name for s in sounds if [other.name for other in sounds].count(s.name) > 1}
    if twice:
        raise SceneError(f"{path}: two sounds are called {sorted(twice)[0]!r}")
    return Pack(rate, table.whole("seed", 0), sounds)


def _sound(table: Table) -> Sound:
    name = table.text("name")
    if not set(name) <= _LETTERS:
        raise table.wrong("name", "has small letters, digits, - and _, as the files are named so")
    try:
        one = effects.effect(table.text("effect", name))
    except InvalidValueError as error:
        raise told_at(f"{table.where}: effect", error) from error
    given = table.data.get("with", {})
    if not isinstance(given, Mapping):
        raise table.wrong("with", 'is a table, as in with = { floor = "wood" }')
    try:
        settings = one.settings(given)
    except InvalidValueError as error:
        raise told_at(f"{table.where}: with", error) from error
    loop = table.truth("loop")
    if not one.lasting and (loop or "seconds" in table.data):
        raise SceneError(f"{table.where}: {one.name} is an event: leave loop and seconds out")
    seconds = table.number("seconds", 8.0, 1.0, 120.0) if one.lasting else None
    takes = table.whole("takes", 1)
    if not 1 <= takes <= _MOST:
        raise table.wrong("takes", f"is 1 to {_MOST:,}")
    level = table.number("level", 0.0, -60.0, 4.0)
    return Sound(name, one.name, takes, settings, seconds, level, loop)


def make_pack(pack: Pack, folder: str | Path) -> Iterator[tuple[Path, str]]:
    """Write all takes of a pack; yield each file, and what is to be said of it.

    Parameters
    ----------
    pack
        As :func:`read_pack` returns it.
    folder
        Gets ``name-01.wav``, ``name-02.wav`` ...; files of these names are replaced.
    """
    for sound in pack.sounds:
        for take, path in enumerate(files_of(sound, folder), start=1):
            x, told = take_of(sound, pack, take)
            yield write(path, x / max(1.0, np.abs(x).max()), pack.rate), told


def files_of(sound: Sound, folder: str | Path) -> list[Path]:
    """Return where :func:`make_pack` puts the takes of a sound."""
    return [Path(folder) / f"{sound.name}-{n:02d}.wav" for n in range(1, sound.takes + 1)]


def take_of(sound: Sound, pack: Pack, take: int) -> tuple[np.ndarray, str]:
    """Return the samples of a take, and what is to be said of it."""
    seed, gain = number_of(pack.seed, sound.name, take), 10 ** (sound.level / 20)
    if sound.seconds is None:
        x = gain * effects.make(sound.effect, seed, pack.rate, **sound.settings)
        return x, f"{len(x) / pack.rate:.2f} s"
    spare = _SPARE if sound.loop else 0.0
    made = effects.make(sound.effect, seed, pack.rate, sound.seconds + spare, **sound.settings)
    if not sound.loop:
        return gain * made, f"{sound.seconds:.2f} s"
    x = make_loop(made, find_loop(made, pack.rate, sound.seconds))
    level = click_level(x, 0, pack.rate)
    x = to_rms(x, _LOOP_LEVEL, over="reduce") * gain
    told = f"{len(x) / pack.rate:.2f} s, a loop; its joint has {level:+.1f} dB"
    return x, told if level <= THRESHOLD else f"{told} and may click: try another seed"
