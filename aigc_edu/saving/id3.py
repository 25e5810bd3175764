"""The tag at the head of an MP3 file, ID3: texts, and chapter marks.

Chapter: chapters/06-product/06-formats.ipynb

libsndfile writes tags into MP3 files, too. But a text with a letter outside of Western Europe's is
UTF-8 there and said to be Latin-1: programs show two or three wrong letters for each. Here texts
are UTF-16, which ID3 2.3 and all players know.

References
----------
M. Nilsson (1999), *ID3 tag version 2.3.0*.
C. Newell (2005), *ID3v2 chapter frame addendum 1.0*.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from aigc_edu.errors import InvalidValueError
from aigc_edu.saving.marks import Mark, spans
from aigc_edu.saving.tags import Tags

_FRAMES = {  # libsndfile's name of a tag, and that of its frame
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "date": b"TYER",
    "genre": b"TCON",
    "tracknumber": b"TRCK",
    "copyright": b"TCOP",
}
_MOST = 2**28  # bytes of a tag: its length has four times seven bits
_NOWHERE = 2**32 - 1  # a place in bytes that isn't told
_CODES = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def id3_tag(tags: Tags, marks: Sequence[Mark] = (), seconds: float = 0.0) -> bytes:
    """Return the bytes that stand before the sound of an MP3 file, ID3 2.3.

    Parameters
    ----------
    tags
        Texts; of the date the year is written.
    marks
        Chapter marks, in rising order from 0 s on; none by default.
    seconds
        Of the sound, with marks.

    Returns
    -------
    bytes
        Empty if there is nothing to say.

    Raises
    ------
    InvalidValueError
        If marks are out of order or outside of the file.
    """
    body = b"".join(_texts(tags)) + b"".join(_chapters(spans(marks, seconds)))
    if len(body) >= _MOST:
        raise InvalidValueError("the tags are longer than an ID3 tag can be, 256 MB")
    return b"ID3\x03\0\0" + _sevens(len(body)) + body if body else b""


def _frame(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">IH", len(body), 0) + body


def _utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


def _text(name: bytes, text: str) -> bytes:
    return _frame(name, b"\x01" + _utf16(text))


def _texts(tags: Tags) -> Iterator[bytes]:
    stored = tags.stored()
    for name, frame in _FRAMES.items():
        if name in stored:
            yield _text(frame, stored[name][:4] if name == "date" else stored[name])
    if "comment" in stored:  # a language and a short description, here empty, stand before it
        yield _frame(b"COMM", b"\x01und" + _utf16("") + b"\0\0" + _utf16(stored["comment"]))


def _chapters(parts: Sequence[tuple[int, int, str]]) -> Iterator[bytes]:
    """Yield the table of contents and a frame for each part: milliseconds, no places in bytes."""
    names = [b"part%d\0" % number for number in range(1, len(parts) + 1)]
    for first in range(0, len(names), 255):  # a table holds no more
        some = names[first : first + 255]
        top = b"\x03" if first == 0 else b"\x01"  # the first of all, and in order
        yield _frame(b"CTOC", b"parts%d\0" % first + top + bytes([len(some)]) + b"".join(some))
    for name, (begin, end, title) in zip(names, parts, strict=True):
        times = struct.pack(">IIII", begin, end, _NOWHERE, _NOWHERE)
        yield _frame(b"CHAP", name + times + _text(b"TIT2", title))


def _sevens(number: int) -> bytes:
    """Return a number in four bytes of seven bits: none of them looks like the start of sound."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _of_sevens(data: bytes) -> int:
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number


def marks_of(head: bytes) -> list[Mark]:
    """Return the chapter marks in the tag with which an MP3 file begins, ID3 2.3 or 2.4.

    Parameters
    ----------
    head
        The file's first bytes, the whole tag among them.

    Returns
    -------
    list of Mark
        In rising order; empty if there are none, or no tag that can be read.
    """
    found = []
    for name, body in _frames_of(head):
        if name == b"CHAP":
            times, inner = body.partition(b"\0")[2][:16], body.partition(b"\0")[2][16:]
            if len(times) == 16:
                titles = [_read_text(b) for n, b in _split(inner, head[3]) if n == b"TIT2"]
                begin = struct.unpack(">I", times[:4])[0]
                found.append(Mark(begin / 1000, titles[0] if titles else ""))
    return sorted(found, key=lambda mark: mark.seconds)


def tag_length(head: bytes) -> int:
    """Return how many bytes of a file are its ID3 tag; 0 without one."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + _of_sevens(head[6:10]) + (10 if head[5] & 0x10 else 0)


def _frames_of(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    if head[:3] == b"ID3" and head[3] in (3, 4) and not head[5] & 0xC0:  # neither packed nor longer
        yield from _split(head[10 : tag_length(head)], head[3])


def _split(data: bytes, version: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and contents of each frame; zeros follow the last one."""
    place = 0
    while place + 10 <= len(data) and data[place]:
        size = data[place + 4 : place + 8]
        length = _of_sevens(size) if version == 4 else int.from_bytes(size, "big")
        yield data[place : place + 4], data[place + 10 : place + 10 + length]
        place += 10 + length


def _read_text(body: bytes) -> str:
    code = _CODES.get(body[0], "latin-1") if body else "latin-1"
    return body[1:].decode(code, "replace").split("\0")[0]
