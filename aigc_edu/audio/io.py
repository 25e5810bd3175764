"""Sound files in and out, through libsndfile (``soundfile``).

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

Waveforms are float32 with full scale at -1 and 1: mono (N,), several channels (C, N).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile as sf

from aigc_edu.audio.headers import Header, HeaderError, read_header
from aigc_edu.audio.resampling import MAX_RATE, resample, whole_rate
from aigc_edu.errors import CourseError, InvalidValueError

_FORMATS = {  # by ending: libsndfile's format and its default subtype (None: libsndfile's own)
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", None),
}
_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_BLOCK = 2**20  # frames decoded at a time: memory follows what is there, not what a header says
_WRITTEN_AT_ONCE = 2**14  # libsndfile's Vorbis encoder takes memory on the stack for each call


class AudioFileError(CourseError):
    """A sound file could not be read or written; the text names the file and the reason."""


def read(
    path: str | os.PathLike, rate: int | None = None, channels: Literal["mix", "keep"] = "mix"
) -> tuple[np.ndarray, int]:
    """Read a sound file, whole or not at all.

    What the file's header says (:func:`aigc_edu.audio.headers.read_header`) is compared with what
    is there, and so are checksums, so that a file that was cut off or damaged raises instead of
    giving fewer samples or silence. Two limits: an MP3 file has no checksum, and uncompressed files
    have none either, so that a changed sample is a sample.

    Parameters
    ----------
    path
        A WAV (or RF64), AIFF, FLAC, Ogg or MP3 file. Its contents count, not its ending.
    rate
        Sampling rate in Hz to resample to; the file's own rate by default.
    channels
        ``"mix"`` averages them, ``"keep"`` returns them all.

    Returns
    -------
    x
        float32, shape (N,) for ``"mix"``, (C, N) for ``"keep"``, also with one channel. Integer
        formats are scaled so that full scale is 1: an integer k of b bits becomes k / 2^(b-1).
        Floating-point and lossy files may exceed 1, and so may what is resampled.
    rate
        Sampling rate of ``x`` in Hz.

    Raises
    ------
    AudioFileError
        If the file is missing, is no sound file, is empty, damaged or cut off, or holds NaN or
        infinite samples.
    InvalidValueError
        If ``rate`` is not a whole number from 1 to 1,000,000, or ``channels`` is unknown.
    """
    if channels not in ("mix", "keep"):
        raise InvalidValueError(f"channels is 'mix' or 'keep', not {channels!r}")
    wanted = None if rate is None else whole_rate(rate)
    path = Path(path)
    try:
        frames, own_rate = _decoded(path)  # (N, C)
    except HeaderError as error:
        raise AudioFileError(f"{path}: not a readable sound file ({error})") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioFileError(f"{path}: cannot be opened ({error})") from error
    x = np.ascontiguousarray(frames.T) if channels == "keep" else _mixed(frames)
    if wanted is None or wanted == own_rate:
        return x, own_rate
    try:
        return resample(x, own_rate, wanted), wanted
    except InvalidValueError as error:
        raise AudioFileError(f"{path}: cannot be resampled ({error})") from error


def write(path: str | os.PathLike, x: np.ndarray, rate: int, subtype: str | None = None) -> Path:
    """Write a waveform; the format follows the ending of ``path``.

    The file appears whole or not at all: it is written beside its place and then moved there.

    Parameters
    ----------
    path
        Ends with ``.wav``, ``.flac``, ``.ogg`` (Vorbis), ``.opus`` or ``.mp3``.
    x
        Shape (N,) or (C, N), N >= 1, finite, within [-1, 1] except where the file holds
        floating-point numbers. Nothing is clipped or normalised silently; integer formats round
        to the nearest, and store +1 as their largest number.
    rate
        Sampling rate in Hz.
    subtype
        libsndfile's name of the sample format; ``"PCM_16"`` for WAV and FLAC by default.
        Others are ``"PCM_24"``, ``"PCM_32"``, ``"PCM_U8"``, ``"FLOAT"`` and ``"DOUBLE"``.

    Raises
    ------
    AudioFileError
        If the samples do not fit the file or the file cannot be written.
    """
    path = Path(path)
    form, usual = _FORMATS.get(path.suffix.lower(), (None, None))
    if form is None:
        raise AudioFileError(f"{path}: cannot be written (endings are {', '.join(_FORMATS)})")
    subtype = subtype or usual
    frames = _writable(path, x, limit=subtype not in ("FLOAT", "DOUBLE"))
    frames = _rounded(frames, _BITS[subtype]) if subtype in _BITS else frames
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _beside(path) as name:
            _encode(name, frames, whole_rate(rate), form, subtype)
            os.replace(name, path)
    except (
        HeaderError,
        sf.LibsndfileError,
        AssertionError,
        OSError,
        ValueError,
        TypeError,
    ) as error:
        raise AudioFileError(f"{path}: cannot be written ({error})") from error
    return path


def _decoded(path: Path) -> tuple[np.ndarray, int]:
    """Return all samples, float32 of shape (N, C), and the file's own rate."""
    _check_regular(path)
    with open(path, "rb") as stream:
        header = read_header(stream)
    if header.frames == 0:
        raise AudioFileError(f"{path}: the file holds no samples")
    try:
        with sf.SoundFile(os.fsencode(path)) as file:
            wanted = file.frames if header.frames is None else header.frames
            frames, rate = _all_frames(file), file.samplerate
    except sf.LibsndfileError as error:
        reason = f"it is damaged or cut off: its samples cannot be decoded; {error.error_string}"
        raise HeaderError(reason.rstrip(".")) from error
    if not 1 <= rate <= MAX_RATE:
        raise HeaderError(f"its header states {rate} samples a second")
    _check_frames(path, frames, wanted, header)
    return frames, rate


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


