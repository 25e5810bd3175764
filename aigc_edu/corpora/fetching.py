"""Fetching an archive: checked before it is unpacked, unpacked aside, put in place in one step.

Everything happens in a temporary folder beside the target. Whatever goes wrong (a wrong hash, a
cut connection, a full disk, Ctrl-C), that folder vanishes and the target is untouched; the next
call starts again. Two processes at once each work in their own folder, and the later one finds
the target in place.
"""

from __future__ import annotations

import logging
import os
import shutil
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

import pooch

from aigc_edu.corpora.base import CorpusError

_TIMEOUT = 30  # seconds without an answer
_ABANDONED = 24 * 3600  # seconds after which a temporary folder belongs to nobody any more


@dataclass(frozen=True)
class Archive:
    """A data set's official archive.

    Attributes
    ----------
    title, homepage
        For messages.
    url, sha256, size
        Where it is, what it must be, and its length in bytes.
    folder
        The folder at its top, which becomes the target.
    """

    title: str
    homepage: str
    url: str
    sha256: str
    size: int
    folder: str


def fetch_archive(archive: Archive, target: Path) -> Path:
    """Download, verify and unpack ``archive`` as the folder ``target``, which must not exist.

    Raises
    ------
    CorpusError
        If any step fails; then there is no ``target``, or it is another process's whole one.
    """
    try:
        with _workplace(target) as work:
            path = _download(archive, work)
            unpack(path, work / "unpacked")
            _put_in_place(work / "unpacked" / archive.folder, target)
    except OSError as error:  # also what pooch and requests raise
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
    prefix = f".{target.name}-part-"
    for old in target.parent.glob(f"{prefix}*"):  # of a process that was killed
        if time.time() - old.stat().st_mtime > _ABANDONED:
            shutil.rmtree(old, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(archive: Archive, work: Path) -> Path:
    pooch.get_logger().setLevel(logging.WARNING)  # it tells the temporary place, soon gone
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=_TIMEOUT)
    try:
        known = f"sha256:{archive.sha256}"
        return Path(pooch.retrieve(archive.url, known, "archive", work, downloader=downloader))
    except ValueError as error:
        raise CorpusError(
            f"{archive.url} is not the archive that the course knows, of {archive.size:,} bytes "
            f"with SHA-256 {archive.sha256} ({error}). If the download was not cut short, the "
            "host may have packed the same files anew, or somebody may have changed them. "
            f"Nothing was unpacked; see {archive.homepage}"
        ) from error


def unpack(path: Path, into: Path) -> None:
    """Unpack the plain files and folders of a tar archive.

    Raises
    ------
    CorpusError
        If it is no tar archive or is damaged, or if any member is a link or a device, or would lie
        outside of ``into``; all members are looked at before the first is written.
    """
    try:
        with tarfile.open(path) as archive:
            members = archive.getmembers()
            for member in members:
                _refuse_unsafe(member)
            for member in members:
                _extract(archive, member, into)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path.name} is no tar archive or is damaged ({error})") from error


def _refuse_unsafe(member: tarfile.TarInfo) -> None:
    name = member.name
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        reason = "would be unpacked outside of its folder"
    elif member.issym() or member.islnk():
        reason = f"is a link (to {member.linkname!r})"
    elif not (member.isfile() or member.isdir()):
        reason = "is neither a file nor a folder"
    else:
        return
    raise CorpusError(f"the archive is refused: its member {name!r} {reason}")


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    """Write one member, with the rights that any new file gets, not those in the archive."""
    path = into / member.name
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.extractfile(member) as source, open(path, "xb") as sink:
        shutil.copyfileobj(source, sink)


def _put_in_place(unpacked: Path, target: Path) -> None:
    if not unpacked.is_dir():
        raise CorpusError(f"the archive holds no folder {unpacked.name!r}; nothing was changed")
    try:
        os.rename(unpacked, target)
    except OSError:
        if not target.is_dir():  # otherwise another process was faster: its copy is as good
            raise
