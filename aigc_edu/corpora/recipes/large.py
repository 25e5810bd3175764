"""The recipe of hours of speech: ``python -m aigc_edu corpora build sentences-large --texts LIST``.

A list of texts is read by the voice of :mod:`aigc_edu.corpora.recipes.voice`, in an order that a
checksum of their names gives: the first thousand are from all over the list, and a larger count
adds others to them. A rendering that was stopped or killed goes on with the same command. At its
end comes ``metadata.csv``, so that the folder is in LJSpeech's layout, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from aigc_edu.audio import AudioFileError, write
from aigc_edu.corpora.base import LARGE, CorpusError
from aigc_edu.corpora.places import place_for
from aigc_edu.corpora.recipes import sentences, speech
from aigc_edu.corpora.recipes.voice import RATE, VOICE, Voice
from aigc_edu.corpora.rendered import CHUNK, Rendering, Text
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import home_expanded

COUNT = 5_000  # texts by default
LOUDEST = 0.98  # of full scale, for a clip that the gain of all would make louder
LONGEST = 1_000  # characters of a text
_FORBIDDEN = set('/\\:*?"<>')  # in names: a file system somewhere can't keep them


def read_texts(path: str | Path) -> list[Text]:
    """Read a list of texts.

    Parameters
    ----------
    path
        A table in the layout of LJSpeech's ``metadata.csv``, name|text|text as read (the third
        column may be missing), or a plain text file with a sentence in each line; those are named
        ``T000001`` and so on, by their lines. Lines without a letter or digit are left out.

    Raises
    ------
    CorpusError
        If the file cannot be read, a line of a table is none, or a name is there twice.
    """
    path = home_expanded(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"the list of texts {path} cannot be read ({error})") from error
    numbered = [(n, line.strip()) for n, line in enumerate(lines, 1) if any(map(str.isalnum, line))]
    table = bool(numbered) and "|" in numbered[0][1]
    texts: dict[str, Text] = {}
    for number, line in numbered:
        text = _row(line) if table else Text(f"T{number:06d}", line, line)
        if text is None or text.key in texts or len(text.text) > LONGEST:
            raise CorpusError(
                f"{path}, line {number}: expected name|text|text as read, each name once, and "
                f"{LONGEST:,} characters at most, found {line[:60]!r}"
            )
        texts[text.key] = text
    return list(texts.values())


def _row(line: str) -> Text | None:
    key, *cells = (cell.strip() for cell in line.split("|"))
    bad = not key or key.startswith(".") or _FORBIDDEN & set(key)
    if bad or len(cells) not in (1, 2) or not cells[0]:
        return None
    return Text(key, cells[0], cells[-1] or cells[0])


def in_order(texts: Iterable[Text]) -> list[Text]:
    """Return texts in the order in which they are rendered, that of their names' CRC-32."""
    return sorted(texts, key=lambda text: (zlib.crc32(text.key.encode()), text.key))


def build(out: str | Path, texts: str | Path | None = None, count: int | None = None) -> Path:
    """Render texts into the folder ``out``, or go on with a rendering.

    Parameters
    ----------
    out
        A new or empty folder, or that of a rendering.
    texts
        The list, see :func:`read_texts`; not needed to go on.
    count
        How many of them, 5,000 by default. More than last time adds to them; fewer make do with
        those that come first.

    Raises
    ------
    CorpusError
        If the voice or the list is missing, or ``out`` holds another list's rendering, or other
        files, or cannot be written.
    InvalidValueError
        If ``count`` is below 1, or the list has not as many.
    """
    if count is not None and count < 1:
        raise InvalidValueError(f"a count is 1 or more, got {count}")
    place = Rendering(place_for(LARGE, out, ("name", "wanted")))
    there = place.wanted()
    if texts is None and not there:
        raise CorpusError(
            f"nothing was begun in {place.folder}; name a list of texts, --texts FILE"
        )
    named = there if texts is None else in_order(read_texts(texts))
    voice = Voice()
    wanted = _wanted(named, count or (len(there) if texts is None else COUNT), there, voice)
    _check_same(place.folder, there, wanted)
    try:
        if wanted != there:
            place.want(
                wanted, {"name": LARGE, "rate": RATE, "voice": VOICE, "made_with": made_with()}
            )
        _render(place, wanted, voice)
        speech.write_text(
            place.folder / "metadata.csv", "".join(f"{'|'.join(t)}\n" for t in wanted)
        )
    except (OSError, AudioFileError) as error:
        raise CorpusError(f"{LARGE} cannot be written to {place.folder} ({error})") from error
    return place.folder


def _wanted(named: list[Text], count: int, there: list[Text], voice: Voice) -> list[Text]:
    """Return the first ``count`` texts with anything to say."""
    known = set(there)
    speakable = (text for text in named if text in known or voice.read(text.text))
    wanted = list(islice(speakable, count))
    if len(wanted) < count:
        raise InvalidValueError(f"the list has {len(wanted):,} texts to speak, not {count:,}")
    return wanted


def _check_same(folder: Path, there: list[Text], wanted: list[Text]) -> None:
    common = min(len(there), len(wanted))
    if there[:common] != wanted[:common]:
        raise CorpusError(
            f"{folder} holds a rendering of another list; name another folder, --out FOLDER"
        )


def _render(place: Rendering, wanted: list[Text], voice: Voice) -> None:
    done = place.done(wanted)
    with tqdm(total=len(wanted), initial=len(done), unit="text", disable=None) as progress:
        for number, texts in enumerate(_chunks(wanted)):
            if all(text.key in done for text in texts):
                continue
            rows = {}
            for text in texts:
                rows[text.key] = done.get(text.key) or _speak(place.wavs, text, voice)
                progress.update(text.key not in done)
            place.keep(number, rows)


def _chunks(texts: list[Text]) -> Iterator[list[Text]]:
    for start in range(0, len(texts), CHUNK):
        yield texts[start : start + CHUNK]


def _speak(folder: Path, text: Text, voice: Voice) -> list[list[Any]]:
    """Write one clip, and return its phonemes."""
    x, phonemes = voice.say(text.text, sentences.seed_of(text.key))
    gain = min(sentences.GAIN, LOUDEST / float(np.abs(x).max()))
    write(folder / f"{text.key}.flac", gain * x, RATE)
    return phonemes


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe and the list."""
    return sentences.made_with()
