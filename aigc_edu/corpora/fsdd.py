"""The Free Spoken Digit Dataset: real recordings of the digits, 8 kHz.

3,000 recordings, ``recordings/{digit}_{speaker}_{index}.wav``: ten digits, six speakers, fifty
takes. Its makers call takes 0 to 4 the test set and 5 to 49 the training set; takes 5 to 9 serve
as validation here, so train and validation together are the official training set.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import DIGITS, Corpus, CorpusError
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, samples

RATE = 8000
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
_HOMEPAGE = "https://github.com/Jakobovski/free-spoken-digit-dataset"
DATA_SET = DataSet(
    name="fsdd",
    title="Free Spoken Digit Dataset",
    contents="3,000 recordings of the digits by six speakers, 8 kHz",
    licence="CC BY-SA 4.0",
    citation="jackson2018fsdd",
    homepage=_HOMEPAGE,
    archives={
        "fsdd": Archive(
            title="Free Spoken Digit Dataset",
            homepage=_HOMEPAGE,
            url=f"{_HOMEPAGE}/archive/v1.0.10.tar.gz",
            known_hash="sha256:feb479fad3a37883c3d21ed7f982281c2dd1c18d5aefd7e8a5d50f58023392aa",
            size=15_602_882,
            unpacked=25 * 10**6,
            folder="free-spoken-digit-dataset-1.0.10",
            holds="recordings",
        )
    },
    folders=("fsdd", "free-spoken-digit-dataset-1.0.10", "free-spoken-digit-dataset"),
    marks=("recordings",),
    clips=3000,
    hours=0.37,
    rate=RATE,
    speakers=6,
    purpose="first models of speech, recognising digits",
)
info = DATA_SET.info
fetch = DATA_SET.fetch
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
    folder = DATA_SET.find(root) / "recordings"
    names = sorted(DATA_SET.recordings(folder))
    if not names:
        raise CorpusError(f"{folder} holds no recordings; remove it and {DATA_SET.how_to_get}")
    return DATA_SET.corpus(rate, DIGITS, [_clip(folder, name, rate) for name in names])


def _clip(folder: Path, name: str, rate: int) -> Clip:
    match = _NAME.fullmatch(name)
    if not match:
        raise CorpusError(f"{folder / name}: expected a name like 7_theo_12.wav; remove the file")
    digit, speaker, take = int(match["digit"]), match["speaker"], int(match["take"])
    split = "test" if take < 5 else "validation" if take < 10 else "train"
    load_samples = partial(samples, folder, name, rate)
    return Clip(name.removesuffix(".wav"), digit, speaker, rate, split, load_samples)
