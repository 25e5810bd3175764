"""Sound files that are read in blocks: as much memory for an hour as for a second.

Chapter: chapters/06-product/06-formats.ipynb

The blocks, one behind the other, are the very samples that one gets at once. Waveforms are float32
with full scale at -1 and 1.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from aigc_edu.audio.decoding import AudioFileError, Decoder, SoundFileWarning
from aigc_edu.audio.headers import HeaderError
from aigc_edu.audio.io import mixed
from aigc_edu.audio.resampling import Resampler, whole_rate
from aigc_edu.errors import InvalidValueError

BLOCK = 2**16  # samples of each channel that are read at a time


class Reading:
    """A sound file that is being read; :func:`reading` opens one.

    Parameters
    ----------
    path, rate, channels
        As for :func:`aigc_edu.audio.read`.

    Attributes
    ----------
    rate, channels
        Of what :meth:`blocks` yields. The rate may be set before that.
    own_rate, subtype
        The file's own rate in Hz, and libsndfile's name of how its samples are stored.
    doubt
        What can't be told about the file, empty where nothing is in doubt.

    Raises
    ------
    AudioFileError
        If there is no such file, or none that can be read.
    InvalidValueError
        If ``rate`` is none, or ``channels`` unknown.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        rate: int | None = None,
        channels: Literal["mix", "keep"] = "mix",
    ) -> None:
        if channels not in ("mix", "keep"):
            raise InvalidValueError(f"channels is 'mix' or 'keep', not {channels!r}")
        wanted = None if rate is None else whole_rate(rate)
        self._path, self._mix = Path(path), channels == "mix"
        try:
            self._decoder = Decoder(self._path)
        except HeaderError as error:
            raise AudioFileError(f"{path}: not a readable sound file ({error})") from error
        except (OSError, ValueError) as error:
            raise AudioFileError(f"{path}: cannot be opened ({error})") from error
        self.own_rate, self.subtype = self._decoder.rate, self._decoder.subtype
        self.doubt = self._decoder.doubt
        self.rate = wanted or self.own_rate
        self.channels = 1 if self._mix else self._decoder.channels

    def blocks(self, frames: int = BLOCK) -> Iterator[np.ndarray]:
        """Yield the samples in turn, once, float32 of shape (C, n).

        Parameters
        ----------
        frames
            Of the file that are read at a time; with another rate, as many times more or fewer
            come out.

        Raises
        ------
        AudioFileError
            At the latest with the last block, if the file is damaged or cut off: then what came
            before isn't the whole sound.
        """
        try:
            own = (mixed(one) if self._mix else one.T for one in self._decoder.blocks(frames))
            own = (np.atleast_2d(one) for one in own)
            yield from own if self.rate == self.own_rate else self._resampled(own)
        except HeaderError as error:
            raise AudioFileError(f"{self._path}: not a readable sound file ({error})") from error

    def _resampled(self, blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        resampler = Resampler(self.own_rate, self.rate, self.channels)
        for block in blocks:
            if (ready := resampler(block)).size:
                yield ready
        if (rest := resampler(np.zeros((self.channels, 0)), last=True)).size:
            yield rest

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()


def reading(
    path: str | os.PathLike, rate: int | None = None, channels: Literal["mix", "keep"] = "mix"
) -> Reading:
    """Open a sound file to be read in blocks: ``with reading(path) as sound: sound.blocks()``.

    The blocks, one behind the other, are what :func:`aigc_edu.audio.read` returns, to the bit.

    Parameters
    ----------
    path, rate, channels
        As for :func:`aigc_edu.audio.read`.

    Raises
    ------
    AudioFileError, InvalidValueError
        As :func:`aigc_edu.audio.read` does, what only the samples tell with the blocks.

    Warns
    -----
    SoundFileWarning
        If it can't be told whether all samples are there.
    """
    sound = Reading(path, rate, channels)
    if sound.doubt:
        warnings.warn(f"{path}: {sound.doubt}", SoundFileWarning, stacklevel=2)
    return sound
