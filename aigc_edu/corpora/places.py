"""A folder to write a corpus into: nothing that somebody else put there is touched."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from aigc_edu.corpora.base import CorpusError
from aigc_edu.paths import home_expanded


def place_for(name: str, folder: str | Path, says: Collection[str] = ("name",)) -> Path:
    """Return a folder into which a corpus may be written.

    Parameters
    ----------
    name
        The corpus's.
    folder
        One that is new, empty, or holds an earlier making of the same corpus.
    says
        What the index of such a making says besides its clips.

    Raises
    ------
    CorpusError
        If it holds anything else.
    """
    folder = home_expanded(folder)
    try:
        there = sorted(entry for entry in os.listdir(folder) if not entry.startswith("."))
    except FileNotFoundError:
        return folder
    except OSError as error:
        raise CorpusError(f"the {name} cannot be written to {folder} ({error})") from error
    if there and not _holds(name, folder / "index.json", says):
        raise CorpusError(
            f"{folder} holds other files, such as {there[0]}, and stays as it is; name a new or an "
            f"empty folder, for instance {folder / name}"
        )
    return folder


def _holds(name: str, path: Path, says: Collection[str]) -> bool:
    try:
        index: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(index, dict) or not {"clips", *says} <= set(index):
        return False
    return index.get("name", name) == name
