"""Sound files in and out, through libsndfile (``soundfile``) and ``soxr``.

Waveforms are float32 arrays of shape (N,), mono, with full scale at -1 and 1.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from aigc_edu.errors import CourseError, InvalidValueError


class AudioFileError(CourseError):
    """A sound file could not be read or written; the text names the file and the reason."""


def read(path: str | os.PathLike, rate: int | None = None) -> tuple[np.ndarray, int]:
    """Read a sound file as one mono waveform.

    Parameters
    ----------
    path
        A WAV, FLAC, Ogg or MP3 file, or any other format that libsndfile reads.
    rate
        Sampling rate in Hz to resample to; the file's own rate by default.

    Returns
    -------
    x
        float32, shape (N,). Integer formats are scaled so that full scale is 1; several channels
        are averaged. Floating-point files may exceed 1.
    rate
        Sampling rate of ``x`` in Hz.

    Raises
    ------
    AudioFileError
        If the file is missing, is no sound file, is empty, or holds NaN or infinite samples.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioFileError(f"{path}: there is no such file")
    try:
        frames, own_rate = sf.read(path, dtype="float32", always_2d=True)  # (N, channels)
    except (sf.LibsndfileError, RuntimeError) as error:
        raise AudioFileError(f"{path}: not a readable sound file ({error})") from error
    if len(frames) == 0:
        raise AudioFileError(f"{path}: the file holds no samples")
    if not np.isfinite(frames).all():
        raise AudioFileError(f"{path}: the file holds NaN or infinite samples")
    x = frames.mean(axis=1, dtype=np.float32)
    if rate is None or rate == own_rate:
        return x, own_rate
    return resample(x, own_rate, rate), rate


def write(path: str | os.PathLike, x: np.ndarray, rate: int, subtype: str | None = None) -> Path:
    """Write a mono waveform; the format follows the ending of ``path`` (``.wav``, ``.flac`` ...).

    The file appears whole or not at all: it is written beside its place and then moved there.

    Parameters
    ----------
    x
        Shape (N,), N >= 1, finite, within [-1, 1]. Nothing is clipped or normalised silently.
    rate
        Sampling rate in Hz.
    subtype
        libsndfile's name of the sample format, ``"PCM_16"`` for WAV and FLAC by default.

    Raises
    ------
    AudioFileError
        If the samples do not fit the file or the file cannot be written.
    """
    path = Path(path)
    x = _writable(path, x)
    handle, name = tempfile.mkstemp(dir=_folder(path), suffix=path.suffix)
    os.close(handle)
    try:
        sf.write(name, x, rate, subtype=subtype or _default_subtype(path))
        os.chmod(name, 0o644)  # mkstemp makes files that only their owner can read
        os.replace(name, path)
    except (sf.LibsndfileError, TypeError, ValueError, OSError) as error:
        raise AudioFileError(f"{path}: cannot be written ({error})") from error
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def resample(x: np.ndarray, from_rate: int, to_rate: int) -> np.ndarray:
    """Change the sampling rate with soxr's very-high-quality filter.

    Parameters
    ----------
    x
        Shape (N,).
    from_rate, to_rate
        In Hz, both positive.

    Returns
    -------
    ndarray
        float32, shape (about N * to_rate / from_rate,). The filter's overshoot can exceed the
        input's peak slightly.
    """
    if from_rate <= 0 or to_rate <= 0:
        raise InvalidValueError(f"sampling rates must be positive, got {from_rate} and {to_rate}")
    return soxr.resample(np.asarray(x, np.float32), from_rate, to_rate, quality="VHQ")


def _writable(path: Path, x: np.ndarray) -> np.ndarray:
    x = np.asarray(x)
    if x.ndim != 1 or x.size == 0:
        raise AudioFileError(f"{path}: expected samples of shape (N,) with N >= 1, got {x.shape}")
    if not np.isfinite(x).all():
        raise AudioFileError(f"{path}: the samples hold NaN or infinite values")
    peak = float(np.abs(x).max())
    if peak > 1:
        raise AudioFileError(f"{path}: the peak is {peak:.3f}; scale the samples to [-1, 1] first")
    return x


def _folder(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioFileError(f"{path}: its folder cannot be made ({error})") from error
    return path.parent


def _default_subtype(path: Path) -> str | None:
    return "PCM_16" if path.suffix.lower() in {".wav", ".flac"} else None
