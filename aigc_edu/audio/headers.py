"""Has a sound file lost samples? What its header promises, beside what is there.

Chapter: chapters/01-sound-as-numbers/08-reading-and-levelling.ipynb

The decoder (libsndfile) decides what is sound. It takes what it gets, though: from a WAV file that
was cut off in the middle it returns the first half and says nothing. So this module looks at one
thing only: whether samples are missing that the file promises. A program that writes into a pipe
can't know the length in advance and leaves a placeholder in the header; such a file promises
nothing, and is read to its end.

References
----------
M. van Beurden, A. Weaver (2024), RFC 9639, *Free Lossless Audio Codec (FLAC)*, section 8.2.
S. Pfeiffer (2003), RFC 3533, *The Ogg encapsulation format version 0*, section 6.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

# What stands in a header for "so far unknown": 2^31 - 4096 by sox, 2^31 by arecord, 2^32 - 1 and
# somewhat below by others. No file of that length is cut off to a few seconds by an accident.
PLACEHOLDER = 0x7FFF_0000
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_BEGIN, _END = 2, 4  # flags of an Ogg page
_MP3_NOTES = (b"Xing", b"Info", b"VBRI")  # in the first frame, if its encoder counted the frames
_UNCOUNTED = "doesn't count its samples: it was read to its end"


class HeaderError(Exception):
    """A file lacks samples that it promises, or is no sound file; the text is the reason."""


@dataclass(frozen=True)
class Verdict:
    """What the look at a file's header has led to.

    Attributes
    ----------
    doubt
        A sentence on what can't be decided, empty where nothing is in doubt.
    bits, md5
        Of a FLAC file: bits of a sample, and the checksum of all samples (16 bytes, or none).
    unfinished_at
        Where in a WAV file the length stands that its writer never filled in; None elsewhere.
    counted
        Whether the number of samples that libsndfile states is the file's own, and no estimate.
    """

    doubt: str = ""
    bits: int = 0
    md5: bytes = b""
    unfinished_at: int | None = None
    counted: bool = True


def judge(head: bytes, frames: int, log: str, whole: BinaryIO) -> Verdict:
    """Compare what a file promises with what is there.

    Parameters
    ----------
    head
        Its first bytes, 64 or more if it has them.
    frames
        Samples of each channel that libsndfile has found.
    log
        What libsndfile noted on the way (``SoundFile.extra_info``).
    whole
        The file, opened for reading; it is read for Ogg alone.

    Raises
    ------
    HeaderError
        If the file is cut off, or pages of it are missing or damaged.
    """
    if head[:4] == b"OggS":
        whole.seek(0)
        return _ogg(whole)
    if head[:4] == b"fLaC":
        return _flac(head)
    if head[:1] == b"\xff" and not any(note in head for note in _MP3_NOTES):
        return Verdict(f"its header {_UNCOUNTED}", counted=False)
    if match := re.search(r"^\s*Data size : (\d+)$.*?Block Align +: (\d+)", log, re.M | re.S):
        _complain(int(match[1]), frames * int(match[2]), least=2**63)  # RF64: of more than 4 GB
        return Verdict()
    if match := re.search(r"'COMM' chunk \((\d+)\)", log):  # AIFF
        _complain(int(match[1]), frames, "samples")
    return _chunk_of_samples(log)


def _complain(
    stated: int, there: int, what: str = "bytes of samples", least: int = PLACEHOLDER
) -> None:
    if there < stated < least:
        raise HeaderError(f"it is cut off: {stated} {what} are stated, {there} are there")


def _chunk_of_samples(log: str) -> Verdict:
    """Judge a WAV or AIFF file by libsndfile's note on the chunk that holds the samples."""
    chunk = re.search(r"^ ?(?:data|SSND) *: (\d+)(?: \(should be (\d+)\))?", log, re.MULTILINE)
    stated, there = (int(n or chunk[1]) for n in chunk.groups()) if chunk else (0, 0)
    _complain(stated, there)
    strange = re.search(r"\*\*\* Unknown chunk marker \(\w+\) at position (\w+)", log)
    riff = re.search(r"^RIF[FX] : (\d+)", log, re.MULTILINE)
    place = int(strange[1], 0) if strange else 0
    if not place or (riff and 0 < int(riff[1]) <= place - 8):  # behind the end: a tag, for instance
        return Verdict(_contradiction(log))
    if stated == 0:
        doubt = "its header counts no samples, as if it was never finished: it was read to its end"
        return Verdict(doubt, unfinished_at=place - 4)
    return Verdict(f"more bytes follow than the {stated} of samples that its header counts")


