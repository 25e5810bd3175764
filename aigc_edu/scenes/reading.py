"""Reading a scene from a file: it is whole, or one line says what is wrong, and where.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from aigc_edu.dsp import effects
from aigc_edu.dsp.head import FARTHEST
from aigc_edu.errors import InvalidValueError
from aigc_edu.scenes.graph import LONGEST, LOUDNESS, Layer, Path, Room, Scene, Source
from aigc_edu.scenes.tables import SceneError, Table, load_table, told_at

__all__ = ["SceneError", "read_scene", "scene_from"]

_SCENE = ("title", "seconds", "seed", "loudness", "fade", "room", "layer")
_ROOM = ("size", "reflection", "level")
_PLACED = ("name", "level", "place", "path", "from", "to")
_LAYER = (*_PLACED, "turn", "layer", "source", "off")
_SOURCE = (*_PLACED, "sound", "file", "with", "around", "every", "times", "chance", "grains", "off")
_DEEPEST = 8  # layers within layers


def read_scene(path: str | FilePath) -> Scene:
    """Read a scene from a TOML or JSON file.

    Parameters
    ----------
    path
        The file. Sound files that it names lie beside it, unless their paths are whole.

    Raises
    ------
    SceneError
        If something is wrong: one line with the file, the place in it, and what is to be done.
    """
    path = FilePath(path)
    return scene_from(load_table(path), str(path), path.parent)


def scene_from(
    data: Mapping[str, Any], where: str = "scene", folder: str | FilePath = "."
) -> Scene:
    """Return the scene that a table describes.

    Parameters
    ----------
    data
        As it stands in a file.
    where
        What complaints begin with.
    folder
        In which sound files are looked for.
    """
    table = Table(data, where, _SCENE)
    room = Table(data["room"], f"{where}: room", _ROOM) if "room" in data else None
    scene = Scene(
        title=table.text("title", "a soundscape"),
        seconds=table.number("seconds", 60.0, 0.5, LONGEST),
        seed=table.whole("seed", 0),
        loudness=table.number("loudness", -23.0, *LOUDNESS),
        fade=table.number("fade", 1.0, 0.0, 60.0),
        room=_room(room) if room else None,
        layers=tuple(
            _layer(inner, FilePath(folder), 1)
            for inner in table.tables("layer", "layer", _LAYER)
            if not inner.truth("off")
        ),
    )
    _check_names(where, scene.layers)
    if not any(map(_sounds, scene.layers)):
        raise SceneError(f"{where}: there is no source in it; a [[layer]] has a [[layer.source]]")
    return scene


def _sounds(layer: Layer) -> bool:
    return bool(layer.sources) or any(map(_sounds, layer.layers))


def _room(table: Table) -> Room:
    if "size" not in table.data:
        raise table.wrong("size", "is needed: length, width and height in metres")
    return Room(
        table.numbers("size", 3, 1.0, 200.0),  # type: ignore[arg-type]
        table.number("reflection", 0.7, 0.0, 0.98),
        table.number("level", -14.0, -60.0, 20.0),
    )


def _layer(table: Table, folder: FilePath, depth: int) -> Layer:
    if depth > _DEEPEST:
        raise SceneError(f"{table.where}: layers lie within layers {_DEEPEST} deep at most")
    start, stop = _while(table)
    sources = table.tables("source", "source", _SOURCE)
    inner = table.tables("layer", "layer", _LAYER)
    layer = Layer(
        name=table.text("name"),
        level=table.number("level", 0.0, -120.0, 60.0),
        path=_path(table),
        turn=table.number("turn", 0.0, -360.0, 360.0),
        start=start,
        stop=stop,
        sources=tuple(_source(s, folder) for s in sources if not s.truth("off")),
        layers=tuple(_layer(one, folder, depth + 1) for one in inner if not one.truth("off")),
    )
    _check_names(table.where, layer.sources)
    _check_names(table.where, layer.layers)
    return layer


def _check_names(where: str, things: Sequence[Layer | Source]) -> None:
    """Raise if two things side by side have one name: they would have the same chance, too."""
    names = [one.name for one in things]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        kind = "layers" if isinstance(things[0], Layer) else "sources"
        raise SceneError(
            f"{where}: two {kind} are called {twice[0]!r}; the name fixes the chance, so they "
            "would sound the same: give each its own"
        )


def _source(table: Table, folder: FilePath) -> Source:
    sound, files = _made_of(table, folder)
    start, stop = _while(table)
    source = Source(
        name=table.text("name"),
        sound=sound,
        files=files,
        settings=_settings(table, sound),
        level=table.number("level", 0.0, -120.0, 60.0),
        path=_path(table),
        around=table.truth("around"),
        every=_every(table),
        times=_times(table),
        chance=table.number("chance", 1.0, 0.0, 1.0),
        start=start,
        stop=stop,
        grains=table.number("grains", 0.0, 0.0, 2.0),
    )
    _check_fitting(table, source)
    return source


def _made_of(table: Table, folder: FilePath) -> tuple[str | None, tuple[FilePath, ...]]:
    """Return the name of the effect, or the files; there is one of the two."""
    if ("sound" in table.data) == ("file" in table.data):
        raise SceneError(
            f"{table.where}: a source has either sound, the name of an effect, or file"
        )
    if "sound" in table.data:
        name = table.text("sound")
        try:
            return effects.effect(name).name, ()
        except InvalidValueError as error:
            raise told_at(f"{table.where}: sound", error) from error
    named = table.data["file"]
    listed = named if isinstance(named, list) and named else [named]
    if not all(isinstance(one, str) and one for one in listed):
        raise table.wrong("file", "is the name of a file, or a list of such")
    files = tuple(folder / one for one in listed)
    for file in files:
        if not file.is_file():
            raise SceneError(f"{table.where}: there is no file {file}")
    return None, files


def _settings(table: Table, sound: str | None) -> dict[str, float | str]:
    given = table.data.get("with", {})
    if sound is None:
        if given:
            raise table.wrong("with", "is for effects; a file is as it is")
        return {}
    if not isinstance(given, Mapping):
        raise table.wrong("with", 'is a table, as in with = { floor = "wood" }')
    try:
        return effects.effect(sound).settings(given)
    except InvalidValueError as error:
        raise told_at(f"{table.where}: with", error) from error


def _path(table: Table) -> Path:
    """Return where something is: ``place`` stands still, ``path`` leads along rows."""
    if "place" in table.data and "path" in table.data:
        raise SceneError(f"{table.where}: it has either a place or a path")
    if "path" not in table.data:
        inside = "place" in table.data
        x, y = table.numbers("place", 2, -FARTHEST, FARTHEST) if inside else (0.0, 0.0)
        return Path(((0.0, x, y),))
    rows = table.rows("path", 3)
    for number, (row, after) in enumerate(zip(rows, rows[1:], strict=False), start=2):
        if after[0] <= row[0]:
            raise SceneError(
                f"{table.where}: row {number} of path comes at {after[0]:g} s, not after "
                f"{row[0]:g} s"
            )
    if max(abs(value) for row in rows for value in row[1:]) > FARTHEST:
        raise SceneError(f"{table.where}: path leads farther away than {FARTHEST:g} m")
    return Path(rows)  # type: ignore[arg-type]


def _while(table: Table) -> tuple[float, float]:
    start = table.number("from", 0.0, 0.0, LONGEST)
    stop = table.number("to", LONGEST, 0.0, LONGEST)
    if stop <= start:
        raise SceneError(f"{table.where}: it ends at {stop:g} s, and begins at {start:g} s")
    return start, stop


def _every(table: Table) -> tuple[float, float] | None:
    if "every" not in table.data:
        return None
    given = table.data["every"]
    if isinstance(given, list):
        low, high = table.numbers("every", 2, 0.02, LONGEST)
    else:
        low = high = table.number("every", 1.0, 0.02, LONGEST)
    if low > high:
        raise table.wrong("every", "has the shorter time first")
    return low, high


def _times(table: Table) -> tuple[float, ...]:
    return (
        tuple(sorted(table.numbers("times", None, 0.0, LONGEST))) if "times" in table.data else ()
    )


def _check_fitting(table: Table, source: Source) -> None:
    """Raise if an event has no times, a texture has some, or the like."""
    where = table.where
    if source.every and source.times:
        raise SceneError(f"{where}: it has either every or times")
    lasting = source.sound is not None and effects.effect(source.sound).lasting
    if lasting and source.happens:
        raise SceneError(f"{where}: {source.sound} goes on: leave every and times out")
    if source.sound and not lasting and not source.happens:
        raise SceneError(
            f"{where}: {source.sound} is an event: say when, by times = [1.0, 2.5] or "
            "every = [0.5, 0.7]"
        )
    if source.grains and (source.sound or source.happens):
        raise SceneError(f"{where}: grains are made of a file that goes on")
    if len(source.files) > 1 and not source.happens:
        raise SceneError(f"{where}: what goes on has one file")
    if source.around and (source.happens or "place" in table.data or "path" in table.data):
        raise SceneError(f"{where}: around is for what goes on, without place and path")
