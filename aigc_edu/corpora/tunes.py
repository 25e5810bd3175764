"""The built-in tunes: eight bars for two voices, by rules; or a reader's own MIDI files.

``aigc_edu/corpora/recipes/tunes.py`` makes a tune when it is first asked for; the built-in
instruments play it when its samples are. A folder of MIDI files, or of chorales, is read in its
place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.corpora.base import Corpus, CorpusError, CorpusInfo, part_of_key
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import tunes as recipe
from aigc_edu.corpora.recipes.playing import RATE, instrument_player
from aigc_edu.music import STEPS, STYLES, Score, midi_files, perform, read_midi, write_midi
from aigc_edu.music.midi import Struck, two_voices
from aigc_edu.paths import cache_dir, home_expanded

LICENCE = "CC0 1.0"
CITATION = "huang2020pop"  # whose tokens they are written in
HOMEPAGE = "https://github.com/aigc-edu/audio-course"
UNKNOWN = "unknown"  # the licence of a reader's own files
CHORALES = "Jsb16thSeparated.json"  # the file of J. S. Bach's chorales, sixteenth by sixteenth
_PARTS = {"train": "train", "valid": "validation", "test": "test"}
_PLAYERS = {
    "air": ("flute", "guitar_synthetic_001"),
    "march": ("brass", "bass"),
    "waltz": ("reed", "keyboard"),
    "lament": ("string", "string_synthetic_003"),
    "dance": ("guitar", "bass"),
}
_OWN = ("keyboard", "keyboard_synthetic_001")  # who plays a reader's files


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load the built-in tunes, or those in a folder.

    Parameters
    ----------
    root
        A folder with MIDI files, or with the chorales' file ``Jsb16thSeparated.json``; by default
        the tunes that the course's rules make.
    rate
        Sampling rate in Hz of the clips' samples.

    Returns
    -------
    Corpus
        Each clip's ``score`` is the written tune. The labels of the built-in ones are their
        styles; a reader's own have none. The speaker is the style, or the folder's name.

    Raises
    ------
    CorpusError
        If the chorales' file is damaged.
    MidiFileError
        If there are no MIDI files, or one is damaged.
    """
    if root is not None:
        return _of_folder(home_expanded(root), rate)
    names = tuple(STYLES)
    clips = tuple(
        _clip(row.key, names.index(row.style), row.style, rate, row.part, partial(_made, row.key))
        for row in recipe.rows()
    )
    return Corpus("tunes", rate, names, clips, LICENCE, CITATION, HOMEPAGE)


_made = cache(recipe.make)


def _clip(
    key: str, label: int | None, speaker: str, rate: int, part: str, score: Callable[[], Score]
) -> Clip:
    return Clip(key, label, speaker, rate, part, partial(_played, score, rate), score=score)


def _played(score: Callable[[], Score], rate: int) -> np.ndarray:
    """Return the samples of a tune, float64 (N,)."""
    tune = score()
    players = [instrument_player(name) for name in _PLAYERS.get(tune.style or "", _OWN)]
    x = perform(tune, players, RATE)
    return x if rate == RATE else np.clip(resample(x, RATE, rate), -1, 1)


def _of_folder(folder: Path, rate: int) -> Corpus:
    """Return the tunes in a folder of MIDI files or of chorales."""
    chorales = folder / CHORALES
    rows = _chorales(chorales) if chorales.is_file() else _files(folder)
    clips = [
        _clip(key, None, folder.name, rate, part, partial(_same, score))
        for key, score, part in rows
    ]
    return Corpus("tunes", rate, (), tuple(clips), UNKNOWN, CITATION, HOMEPAGE)


def _same(score: Score) -> Score:
    return score


def _files(folder: Path) -> Iterator[tuple[str, Score, str]]:
    for path in midi_files(folder):
        key = path.relative_to(folder).with_suffix("").as_posix()
        yield key, read_midi(path), part_of_key(key)


def _chorales(path: Path) -> Iterator[tuple[str, Score, str]]:
    """Yield soprano and bass of each chorale; the file has four pitches for each sixteenth."""
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name, part in _PARTS.items():
            for number, rows in enumerate(told[name]):
                key = f"{name}-{number:03d}"
                lines = [_line([row[voice] for row in rows]) for voice in (0, 3)]
                yield key, two_voices([line for line in lines if line], 16, 80.0), part
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error!r}); fetch it again") from error


def _line(pitches: list[float | None]) -> list[Struck]:
    """Return the notes of a voice; equal neighbours are one note, -1 or nothing is a rest."""
    notes, now = [], 0
    for pitch, same in groupby(pitches):
        length = len(list(same))
        if pitch is not None and pitch == pitch and pitch > 0:
            notes.append(Struck(now / STEPS, int(pitch), length / STEPS))
        now += length
    return notes


def info() -> CorpusInfo:
    """Say what the corpus is."""
    return CorpusInfo(
        name="tunes",
        title="Built-in tunes",
        contents=f"{len(recipe.rows()):,} tunes of eight bars in 5 styles, played at 16 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=_kept() if _kept().is_dir() else None,
        how_to_get="they are made when they are first asked for",
        clips=len(recipe.rows()),
        hours=12.4,
        rate=RATE,
        speakers=len(STYLES),
        who="styles",
        purpose="written music for two voices, offline",
    )


def fetch(root: str | Path | None = None) -> Path:
    """Write all tunes to MIDI files, in the cache or in ``root/tunes``, and return the folder."""
    return build(root if root is None else home_expanded(root) / "tunes")


def build(out: str | Path | None = None) -> Path:
    """Write all tunes to MIDI files, by default in the user's cache.

    :func:`load` reads them, too, as it does a reader's own: without their styles.

    Raises
    ------
    CorpusError
        If the folder cannot be written, or holds other files.
    """
    folder = _kept() if out is None else place_for("tunes", out)
    index = {"name": "tunes", "clips": [row._asdict() for row in recipe.rows()]}
    for row in recipe.rows():
        families = [name.split("_synthetic")[0] for name in _PLAYERS[row.style]]
        write_midi(folder / f"{row.key}.mid", recipe.make(row.key), families)
    try:
        (folder / "index.json").write_text(json.dumps(index) + "\n", encoding="utf-8")
    except OSError as error:
        raise CorpusError(f"the tunes cannot be written to {folder} ({error})") from error
    return folder


def _kept() -> Path:
    return cache_dir() / "synthesised" / "tunes"
