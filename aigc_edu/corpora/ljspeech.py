"""The LJ Speech Dataset: one reader, 13,100 passages from books, 22,050 Hz.

``wavs/LJ001-0001.wav`` and so on, and ``metadata.csv`` with a line for each, no heading::

    LJ001-0007|the "forty-two line Bible" of about 1455,|the "forty-two line Bible" of about ...

that is the name, the words as printed, and the words as read, with numbers spelled out. The lines
hold quotation marks that mean nothing to the format, so it has to be read without quoting.

Its makers define no split. The course holds out a twentieth of the clips for validation and a
twentieth for the test, by the CRC-32 of their names: the same on every machine, and a clip keeps
its part when others are added. There is one speaker, so every part has the same voice.

Own recordings in this layout can be loaded as well: names may hold spaces, the files end in .wav,
.WAV or .flac, the names in the index with or without it, and spaces may stand round the bars.
"""

from __future__ import annotations

import csv
import io
import re
from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import Corpus, part_of_key
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, samples

_HOMEPAGE = "https://keithito.com/LJ-Speech-Dataset/"
DATA_SET = DataSet(
    name="ljspeech",
    title="LJ Speech Dataset",
    contents="13,100 passages from seven books, read by one voice, 22,050 Hz",
    licence="public domain",
    citation="ito2017ljspeech",
    homepage=_HOMEPAGE,
    archives={
        "ljspeech": Archive(
            title="LJ Speech Dataset",
            homepage=_HOMEPAGE,
            url="https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2",
            known_hash="sha256:be1a30453f28eb8dd26af4101ae40cbf2c50413b1bb21936cbcdc6fae3de8aa5",
            size=2_748_572_632,
            unpacked=3_810_000_000,
            folder="LJSpeech-1.1",
            holds="metadata.csv",
        )
    },
    folders=("ljspeech", "LJSpeech-1.1"),
    marks=("metadata.csv", "wavs"),
    miniatures=("ljspeech-mini",),
    clips=13_100,
    hours=23.9,
    rate=22_050,
    speakers=1,
    purpose="text to speech with one voice",
)
SPEAKER = "LJ"
_ENDINGS = (".wav", ".WAV", ".Wav", ".flac", ".FLAC")
info = DATA_SET.info
fetch = DATA_SET.fetch
_ENDING = re.compile(r"\.(wav|flac)$", re.IGNORECASE)


def load(root: str | Path | None = None, rate: int | None = None) -> Corpus:
    """Load LJSpeech from its own layout.

    Parameters
    ----------
    root
        The data set's folder, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the first recording's own by default, 22050.

    Returns
    -------
    Corpus
        No labels; ``text`` is what is read, with numbers spelled out where the third column has
        it, else as printed. Clips are read when their samples are first asked for.

    Raises
    ------
    CorpusError
        If the data set is not there, a line of ``metadata.csv`` is damaged, or the recordings are
        not those that it names.
    """
    folder = DATA_SET.find(root)
    index, wavs = folder / "metadata.csv", folder / "wavs"
    texts = _texts(index)
    files = {_key(name): name for name in sorted(DATA_SET.recordings(wavs, _ENDINGS))}
    names = [files.get(key, f"{key}.wav") for key in texts]
    DATA_SET.compare(index, wavs, names, names, _ENDINGS)
    rate = rate or DATA_SET.own_rate(wavs / names[0])
    rows = zip(texts.items(), names, strict=True)
    clips = [_clip(key, text, wavs, name, rate) for (key, text), name in rows]
    return DATA_SET.corpus(rate, (), clips)


def _key(name: str) -> str:
    """Return the name of a clip, from that of its file or from the index: without an ending."""
    return _ENDING.sub("", name.strip())


def _texts(index: Path) -> dict[str, str]:
    """Return name and text of each line, in the order of the file."""
    texts: dict[str, str] = {}
    lines = io.StringIO(DATA_SET.text(index), newline="")
    rows = csv.reader(lines, delimiter="|", quoting=csv.QUOTE_NONE)
    try:
        for row in rows:
            if any(cell.strip() for cell in row):  # editors leave blank lines at the end
                key, text = _parse(row)
                if key in texts:
                    raise ValueError(f"{key} is there a second time")
                texts[key] = text
    except (ValueError, csv.Error) as error:
        raise DATA_SET.damaged(index, f"line {rows.line_num}: {error}") from error
    return texts


def _parse(row: list[str]) -> tuple[str, str]:
    key = _key(row[0])
    if len(row) not in (2, 3) or not key or "/" in key or "\\" in key or key.startswith("."):
        raise ValueError(f"expected name|text|text as read, found {'|'.join(row)[:60]!r}")
    as_read = row[2].strip() if len(row) == 3 else ""
    return key, as_read or row[1].strip()


def _clip(key: str, text: str, wavs: Path, name: str, rate: int) -> Clip:
    load_samples = partial(samples, wavs, name, rate)
    return Clip(key, None, SPEAKER, rate, part_of_key(key), load_samples, text=text)
