"""What a sound file's own header says, checked against the bytes that are there.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

A decoder takes what it gets: from a WAV file that was cut off in the middle it returns the first
half and says nothing. So this module reads the headers itself, before the decoder does, and raises
:class:`HeaderError` where a file contradicts itself or ends too early. :func:`aigc_edu.audio.read`
puts the file's name in front of the reason.

References
----------
Microsoft and IBM (1991), *Multimedia programming interface and data specifications 1.0* (RIFF).
EBU Tech 3306 (2009), *MBWF / RF64: an extended file format for audio*.
Apple (1991), *Audio Interchange File Format AIFF-C*.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from aigc_edu.audio.packed import flac_header, mpeg_header, ogg_header

TO_THE_END = 0xFFFFFFFF  # a size that a writer leaves when it doesn't know how much will follow
_WIDTHS = {
    1: (8, 16, 24, 32),
    3: (32, 64),
    6: (8,),
    7: (8,),
}  # integer, float, A- and µ-law
_EXTENSIBLE = 0xFFFE
_AIFC = {b"NONE", b"sowt", b"twos", b"raw ", b"fl32", b"FL32", b"fl64", b"FL64"}
_AIFC_LAWS = {b"ulaw", b"ULAW", b"alaw", b"ALAW"}  # 8 bits, whatever the header's number of bits


class HeaderError(Exception):
    """A file contradicts itself, ends too early, or is no sound file; the text is the reason."""


@dataclass(frozen=True)
class Header:
    """What a header says of its file.

    Attributes
    ----------
    kind
        ``"WAV"``, ``"AIFF"``, ``"FLAC"``, ``"Ogg"`` or ``"MP3"``.
    frames
        Samples in each channel, or None where only the decoder can tell.
    bits
        Bits of a sample, where ``md5`` is given.
    md5
        Checksum of all samples, 16 bytes; empty where the file has none.
    """

    kind: str
    frames: int | None = None
    bits: int = 0
    md5: bytes = b""


def read_header(stream: BinaryIO) -> Header:
    """Read a file's header and check it against the file's size.

    WAV and AIFF files are refused unless channels, bits and sizes agree and all bytes that the
    header counts are there. A data chunk of the size 2^32 - 1, as programs write it that do not
    know the end, lasts until the end of the file. One of size 0 in front of more bytes is refused.
    Ogg files are checked page by page (checksum, order, last page), MP3 files frame by frame.

    Parameters
    ----------
    stream
        The file, opened for reading bytes; it must be able to seek.

    Raises
    ------
    HeaderError
        If the file is none of the known kinds or is damaged.
    """
    size = stream.seek(0, os.SEEK_END)
    start = _after_id3(stream)
    stream.seek(start)
    magic = stream.read(12)
    try:
        if magic[:4] in (b"RIFF", b"RIFX", b"RF64") and magic[8:] == b"WAVE":
            return Header("WAV", _wav_frames(stream, size, magic[:4]))
        if magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC"):
            return Header("AIFF", _aiff_frames(stream, size))
        if magic[:4] == b"fLaC":
            return Header("FLAC", *flac_header(stream, start))
        if magic[:4] == b"OggS":
            ogg_header(stream)
            return Header("Ogg")
        if magic[:1] == b"\xff" and len(magic) > 1 and magic[1] & 0xE0 == 0xE0:
            mpeg_header(stream, start, size)
            return Header("MP3")
    except struct.error as error:  # fewer bytes than a field has
        raise HeaderError("it is cut off within its header") from error
    except ValueError as error:
        raise HeaderError(str(error)) from error
    if size == 0:
        raise HeaderError("the file is empty")
    raise HeaderError("it begins like no WAV, AIFF, FLAC, Ogg or MP3 file")


def _after_id3(stream: BinaryIO) -> int:
    """Return where the sound begins: behind the tag with title and artist, if there is one."""
    stream.seek(0)
    head = stream.read(10)
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    length = 0
    for byte in head[6:]:
        length = length << 7 | byte & 0x7F
    return 10 + length + 10 * bool(head[5] & 0x10)  # a flag says whether a footer follows


def _chunks(stream: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and stated length of each chunk; every one begins at an even place."""
    place, long = 12, None
    while place + 8 <= size:
        stream.seek(place)
        name, length = struct.unpack(order + "4sI", stream.read(8))
        if name == b"ds64":  # RF64 states sizes beyond 32 bits here: of the file, of the data
            _, long = struct.unpack("<QQ", stream.read(16))
        if name == b"data" and length == TO_THE_END and long is not None:
            length = long
        yield name, place + 8, length
        place += 8 + length + length % 2


