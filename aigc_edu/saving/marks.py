"""Chapter marks: where the parts of a long file begin, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aigc_edu.errors import InvalidValueError

MARKED = (".mp3", ".m4b", ".opus")  # the formats whose files can carry marks


@dataclass(frozen=True)
class Mark:
    """A part of a file begins here.

    Attributes
    ----------
    seconds
        From the start of the file.
    title
        As players show it.
    """

    seconds: float
    title: str


def spans(marks: Sequence[Mark], seconds: float) -> list[tuple[int, int, str]]:
    """Return of each part where it begins and ends, in whole milliseconds, and its title.

    A part ends where the next begins, and the last with the file.

    Parameters
    ----------
    marks
        In rising order, the first at 0: what lay before it would belong to no part.
    seconds
        Of the whole file.

    Raises
    ------
    InvalidValueError
        If marks are out of order, outside of the file, or without a title.
    """
    if marks and marks[0].seconds != 0:
        raise InvalidValueError(f"the first mark stands at 0 s, not at {marks[0].seconds:g} s")
    begins = [round(1000 * mark.seconds) for mark in marks]
    ends = [*begins[1:], round(1000 * seconds)]
    for mark, begin, end in zip(marks, begins, ends, strict=False):
        if not begin < end:
            raise InvalidValueError(
                f"the part {mark.title!r} begins at {begin / 1000:g} s and would end at "
                f"{end / 1000:g} s; marks rise, and lie within the file"
            )
        if not mark.title.strip() or "\0" in mark.title:
            raise InvalidValueError(f"the mark at {mark.seconds:g} s needs a title")
    return list(zip(begins, ends, (mark.title for mark in marks), strict=False))
