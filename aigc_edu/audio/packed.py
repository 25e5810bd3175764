"""The headers of compressed sound files: FLAC, Ogg and MP3.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

Each function checks one kind of file from its own structure, without decoding a sample, and raises
ValueError with the reason where the file is damaged or cut off.

References
----------
M. van Beurden, A. Weaver (2024), RFC 9639, *Free Lossless Audio Codec (FLAC)*, section 8.
S. Pfeiffer (2003), RFC 3533, *The Ogg encapsulation format version 0*, section 6.
ISO/IEC 11172-3 (1993), section 2.4.2.3 (MPEG audio layer III; MP3).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_BEGIN, _END = 2, 4  # flags of an Ogg page
# kbit/s of MPEG-1 and of MPEG-2 layer III, by the number in a frame's header
_KBITS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_FLAC_RATES = dict(
    enumerate((88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000), 1)
)
_MPEG_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def flac_header(stream: BinaryIO, start: int) -> tuple[int, int, bytes]:
    """Return number of frames, bits of a sample, and the samples' MD5 (empty if not stated).

    Parameters
    ----------
    stream
        The file.
    start
        Where ``fLaC`` stands in it.
    """
    stream.seek(start + 4)
    block = stream.read(38)
    if len(block) < 38 or block[0] & 0x7F != 0:
        raise ValueError("it is cut off within its header")
    fields = int.from_bytes(block[14:22], "big")  # rate 20 bits, channels 3, bits 5, frames 36
    rate, bits, frames = fields >> 44, (fields >> 36 & 31) + 1, fields & (2**36 - 1)
    if frames == 0:
        raise ValueError("its header states no number of samples: it is empty or was not finished")
    if (heard := _flac_frame_rate(stream, start + 4)) not in (None, rate):
        raise ValueError(f"its header contradicts itself: {rate} and {heard} samples a second")
    md5 = block[22:38]
    return frames, bits, md5 if any(md5) else b""


def _flac_frame_rate(stream: BinaryIO, place: int) -> int | None:
    """Return the sampling rate that the first frame states, or None where it doesn't."""
    last = False
    while not last:
        stream.seek(place)
        head = stream.read(4)
        if len(head) < 4:
            raise ValueError("it is cut off within its header")
        last, place = bool(head[0] & 0x80), place + 4 + int.from_bytes(head[1:], "big")
    stream.seek(place)
    frame = stream.read(4)
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xFE != 0xF8:
        raise ValueError("no frame of samples follows its header: it is cut off or damaged")
    return _FLAC_RATES.get(frame[2] & 15)


@dataclass(frozen=True)
class _Page:
    flags: int
    stream: bytes
    number: int


def ogg_header(stream: BinaryIO) -> None:
    """Check all pages of an Ogg file: checksums, order, one stream, begun and ended."""
    stream.seek(0)
    pages = list(_pages(stream.read()))
    if len({page.stream for page in pages}) > 1:
        raise ValueError("it holds several streams, of which only one could be read")
    if [page.number - pages[0].number for page in pages] != list(range(len(pages))):
        raise ValueError("pages are missing from it or stand in a wrong order")
    if not pages[0].flags & _BEGIN or not pages[-1].flags & _END:
        raise ValueError("it is cut off: its first or last page is missing")


def _pages(data: bytes) -> Iterator[_Page]:
    place = 0
    while place < len(data):
        head = data[place : place + 27]
        if len(head) < 27:
            raise ValueError(f"it is cut off: {len(head)} bytes at its end are no page")
        if head[:4] != b"OggS":
            raise ValueError(f"no page of Ogg begins at byte {place}, where one should")
        body = place + 27 + head[26]
        end = body + sum(data[place + 27 : body])
        if end > len(data):
            raise ValueError(f"it is cut off within the page at byte {place}")
        blank = data[place : place + 22] + bytes(4) + data[place + 26 : end]
        if _ogg_checksum(blank) != int.from_bytes(head[22:26], "little"):
            raise ValueError(f"the page at byte {place} is damaged: its checksum is wrong")
        yield _Page(head[5], head[14:18], int.from_bytes(head[18:22], "little"))
        place = end


def _ogg_checksum(data: bytes) -> int:
    """Ogg's CRC-32 by zlib's, which takes each byte's bits in the other order and inverts twice."""
    mirrored = ~zlib.crc32(data.translate(_MIRROR), 0xFFFFFFFF) & 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def mpeg_header(stream: BinaryIO, start: int, size: int) -> None:
    """Check that one MP3 frame follows another until the end.

    Whole frames that are missing at the end leave no trace here; most writers state the number of
    frames in the first one, so that the decoder can tell. Nothing guards the contents of a frame.
    """
    stream.seek(start)
    data, place, size = stream.read(), 0, size - start
    while place < size and not data.startswith((b"TAG", b"APETAGEX"), place):
        length = _mpeg_frame(data[place : place + 4])
        if not length:
            raise ValueError(f"no frame of MP3 begins at byte {start + place}, where one should")
        place += length
        if place > size:
            raise ValueError(f"it is cut off: its last frame lacks {place - size} bytes")


def _mpeg_frame(head: bytes) -> int:
    """Return the length in bytes of a layer III frame from its header, or 0 if it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version not in _MPEG_RATES or not 1 <= bitrate <= 14 or rate == 3:
        return 0
    first = version == 3
    kbits = _KBITS[1 if first else 2][bitrate - 1]
    return (144 if first else 72) * 1000 * kbits // _MPEG_RATES[version][rate] + (head[2] >> 1 & 1)
