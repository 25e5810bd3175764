"""Decoding a sound file, whole or not at all.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile as sf

from aigc_edu.audio.headers import HeaderError, Verdict, judge
from aigc_edu.audio.resampling import MAX_RATE
from aigc_edu.errors import CourseError

_BLOCK = 2**20  # frames decoded at a time: memory follows what is there, not what a header says
_NOT_COUNTED = 2**62  # libsndfile states a number above it where it does not know


class SoundFileWarning(UserWarning):
    """A sound file was read, but whether all of it is there can't be told; the text says why."""


class AudioFileError(CourseError):
    """A sound file could not be read or written; the text names the file and the reason."""


class _OnlyForwards(sf.SoundFile):
    """A file that is read from its start to its end.

    soundfile seeks after each block, which libsndfile can't in a FLAC file of unknown length.
    """

    def seekable(self) -> bool:
        return False


class Decoder:
    """A sound file that is decoded a block after the other, whole or not at all.

    Parameters
    ----------
    path
        A WAV (or RF64), AIFF, FLAC, Ogg or MP3 file. Its contents count, not its ending.

    Attributes
    ----------
    rate, channels
        The file's own.
    subtype
        libsndfile's name of how its samples are stored.
    doubt
        A sentence on what can't be told, empty where nothing is in doubt.

    Raises
    ------
    HeaderError
        If it is no sound file, damaged or cut off; the text is the reason. What only the samples
        tell is raised by :meth:`blocks`.
    AudioFileError
        If it is missing or no file.
    """

    def __init__(self, path: Path) -> None:
        _check_regular(path)
        self._path = path
        with open(path, "rb") as stream:
            start = _start(stream)
            stream.seek(start)
            self._head = stream.read(64)
            with self._explained():
                self._file, self._verdict = _opened(path, stream, start, self._head)
        self.rate, self.channels = self._file.samplerate, self._file.channels
        self.subtype, self.doubt = self._file.subtype, self._verdict.doubt
        if not 1 <= self.rate <= MAX_RATE:
            self.close()
            raise HeaderError(f"its header states {self.rate} samples a second")

    def blocks(self, frames: int) -> Iterator[np.ndarray]:
        """Yield all samples in turn, float32 of shape (n, C) with n at most ``frames``.

        Raises
        ------
        HeaderError
            At the end or before, if samples are missing or the checksum is wrong: what has been
            yielded is then not to be used.
        AudioFileError
            If there are no samples, or NaN or infinite ones.
        """
        there, digest = 0, hashlib.md5()
        while len(block := self._read(frames)):
            there += len(block)
            if not np.isfinite(block).all():
                raise AudioFileError(f"{self._path}: the file holds NaN or infinite samples")
            if self._verdict.md5:
                digest.update(_stored(block, self._verdict.bits))
            yield block
        self._check_end(there, digest.digest())

    def _read(self, frames: int) -> np.ndarray:
        with self._explained():
            return self._file.read(frames, dtype="float32", always_2d=True)

    def _check_end(self, there: int, digest: bytes) -> None:
        promised = self._verdict.counted and self._verdict.unfinished_at is None
        if promised and there != self._file.frames < _NOT_COUNTED:
            raise HeaderError(
                f"it is damaged or cut off: {self._file.frames} samples are stated, "
                f"{there} could be decoded"
            )
        if there == 0:
            raise AudioFileError(f"{self._path}: the file holds no samples")
        if self._verdict.md5 and digest != self._verdict.md5:
            raise HeaderError("it is damaged: its checksum does not fit its samples")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sf.LibsndfileError as error:
            raise HeaderError(_reason(self._head, str(error.error_string))) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def decode(path: Path) -> tuple[np.ndarray, int]:
    """Return all samples of a file, float32 of shape (N, C), and the file's own rate in Hz.

    Raises
    ------
    HeaderError
        If it is no sound file, damaged or cut off; the text is the reason.
    AudioFileError
        If it is missing, no file, holds no samples, or NaN or infinite ones.
    """
    with contextlib.closing(Decoder(path)) as decoder:
        frames = np.concatenate(
            [np.zeros((0, decoder.channels), np.float32), *decoder.blocks(_BLOCK)]
        )
    if decoder.doubt:
        warnings.warn(f"{path}: {decoder.doubt}", SoundFileWarning, stacklevel=3)
    return frames, decoder.rate


def _opened(path: Path, stream: BinaryIO, start: int, head: bytes) -> tuple[sf.SoundFile, Verdict]:
    """Let libsndfile open the file, and look whether it has lost samples."""
    file = _OnlyForwards(os.fsencode(path))
    try:
        verdict = judge(head, file.frames, file.extra_info, stream)
    except HeaderError:
        file.close()
        raise
    if verdict.unfinished_at is None:
        return file, verdict
    file.close()
    return _OnlyForwards(_to_the_end(stream, start + verdict.unfinished_at)), verdict


def _start(stream: BinaryIO) -> int:
    """Return where the sound begins: behind a tag with title and artist, if there is one."""
    head, length = stream.read(10), 0
    if head[:3] != b"ID3":
        return 0
    for byte in head[6:]:
        length = length << 7 | byte & 0x7F
    return 10 + length


def _to_the_end(stream: BinaryIO, place: int) -> io.BytesIO:
    """Return a copy of an unfinished WAV file whose samples last until its end."""
    stream.seek(0)
    data = stream.read()
    return io.BytesIO(data[:place] + b"\xff" * 4 + data[place + 4 :])


def _reason(head: bytes, told: str) -> str:
    """Say why libsndfile could not read a file."""
    if not head:
        return "the file is empty"
    known = (b"RIFF", b"RIFX", b"RF64", b"FORM", b"fLaC", b"OggS")
    if not head.startswith(known) and head[:1] != b"\xff":
        return "it begins like no WAV, AIFF, FLAC, Ogg or MP3 file"
    return f"it is damaged or cut off: its samples cannot be decoded; {told}".rstrip(".")


def _check_regular(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        raise AudioFileError(f"{path}: there is no such file") from error
    if not stat.S_ISREG(mode):  # to open a pipe is to wait for somebody who writes into it
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise AudioFileError(f"{path}: this is {kind}, not a file")


def _stored(frames: np.ndarray, bits: int) -> bytes:
    """Return integer samples as FLAC's checksum takes them: little-endian, channels in turn."""
    codes = np.round(frames * 2.0 ** (bits - 1)).astype("<i4")
    width = (bits + 7) // 8
    return codes.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
