"""NSynth: 305,979 single notes of 1,006 instruments, 16 kHz, four seconds each.

Three folders, ``nsynth-train``, ``nsynth-valid`` and ``nsynth-test``. Each has its recordings in
``audio/`` and what is known of them in ``examples.json``, under the recording's name, which says
most of it once more: ``guitar_acoustic_015-060-100`` is the instrument (family, source, number),
the pitch as a MIDI note number and the velocity. No instrument of the training folder is in one of
the others; those two are not kept apart from one another.

One folder alone is loaded as well. If its name doesn't say which part it is, about a tenth of the
instruments goes to validation and as many to the test, by the CRC-32 of their names.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import Corpus, CorpusError, CorpusInfo, parts_of_speakers
from aigc_edu.corpora.clips import Clip, Note
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, fetch_into, samples
from aigc_edu.errors import InvalidValueError

FAMILIES = (
    *("bass", "brass", "flute", "guitar", "keyboard", "mallet"),
    *("organ", "reed", "string", "synth_lead", "vocal"),
)
_FOLDERS = {"train": "nsynth-train", "validation": "nsynth-valid", "test": "nsynth-test"}
_HOMEPAGE = "https://magenta.tensorflow.org/datasets/nsynth"


def _archive(folder: str, md5: str, size: int, unpacked: int) -> Archive:
    return Archive(
        title=f"NSynth Dataset ({folder})",
        homepage=_HOMEPAGE,
        url=f"http://download.magenta.tensorflow.org/datasets/nsynth/{folder}.jsonwav.tar.gz",
        known_hash=f"md5:{md5}",  # nothing else is published for these archives
        size=size,
        unpacked=unpacked,
        folder=folder,
        holds="examples.json",
    )


# Sizes of these archives are known roughly only.
_TRAIN = _archive("nsynth-train", "fde6665a93865503ba598b9fac388660", 23 * 10**9, 37 * 10**9)
_VALID = _archive("nsynth-valid", "87e94a00a19b6dbc99cf6d4c0c0cae87", 10**9, 1_630_000_000)
_TEST = _archive("nsynth-test", "5e6f8719bf7e16ad0a00d518b78af77d", 350 * 10**6, 530 * 10**6)
DATA_SET = DataSet(
    name="nsynth",
    title="NSynth Dataset",
    contents="305,979 notes of 1,006 instruments, 16 kHz",
    licence="CC BY 4.0",
    citation="engel2017nsynth",
    homepage=_HOMEPAGE,
    archives={"train": _TRAIN, "validation": _VALID, "test": _TEST},
    folders=("nsynth-test", "nsynth-valid", "nsynth-train", "nsynth"),
    marks=("examples.json", "audio"),
    miniatures=("nsynth-mini", "instruments-mini"),
    clips=305_979,
    hours=340,
    rate=16_000,
    speakers=1006,
    who="instruments",
    purpose="generating notes of a given pitch",
)
_NAME = re.compile(
    r"(?P<instrument>(?P<family>[a-z_]+)_(?P<source>acoustic|electronic|synthetic)_\d{3})"
    r"-(?P<pitch>\d{3})-(?P<velocity>\d{3})"
)


def load(
    root: str | Path | None = None,
    rate: int | None = None,
    parts: Sequence[str] | None = None,
) -> Corpus:
    """Load NSynth from its own layout: the parts that are there, or those named.

    Parameters
    ----------
    root
        The folder with the three folders in it, or one of those; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the first recording's own by default, 16000.
    parts
        Those to load, ``"train"``, ``"validation"`` or ``"test"``; all that are there by default.

    Returns
    -------
    Corpus
        The labels are the families of instruments, the speaker of a clip is its instrument, and
        its ``note`` has pitch, velocity, source and qualities. Clips are read when their samples
        are first asked for.

    Raises
    ------
    CorpusError
        If the data set or a part that is named is not there, ``examples.json`` is damaged, or the
        recordings are not those that it names.
    InvalidValueError
        If there is no such part.
    """
    folders = _wanted(_folders(root), parts)
    clips: list[Clip] = []
    for part, folder in folders.items():
        rows, audio = _rows(folder), folder / "audio"
        rate = rate or DATA_SET.own_rate(audio / f"{next(iter(rows))}.wav")
        named = _parts_of_instruments(rows) if part is None else {}
        clips += [
            _clip(audio, key, row, part or named[row["instrument_str"]], rate)
            for key, row in rows.items()
        ]
    chosen = [clip for clip in clips if parts is None or clip.split in parts]
    return DATA_SET.corpus(rate or DATA_SET.rate, FAMILIES, chosen)


def info() -> CorpusInfo:
    """Say what the data set is and whether any part of it is at hand."""
    about = DATA_SET.info()
    if about.folder is not None and about.folder.name in _FOLDERS.values():
        return dataclasses.replace(about, folder=about.folder.parent)
    return about


def fetch(root: str | Path | None = None, parts: Sequence[str] | None = None) -> Path:
    """Fetch the official archives that are not there, and return the folder that holds them.

    Parameters
    ----------
    root
        The folder in which to make those of the parts; ``$AIGC_EDU_DATA`` by default.
    parts
        Those to fetch, ``"train"``, ``"validation"`` or ``"test"``; all by default.

    Raises
    ------
    CorpusError
        If an archive cannot be had, is not the expected one, or cannot be unpacked.
    InvalidValueError
        If there is no such part.
    """
    above = DATA_SET.above(root)
    _check(parts)
    for part, archive in DATA_SET.archives.items():
        target = above / _FOLDERS[part]
        if (parts is None or part in parts) and not (target / "examples.json").exists():
            fetch_into(target, archive, "examples.json")
    return above


def _folders(root: str | Path | None) -> dict[str | None, Path]:
    """Return the folders that are there by their parts; None for a part that nobody named."""
    above = DATA_SET.above(root)
    for base in (above, above / "nsynth"):
        found = {part: base / name for part, name in _FOLDERS.items() if (base / name).is_dir()}
        if found:
            return dict(found)
    folder = DATA_SET.find(root)
    named = {name: part for part, name in _FOLDERS.items()}
    return {named.get(folder.absolute().name): folder}


def _wanted(folders: dict[str | None, Path], parts: Sequence[str] | None) -> dict[str | None, Path]:
    _check(parts)
    if parts is None or None in folders:
        return folders
    for part in parts:
        if part not in folders:
            raise CorpusError(
                f"the part {_FOLDERS[part]} of NSynth is not beside "
                f"{', '.join(map(str, folders.values()))}; {DATA_SET.how_to_get}"
            )
    return {part: folders[part] for part in parts}


def _check(parts: Sequence[str] | None) -> None:
    if parts is not None and (isinstance(parts, str) or not set(parts) <= set(_FOLDERS)):
        raise InvalidValueError(f"parts must be a list of {', '.join(_FOLDERS)}, got {parts!r}")


def _rows(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what the index says of each recording, held against the recordings."""
    index = folder / "examples.json"
    try:
        rows = json.loads(DATA_SET.text(index))
        if not isinstance(rows, dict):
            raise ValueError("expected an object with a row for each note")
        for key, row in rows.items():
            _check_row(key, row)
    except ValueError as error:
        raise DATA_SET.damaged(index, f"not NSynth's index ({error})") from error
    names = [f"{key}.wav" for key in rows]
    DATA_SET.compare(index, folder / "audio", names, names)
    return rows


