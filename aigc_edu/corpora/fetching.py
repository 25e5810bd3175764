"""Fetching an archive: checked before it is unpacked, unpacked aside, put in place in one step.

Everything happens in a temporary folder beside the target. Whatever goes wrong (a wrong hash, a
full disk, Ctrl-C), that folder vanishes and the target is untouched. Two processes at once each
work in their own folder, and the later one finds the target in place.

One thing may stay: what has arrived of a download that was cut off or stopped. It is kept for a
week beside the target, under a hidden name that belongs to the address; the next call takes it
into its own folder (so no two can write to it) and asks the server for the rest. The hash of the
whole decides in the end, so a wrong beginning costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pooch

from aigc_edu.corpora.base import CorpusError, readable_size
from aigc_edu.corpora.downloading import InterruptedDownloadError, download
from aigc_edu.corpora.unpacking import unpack

_ABANDONED = 24 * 3600  # seconds after which a temporary folder belongs to nobody any more
_STALE = 7 * 24 * 3600  # seconds after which nobody will go on with a download
_SPARE = 100 * 10**6  # bytes that a disk should keep free


@dataclass(frozen=True)
class Archive:
    """A data set's official archive.

    Attributes
    ----------
    title, homepage
        For messages.
    url
        Where it is.
    known_hash
        What it must be: ``"sha256:..."``, or ``"md5:..."`` where the makers publish nothing else.
        MD5 finds every accident, but not a forgery that somebody took pains over.
    size, unpacked
        Bytes of the archive and of the files in it; they may be rounded.
    folder
        The folder at its top that becomes the target; ``"."`` where there is none.
    holds
        A file or folder in there, by which one sees that it is the right archive.
    """

    title: str
    homepage: str
    url: str
    known_hash: str
    size: int
    unpacked: int
    folder: str
    holds: str


def fetch_archive(archive: Archive, target: Path) -> Path:
    """Download, verify and unpack ``archive`` as the folder ``target``, which must not exist.

    Raises
    ------
    CorpusError
        If any step fails; then there is no ``target``, or it is another process's whole one.
    """
    what = f"{readable_size(archive.size)} to fetch, {readable_size(archive.unpacked)} unpacked"
    print(f"{archive.title}: {what}, from {archive.url}", file=sys.stderr, flush=True)
    try:
        with _workplace(target) as work:
            path = _arrive(archive, work, _partial(archive, target))
            unpack(path, work / "unpacked", limit=2 * archive.unpacked + _SPARE)
            _put_in_place(work / "unpacked" / archive.folder, archive.holds, target)
    except InterruptedDownloadError as error:
        raise CorpusError(
            f"the {archive.title} did not arrive whole ({error}); what came of it is kept for a "
            "week, so run the same command again to go on from there"
        ) from error
    except OSError as error:  # also what requests raises
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CorpusError(
            f"the {archive.title} could not be put in {target} ({reason}); nothing was left "
            "behind, so run the same command again when that is mended"
        ) from error
    return target


@contextmanager
def _workplace(target: Path) -> Iterator[Path]:
    """Make a temporary folder on the target's file system, and remove it whatever happens."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in target.parent.glob(f"{_prefix(target)}*"):
        _clear(old)
    work = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _clear(old: Path) -> None:
    """Remove what a process that was killed has left, and downloads that nobody goes on with."""
    with suppress(FileNotFoundError):  # another process may be clearing, too
        age = time.time() - old.stat().st_mtime
        if old.is_dir() and age > _ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
        elif old.is_file() and age > _STALE:
            old.unlink()


def _prefix(target: Path) -> str:
    return f".{target.name}-part-"


def _partial(archive: Archive, target: Path) -> Path:
    """Return where the beginning of a download that was cut lies, if there is one."""
    digest = hashlib.sha256(f"{archive.url} {archive.known_hash}".encode()).hexdigest()[:12]
    return target.parent / f"{_prefix(target)}{digest}.download"


def _arrive(archive: Archive, work: Path, partial: Path) -> Path:
    """Return the verified archive; on an interruption, keep what has come of it as ``partial``."""
    path = work / "archive"
    _check_space(archive, partial)
    try:
        if not (_claim(partial, path) and _complete(archive, path)):
            path.unlink(missing_ok=True)  # a beginning that did not fit
            if not _complete(archive, path):
                raise _wrong(archive, path)
    except (InterruptedDownloadError, KeyboardInterrupt):
        if path.exists() and path.stat().st_size:
            os.replace(path, partial)
        raise
    return path


def _claim(partial: Path, path: Path) -> bool:
    """Move the beginning of a download into one's own folder; of two processes one succeeds."""
    try:
        os.rename(partial, path)
    except FileNotFoundError:
        return False
    return True


def _complete(archive: Archive, path: Path) -> bool:
    """Download what is missing of ``path``, and say whether the whole has the right hash."""
    download(archive.url, path, archive.title, limit=2 * archive.size + _SPARE)
    return _hash(archive, path) == archive.known_hash


def _hash(archive: Archive, path: Path) -> str:
    algorithm = archive.known_hash.partition(":")[0]
    return f"{algorithm}:{pooch.file_hash(str(path), alg=algorithm)}"


def _wrong(archive: Archive, path: Path) -> CorpusError:
    return CorpusError(
        f"{archive.url} is not the archive that the course knows, of {archive.size:,} bytes with "
        f"{archive.known_hash}, but one of {path.stat().st_size:,} bytes with "
        f"{_hash(archive, path)}. The host may have packed the same files anew, or somebody may "
        f"have changed them. Nothing was unpacked; see {archive.homepage}"
    )


def _check_space(archive: Archive, partial: Path) -> None:
    here = partial.stat().st_size if partial.exists() else 0
    needed = max(archive.size - here, 0) + archive.unpacked + _SPARE
    free = shutil.disk_usage(partial.parent).free
    if free < needed:
        raise CorpusError(
            f"the {archive.title} takes {readable_size(archive.size)} to fetch and "
            f"{readable_size(archive.unpacked)} unpacked, but in {partial.parent} only "
            f"{readable_size(free)} are free; make room, or choose a folder on another disk with "
            "--root or AIGC_EDU_DATA"
        )


def _put_in_place(unpacked: Path, holds: str, target: Path) -> None:
    if not unpacked.is_dir() or not (unpacked / holds).exists():
        what = holds if unpacked.is_dir() else unpacked.name
        raise CorpusError(f"the archive holds no folder or file {what!r}; nothing was changed")
    try:
        os.rename(unpacked, target)
    except OSError:
        if not target.is_dir():  # otherwise another process was faster: its copy is as good
            raise
