"""The Free Spoken Digit Dataset: real recordings of the digits, 8 kHz.

3,000 recordings, ``recordings/{digit}_{speaker}_{index}.wav``: ten digits, six speakers, fifty
takes. Its makers call takes 0 to 4 the test set and 5 to 49 the training set; takes 5 to 9 serve
as validation here, so train and validation together are the official training set.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np

from aigc_edu.audio import read
from aigc_edu.corpora.base import DIGITS, Corpus, CorpusError, CorpusInfo
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive, fetch_archive
from aigc_edu.paths import datasets_dir

RATE = 8000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
FOLDERS = ("fsdd", "free-spoken-digit-dataset-1.0.10", "free-spoken-digit-dataset", ".")
LICENCE = "CC BY-SA 4.0"
CITATION = "jackson2018fsdd"
HOMEPAGE = "https://github.com/Jakobovski/free-spoken-digit-dataset"
HOW_TO_GET = (
    "run 'python -m aigc_edu corpora fetch fsdd', or set AIGC_EDU_DATA to the folder that holds "
    "fsdd/recordings"
)
ARCHIVE = Archive(
    title="Free Spoken Digit Dataset",
    homepage=HOMEPAGE,
    url=f"{HOMEPAGE}/archive/v1.0.10.tar.gz",
    sha256="feb479fad3a37883c3d21ed7f982281c2dd1c18d5aefd7e8a5d50f58023392aa",
    size=15_602_882,
    folder="free-spoken-digit-dataset-1.0.10",
)
_NAME = re.compile(r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<take>\d+)\.wav")


def load(root: str | Path | None = None, rate: int = RATE) -> Corpus:
    """Load FSDD from its own layout.

    Parameters
    ----------
    root
        The data set's folder, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the recordings' own is 8000.

    Returns
    -------
    Corpus
        Its clips are read when their samples are first asked for.

    Raises
    ------
    CorpusError
        If the data set is not there or one of its files has an unexpected name.
    """
    clips = tuple(_clip(path, rate) for path in _recordings(find(root)))
    return Corpus("fsdd", rate, DIGITS, clips, LICENCE, CITATION, HOMEPAGE)


def find(root: str | Path | None = None) -> Path:
    """Return the folder ``recordings`` of the data set, or raise CorpusError."""
    above = Path(root).expanduser() if root is not None else datasets_dir()
    for name in FOLDERS:
        if (above / name / "recordings").is_dir():
            return above / name / "recordings"
    raise CorpusError(f"the Free Spoken Digit Dataset is not in {above}; {HOW_TO_GET}")


def info() -> CorpusInfo:
    """Say what the data set is and whether it is at hand."""
    try:
        folder = find().parent
    except CorpusError:
        folder = None
    return CorpusInfo(
        name="fsdd",
        title="Free Spoken Digit Dataset",
        contents="3,000 recordings of the digits by six speakers, 8 kHz",
        licence=LICENCE,
        citation=CITATION,
        homepage=HOMEPAGE,
        folder=folder,
        how_to_get=HOW_TO_GET,
    )


def fetch(root: str | Path | None = None) -> Path:
    """Fetch the official archive of version 1.0.10 and return the data set's folder.

    Parameters
    ----------
    root
        The folder in which to make the folder ``fsdd``; ``$AIGC_EDU_DATA`` by default. Where the
        data set is there already, nothing is done.

    Raises
    ------
    CorpusError
        If the archive cannot be had, is not the expected one, or cannot be unpacked, or if
        another folder is in its place.
    """
    above = Path(root).expanduser() if root is not None else datasets_dir()
    try:
        return _recordings(find(above))[0].parent.parent
    except CorpusError:
        target = above / "fsdd"
    if target.exists():
        raise CorpusError(f"{target} exists but holds no recordings; move it away and try again")
    return fetch_archive(ARCHIVE, target)


def _recordings(folder: Path) -> list[Path]:
    paths = sorted(p for p in folder.glob("*.wav") if not p.name.startswith("."))
    if not paths:
        raise CorpusError(f"{folder} holds no recordings; remove it and {HOW_TO_GET}")
    return paths


def _clip(path: Path, rate: int) -> Clip:
    match = _NAME.fullmatch(path.name)
    if not match:
        raise CorpusError(f"{path}: expected a name like 7_theo_12.wav; remove the file")
    digit, speaker, take = int(match["digit"]), match["speaker"], int(match["take"])
    split = "test" if take < 5 else "validation" if take < 10 else "train"
    return Clip(path.stem, digit, speaker, rate, split, partial(_samples, path, rate))


def _samples(path: Path, rate: int) -> np.ndarray:
    x, _ = read(path, rate)
    return np.clip(x, -1, 1)  # changes a sample only where the resampler's filter overshoots