def _contradiction(log: str) -> str:
    """Say where two numbers exclude each other: one of them, perhaps the rate, is wrong."""
    speed = re.search(r"Bytes/sec +: ([1-9]\d*) \(should be (\d+)\)", log)
    told = (
        f"its header states {speed[1]} bytes a second and a format of {speed[2]}" if speed else ""
    )
    return told and f"{told}: its sampling rate or its number of channels may be wrong"


def _flac(head: bytes) -> Verdict:
    """Read a FLAC file's bits, checksum, and whether it counts its samples (RFC 9639, 8.2)."""
    fields = int.from_bytes(head[18:26], "big")  # rate 20 bits, channels 3, bits 5, samples 36
    counted = fields & (2**36 - 1)
    doubt = "" if counted else f"its header {_UNCOUNTED}"
    return Verdict(doubt, (fields >> 36 & 31) + 1, head[26:42] if any(head[26:42]) else b"")


@dataclass(frozen=True)
class OggPage:
    """A page of an Ogg file (RFC 3533, section 6).

    Attributes
    ----------
    flags
        1: it goes on with a packet; 2: the first page; 4: the last one.
    granule
        What has been decoded when it is done, 8 bytes; -1 if no packet ends on it.
    stream
        The stream's number, 4 bytes.
    number
        The page's, from 0.
    sizes
        Of the segments, a byte each; one below 255 ends a packet.
    body
        The segments.
    """

    flags: int
    granule: bytes
    stream: bytes
    number: int
    sizes: bytes
    body: bytes

    def data(self) -> bytes:
        """Return the page as it stands in a file, with its checksum."""
        head = b"OggS\0" + bytes([self.flags]) + self.granule + self.stream
        head += self.number.to_bytes(4, "little")
        rest = bytes([len(self.sizes)]) + self.sizes + self.body
        return head + _checksum(head + bytes(4) + rest).to_bytes(4, "little") + rest


def ogg_pages(whole: BinaryIO) -> Iterator[OggPage]:
    """Yield the pages of an Ogg file in turn.

    Raises
    ------
    HeaderError
        If one is cut off, or its checksum is wrong.
    """
    place = 0
    while head := whole.read(27):
        sizes = whole.read(head[26]) if len(head) == 27 else b""
        body = whole.read(sum(sizes))
        if len(head) < 27 or len(sizes) < head[26] or len(body) < sum(sizes):
            raise HeaderError(f"it is cut off within the page at byte {place}")
        number = int.from_bytes(head[18:22], "little")
        page = OggPage(head[5], head[6:14], head[14:18], number, sizes, body)
        if page.data() != head + sizes + body:
            raise HeaderError(f"it is damaged at byte {place}: no page with the right checksum")
        yield page
        place += len(head) + len(sizes) + len(body)


def _ogg(whole: BinaryIO) -> Verdict:
    """Judge an Ogg file by its pages: each has a number and a checksum, the last one a flag."""
    pages = [(page.flags, page.stream, page.number) for page in ogg_pages(whole)]
    if len({stream for _, stream, _ in pages}) > 1:
        raise HeaderError("it holds several streams, of which only one could be read")
    if [number - pages[0][2] for *_, number in pages] != list(range(len(pages))):
        raise HeaderError("pages are missing from it or stand in a wrong order")
    if not pages[0][0] & _BEGIN:
        raise HeaderError("its first page is missing")
    ended = pages[-1][0] & _END
    return Verdict("" if ended else "its last page isn't marked as such: more may have followed")


def _checksum(data: bytes) -> int:
    """Ogg's CRC-32 by zlib's, which takes each byte's bits in the other order and inverts twice."""
    mirrored = ~zlib.crc32(data.translate(_MIRROR), 0xFFFFFFFF) & 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
