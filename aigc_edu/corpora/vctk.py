"""The CSTR VCTK Corpus: 110 speakers of English with many accents, 48 kHz.

Version 0.92 holds ``wav48_silence_trimmed/p225/p225_001_mic1.flac`` and, by a second microphone,
``..._mic2.flac``; older ones ``wav48/p225/p225_001.wav``. What is said stands in
``txt/p225/p225_001.txt``. Not everything is there: the texts of speaker p315 were lost, p280 and
p315 have no second microphone, and single texts are missing elsewhere. A clip without a text has
``text == ""``. The speakers' age, gender and accent are in ``speaker-info.txt``.

Its makers define no split. The course holds out about a tenth of the speakers for validation and
as many for the test, by the CRC-32 of their names; with fewer than three speakers all is for
training.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import Corpus, CorpusError, parts_of_speakers
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, samples
from aigc_edu.errors import InvalidValueError

_HOMEPAGE = "https://datashare.ed.ac.uk/handle/10283/3443"
_FOLDERS = ("wav48_silence_trimmed", "wav48", "wav16", "wav")
DATA_SET = DataSet(
    name="vctk",
    title="CSTR VCTK Corpus",
    contents="sentences read by 110 speakers of English with many accents, 48 kHz",
    licence="CC BY 4.0",
    citation="yamagishi2019vctk",
    homepage=_HOMEPAGE,
    archives={
        "vctk": Archive(
            title="CSTR VCTK Corpus",
            homepage=_HOMEPAGE,
            url="https://datashare.ed.ac.uk/bitstream/handle/10283/3443/VCTK-Corpus-0.92.zip",
            known_hash="sha256:f96258be9fdc2cbff6559541aae7ea4f59df3fcaf5cf963aae5ca647357e359c",
            size=11_747_302_977,
            unpacked=11_900_000_000,
            folder=".",
            holds="wav48_silence_trimmed",
        )
    },
    folders=("vctk", "VCTK-Corpus-0.92", "VCTK-Corpus"),
    marks=_FOLDERS,
    miniatures=("vctk-mini",),
    clips=44_455,
    hours=44,
    rate=48_000,
    speakers=110,
    purpose="text to speech with many voices, changing voices",
)
info = DATA_SET.info
fetch = DATA_SET.fetch
_SPEAKER = re.compile(r"[ps]\d+")
_NAME = re.compile(r"(?P<key>(?P<speaker>[ps]\d+)_\d+)(?:_mic(?P<microphone>[12]))?\.(?:wav|flac)")


@dataclass(frozen=True)
class Speaker:
    """A line of ``speaker-info.txt``: who speaks, how old, and with which accent."""

    name: str
    age: int | None
    gender: str
    accent: str
    region: str


def load(root: str | Path | None = None, rate: int | None = None, microphone: int = 1) -> Corpus:
    """Load VCTK from its own layout, version 0.92 or older.

    Parameters
    ----------
    root
        The data set's folder, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the first recording's own by default, 48000.
    microphone
        1 or 2; speakers whom the second did not record are left out then.

    Returns
    -------
    Corpus
        No labels. Sound and text are read when they are first asked for.

    Raises
    ------
    CorpusError
        If the data set is not there, or one of its files has an unexpected name.
    InvalidValueError
        If there is no such microphone.
    """
    if microphone not in (1, 2):
        raise InvalidValueError(f"microphone must be 1 or 2, got {microphone!r}")
    folder = DATA_SET.find(root)
    recorded = next(folder / name for name in _FOLDERS if (folder / name).exists())
    speakers = _speakers(recorded)
    found = {name: _recordings(recorded / name, microphone) for name in speakers}
    first = next((recorded / name / f for name in found for f in found[name].values()), None)
    if first is None:
        raise CorpusError(
            f"{recorded} holds no recordings by microphone {microphone}; {DATA_SET.how_to_get}"
        )
    rate = rate or DATA_SET.own_rate(first)
    parts = parts_of_speakers(speakers) if len(speakers) >= 3 else dict.fromkeys(found, "train")
    clips = []
    for name, files in found.items():
        sounds, texts = recorded / name, folder / "txt" / name
        for key, file in files.items():
            load_samples, text = partial(samples, sounds, file, rate), partial(_text, texts, key)
            clips.append(Clip(key, None, name, rate, parts[name], load_samples, text=text))
    return DATA_SET.corpus(rate, (), clips)


def speaker_info(root: str | Path | None = None) -> dict[str, Speaker]:
    """Return what ``speaker-info.txt`` says of each speaker; empty where there is no such file.

    Raises
    ------
    CorpusError
        If the data set is not there.
    """
    path = DATA_SET.find(root) / "speaker-info.txt"
    if not path.is_file():
        return {}
    rows = (line.split(maxsplit=4) for line in DATA_SET.text(path).splitlines()[1:])
    return {(s := _speaker(row)).name: s for row in rows if len(row) >= 3}


def _speaker(row: list[str]) -> Speaker:
    name, age, gender, accent, region = (*row, "", "")[:5]
    name = name if _SPEAKER.fullmatch(name) else f"p{name}"  # older versions: the number alone
    region = region.partition("(")[0].strip()  # what is in brackets is on the recordings
    return Speaker(name, int(age) if age.isdecimal() else None, gender, accent, region)


def _speakers(folder: Path) -> list[str]:
    names = DATA_SET.folders_in(folder)
    for name in names:
        if not _SPEAKER.fullmatch(name):
            raise CorpusError(f"{folder / name}: expected a speaker's folder, like p225; remove it")
    return names


def _recordings(folder: Path, microphone: int) -> dict[str, str]:
    """Return the file names of one speaker and one microphone, by the names of the clips."""
    found = {}
    for name in sorted(DATA_SET.recordings(folder, (".wav", ".flac"))):
        match = _NAME.fullmatch(name)
        if not match or match["speaker"] != folder.name:
            raise CorpusError(
                f"{folder / name}: expected a name like {folder.name}_001_mic1.flac or "
                f"{folder.name}_001.wav; remove the file"
            )
        if int(match["microphone"] or 1) == microphone:
            found[match["key"]] = name
    return found


def _text(folder: Path, key: str) -> str:
    path = folder / f"{key}.txt"
    return " ".join(DATA_SET.text(path).split()) if path.is_file() else ""
