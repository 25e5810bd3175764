"""A page with a listening test of your own: a folder of clips becomes one file to send around.

Chapter: chapters/06-product/02-listening-tests.ipynb

``python -m aigc_edu listening FOLDER --out page.html``. The folder holds a folder for each version
of the sounds, for instance for each system, and these hold the same names of files, one an item::

    FOLDER/reference/one.wav   FOLDER/codec/one.wav   FOLDER/wavenet/one.wav
    FOLDER/reference/two.wav   FOLDER/codec/two.wav   FOLDER/wavenet/two.wav
"""

from __future__ import annotations

import argparse
import html
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from aigc_edu import dsp
from aigc_edu.audio import loudness, match_loudness, read, resample
from aigc_edu.audio.placing import beside, put
from aigc_edu.errors import CourseError
from aigc_edu.teaching.interactive.listening import listening_of
from aigc_edu.teaching.interactive.listening_tests import Kind, ListeningTest
from aigc_edu.teaching.interactive.page import markup

ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
ANCHOR, CUTOFF = "anchor", 3500.0  # Hz: the low anchor of ITU-R BS.1534-3
TAPS = 255  # of its filter
MOST_RATE = 48_000  # Hz; ears need no more, and not every browser plays more
MOST_SECONDS = 30.0  # of one clip; BS.1534-3 advises 12 at most
MOST_BYTES = 60_000_000  # of a page

Folders = Mapping[str, Mapping[str, Path]]


class ListeningPageError(CourseError):
    """A folder makes no listening test; the text says what is missing."""


def write_listening_page(
    folder: str | os.PathLike,
    out: str | os.PathLike,
    kind: Kind = "mushra",
    *,
    reference: str = "reference",
    rounds: int = 1,
    seed: int | None = None,
    lufs: float = -23.0,
) -> ListeningTest:
    """Write a page with a listening test, whole or not at all, and return the test.

    All clips are mixed to one channel, brought to the highest of their rates, 48 kHz at most, and
    made equally loud. For ``"mushra"`` the reference, low-passed at 3.5 kHz, joins as an anchor,
    unless the folder has a version of that name.

    Parameters
    ----------
    folder
        Of folders: one for each version, with one file for each item.
    out
        The file to write. It needs nothing else, no server and no internet; an older one stays.
    kind, reference, rounds, seed
        See :class:`aigc_edu.teaching.interactive.ListeningTest`.
    lufs
        The loudness that is wanted, see :func:`aigc_edu.audio.match_loudness`.

    Raises
    ------
    ListeningPageError
        If the folder holds no such test, a clip is too long or silent, or ``out`` is there already.
    """
    folder, out = Path(folder), Path(out)
    if out.exists():
        raise ListeningPageError(f"{out} is there already and stays as it is; name another file")
    sounds, rate = _read(_listed(folder))
    if kind == "mushra":
        sounds = _anchored(sounds, rate, reference)
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in folder.resolve().name)
    test = ListeningTest(
        name.strip("-") or "test",
        kind,
        _levelled(sounds, rate, lufs),
        rate,
        reference,
        rounds,
        seed,
    )
    page = _page(test)
    if len(page) > MOST_BYTES:
        raise ListeningPageError(f"the page would have {len(page) / 1e6:.0f} MB: take fewer clips")
    out.parent.mkdir(parents=True, exist_ok=True)
    with beside(out) as made:
        made.write_text(page, encoding="utf-8")
        if not put(made, out, replace=False):
            raise ListeningPageError(f"{out} is there already and stays as it is")
    return test


def _listed(folder: Path) -> Folders:
    """Return the files: from item to version to path."""
    if not folder.is_dir():
        raise ListeningPageError(f"{folder} is no folder")
    versions = {
        own.name: _items(own)
        for own in sorted(folder.iterdir())
        if own.is_dir() and not own.name.startswith(".")
    }
    if len(versions) < 2:
        raise ListeningPageError(f"{folder}: expected a folder for each version, two or more")
    first = next(iter(versions))
    for name, files in versions.items():
        odd = sorted(set(files) ^ set(versions[first]))
        if odd or not files:
            told = f"{', '.join(odd[:3])} stand in one of the two only" if odd else "no sound files"
            raise ListeningPageError(f"{folder}: {name} and {first} don't match: {told}")
    return {item: {name: own[item] for name, own in versions.items()} for item in versions[first]}


def _items(version: Path) -> dict[str, Path]:
    """Return the sound files of one version by their names without endings."""
    found: dict[str, Path] = {}
    for path in sorted(version.iterdir()):
        if path.suffix.lower() not in ENDINGS or path.name.startswith("."):
            continue
        if path.stem in found:
            raise ListeningPageError(f"{found[path.stem]} and {path.name} have the same name")
        found[path.stem] = path
    return found