def _wav_frames(stream: BinaryIO, size: int, magic: bytes) -> int:
    order = ">" if magic == b"RIFX" else "<"
    stream.seek(4)
    end = 8 + struct.unpack(order + "I", stream.read(4))[0]  # of the file's own chunks
    frame, stated = 0, None
    for name, place, length in _chunks(stream, size, order):
        if stated is not None and place > end:
            break  # what is behind belongs to somebody else: tags, for instance
        if stated is not None and (name in (b"fmt ", b"data") or not _plausible(name)):
            raise ValueError(f"{place - 8} bytes into it a chunk should begin, and none does")
        stream.seek(place)
        if name == b"fmt ":
            frame = _wav_format(stream.read(min(length, 40)), order)
        elif name == b"data":
            stated = _frames_there(place, length, size, frame)
    if stated is None:
        raise ValueError("it has no data chunk: it is cut off, or no sound was ever written to it")
    return stated


def _plausible(name: bytes) -> bool:
    return all(32 <= byte < 127 for byte in name)


def _wav_format(chunk: bytes, order: str) -> int:
    """Return the bytes of a frame, that is of one sample of each channel."""
    tag, channels, rate, speed, frame, bits = struct.unpack(order + "HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE:
        (tag,) = struct.unpack(order + "H", chunk[24:26])
    if tag not in _WIDTHS:
        raise ValueError(f"its way of packing samples is not read here (format tag {tag})")
    if channels == 0 or rate == 0:
        raise ValueError(f"its header states {channels} channels and {rate} samples a second")
    if bits not in _WIDTHS[tag]:
        raise ValueError(f"its header states {bits} bits a sample, which its format does not have")
    if frame * 8 != channels * bits or speed not in (0, rate * frame):
        raise ValueError(
            f"its header contradicts itself: {channels} channels of {bits} bits, {rate} times a "
            f"second, are not {frame} bytes at a time and {speed} a second"
        )
    return frame


def _frames_there(place: int, length: int, size: int, frame: int) -> int:
    if not frame:
        raise ValueError("its data come before the chunk that describes them")
    there = max(0, size - place)
    if length == TO_THE_END:
        return there // frame
    if length == 0 and there:
        raise ValueError(f"it states no samples, yet {there} bytes follow: was it never finished?")
    if length > there:
        raise ValueError(f"it is cut off: {length} bytes of samples are stated, {there} are there")
    if length % frame:
        raise ValueError(f"{length} bytes of samples are not a whole number of {frame} bytes each")
    return length // frame


def _aiff_frames(stream: BinaryIO, size: int) -> int:
    stated, frame, sound = None, 0, None
    for name, place, length in _chunks(stream, size, ">"):
        stream.seek(place)
        if name == b"COMM":
            stated, frame = _aiff_format(stream.read(min(length, 22)))
        elif name == b"SSND":
            (offset,) = struct.unpack(">I", stream.read(4))
            sound = (place + 8 + offset, length - 8 - offset)
    if stated is None or (stated and sound is None):
        raise ValueError("it lacks the chunk that describes its samples, or that of the samples")
    if not stated:
        return 0
    if sound[1] < 0:
        raise ValueError("its chunk of samples is shorter than its own header")
    pad = (sound[1] - stated * frame) == 1  # some writers, libsndfile among them, count it as well
    if _frames_there(sound[0], sound[1] - pad, size, frame) != stated:
        raise ValueError(f"its header contradicts itself: {sound[1]} bytes are not {stated} frames")
    return stated


def _aiff_format(chunk: bytes) -> tuple[int, int]:
    """Return the stated number of frames, and the bytes of a frame."""
    channels, frames, bits = struct.unpack(">HIH", chunk[:8])
    kind = chunk[18:22] or b"NONE"
    if kind not in _AIFC | _AIFC_LAWS:
        raise ValueError(f"its way of packing samples is not read here ({kind!r})")
    bits = 8 if kind in _AIFC_LAWS else bits
    if channels == 0 or bits not in (8, 16, 24, 32, 64):
        raise ValueError(f"its header states {channels} channels of {bits} bits")
    return frames, channels * bits // 8
