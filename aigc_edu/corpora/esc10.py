"""ESC-10: 400 clips of ten kinds of everyday sounds, five seconds each, 44.1 kHz.

It is the part of ESC-50 that ``meta/esc50.csv`` marks ``esc10``, and lies in its folder
``audio/1-100032-A-0.wav``: the fold, the number of the recording on freesound, which piece of that
recording it is, and the class. The clips are dealt into five folds, in such a way that all pieces
of one recording are in one fold: whoever divides them by chance tests on what the model has heard.

By the course's rule fold 5 is the test and fold 4 validation; other folds may be named. The
``speaker`` of a clip is the recording it was cut from.
"""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import Corpus
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, samples
from aigc_edu.errors import InvalidValueError

# The classes by their numbers in ESC-50.
CLASSES = {
    **{0: "dog", 1: "rooster", 10: "rain", 11: "sea_waves", 12: "crackling_fire"},
    **{20: "crying_baby", 21: "sneezing", 38: "clock_tick", 40: "helicopter", 41: "chainsaw"},
}
_HOMEPAGE = "https://github.com/karolpiczak/ESC-50"
_COMMIT = "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6"
DATA_SET = DataSet(
    name="esc10",
    title="ESC-10, a part of ESC-50",
    contents="400 clips of ten kinds of everyday sounds, five seconds each, 44.1 kHz",
    licence="CC BY 3.0 (two clips Sampling+); the rest of ESC-50 CC BY-NC 3.0",
    citation="piczak2015esc",
    homepage=_HOMEPAGE,
    archives={
        "esc50": Archive(
            title="ESC-50 Dataset",
            homepage=_HOMEPAGE,
            url=f"{_HOMEPAGE}/archive/{_COMMIT}.zip",
            known_hash="sha256:661183a6f53ef04f12c9bd618fed0ddc1713280d6c94a5a5431e844ba6f6a21f",
            size=645_832_161,
            unpacked=900_000_000,
            folder=f"ESC-50-{_COMMIT}",
            holds="meta/esc50.csv",
        )
    },
    folders=("esc50", "esc10", "ESC-50-master", "ESC-50", f"ESC-50-{_COMMIT}"),
    marks=("meta/esc50.csv", "audio"),
    miniatures=("esc50-mini", "esc10-mini"),
    clips=400,
    hours=0.56,
    rate=44_100,
    speakers=0,
    who="recordings",
    purpose="telling sounds apart, generating backgrounds",
)
info = DATA_SET.info
fetch = DATA_SET.fetch
_NAME = re.compile(r"(?P<fold>[1-5])-(?P<source>\d+)-(?P<take>[A-Z])-(?P<target>\d+)\.wav")
_COLUMNS = ("filename", "fold", "target", "category", "esc10", "src_file", "take")


def load(
    root: str | Path | None = None,
    rate: int | None = None,
    test_fold: int = 5,
    validation_fold: int = 4,
) -> Corpus:
    """Load ESC-10 from the layout of ESC-50.

    Parameters
    ----------
    root
        The data set's folder, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the first recording's own by default, 44100.
    test_fold, validation_fold
        1 ... 5 and different; all other folds are for training.

    Returns
    -------
    Corpus
        The labels are the ten classes, in the order of their numbers in ESC-50. Clips are read when
        their samples are first asked for.

    Raises
    ------
    CorpusError
        If the data set is not there, a line of ``esc50.csv`` is damaged, or the recordings are
        not those that it names.
    InvalidValueError
        If the folds are not two different ones of the five.
    """
    if not {test_fold, validation_fold} <= set(range(1, 6)) or test_fold == validation_fold:
        raise InvalidValueError(
            f"the folds must be two different ones of 1 ... 5, got {test_fold}, {validation_fold}"
        )
    folder = DATA_SET.find(root)
    index, audio = folder / "meta" / "esc50.csv", folder / "audio"
    rows = _rows(index)
    wanted = {name: target for name, target in rows.items() if target in CLASSES}
    DATA_SET.compare(index, audio, wanted, rows)
    rate = rate or DATA_SET.own_rate(audio / next(iter(wanted)))
    parts = {test_fold: "test", validation_fold: "validation"}
    clips = [_clip(audio, name, target, rate, parts) for name, target in wanted.items()]
    return DATA_SET.corpus(rate, tuple(CLASSES.values()), clips)


def _rows(index: Path) -> dict[str, int]:
    """Return the class of each file that the index names."""
    rows: dict[str, int] = {}
    reader = csv.DictReader(io.StringIO(DATA_SET.text(index), newline=""))
    if not set(_COLUMNS) <= set(reader.fieldnames or ()):
        raise DATA_SET.damaged(index, f"its first line must name {', '.join(_COLUMNS)}")
    for row in reader:
        try:
            _check_row(row)
        except ValueError as error:
            raise DATA_SET.damaged(index, f"line {reader.line_num}: {error}") from error
        if row["filename"] in rows:
            reason = f"{row['filename']} is there a second time"
            raise DATA_SET.damaged(index, f"line {reader.line_num}: {reason}")
        rows[row["filename"]] = int(row["target"])
    return rows


def _check_row(row: dict[str, str]) -> None:
    """Hold the columns against the file's name, which says the same."""
    if any(row[column] is None for column in _COLUMNS):
        raise ValueError("some of its columns are missing")
    match = _NAME.fullmatch(row["filename"])
    if not match:
        raise ValueError(f"expected a file like 1-100032-A-0.wav, found {row['filename']!r}")
    for column, said in (("fold", "fold"), ("target", "target"), ("src_file", "source")):
        if row[column] != match[said]:
            raise ValueError(f"{row['filename']}, but {column} is {row[column]!r}")
    target, chosen = int(match["target"]), row["esc10"].lower() == "true"
    if chosen != (target in CLASSES) or (chosen and row["category"] != CLASSES[target]):
        raise ValueError(f"{row['filename']}: the class {row['category']!r} is another one")


def _clip(audio: Path, name: str, target: int, rate: int, parts: dict[int, str]) -> Clip:
    fold, source = name.split("-")[:2]
    part, label = parts.get(int(fold), "train"), list(CLASSES).index(target)
    load_samples = partial(samples, audio, name, rate)
    return Clip(name.removesuffix(".wav"), label, source, rate, part, load_samples)
