"""Chapter marks in an Opus file: comments in its second packet.

libsndfile writes the usual comments only, and FFmpeg puts some marks of Ogg files a second too
late. So the one packet is written anew here; the pages of sound behind it only get new numbers.

References
----------
T. Terriberry, R. Lee, R. Giles (2016), RFC 7845, *Ogg encapsulation for the Opus audio codec*.
S. Pfeiffer (2003), RFC 3533, *The Ogg encapsulation format version 0*.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from aigc_edu.audio.decoding import AudioFileError
from aigc_edu.audio.headers import HeaderError, OggPage, ogg_pages
from aigc_edu.saving.marks import Mark, spans

_MAGIC = b"OpusTags"
_MOST = 255  # segments of a page, and bytes of a segment
_GOES_ON = 1  # a page's flag
_NO_END = b"\xff" * 8  # the granule of a page on which no packet ends


def mark_opus(source: Path, target: Path, marks: Sequence[Mark], seconds: float) -> None:
    """Copy an Opus file and give it chapter marks; the sound stays as it is, packet by packet.

    Parameters
    ----------
    source, target
        The file as libsndfile has written it, and where the marked one goes.
    marks
        In rising order from 0 s on.
    seconds
        Of the sound.

    Raises
    ------
    AudioFileError
        If ``source`` is no Opus file.
    InvalidValueError
        If marks are out of order or outside of the sound.
    """
    comments = [text.encode() for text in _comments(spans(marks, seconds))]
    with open(source, "rb") as old, open(target, "wb") as new:
        pages = _explained(source, ogg_pages(old))
        first = next(pages)
        packet, count = _packet(source, pages)
        written = list(_paged(_with(packet, comments), first))
        for page in (first, *written):
            new.write(page.data())
        for page in pages:
            number = page.number + len(written) - count
            new.write(dataclasses.replace(page, number=number).data())


def opus_marks(path: Path) -> list[Mark]:
    """Return the chapter marks of an Opus file, in rising order.

    Raises
    ------
    AudioFileError
        If it is no Opus file.
    """
    with open(path, "rb") as file:
        pages = _explained(path, ogg_pages(file))
        next(pages, None)
        packet, _ = _packet(path, pages)
    texts = dict(comment.decode(errors="replace").partition("=")[::2] for comment in _split(packet))
    texts = {name.upper(): text for name, text in texts.items()}
    found = []
    for name, text in texts.items():
        clock = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d*)?)", text.strip())
        if re.fullmatch(r"CHAPTER\d+", name) and clock:
            begin = 3600 * int(clock[1]) + 60 * int(clock[2]) + float(clock[3])
            found.append(Mark(begin, texts.get(f"{name}NAME", "")))
    return sorted(found, key=lambda mark: mark.seconds)


def _comments(parts: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    for number, (begin, _, title) in enumerate(parts):
        minutes, milliseconds = divmod(begin, 60_000)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds / 1000:06.3f}"
        yield f"CHAPTER{number:03d}={clock}"
        yield f"CHAPTER{number:03d}NAME={title}"


def _explained(path: Path, pages: Iterator[OggPage]) -> Iterator[OggPage]:
    try:
        yield from pages
    except HeaderError as error:
        raise AudioFileError(f"{path}: not a whole Opus file ({error})") from error


def _packet(path: Path, pages: Iterator[OggPage]) -> tuple[bytes, int]:
    """Return the packet of comments, and on how many pages it lay: sound begins on a new one."""
    packet = b""
    for count, page in enumerate(pages, start=1):
        packet += page.body
        if min(page.sizes, default=0) < _MOST:
            if packet[: len(_MAGIC)] == _MAGIC:
                return packet, count
            break
    raise AudioFileError(f"{path}: not an Opus file")


def _parts(packet: bytes) -> tuple[int, int]:
    """Return where the number of comments stands, and that number."""
    vendor = int.from_bytes(packet[8:12], "little")
    return 12 + vendor, int.from_bytes(packet[12 + vendor : 16 + vendor], "little")


def _split(packet: bytes) -> Iterator[bytes]:
    place, count = _parts(packet)
    place += 4
    for _ in range(count):
        length = int.from_bytes(packet[place : place + 4], "little")
        yield packet[place + 4 : place + 4 + length]
        place += 4 + length
        if place > len(packet):
            return


def _with(packet: bytes, more: Sequence[bytes]) -> bytes:
    """Return a packet of comments with more of them."""
    place, _ = _parts(packet)
    all_of_them = [*_split(packet), *more]
    body = b"".join(len(one).to_bytes(4, "little") + one for one in all_of_them)
    return packet[:place] + len(all_of_them).to_bytes(4, "little") + body


def _paged(packet: bytes, first: OggPage) -> Iterator[OggPage]:
    """Yield the pages of one packet, behind the first page of its stream."""
    sizes = bytes([_MOST] * (len(packet) // _MOST) + [len(packet) % _MOST])
    for count, start in enumerate(range(0, len(sizes), _MOST)):
        part = sizes[start : start + _MOST]
        begin = start * _MOST
        last = start + _MOST >= len(sizes)
        yield OggPage(
            flags=_GOES_ON if count else 0,
            granule=bytes(8) if last else _NO_END,
            stream=first.stream,
            number=first.number + 1 + count,
            sizes=part,
            body=packet[begin : begin + sum(part)],
        )
