"""Speech Commands 0.02: 35 words by 2,618 speakers, 16 kHz; its ten digits are known as SC09.

``zero/3852fca2_nohash_0.wav``: the word, the speaker, and which take of this speaker's it is.
``validation_list.txt`` and ``testing_list.txt`` name the clips of those parts, all others are for
training; no speaker is in two parts. ``_background_noise_`` is no word.

A clip has a second at most, and many are shorter, because the recording was. The loader adds
nothing: ``aigc_edu.audio.pad_batch`` brings clips of different lengths together, and says by a
mask what is sound and what was added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aigc_edu.corpora.base import DIGITS, Corpus, CorpusError
from aigc_edu.corpora.clips import Clip
from aigc_edu.corpora.fetching import Archive
from aigc_edu.corpora.recorded import DataSet, samples
from aigc_edu.errors import InvalidValueError

_HOMEPAGE = "https://arxiv.org/abs/1804.03209"
DATA_SET = DataSet(
    name="speech_commands",
    title="Speech Commands Dataset",
    contents="105,829 clips of 35 words, 38,908 of them digits (SC09), 16 kHz",
    licence="CC BY 4.0",
    citation="warden2018speech",
    homepage=_HOMEPAGE,
    archives={
        "speech_commands": Archive(
            title="Speech Commands Dataset",
            homepage=_HOMEPAGE,
            url="https://storage.googleapis.com/download.tensorflow.org/data/"
            "speech_commands_v0.02.tar.gz",
            known_hash="sha256:af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
            size=2_428_923_189,
            unpacked=3_400_000_000,
            folder=".",
            holds="testing_list.txt",
        )
    },
    folders=("speech_commands", "speech_commands_v0.02", "SpeechCommands/speech_commands_v0.02"),
    marks=("testing_list.txt", "validation_list.txt", "zero"),
    miniatures=("speech-commands-mini/SpeechCommands/speech_commands_v0.02",),
    clips=105_829,
    hours=29,
    rate=16_000,
    speakers=2618,
    purpose="recognising single words, generating digits (SC09)",
)
info = DATA_SET.info
fetch = DATA_SET.fetch
_LISTS = {"testing_list.txt": "test", "validation_list.txt": "validation"}
_NAME = re.compile(r"(?P<speaker>[0-9a-f]+)_nohash_\d+\.wav")


def load(
    root: str | Path | None = None,
    rate: int | None = None,
    words: Sequence[str] | None = DIGITS,
) -> Corpus:
    """Load Speech Commands from its own layout; by default the ten digits, SC09.

    Parameters
    ----------
    root
        The data set's folder, or the one above; ``$AIGC_EDU_DATA`` by default.
    rate
        Sampling rate in Hz to resample to; the first recording's own by default, 16000.
    words
        The words to load, which become the labels in this order; None for all that there are, in
        alphabetical order.

    Returns
    -------
    Corpus
        Clips of their true lengths, many of them shorter than a second. They are read when their
        samples are first asked for.

    Raises
    ------
    CorpusError
        If the data set, one of its lists or a word is not there, or the recordings are not those
        that the lists name.
    InvalidValueError
        If ``words`` is empty or one string.
    """
    if isinstance(words, str) or (words is not None and not len(words)):
        raise InvalidValueError(f"words must be a list of words or None, got {words!r}")
    folder = DATA_SET.find(root)
    labels = tuple(words) if words is not None else _all_words(folder)
    parts = _parts(folder, set(labels))
    names = [
        (label, f"{word}/{name}")
        for label, word in enumerate(labels)
        for name in sorted(_recordings(folder, word))
    ]
    _complain_of_missing(folder, set(parts) - {name for _, name in names})
    rate = rate or DATA_SET.own_rate(folder / names[0][1])
    clips = [_clip(folder, label, name, rate, parts) for label, name in names]
    return DATA_SET.corpus(rate, labels, clips)


def _all_words(folder: Path) -> tuple[str, ...]:
    words = tuple(name for name in DATA_SET.folders_in(folder) if not name.startswith("_"))
    if not words:
        raise CorpusError(f"{folder} has no folders of words; {DATA_SET.how_to_get}")
    return words


def _parts(folder: Path, words: set[str]) -> dict[str, str]:
    """Return the part of each clip of these words that one of the lists names."""
    parts: dict[str, str] = {}
    for name, part in _LISTS.items():
        for number, line in enumerate(DATA_SET.text(folder / name).splitlines(), start=1):
            word, _, file = line.strip().partition("/")
            if line.strip() and not _NAME.fullmatch(file):
                reason = f"line {number}: expected word/speaker_nohash_0.wav, found {line[:60]!r}"
                raise DATA_SET.damaged(folder / name, reason)
            if parts.get(line.strip(), part) != part:
                reason = f"line {number}: {line.strip()} is in the other list as well"
                raise DATA_SET.damaged(folder / name, reason)
            if word in words:
                parts[line.strip()] = part
    return parts


def _recordings(folder: Path, word: str) -> set[str]:
    if not (folder / word).is_dir():
        raise CorpusError(
            f"{folder} has no folder {word!r}; load other words, or {DATA_SET.how_to_get}"
        )
    names = DATA_SET.recordings(folder / word)
    if not names:
        raise DATA_SET.damaged(folder / word, "holds no recordings")
    for name in names:
        if not _NAME.fullmatch(name):
            raise CorpusError(
                f"{folder / word / name}: expected a name like 3852fca2_nohash_0.wav; remove the "
                "file"
            )
    return names


def _complain_of_missing(folder: Path, missing: set[str]) -> None:
    if missing:
        more = f" (and {len(missing) - 1:,} more)" if len(missing) > 1 else ""
        reason = f"is missing{more}, but one of the lists names it"
        raise DATA_SET.damaged(folder / min(missing), reason)


def _clip(folder: Path, label: int, name: str, rate: int, parts: dict[str, str]) -> Clip:
    word, _, file = name.partition("/")
    load_samples = partial(samples, folder, name, rate)
    speaker, part = file.partition("_")[0], parts.get(name, "train")
    return Clip(name.removesuffix(".wav"), label, speaker, rate, part, load_samples, text=word)
