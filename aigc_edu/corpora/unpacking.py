"""Unpacking tar and zip archives: plain files and folders, inside of one folder, of a sane size.

Whatever an archive says, nothing is written outside of the folder it is unpacked into; links,
devices, names with ``..`` or a drive letter, doubles, and archives that hold much more than they
should are refused with the member's name.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from aigc_edu.corpora.base import CorpusError

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)
_UNREADABLE = (NotImplementedError, RuntimeError)  # zip: unknown compression, encrypted members


@dataclass(frozen=True)
class _Member:
    """One entry of an archive; ``refusal`` says what is wrong with its kind, if anything is."""

    name: str
    size: int
    is_folder: bool
    refusal: str
    open: Callable[[], IO[bytes]]


def unpack(path: Path, into: Path, limit: int | None = None) -> None:
    """Unpack the plain files and folders of a tar or zip archive.

    Parameters
    ----------
    path
        The archive, with any compression that Python's own modules know.
    into
        The folder to make, which must not exist; if anything is wrong, it is gone afterwards.
    limit
        Bytes that all the files together may have, unpacked.

    Raises
    ------
    CorpusError
        If it is no such archive or is damaged, if any member is a link or a device, would lie
        outside of ``into`` or occurs twice, or if there is more in it than ``limit``.
    """
    into.mkdir(parents=True)
    try:
        with _members(path) as members:
            _unpack_all(members, into, limit)
    except BaseException as error:
        shutil.rmtree(into, ignore_errors=True)
        # A decompressor's own complaints are OSErrors without a number, unlike the disk's.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if isinstance(error, (*_DAMAGE, *_UNREADABLE, OSError)):
            reason = " ".join(str(error).split())
            raise CorpusError(
                f"{path.name} is no tar or zip archive or is damaged ({reason})"
            ) from error
        raise


def _unpack_all(members: Iterator[_Member], into: Path, limit: int | None) -> None:
    total = 0
    for member in members:  # one pass: a second one would decompress everything again
        _refuse_unsafe(member)
        total += member.size
        if limit is not None and total > limit:
            raise CorpusError(
                f"the archive is refused: it unpacks to more than {limit:,} bytes, far more than "
                "the data set has"
            )
        _extract(member, into)


@contextmanager
def _members(path: Path) -> Iterator[Iterator[_Member]]:
    with open(path, "rb") as file:
        is_zip = file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    if is_zip:
        with zipfile.ZipFile(path) as archive:
            yield (_of_zip(archive, info) for info in archive.infolist())
    else:
        with tarfile.open(path) as archive:
            yield (_of_tar(archive, info) for info in archive)
            while archive.fileobj.read(2**20):
                pass  # to the end, where the compression's own checksum is


def _of_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    if info.issym() or info.islnk():
        refusal = f"is a link (to {info.linkname!r})"
    elif not (info.isfile() or info.isdir()):
        refusal = "is neither a file nor a folder"
    else:
        refusal = ""
    return _Member(info.name, info.size, info.isdir(), refusal, partial(archive.extractfile, info))


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    kind = stat.S_IFMT(info.external_attr >> 16)  # Unix file type; 0 where it was not stored
    if kind == stat.S_IFLNK:
        refusal = "is a link"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        refusal = "is neither a file nor a folder"
    else:
        refusal = ""
    opened = partial(archive.open, info)
    # orig_filename: ZipInfo's own name is cut at a null byte.
    return _Member(info.orig_filename, info.file_size, info.is_dir(), refusal, opened)


def _refuse_unsafe(member: _Member) -> None:
    posix, windows = PurePosixPath(member.name), PureWindowsPath(member.name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        reason = "would be unpacked outside of its folder"
    elif "\0" in member.name:
        reason = "has a null byte in its name"
    else:
        reason = member.refusal
    if reason:
        raise CorpusError(f"the archive is refused: its member {member.name!r} {reason}")


def _extract(member: _Member, into: Path) -> None:
    """Write one member, with the rights that any new file gets, not those in the archive."""
    path = into / member.name
    try:
        (path if member.is_folder else path.parent).mkdir(parents=True, exist_ok=True)
        if member.is_folder:
            return
        with member.open() as source, open(path, "xb") as sink:
            shutil.copyfileobj(source, sink, 2**20)
    except (FileExistsError, NotADirectoryError) as error:
        raise CorpusError(
            f"the archive is refused: its member {member.name!r} is in another one's place (on "
            "some disks names that differ in capitals only are the same)"
        ) from error
