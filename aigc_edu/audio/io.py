"""Sound files in and out, through libsndfile (``soundfile``).

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

Waveforms are float32 with full scale at -1 and 1: mono (N,), several channels (C, N).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError, decode
from aigc_edu.audio.formats import Coding, check_encoder, format_of, subtype_of
from aigc_edu.audio.headers import HeaderError, judge
from aigc_edu.audio.placing import explained, hidden, put_new, replacing
from aigc_edu.audio.resampling import resample, whole_rate
from aigc_edu.errors import InvalidValueError

_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_WRITTEN_AT_ONCE = 2**14  # libsndfile's Vorbis encoder takes memory on the stack for each call


def read(
    path: str | os.PathLike, rate: int | None = None, channels: Literal["mix", "keep"] = "mix"
) -> tuple[np.ndarray, int]:
    """Read a sound file, whole or not at all.

    What libsndfile can decode is sound. What the file's header promises is compared with what is
    there (:func:`aigc_edu.audio.headers.judge`), and so are checksums, so that a file that was cut
    off or damaged raises instead of giving fewer samples. A file from a pipe, whose header has a
    placeholder for the length, is read to its end. MP3 and uncompressed files have no checksum: a
    changed sample is a sample.

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

    Warns
    -----
    SoundFileWarning
        If it can't be told whether all samples are there.
    """
    if channels not in ("mix", "keep"):
        raise InvalidValueError(f"channels is 'mix' or 'keep', not {channels!r}")
    wanted = None if rate is None else whole_rate(rate)
    path = Path(path)
    try:
        frames, own_rate = decode(path)  # (N, C)
    except HeaderError as error:
        raise AudioFileError(f"{path}: not a readable sound file ({error})") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise AudioFileError(f"{path}: cannot be opened ({error})") from error
    x = np.ascontiguousarray(frames.T) if channels == "keep" else mixed(frames)
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
    form = format_of(path)
    if not form.container:
        raise AudioFileError(
            f"{path}: cannot be written (aigc_edu.saving.export writes {form.name})"
        )
    subtype = subtype or subtype_of(form, Coding())
    frames = _writable(path, x, limit=subtype not in ("FLOAT", "DOUBLE"))
    frames = _rounded(frames, _BITS[subtype]) if subtype in _BITS else frames
    with explained(path):
        check_encoder(form)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as name:
            _encode(name, frames, whole_rate(rate), form.container, subtype)
    return path


def write_new(path: str | os.PathLike, x: np.ndarray, rate: int) -> Path:
    """Write a waveform as :func:`write` does, but never in the place of another file.

    Returns
    -------
    Path
        ``path``; where another file has that name, ``name-2.wav``, ``name-3.wav`` and so on. The
        same samples are not written twice.

    Raises
    ------
    AudioFileError
        As :func:`write` does.
    """
    path = Path(path)
    made = write(hidden(path), x, rate)
    try:
        return put_new(made, path)
    except OSError as error:
        raise AudioFileError(f"{path}: cannot be written ({error})") from error


def mixed(frames: np.ndarray) -> np.ndarray:
    """Return the mean of the channels of (N, C), float32 of shape (N,)."""
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


def _encode(name: Path, frames: np.ndarray, rate: int, form: str, subtype: str | None) -> None:
    """Write all frames and make sure that they got there: a disk may be full."""
    options = {"samplerate": rate, "channels": frames.shape[1], "format": form, "subtype": subtype}
    with sf.SoundFile(os.fsencode(name), "w", **options) as file:
        for start in range(0, len(frames), _WRITTEN_AT_ONCE):
            file.write(frames[start : start + _WRITTEN_AT_ONCE])
    check_arrived(name, len(frames))


def check_arrived(name: Path, frames: int) -> None:
    """Raise OSError, or HeaderError, unless a file that was just written holds so many samples."""
    with sf.SoundFile(os.fsencode(name)) as file, open(name, "rb") as stream:
        unsure = judge(stream.read(64), file.frames, file.extra_info, stream).doubt
        if unsure or file.frames < frames:
            raise OSError("not all samples arrived")
