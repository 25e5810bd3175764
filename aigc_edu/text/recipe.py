"""The recipe of ``data/pronunciations``: ``python -m aigc_edu.text.recipe WHEEL --out FOLDER``.

Chapter: chapters/05-tokens/04-vits-text-to-durations.ipynb

The dictionaries are those of the package misaki, under the Apache License 2.0. Its wheel is not
installed, only read: ``pip download misaki==0.9.4 --no-deps`` fetches it. Each word keeps one
pronunciation, that of misaki's ``DEFAULT``, under its spelling in small letters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import zipfile
from pathlib import Path
from typing import Any

from aigc_edu.errors import CourseError
from aigc_edu.text.symbols import split_symbols

SHA256 = "90e2eeb169786c014c429e5058d2ea6bcd02d651f2a24450ba6c9ffc0f8da15a"
WHEEL = "misaki-0.9.4-py3-none-any.whl"
PARTS = ("us_silver", "us_gold")  # what comes later replaces what came before
LICENCE = "misaki-0.9.4.dist-info/licenses/LICENSE"
VOICED = str.maketrans({"ɾ": "T", "ʔ": "t"})  # a flap has a letter of its own; a stop is a t


def build(wheel: str | Path, out: str | Path) -> Path:
    """Write ``english.txt.xz`` and the dictionaries' licence; return the list's path.

    Parameters
    ----------
    wheel
        The wheel of misaki 0.9.4.
    out
        A folder; it is made if need be.

    Raises
    ------
    CourseError
        If the wheel is missing, or another one.
    """
    wheel, out = Path(wheel), Path(out)
    if not wheel.is_file() or hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise CourseError(f"{wheel} is not {WHEEL}: pip download misaki==0.9.4 --no-deps")
    with zipfile.ZipFile(wheel) as archive:
        parts = [json.loads(archive.read(f"misaki/data/{name}.json")) for name in PARTS]
        licence = archive.read(LICENCE)
    words = merged(parts)
    text = "".join(f"{word} {spoken}\n" for word, spoken in sorted(words.items()))
    out.mkdir(parents=True, exist_ok=True)
    _put(out / "LICENSE", licence)
    path = out / "english.txt.xz"
    _put(path, lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return path


def merged(parts: list[dict[str, Any]]) -> dict[str, str]:
    """Return one pronunciation for each word, by its spelling in small letters.

    Later dictionaries go before earlier ones; within one, a word in small letters goes before the
    same word with capitals (``polish``, ``Polish``). Entries that aren't one word, or whose
    pronunciation is empty, are left out.
    """
    words: dict[str, str] = {}
    for part in parts:
        for small in (False, True):
            for word, said in part.items():
                spoken = said.get("DEFAULT") if isinstance(said, dict) else said
                if spoken and (word == word.lower()) == small and _is_word(word):
                    words[word.lower()] = spoken.translate(VOICED)
    for spoken in words.values():
        split_symbols(spoken)  # complains of an unknown one
    return words


def _is_word(word: str) -> bool:
    return word.replace("'", "").isalpha() and word.isascii() and (len(word) > 1 or word in "aAI")


def _put(path: Path, content: bytes) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def main() -> None:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path, help=WHEEL)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    options = parser.parse_args()
    try:
        print(build(options.wheel, options.out))
    except CourseError as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