def _read(listed: Folders) -> tuple[dict[str, dict[str, np.ndarray]], int]:
    """Return all clips (N,) at the highest rate among them: none may lose its highs to another."""
    clips = {(i, v): _read_clip(path) for i, own in listed.items() for v, path in own.items()}
    rate = min(MOST_RATE, max(own_rate for _, own_rate in clips.values()))
    sounds: dict[str, dict[str, np.ndarray]] = {}
    for (item, version), (x, own_rate) in clips.items():
        x = x if own_rate == rate else resample(x, own_rate, rate)
        sounds.setdefault(item, {})[version] = x.astype(np.float64)
    return sounds, rate


def _read_clip(path: Path) -> tuple[np.ndarray, int]:
    x, rate = read(path)
    if len(x) > MOST_SECONDS * rate:
        raise ListeningPageError(f"{path}: {MOST_SECONDS:.0f} s are the most of one clip")
    if loudness(x, rate, short="whole") == -np.inf:
        raise ListeningPageError(f"{path}: is silent; nobody can rate it")
    return x, rate


def _anchored(
    sounds: dict[str, dict[str, np.ndarray]], rate: int, reference: str
) -> dict[str, dict[str, np.ndarray]]:
    """Return the sounds with the low anchor, where it can be made and isn't there."""
    versions = next(iter(sounds.values()))
    if reference not in versions:
        raise ListeningPageError(f"there is no folder {reference!r}; name one by --reference")
    if ANCHOR in versions or rate <= 2 * CUTOFF:
        return sounds
    h = dsp.lowpass(CUTOFF, rate, TAPS)
    return {
        item: {**own, ANCHOR: np.convolve(own[reference], h)[TAPS // 2 :][: len(own[reference])]}
        for item, own in sounds.items()
    }


def _levelled(
    sounds: dict[str, dict[str, np.ndarray]], rate: int, lufs: float
) -> dict[str, dict[str, np.ndarray]]:
    """Return the sounds, equally loud."""
    places = [(item, version) for item, own in sounds.items() for version in own]
    levelled = match_loudness([sounds[item][version] for item, version in places], rate, lufs)
    found: dict[str, dict[str, np.ndarray]] = {}
    for (item, version), x in zip(places, levelled, strict=True):
        found.setdefault(item, {})[version] = x
    return found


def _page(test: ListeningTest) -> str:
    figure = listening_of(test)
    told = "".join(f"<p>{html.escape(words)}</p>" for words in TOLD[test.kind].split("\n"))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Listening test: {html.escape(test.name)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>Listening test</h1>{told}{markup(figure, figure.settings())}</main>"
        "</body></html>\n"
    )


_STYLE = (
    ":root{color-scheme:light dark}body{margin:0;font:1rem/1.5 system-ui,sans-serif;"
    "background:#fff;color:#222}main{max-width:42rem;margin:0 auto;padding:1rem}"
    "@media (prefers-color-scheme:dark){body{background:#121212;color:#ced6dd}}"
)
_AFTER = (
    "\nWear headphones, in a quiet room, and set the volume once, before you begin. Your answers "
    "stay in this browser until you save them as a file, and send it to whoever asked you."
)
TOLD: dict[str, str] = {
    "mushra": "In each trial, play the reference, and then the sounds with letters. Rate how good "
    "each one is, compared with the reference: 100 if you hear no difference, 0 if it is bad. One "
    "of the sounds is the reference itself, and should get 100." + _AFTER,
    "abx": "In each trial X is the same sound as A, or the same as B. Play all three as often as "
    "you like, and say which. If you hear no difference, guess." + _AFTER,
    "ab": "In each trial play A and B as often as you like, and say which is better. If you hear "
    "no difference, guess." + _AFTER,
}


def add_listening(parser: argparse.ArgumentParser) -> None:
    """Give the command ``listening`` its arguments, and what it does."""
    parser.description = (
        "Make one page with a listening test, for any browser, of a folder that holds a folder for "
        "each version of the sounds, and in each the same names of files. The answers stay in the "
        "listener's browser; aigc_edu.evaluation.listening reads the files that listeners save."
    )
    parser.add_argument("folder", type=Path, help="of folders, one for each version")
    parser.add_argument("--out", type=Path, required=True, help="page to write, e.g. page.html")
    parser.add_argument("--kind", choices=("mushra", "abx", "ab"), default="mushra")
    parser.add_argument("--reference", default="reference", help="mushra: the folder of the best")
    parser.add_argument("--rounds", type=int, default=1, help="how often each item comes")
    parser.add_argument("--seed", type=int, help="of the order (default: each listener's own)")
    parser.add_argument("--lufs", type=float, default=-23.0, help="loudness of all clips")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    names = ("folder", "out", "kind", "reference", "rounds", "seed", "lufs")
    test = write_listening_page(**{name: getattr(options, name) for name in names})
    print(f"{options.out}: {test.trials} trials of {', '.join(test.versions)}")
