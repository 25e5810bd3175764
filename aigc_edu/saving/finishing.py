"""The last step of writing a file: what its encoder could not do itself.

libsndfile has coded the sound. What is left is MP3's tag, marks in Opus, and for M4B all of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.formats import Coding, Format, format_of
from aigc_edu.audio.placing import replacing
from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.by_av import encode_m4b, import_av, marks_by_av
from aigc_edu.saving.id3 import id3_tag, marks_of, tag_length
from aigc_edu.saving.marks import MARKED, Mark
from aigc_edu.saving.ogg import mark_opus, opus_marks
from aigc_edu.saving.tags import Tags


def check_means(form: Format, marks: Sequence[Mark]) -> None:
    """Raise before the work, not after it, if a format has no marks or PyAV is missing for it."""
    if marks and form.ending not in MARKED:
        raise InvalidValueError(f"{form.name} has no chapter marks; {', '.join(MARKED)} have some")
    if form.ending == ".m4b":
        import_av()


def finish(
    name: Path, form: Format, coding: Coding, tags: Tags, marks: Sequence[Mark], seconds: float
) -> None:
    """Give a file that libsndfile has written what is missing, in its place.

    Parameters
    ----------
    name
        The file; of M4B, the sound as samples.
    form, coding, tags, marks
        What it becomes.
    seconds
        Its length.

    Raises
    ------
    AudioFileError, MissingPackageError, InvalidValueError
        If that can't be done; ``name`` is then no finished file.
    """
    if form.ending == ".m4b":
        with replacing(name) as made:
            encode_m4b(name, made, tags, marks, coding.kbps)
    elif form.ending == ".opus" and marks:
        with replacing(name) as made:
            mark_opus(name, made, marks, seconds)
    elif form.ending == ".mp3":
        _put_before(id3_tag(tags, marks, seconds), name)


def _put_before(head: bytes, name: Path) -> None:
    if not head:
        return
    with replacing(name) as made:
        with open(made, "wb") as new, open(name, "rb") as old:
            new.write(head)
            shutil.copyfileobj(old, new)


def read_marks(path: str | os.PathLike) -> list[Mark]:
    """Return the chapter marks of an MP3, M4B or Opus file, in rising order; none if it has none.

    Raises
    ------
    AudioFileError
        If the file can't be read.
    MissingPackageError
        If it is M4B, and PyAV is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioFileError(f"{path}: there is no such file")
    ending = format_of(path).ending
    if ending not in MARKED:
        return []
    if ending != ".mp3":
        return opus_marks(path) if ending == ".opus" else marks_by_av(path)
    with open(path, "rb") as file:
        length = tag_length(file.read(10))
        file.seek(0)
        return marks_of(file.read(length))
