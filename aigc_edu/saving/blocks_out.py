"""Sound files that are written in blocks, with all that a finished file has.

Chapter: chapters/06-product/06-formats.ipynb

What comes of it doesn't depend on how large the blocks are: dither and encoders go on over their
edges. Waveforms have full scale at -1 and 1.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.formats import (
    Coding,
    Format,
    check_encoder,
    check_sound,
    format_of,
    options_of,
    subtype_of,
)
from aigc_edu.audio.io import check_arrived
from aigc_edu.audio.placing import beside, explained, put
from aigc_edu.audio.resampling import whole_rate
from aigc_edu.dsp.noise_shaping import Rounder, shaping_filter
from aigc_edu.saving.finishing import check_means, finish
from aigc_edu.saving.marks import Mark
from aigc_edu.saving.probing import level_after
from aigc_edu.saving.tags import Tags

_AT_ONCE = 2**14  # samples that an encoder gets at a time: Vorbis codes others in other ways
_MOST = 2**32 - 2**12  # bytes of samples in a WAV file, whose header counts them in 32 bits


class Writing:
    """A sound file that is being written; see :func:`writing`.

    Attributes
    ----------
    frames
        Samples of each channel so far.
    peak
        The largest amplitude so far.
    """

    def __init__(
        self, path: Path, file: sf.SoundFile, form: Format, coding: Coding, level: float
    ) -> None:
        self._path, self._file, self._form, self._level = path, file, form, level
        self._bits = (coding.bits or 16) if form.bits else 0  # 0: the encoder's own affair
        self._round = _rounder(self._bits, coding, file.samplerate, file.channels)
        self._waiting: list[np.ndarray] = []
        self.frames, self.peak = 0, 0.0

    def write(self, x: np.ndarray) -> None:
        """Append samples, of shape (n,) or (C, n), finite and within full scale.

        Raises
        ------
        AudioFileError
            If the samples don't fit the file, or it can't be written; it is given up then.
        """
        x = self._checked(x)
        self.frames += x.shape[1]
        self._waiting.append(x)
        if sum(one.shape[1] for one in self._waiting) >= _AT_ONCE:
            self._pass_on(_AT_ONCE)

    def _checked(self, x: np.ndarray) -> np.ndarray:
        x = np.atleast_2d(np.asarray(x, np.float64))
        if x.ndim != 2 or x.shape[0] != self._file.channels:
            raise AudioFileError(
                f"{self._path}: expected {self._file.channels} channels, (C, n), got {x.shape}"
            )
        if not np.isfinite(x).all():
            raise AudioFileError(f"{self._path}: the samples hold NaN or infinite values")
        self.peak = max(self.peak, float(np.abs(x).max(initial=0.0)))
        if self._bits != 32 and self.peak > 1:
            raise AudioFileError(
                f"{self._path}: the peak is {self.peak:.3f}; scale the samples to [-1, 1] first"
            )
        return x

    def _pass_on(self, at_once: int) -> None:
        """Hand all whole pieces of so many samples to the encoder."""
        x = np.concatenate(self._waiting, axis=1)
        whole = x.shape[1] // at_once * at_once
        for start in range(0, whole, at_once):
            frames = self._round(x[:, start : start + at_once]).T / self._level
            with explained(self._path):
                self._file.write(frames)
        self._waiting = [x[:, whole:]]
        if self._form.ending == ".wav" and self.frames * len(x) * self._bits // 8 > _MOST:
            raise AudioFileError(f"{self._path}: a WAV file holds 4 GB; take FLAC")

    def finish(self) -> None:
        """Write what is left. :func:`writing` calls it."""
        if self.frames == 0:
            raise AudioFileError(f"{self._path}: there are no samples to write")
        if left := sum(one.shape[1] for one in self._waiting):
            self._pass_on(left)


@contextlib.contextmanager
def writing(
    path: str | os.PathLike,
    rate: int,
    channels: int = 1,
    coding: Coding | None = None,
    tags: Tags | None = None,
    marks: Sequence[Mark] = (),
    replace: bool = True,
) -> Iterator[Writing]:
    """Open a sound file to be written in blocks: ``with writing(path, rate) as file: ...``.

    The file appears whole, when the block of code ends without an error, or not at all. It doesn't
    depend on how large the blocks are that are handed to ``file.write``.

    Parameters
    ----------
    path
        Ends with ``.wav``, ``.flac``, ``.ogg`` (Vorbis), ``.opus``, ``.mp3`` or ``.m4b``.
    rate
        Sampling rate in Hz.
    channels
        How many there are.
    coding
        How finely: bits and dither, or a bit rate; the format's own ways by default.
    tags
        What the file says of itself.
    marks
        Chapter marks, for MP3, M4B and Opus.
    replace
        Whether it may take the place of another file. If not, that one stays.

    Raises
    ------
    AudioFileError
        If the file can't be written, or the format has no encoder here.
    MissingPackageError
        If M4B, or marks in Opus, are asked for without PyAV.
    InvalidValueError
        If the format has no such rate, coding or marks.
    """
    path, coding, tags = Path(path), coding or Coding(), tags or Tags()
    form, rate = format_of(path), whole_rate(rate)
    check_sound(form, rate, channels)
    options = options_of(form, coding, rate, channels)
    check_means(form, marks)
    check_encoder(form)
    with contextlib.ExitStack() as stack:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            name = stack.enter_context(beside(path))
            file = stack.enter_context(_opened(name, rate, channels, form, coding, options))
            _label(file, form, tags)
            level = _level(form, rate, options)
        writer = Writing(path, file, form, coding, level)
        yield writer
        writer.finish()
        with explained(path):
            file.close()
            check_arrived(name, writer.frames)
            finish(name, form, coding, tags, marks, writer.frames / rate)
            if not put(name, path, replace):
                raise AudioFileError(f"{path}: there is such a file already")


def _opened(
    name: Path, rate: int, channels: int, form: Format, coding: Coding, options: dict[str, Any]
) -> sf.SoundFile:
    container, subtype = form.container, subtype_of(form, coding)
    if not container:  # of M4B only a stage on the way: samples, as many as there may be
        container, subtype = "W64", "FLOAT"
    return sf.SoundFile(
        os.fsencode(name), "w", rate, channels, subtype=subtype, format=container, **options
    )


def _level(form: Format, rate: int, options: dict[str, Any]) -> float:
    """Return by which factor the encoder will make all softer; 1 if it keeps the level."""
    if "bitrate_mode" not in options:
        return 1.0
    return level_after(form.container, form.subtype, rate, tuple(options.items()))


def _label(file: sf.SoundFile, form: Format, tags: Tags) -> None:
    if form.ending not in (".mp3", ".m4b"):  # these get their tags last
        for name, text in tags.stored().items():
            setattr(file, name, text)


def _rounder(
    bits: int, coding: Coding, rate: int, channels: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what makes of samples (C, n) those that the file stores."""
    if bits in (0, 32):
        return lambda x: x
    dither = coding.dither if bits <= 16 else None  # no ear finds the steps of 24 bits
    taps = shaping_filter(rate) if dither == "shaped" else ()
    return Rounder(bits, "triangular" if dither else None, taps, coding.seed, channels)


def export(
    path: str | os.PathLike,
    x: np.ndarray,
    rate: int,
    coding: Coding | None = None,
    tags: Tags | None = None,
    marks: Sequence[Mark] = (),
) -> Path:
    """Write a whole waveform as :func:`writing` does, with all that a finished file has.

    Unlike :func:`aigc_edu.audio.write`, which keeps data for further work, it dithers before it
    rounds to 8 or 16 bits; what lies on the steps already, and is to stay, takes
    ``Coding(dither=None)``.

    Parameters
    ----------
    path, rate, coding, tags, marks
        As for :func:`writing`.
    x
        Shape (N,) or (C, N), N >= 1, finite, within [-1, 1].

    Raises
    ------
    AudioFileError, MissingPackageError, InvalidValueError
        As :func:`writing` does.
    """
    x = np.atleast_2d(np.asarray(x))
    if x.ndim != 2 or x.size == 0:
        raise AudioFileError(f"{path}: expected samples (N,) or (C, N), N >= 1, got {x.shape}")
    with writing(path, rate, len(x), coding, tags, marks) as file:
        for start in range(0, x.shape[1], _AT_ONCE):
            file.write(x[:, start : start + _AT_ONCE])
    return Path(path)
