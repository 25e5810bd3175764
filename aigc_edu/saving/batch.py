"""Converting whole folders: what comes out where, what is left, what went wrong.

Chapter: chapters/06-product/06-formats.ipynb

A batch that was stopped goes on where it was: what is there already stays as it is. A file that
can't be converted gets a line, and the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.formats import format_of
from aigc_edu.errors import CourseError
from aigc_edu.saving.converting import Conversion, convert

READABLE = (".wav", ".wave", ".rf64", ".aif", ".aiff", ".flac", ".ogg", ".oga", ".opus", ".mp3")


@dataclass(frozen=True)
class Job:
    """A file to convert, and what it becomes."""

    source: Path
    target: Path


@dataclass
class Summary:
    """What has come of a batch: numbers of files."""

    written: int = 0
    kept: int = 0
    failed: int = 0

    def __str__(self) -> str:
        kept = f", {self.kept} kept as they were" if self.kept else ""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.written} written{kept}{failed}"


def plan(inputs: Sequence[str | os.PathLike], out: str | os.PathLike, ending: str) -> list[Job]:
    """Return what is to be converted, in order of the names.

    Parameters
    ----------
    inputs
        Files, and folders: of these all sound files in them and below, by their endings. Names that
        begin with a dot are left out, and so is ``out`` itself.
    out
        Folder of the results. A file of a folder keeps its way from there.
    ending
        Of the results, with its dot.

    Raises
    ------
    AudioFileError
        If an input is missing, no sound file is found, or two would become one.
    """
    out, jobs = Path(out), {}
    for given in map(Path, inputs):
        if not given.exists():
            raise AudioFileError(f"{given}: there is no such file or folder")
        for source, way in _found(given, out):
            job = Job(source, out / way.with_name(_stem(way.name) + ending))
            other = jobs.setdefault(job.target, job)
            if not other.source.samefile(source):
                raise AudioFileError(
                    f"{other.source} and {source} would both become {job.target}; convert them "
                    "to two folders"
                )
    if not jobs:
        raise AudioFileError(
            f"{', '.join(map(str, inputs))}: no sound file ({', '.join(READABLE)}) is there"
        )
    return list(jobs.values())


def _found(given: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each sound file and its way from the folder that was given."""
    if not given.is_dir():
        yield given, Path(given.name)
        return
    for folder, inner, names in os.walk(given):
        here = Path(folder)
        inner[:] = sorted(n for n in inner if n[0] != "." and not _same(here / n, out))
        for name in sorted(names):
            if name[0] != "." and Path(name).suffix.lower() in READABLE:
                yield here / name, (here / name).relative_to(given)


def _stem(name: str) -> str:
    """Return a name without the ending of a sound file; "take 1.5" keeps its own."""
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in READABLE else name


def _same(folder: Path, out: Path) -> bool:
    return out.exists() and folder.samefile(out)


def convert_all(
    inputs: Sequence[str | os.PathLike],
    out: str | os.PathLike,
    ending: str,
    how: Conversion | None = None,
    replace: bool = False,
    tell: Callable[[str], None] = print,
    complain: Callable[[str], None] = print,
) -> Summary:
    """Convert files and folders.

    Parameters
    ----------
    inputs, out, ending
        As for :func:`plan`.
    how
        As for :func:`aigc_edu.saving.convert`.
    replace
        Whether results that are there are made anew; otherwise they stay, and are counted as kept.
    tell, complain
        Get a line for each result, and one for each file that can't be converted.

    Raises
    ------
    AudioFileError, InvalidValueError, MissingPackageError
        As :func:`plan` does, or if the format can't do what is asked, before anything is written.
    """
    how, summary = how or Conversion(), Summary()
    how.check(format_of(f"results{ending}"))
    for job in plan(inputs, out, ending):
        if job.target.exists() and not replace:
            summary.kept += 1
            continue
        try:
            tell(_convert_one(job, how, replace))
            summary.written += 1
        except (CourseError, OSError) as error:
            complain(_line(job, error))
            summary.failed += 1
    return summary


def _convert_one(job: Job, how: Conversion, replace: bool) -> str:
    done = convert(job.source, job.target, how, replace)
    return f"{done.path}: {done.seconds:.2f} s" + (f" ({done.note})" if done.note else "")


def _line(job: Job, error: Exception) -> str:
    told = " ".join(str(error).split())
    return told if str(job.source) in told else f"{job.source}: {told}"
