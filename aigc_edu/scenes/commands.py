"""The commands ``soundscape``, ``effects`` and ``loop``: what they can be told, and what they do.

Chapter: chapters/06-product/17-soundscapes.ipynb
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from aigc_edu.audio import read, write
from aigc_edu.audio.loops import THRESHOLD, click_level, find_loop, make_loop
from aigc_edu.audio.placing import keep_others
from aigc_edu.dsp.effects import EFFECTS, RATE
from aigc_edu.dsp.effects.base import meant
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import data_dir
from aigc_edu.scenes.graph import LOUDNESS, Scene
from aigc_edu.scenes.packs import files_of, make_pack, read_pack
from aigc_edu.scenes.reading import read_scene
from aigc_edu.scenes.storing import store


def add_soundscape(parser: argparse.ArgumentParser) -> None:
    """Add what ``soundscape`` can be told."""
    shipped = ", ".join(sorted(path.stem for path in _folder("scenes").glob("*.toml")))
    parser.description = f"Render a scene in stereo. These ship with the course: {shipped}."
    parser.add_argument("scene", metavar="SCENE", help="a .toml or .json file, or one that ships")
    parser.add_argument("--out", type=Path, help="file to write: .wav, .flac or .ogg")
    _replaceable(parser)
    parser.add_argument("--minutes", type=float, help="(default: what the scene says)")
    parser.add_argument("--rate", type=int, default=RATE, help=f"in Hz (default: {RATE})")
    parser.add_argument("--loudness", type=float, help="in LUFS (default: what the scene says)")
    parser.add_argument("--seed", type=int, help="of all chance (default: what the scene says)")
    parser.add_argument("--check", action="store_true", help="only read the scene")
    parser.set_defaults(run=run_soundscape)


def run_soundscape(options: argparse.Namespace) -> None:
    """Read a scene, and render it unless it is only to be checked."""
    scene = _as_told(read_scene(shipped_or("scenes", options.scene)), options)
    if options.check:
        print(f"{options.scene}: {scene.title}, {scene.seconds:g} s, nothing is wrong")
        return
    if options.out is None:
        raise InvalidValueError("where to? Give --out FILE, or --check to read the scene only")
    keep_others([options.out], options.replace)
    stored = store(
        scene, options.out, options.rate, progress=_tell if sys.stderr.isatty() else None
    )
    print(
        f"{stored.path}: {stored.seconds:g} s, {stored.loudness:.1f} LUFS, "
        f"{100 * stored.turned_down:.2g} % of the samples turned down"
    )
    if abs(stored.loudness - scene.loudness) > 0.1:
        print(f"the ceiling for peaks leaves no way to {scene.loudness:g} LUFS: ask for less")


def _as_told(scene: Scene, options: argparse.Namespace) -> Scene:
    """Return the scene with the loudness, the seed and the length that the command was told."""
    (low, high), wanted, minutes = LOUDNESS, options.loudness, options.minutes
    if wanted is not None and not low <= wanted <= high:
        raise InvalidValueError(f"--loudness lies from {low:g} to {high:g} LUFS, got {wanted}")
    if minutes is not None and not 0 < minutes <= 24 * 60:
        raise InvalidValueError(f"--minutes lies above 0 and at 1440 at most, got {minutes}")
    told = {"loudness": wanted, "seed": options.seed}
    told["seconds"] = None if minutes is None else 60 * minutes
    return replace(scene, **{k: v for k, v in told.items() if v is not None})


def add_effects(parser: argparse.ArgumentParser) -> None:
    """Add what ``effects`` can be told."""
    parser.description = "Write a pack of sound effects, as a file describes it."
    parser.add_argument(
        "pack", nargs="?", metavar="PACK", help="a .toml or .json file, or one that ships"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("effects"), help="folder (default: effects)"
    )
    _replaceable(parser)
    parser.add_argument("--list", action="store_true", help="list all effects and their settings")
    parser.set_defaults(run=run_effects)


def run_effects(options: argparse.Namespace) -> None:
    """Write a pack, or list what there is."""
    if options.list:
        print("\n".join(listing()))
        return
    if options.pack is None:
        raise InvalidValueError("which pack? Name a file, or give --list to see what there is")
    pack = read_pack(shipped_or("packs", options.pack))
    files = (file for sound in pack.sounds for file in files_of(sound, options.out))
    keep_others(files, options.replace)
    for path, told in make_pack(pack, options.out):
        print(f"{path}: {told}", flush=True)


def listing() -> list[str]:
    """Return lines on all effects and what can be set of them."""
    lines = []
    for name, one in EFFECTS.items():
        lines.append(f"{name}: {one.summary}{' (goes on)' if one.lasting else ''}")
        for key, p in one.parameters.items():
            span = ", ".join(p.choices) if p.choices else f"{p.low:g} to {p.high:g}"
            lines.append(f"  {key} = {p.start:g}" if not p.choices else f'  {key} = "{p.start}"')
            lines[-1] += f"  ({p.meaning}: {span})"
    return lines


def add_loop(parser: argparse.ArgumentParser) -> None:
    """Add what ``loop`` can be told."""
    parser.description = "Cut a loop from a sound file, at the place where it joins best."
    parser.add_argument("sound", type=Path, metavar="FILE", help="the sound")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    _replaceable(parser)
    parser.add_argument("--shortest", type=float, default=2.0, help="seconds (default: 2)")
    parser.add_argument("--longest", type=float, help="seconds (default: the whole sound)")
    parser.add_argument("--overlap", type=float, default=0.1, help="seconds (default: 0.1)")
    parser.set_defaults(run=run_loop)


def run_loop(options: argparse.Namespace) -> None:
    """Find the best loop, and write it unless it clicks."""
    keep_others([options.out], options.replace)
    x, rate = read(options.sound, channels="keep")
    loop = find_loop(x, rate, options.shortest, options.longest, options.overlap)
    y = make_loop(x, loop)
    level = click_level(y, 0, rate)
    if level > THRESHOLD:
        raise InvalidValueError(
            f"{options.sound}: the best joint still clicks ({level:.1f} dB, the limit is "
            f"{THRESHOLD:g}); give a longer sound, or a longer --overlap"
        )
    peak = float(abs(y).max())
    write(options.out, y / max(1.0, peak), rate)
    print(
        f"{options.out}: {y.shape[-1] / rate:.2f} s from {loop.start / rate:.2f} s on, likeness "
        f"{loop.likeness:.2f}, the joint has {level:+.1f} dB"
    )


def shipped_or(kind: str, name: str) -> Path:
    """Return a file, or where the one of that name lies that ships with the course.

    Raises
    ------
    InvalidValueError
        If the name has no ending, and neither is there.
    """
    path, own = Path(name), _folder(kind) / f"{name}.toml"
    if path.is_file() or path.suffix:
        return path
    if own.is_file():
        return own
    ships = tuple(sorted(file.stem for file in _folder(kind).glob("*.toml")))
    raise InvalidValueError(
        f"there is no file {name!r}, and of these that ship none is called so: "
        f"{', '.join(ships)}{meant(name, ships)}"
    )


def _replaceable(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replace", action="store_true", help="take other files' places")


def _folder(kind: str) -> Path:
    return data_dir() / kind


def _tell(share: float) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r{share:4.0%}", end=end, file=sys.stderr, flush=True)