def _check_frames(path: Path, frames: np.ndarray, wanted: int, header: Header) -> None:
    if len(frames) == 0:
        raise AudioFileError(f"{path}: the file holds no samples")
    if len(frames) != wanted:
        raise HeaderError(f"{wanted} samples are stated, {len(frames)} could be decoded")
    if not np.isfinite(frames).all():
        raise AudioFileError(f"{path}: the file holds NaN or infinite samples")
    if header.md5 and _md5(frames, header.bits) != header.md5:
        raise HeaderError("it is damaged: its checksum does not fit its samples")


def _md5(frames: np.ndarray, bits: int) -> bytes:
    """Return the MD5 of integer samples as FLAC defines it: little-endian, channels in turn."""
    codes = np.round(frames * 2.0 ** (bits - 1)).astype("<i4")
    width = (bits + 7) // 8
    return hashlib.md5(codes.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()).digest()


def _mixed(frames: np.ndarray) -> np.ndarray:
    if frames.shape[1] == 1:
        return frames[:, 0]
    return frames.mean(axis=1, dtype=np.float64).astype(np.float32)


def _writable(path: Path, x: np.ndarray, limit: bool) -> np.ndarray:
    """Return the samples as (N, C), or say why they don't fit."""
    x = np.asarray(x)
    if x.ndim not in (1, 2) or x.size == 0:
        raise AudioFileError(
            f"{path}: expected samples of shape (N,) or (C, N) with N >= 1, got {x.shape}"
        )
    if x.ndim == 2 and x.shape[0] > x.shape[1] > 0 and x.shape[0] > 64:
        raise AudioFileError(f"{path}: {x.shape[0]} channels; the channels come first, (C, N)")
    if not np.isfinite(x).all():
        raise AudioFileError(f"{path}: the samples hold NaN or infinite values")
    peak = float(np.abs(x).max())
    if limit and peak > 1:
        raise AudioFileError(f"{path}: the peak is {peak:.3f}; scale the samples to [-1, 1] first")
    return x.T if x.ndim == 2 else x[:, None]


def _rounded(frames: np.ndarray, bits: int) -> np.ndarray:
    """Round to what ``bits`` hold; left to itself, libsndfile rounds down, half a step too low."""
    full = 2.0 ** (bits - 1)
    return np.clip(np.round(frames * full), -full, full - 1) / full


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Make an empty file beside ``path``, with the rights that new files get; remove it after."""
    name = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # the umask takes off some
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)


def _encode(name: Path, frames: np.ndarray, rate: int, form: str, subtype: str | None) -> None:
    """Write all frames and make sure that they got there: a disk may be full."""
    options = {"samplerate": rate, "channels": frames.shape[1], "format": form, "subtype": subtype}
    with sf.SoundFile(os.fsencode(name), "w", **options) as file:
        for start in range(0, len(frames), _WRITTEN_AT_ONCE):
            file.write(frames[start : start + _WRITTEN_AT_ONCE])
    with open(name, "rb") as stream:
        written = read_header(stream).frames
    if written not in (None, len(frames)):
        raise OSError(f"only {written} of {len(frames)} samples arrived")
