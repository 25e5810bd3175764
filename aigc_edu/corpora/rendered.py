"""A folder of speech that is rendered bit by bit: what is wanted of it, and what is there.

``index.json`` says what is wanted: how many clips, and the text of each. ``wavs/`` has a FLAC file
for each clip that is there, and ``chunks/`` some fifty clips at a time where their phonemes are.
A chunk's file is written after its clips, so what it names is whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aigc_edu.corpora.base import CorpusError
from aigc_edu.corpora.recipes import speech

CHUNK = 50  # clips after which what is done is written down


class Text(NamedTuple):
    """One text of a list: its name, and the words as printed and as read."""

    key: str
    written: str
    text: str


class Rendering:
    """The folder of a rendering, whether it is complete, begun or empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "index.json"
        self.wavs = folder / "wavs"

    def wanted(self) -> list[Text]:
        """Return the texts that are wanted, in the order of rendering; none before it begins.

        Raises
        ------
        CorpusError
            If the index is damaged.
        """
        try:
            index = json.loads(self.index.read_text(encoding="utf-8"))
            texts = [Text(*(str(row[name]) for name in Text._fields)) for row in index["clips"]]
            if len(texts) != index["wanted"]:
                raise ValueError(f"{index['wanted']} wanted, but {len(texts)} named")
            return texts
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise CorpusError(
                f"{self.index} is damaged ({reason}); remove the folder and build it again"
            ) from error

    def want(self, texts: Sequence[Text], head: dict[str, Any]) -> None:
        """Write down what is wanted; ``head`` is what else the index says at its top."""
        self.chunk(0).parent.mkdir(parents=True, exist_ok=True)
        rows = [text._asdict() for text in texts]
        speech.write_text(self.index, speech.as_lines(head | {"wanted": len(rows)}, rows))

    def chunk(self, number: int) -> Path:
        """Return the path of a chunk's file."""
        return self.folder / "chunks" / f"{number:04d}.json"

    def done(self, texts: Sequence[Text]) -> dict[str, list[list[Any]]]:
        """Return the phonemes of those of the texts that are there, by their keys.

        A chunk's file that cannot be read counts for nothing, and so does a clip without its
        sound: both are rendered again.
        """
        wavs = set(os.listdir(self.wavs)) if self.wavs.is_dir() else set()
        rows: dict[str, list[list[Any]]] = {}
        for number in range(-(-len(texts) // CHUNK)):
            rows |= _rows(self.chunk(number))
        return {key: rows[key] for key, *_ in texts if key in rows and f"{key}.flac" in wavs}

    def keep(self, number: int, rows: dict[str, list[list[Any]]]) -> None:
        """Write down the phonemes of a chunk's clips, which must be there."""
        self.chunk(number).parent.mkdir(parents=True, exist_ok=True)
        listed = [{"key": key, "phonemes": phonemes} for key, phonemes in rows.items()]
        speech.write_text(self.chunk(number), speech.as_lines({"chunk": number}, listed))


def _rows(path: Path) -> dict[str, list[list[Any]]]:
    try:
        clips = json.loads(path.read_text(encoding="utf-8"))["clips"]
        return {
            str(clip["key"]): [[s, int(a), int(b)] for s, a, b in clip["phonemes"]]
            for clip in clips
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}
