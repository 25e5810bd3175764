"""Decoding a sound file, whole or not at all.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
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


def decode(path: Path) -> tuple[np.ndarray, int]:
    """Return all samples of a file, float32 of shape (N, C), and the file's own rate in Hz.

    Raises
    ------
    HeaderError
        If it is no sound file, damaged or cut off; the text is the reason.
    AudioFileError
        If it is missing, no file, holds no samples, or NaN or infinite ones.
    """
    _check_regular(path)
    with open(path, "rb") as stream:
        frames, rate, verdict = _by_soundfile(path, stream)
    if not 1 <= rate <= MAX_RATE:
        raise HeaderError(f"its header states {rate} samples a second")
    _check_frames(path, frames, verdict)
    if verdict.doubt:
        warnings.warn(f"{path}: {verdict.doubt}", SoundFileWarning, stacklevel=3)
    return frames, rate


def _by_soundfile(path: Path, stream: BinaryIO) -> tuple[np.ndarray, int, Verdict]:
    """Let libsndfile decode the file, and look whether it has lost samples."""
    start = _start(stream)
    stream.seek(start)
    head = stream.read(64)
    try:
        with _OnlyForwards(os.fsencode(path)) as file:
            verdict = judge(head, file.frames, file.extra_info, stream)
            if verdict.unfinished_at is None:
                return _promised_frames(file), file.samplerate, verdict
        with _OnlyForwards(_to_the_end(stream, start + verdict.unfinished_at)) as file:
            return _all_frames(file), file.samplerate, verdict
    except sf.LibsndfileError as error:
        raise HeaderError(_reason(head, str(error.error_string))) from error


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


def _promised_frames(file: sf.SoundFile) -> np.ndarray:
    frames = _all_frames(file)
    if len(frames) != file.frames < _NOT_COUNTED:
        raise HeaderError(
            f"it is damaged or cut off: {file.frames} samples are stated, "
            f"{len(frames)} could be decoded"
        )
    return frames


def _check_regular(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        raise AudioFileError(f"{path}: there is no such file") from error
    if not stat.S_ISREG(mode):  # to open a pipe is to wait for somebody who writes into it
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise AudioFileError(f"{path}: this is {kind}, not a file")


def _all_frames(file: sf.SoundFile) -> np.ndarray:
    blocks = [np.zeros((0, file.channels), np.float32)]
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        blocks.append(block)
    return np.concatenate(blocks)


def _check_frames(path: Path, frames: np.ndarray, verdict: Verdict) -> None:
    if len(frames) == 0:
        raise AudioFileError(f"{path}: the file holds no samples")
    if not np.isfinite(frames).all():
        raise AudioFileError(f"{path}: the file holds NaN or infinite samples")
    if verdict.md5 and _md5(frames, verdict.bits) != verdict.md5:
        raise HeaderError("it is damaged: its checksum does not fit its samples")


def _md5(frames: np.ndarray, bits: int) -> bytes:
    """Return the MD5 of integer samples as FLAC defines it: little-endian, channels in turn."""
    codes = np.round(frames * 2.0 ** (bits - 1)).astype("<i4")
    width = (bits + 7) // 8
    return hashlib.md5(codes.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()).digest()
