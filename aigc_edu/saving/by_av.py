"""What takes PyAV: M4B files, as audiobooks are sold.

PyAV brings FFmpeg's libraries. The course needs it for nothing else, so it is an extra.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import soundfile as sf

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.errors import MissingPackageError
from aigc_edu.saving.marks import Mark, spans
from aigc_edu.saving.tags import Tags

INSTALL = 'pip install "aigc_edu[chapters]", or pip install av'
KBPS = 64.0  # of each channel of an M4B file, where nothing else is said
_MILLISECOND = Fraction(1, 1000)
_LAYOUTS = {1: "mono", 2: "stereo"}
_FRAME = 1024  # samples that AAC encodes at a time


def import_av() -> ModuleType:
    """Return the module ``av``; nothing else in the library imports it.

    Raises
    ------
    MissingPackageError
        If PyAV is not installed, or is older than chapter marks in it; the text says what to do.
    """
    try:
        import av
    except ModuleNotFoundError as error:
        if error.name != "av":  # it is there, but not whole
            raise
        raise MissingPackageError(f"M4B files need PyAV: {INSTALL}") from None
    if not hasattr(av.container.OutputContainer, "set_chapters"):
        raise MissingPackageError(
            f"PyAV {av.__version__} can't write chapter marks: pip install --upgrade av"
        )
    return av


def encode_m4b(
    source: Path, target: Path, tags: Tags, marks: Sequence[Mark], kbps: float | None = None
) -> None:
    """Encode a sound file as AAC in an M4B file, as audiobooks are sold, in constant memory.

    Parameters
    ----------
    source
        A file that libsndfile reads, with one channel or two.
    target
        Where to put it; ends with ``.m4b``.
    tags, marks
        What it says of itself, and where its parts begin.
    kbps
        Thousand bits a second; :data:`KBPS` for each channel by default.

    Raises
    ------
    MissingPackageError
        If there is no PyAV.
    AudioFileError
        If PyAV has no AAC encoder, or can't do it.
    """
    av = import_av()
    _check_encoder(av, "aac")
    with sf.SoundFile(os.fsencode(source)) as file:
        rate, channels, seconds = file.samplerate, file.channels, file.frames / file.samplerate
        if channels not in _LAYOUTS:
            raise AudioFileError(f"M4B holds one channel or two, these are {channels}")
        # The timescale is one sample: the file then states its length exactly.
        options = {"movie_timescale": str(rate)}
        try:
            with av.open(os.fspath(target), "w", "ipod", options=options) as new:
                bits = round(1000 * (kbps or KBPS * channels))
                stream = new.add_stream("aac", rate, layout=_LAYOUTS[channels], bit_rate=bits)
                new.metadata.update(_texts(tags))
                new.set_chapters(_chapters(spans(marks, seconds)))
                for frame in chain(_frames(av, file), [None]):  # None: hand out what is left
                    new.mux(stream.encode(frame))
        except (av.FFmpegError, ValueError) as error:
            raise AudioFileError(f"M4B can't be written ({error})") from error


def _check_encoder(av: ModuleType, name: str) -> None:
    try:
        av.Codec(name, "w")
    except ValueError as error:  # PyAV's own UnknownCodecError
        raise AudioFileError(
            f"the installed PyAV {av.__version__} has no encoder {name}: pip install --upgrade av"
        ) from error


def _frames(av: ModuleType, file: sf.SoundFile) -> Iterator[Any]:
    """Yield a sound file's samples as PyAV's frames."""
    place = 0
    while len(block := file.read(_FRAME, dtype="float32", always_2d=True)):
        planes = np.ascontiguousarray(block.T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=_LAYOUTS[len(planes)])
        frame.sample_rate, frame.pts = file.samplerate, place
        frame.time_base = Fraction(1, file.samplerate)
        place += len(block)
        yield frame


def _texts(tags: Tags) -> dict[str, str]:
    """Return the tags by FFmpeg's names."""
    return {{"tracknumber": "track"}.get(k, k): text for k, text in tags.stored().items()}


def _chapters(parts: Sequence[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Return marks as PyAV takes them."""
    return [
        {
            "id": number,
            "start": begin,
            "end": end,
            "time_base": _MILLISECOND,
            "metadata": {"title": title},
        }
        for number, (begin, end, title) in enumerate(parts)
    ]


def marks_by_av(path: Path) -> list[Mark]:
    """Return the chapter marks of a file, as FFmpeg reads them.

    Raises
    ------
    MissingPackageError
        If there is no PyAV.
    AudioFileError
        If the file can't be read.
    """
    av = import_av()
    try:
        with av.open(os.fspath(path)) as file:
            return [
                Mark(
                    round(float(one["start"] * one["time_base"]), 3),
                    one["metadata"].get("title", ""),
                )
                for one in file.chapters()
            ]
    except (av.FFmpegError, OSError) as error:
        raise AudioFileError(f"{path}: its marks can't be read ({error})") from error


def m4b_blocks(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the samples of an M4B file, float32 of shape (C, n), each with the rate in Hz.

    What AAC adds before and behind is left out, as far as the file tells how much it is.

    Raises
    ------
    MissingPackageError
        If there is no PyAV.
    AudioFileError
        If the file can't be read.
    """
    av = import_av()
    try:
        with av.open(os.fspath(path)) as file:
            stream = file.streams.audio[0]
            left = round(stream.duration * stream.time_base * stream.rate)
            for frame in file.decode(stream):
                block = frame.to_ndarray()[:, :left]
                left -= block.shape[1]
                if block.size:
                    yield block, stream.rate
    except (av.FFmpegError, OSError) as error:
        raise AudioFileError(f"{path}: can't be read ({error})") from error