def _check_row(key: str, row: Any) -> None:
    """Hold the fields of a row against the name, which says the same."""
    match = _NAME.fullmatch(key)
    if not match:
        raise ValueError(f"expected a name like guitar_acoustic_015-060-100, found {key[:60]!r}")
    if match["family"] not in FAMILIES:
        raise ValueError(f"{key}: there is no family {match['family']!r}")
    for field, said in (
        ("instrument_str", match["instrument"]),
        ("instrument_family_str", match["family"]),
        ("instrument_source_str", match["source"]),
        ("pitch", int(match["pitch"])),
        ("velocity", int(match["velocity"])),
    ):
        value = row.get(field) if isinstance(row, dict) else None
        if value != said:
            raise ValueError(f"{key}: {field} is {value!r}")


def _parts_of_instruments(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    instruments = sorted({row["instrument_str"] for row in rows.values()})
    enough = len(instruments) >= 3
    return parts_of_speakers(instruments) if enough else dict.fromkeys(instruments, "train")


def _clip(audio: Path, key: str, row: dict[str, Any], part: str, rate: int) -> Clip:
    instrument, family = row["instrument_str"], row["instrument_family_str"]
    qualities = tuple(row.get("qualities_str") or ())
    source = row["instrument_source_str"]
    note = Note(row["pitch"], row["velocity"], instrument, family, source, qualities)
    load_samples = partial(samples, audio, f"{key}.wav", rate)
    return Clip(key, FAMILIES.index(family), instrument, rate, part, load_samples, note=note)
