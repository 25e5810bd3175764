"""What the styles of the built-in tunes are made of: metre, rhythms, chords, steps, bass, tempo.

Rhythms are lengths in sixteenths that fill a bar; a negative one is a rest. Chords are steps of the
scale, from 0 for the tonic, one for each bar. The rows of ``phrases`` are chords of four bars; the
first kind ends open, on the fifth step, the second one closes on the tonic.
"""

from __future__ import annotations

from dataclasses import dataclass

Rhythm = tuple[int, ...]


@dataclass(frozen=True)
class Style:
    """The numbers of one style.

    Attributes
    ----------
    bar
        Sixteenths in a bar.
    modes
        ``"major"``, ``"minor"``, or both.
    steps
        The scale's steps that the melody uses: seven, or the five of a pentatonic.
    tempo
        From and to, quarter notes a minute.
    rhythms, endings
        Of a bar in the middle of a phrase, and of a phrase's last one.
    bass
        For each way to play a bar: (position, length, step above the root) of each note.
    leap
        Chance that the melody leaps where it could go a step.
    forms
        Which of four bars go by one motif, as letters; capital ones are played with more notes.
    """

    bar: int
    modes: tuple[str, ...]
    steps: tuple[int, ...]
    tempo: tuple[float, float]
    rhythms: tuple[Rhythm, ...]
    endings: tuple[Rhythm, ...]
    bass: tuple[tuple[tuple[int, int, int], ...], ...]
    leap: float
    forms: tuple[str, ...] = ("abac", "aabc", "abbc", "abcd", "aaAc")


DIATONIC, PENTATONIC = (0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 4, 5)

STYLES: dict[str, Style] = {
    "air": Style(
        16,
        ("major",),
        DIATONIC,
        (76, 104),
        (
            (4, 4, 4, 4),
            (8, 4, 4),
            (6, 2, 4, 4),
            (4, 4, 6, 2),
            (4, 2, 2, 8),
            (4, 2, 2, 4, 4),
            (8, 8),
        ),
        ((8, 8), (12, -4), (4, 4, 8), (16,), (4, 8, -4)),
        (((0, 8, 0), (8, 8, 4)), ((0, 16, 0),), ((0, 8, 0), (8, 8, 2))),
        0.2,
    ),
    "march": Style(
        16,
        ("major", "minor"),
        DIATONIC,
        (100, 126),
        (
            (3, 1, 4, 3, 1, 4),
            (4, 4, 3, 1, 4),
            (3, 1, 3, 1, 8),
            (4, 4, 4, 4),
            (6, 2, 4, 4),
            (3, 1, 4, 8),
        ),
        ((4, 4, 8), (3, 1, 4, 8), (8, 4, -4), (4, 4, 4, -4)),
        (
            ((0, 4, 0), (4, 4, 4), (8, 4, 0), (12, 4, 4)),
            ((0, 4, 0), (8, 4, 4)),
            ((0, 8, 0), (8, 8, 4)),
        ),
        0.45,
    ),
    "waltz": Style(
        12,
        ("major", "minor"),
        DIATONIC,
        (126, 160),
        (
            (4, 4, 4),
            (8, 4),
            (6, 2, 4),
            (4, 2, 2, 4),
            (2, 2, 4, 4),
            (4, 4, 2, 2),
            (2, 2, 2, 2, 4),
            (12,),
        ),
        ((12,), (8, -4), (4, 8), (4, 4, -4)),
        (((0, 4, 0), (4, 4, 4), (8, 4, 4)), ((0, 12, 0),), ((0, 4, 0), (4, 4, 2), (8, 4, 4))),
        0.3,
    ),
    "lament": Style(
        16,
        ("minor",),
        DIATONIC,
        (58, 76),
        ((4, 4, 8), (6, 2, 8), (8, 4, 4), (4, 2, 2, 4, 4), (12, 4), (6, 1, 1, 8), (2, 2, 4, 8)),
        ((16,), (8, 8), (12, -4), (4, 12)),
        (((0, 16, 0),), ((0, 8, 0), (8, 8, 2)), ((0, 12, 0), (12, 4, 1))),
        0.15,
    ),
    "dance": Style(
        16,
        ("major", "minor"),
        PENTATONIC,
        (108, 138),
        (
            (2, 2, 2, 2, 4, 4),
            (2, 2, 2, 2, 2, 2, 4),
            (4, 2, 2, 4, 2, 2),
            (3, 3, 2, 4, 4),
            (2, 2, 4, 2, 2, 4),
            (3, 3, 2, 3, 3, 2),
            (2, 1, 1, 4, 2, 1, 1, 4),
        ),
        ((4, 4, 8), (2, 2, 4, 8), (3, 3, 2, 4, -4), (4, 4, 4, -4)),
        (
            ((0, 4, 0), (4, 4, 0), (8, 4, 4), (12, 4, 0)),
            ((0, 6, 0), (6, 6, 4), (12, 4, 0)),
            ((0, 8, 0), (8, 8, 4)),
        ),
        0.35,
    ),
}

OPEN = (
    (0, 0, 3, 4),
    (0, 5, 3, 4),
    (0, 3, 1, 4),
    (0, 5, 1, 4),
    (0, 4, 5, 4),
    (0, 3, 0, 4),
    (5, 3, 0, 4),
)
CLOSED = (
    (0, 5, 4, 0),
    (0, 3, 4, 0),
    (3, 1, 4, 0),
    (5, 3, 4, 0),
    (0, 1, 4, 0),
    (3, 0, 4, 0),
    (5, 1, 4, 0),
)
