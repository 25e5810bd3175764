"""From a seed to a playlist: what is alike, but not all the same; and the file that plays it.

Chapter: chapters/06-product/13-recommending.ipynb

References
----------
- Carbonell and Goldstein 1998, SIGIR: maximal marginal relevance.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from aigc_edu.audio import AudioFileError, resample, to_loudness
from aigc_edu.audio.placing import explained, replacing
from aigc_edu.audio.segments import crossfade
from aigc_edu.errors import InvalidValueError
from aigc_edu.recommending.index import Index

VARIETY = 0.4  # weight of being unlike what is in the list already
LOUDNESS = -23.0  # LUFS of each piece of a preview
OVERLAP = 0.1  # seconds in which pieces of a preview fade into each other


class Item(NamedTuple):
    """An entry of a playlist: its file, its name, and how many seconds it lasts."""

    path: Path
    title: str
    seconds: float


def playlist(
    index: Index, seed: np.ndarray, count: int, variety: float = VARIETY, but: Sequence[int] = ()
) -> list[int]:
    """Choose sounds that are alike to a seed and unlike each other, one by one.

    The next one is that with the largest ``(1 - variety) s(seed) - variety max s(chosen)``, where
    s is the cosine of the angle to the seed, and to each that was chosen before.

    Parameters
    ----------
    index
        What to choose from.
    seed
        The seed's embedding, (D,), unscaled.
    count
        How many, 1 or more.
    variety
        0 takes the nearest ones, 1 looks at differences alone.
    but
        Numbers of sounds that are left out, such as the seed's own.

    Returns
    -------
    list of int
        Numbers of sounds, in the order in which they were chosen.
    """
    left = [n for n in range(len(index)) if n not in set(but)]
    if not 1 <= count <= len(left) or not 0 <= variety <= 1:
        raise InvalidValueError(
            f"variety lies from 0 to 1, and count from 1 to {len(left)}; got {variety} and {count}"
        )
    wanted = (index.directions @ index.scaled(seed).T)[:, 0]  # (n,)
    chosen: list[int] = []
    while len(chosen) < count:
        near = index.directions[left] @ index.directions[chosen].T if chosen else None
        known = 0.0 if near is None else near.max(axis=1)
        best = int(np.argmax((1 - variety) * wanted[left] - variety * known))
        chosen.append(left.pop(best))
    return chosen


def order_of(index: Index, chosen: Sequence[int]) -> list[int]:
    """Put chosen sounds in an order without jumps: after each, the nearest that is left."""
    left, order = list(chosen[1:]), list(chosen[:1])
    while left:
        near = index.directions[left] @ index.directions[order[-1]]
        order.append(left.pop(int(np.argmax(near))))
    return order


def write_playlist(path: str | os.PathLike, items: Sequence[Item]) -> Path:
    """Write an extended M3U playlist in UTF-8; the file appears whole or not at all.

    Sounds that lie in the playlist's folder, or in one within, are named from there on, so that
    the folder can be moved.

    Raises
    ------
    AudioFileError
        If the name doesn't end with ``.m3u8``, there is nothing to write, or it cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".m3u8" or not items:
        raise AudioFileError(
            f"{path}: a playlist has an entry at least, and its name ends in .m3u8"
        )
    lines = ["#EXTM3U"]
    for item in items:
        title = " ".join(item.title.split())
        lines += [f"#EXTINF:{round(item.seconds)},{title}", _from(path.parent, item.path)]
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as made:
            made.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _from(folder: Path, sound: Path) -> str:
    """Return how a playlist in a folder names a sound."""
    whole, base = sound.resolve(), folder.resolve()
    return whole.relative_to(base).as_posix() if whole.is_relative_to(base) else whole.as_posix()


def preview(
    sounds: Sequence[tuple[np.ndarray, int]], rate: int, seconds: float = 2.0
) -> np.ndarray:
    """Return the beginnings of sounds one after the other, equally loud, each faded into the next.

    Parameters
    ----------
    sounds
        Samples (N,) and rate in Hz of each; not silent.
    rate
        Of the preview, in Hz.
    seconds
        How much of each is heard.

    Returns
    -------
    ndarray
        float64, shape (N,), within [-1, 1].
    """
    if not sounds or not seconds > OVERLAP:
        raise InvalidValueError(f"expected sounds, and seconds above {OVERLAP}, got {seconds}")
    whole = np.zeros(0)
    for x, own in sounds:
        piece = resample(np.asarray(x, float), own, rate)[: round(seconds * rate)]
        piece = to_loudness(piece, rate, LOUDNESS, over="reduce", short="whole")
        overlap = min(len(whole), len(piece), round(OVERLAP * rate))
        whole = crossfade(whole, piece, overlap, "power") if len(whole) else piece
    return np.clip(whole, -1, 1)
