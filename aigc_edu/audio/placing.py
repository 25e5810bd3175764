"""Putting a finished file in its place, whole or not at all.

Chapter: chapters/06-product/08-formats.ipynb

A file is written beside its place, under a hidden name, and moved there when it is finished. Who
looks meanwhile, or after a crash, sees the old file or none, never half of the new one.
"""

from __future__ import annotations

import contextlib
import filecmp
import itertools
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.headers import HeaderError
from aigc_edu.errors import InvalidValueError


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Make an empty file beside ``path``, with the rights that new files get; remove it after."""
    name = hidden(path)
    os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the umask takes off some
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Make a file beside ``path``, and move it there unless something goes wrong meanwhile."""
    with beside(path) as made:
        yield made
        os.replace(made, path)


def hidden(path: Path) -> Path:
    """Return a name beside ``path`` that nobody has, with its ending."""
    return path.with_name(f".{secrets.token_hex(8)}{path.suffix}")


def put(made: Path, path: Path, replace: bool) -> bool:
    """Move a finished file to its place; return whether it is there now.

    Parameters
    ----------
    made
        The file, in the same folder as ``path``.
    path
        Its place.
    replace
        Whether it may take the place of another file. If not, that one stays.
    """
    if replace:
        os.replace(made, path)
        return True
    try:
        os.link(made, path)  # fails if there is one, even one that came this very moment
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if path.exists():
            return False
        os.replace(made, path)
    return True


def put_new(made: Path, path: Path) -> Path:
    """Move a finished file to its place, but never in the place of another one.

    Parameters
    ----------
    made
        The file, in the same folder as ``path``; it is gone afterwards.
    path
        Its place, if that is free.

    Returns
    -------
    Path
        ``path``; where another file has that name, ``name-2.wav``, ``name-3.wav`` and so on. If one
        of these holds the same bytes, that one, and nothing is added.
    """
    try:
        for number in itertools.count(1):
            free = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            with contextlib.suppress(FileExistsError):
                os.close(os.open(free, os.O_CREAT | os.O_EXCL))  # now the name is ours
                os.replace(made, free)
                return free
            if free.is_file() and filecmp.cmp(made, free, shallow=False):
                return free
    finally:
        made.unlink(missing_ok=True)
    raise AssertionError("the numbers never end")


def keep_others(paths: Iterable[Path], replace: bool) -> None:
    """Refuse, before the work, to write where other files are, unless they may be replaced.

    Raises
    ------
    InvalidValueError
        If one of the files is there already; the text says what to do.
    """
    there = None if replace else next((path for path in paths if path.exists()), None)
    if there is not None:
        raise InvalidValueError(f"{there}: there is such a file already; give --replace")


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is written into an AudioFileError that names it.

    Use it around one's own calls only: what the caller's code raises isn't about the file.
    """
    try:
        yield
    except AudioFileError as error:
        if str(path) in str(error):
            raise
        raise AudioFileError(f"{path}: {error}") from error
    except (
        HeaderError,
        sf.LibsndfileError,
        AssertionError,
        OSError,
        ValueError,
        TypeError,
    ) as error:
        raise AudioFileError(f"{path}: cannot be written ({_why(path, error)})") from error


def _why(path: Path, error: Exception) -> str:
    """Say why a file could not be written: libsndfile calls a full disk a system error."""
    told = str(error)
    if not isinstance(error, HeaderError) and not ("System error" in told or "arrived" in told):
        return told
    free = shutil.disk_usage(path.parent).free
    return f"the disk is full, or you may not write more: {free:,} bytes are free; {told}"
