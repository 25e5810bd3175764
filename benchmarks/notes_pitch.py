"""Measure the pitch of every built-in note by YIN, and hold it against the note's label.

YIN searches one range for all notes, from a semitone below the lowest of them to a semitone above
the highest. It is never told where a note lies, so that an octave too high or too low counts as
wrong. A frame lasts 0.256 s: more than seven periods of the lowest note, as our YIN asks for.
A note's pitch is the median over the frames that lie between its beginning and its release: with
vibrato, the middle of it. ``python benchmarks/notes_pitch.py --help``

At 16 kHz a bright note whose period lies halfway between two lags, 38.5 samples say, has its first
deep dip at twice the period, and YIN hears it an octave too low; with ``--rate 32000`` it does not.
A glockenspiel's fundamental is in its place, but its other partials, which are no multiples of it,
draw YIN's dip away.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from aigc_edu import corpora, dsp
from aigc_edu.corpora.recipes.notes import HELD

SEMITONE = 2 ** (1 / 12)
FRAME = 0.256  # seconds


def deviation(clip: corpora.Clip, low: float, high: float, frame: int) -> float:
    """Return by how many cents YIN hears a note higher than its label says."""
    held = clip.samples[: round(HELD * len(clip.samples))]
    heard = np.median(dsp.yin(held, clip.rate, low, high, frame, frame // 8))
    return float(1200 * np.log2(heard / clip.note.frequency))


def line(name: str, cents: list[float], bar: float) -> str:
    """Return a row of the table."""
    off = np.abs(cents)
    share = 100 * np.mean(off <= bar)
    most = np.quantile(off, 0.99)
    return (
        f"{name:11} {len(off):6} {share:9.2f} {np.median(cents):+9.2f} {most:9.1f} {off.max():9.1f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cents", type=float, default=10.0, help="how far off still counts")
    parser.add_argument("--bar", type=float, default=99.0, help="per cent that must be within")
    parser.add_argument("--worst", type=int, default=5, help="notes of each family to name")
    parser.add_argument("--rate", type=int, default=16_000, help="in Hz, to resample to first")
    parser.add_argument("--root", help="a folder that 'corpora build notes' made")
    options = parser.parse_args()
    notes = corpora.load("notes", root=options.root, rate=options.rate)
    frame = round(FRAME * options.rate)
    frequencies = [clip.note.frequency for clip in notes]
    low, high = min(frequencies) / SEMITONE, max(frequencies) * SEMITONE
    print(f"YIN searches {low:.1f} ... {high:.1f} Hz for all of {len(notes)} notes")
    off: dict[str, dict[str, float]] = defaultdict(dict)
    for clip in notes:
        cents = deviation(clip, low, high, frame)
        off[clip.note.family][clip.key] = cents
    print(f"family       notes  % in {options.cents:g} c  median c  99 % below      most")
    for family, cents in off.items():
        print(line(family, list(cents.values()), options.cents))
    everything = [value for cents in off.values() for value in cents.values()]
    print(line("all", everything, options.cents))
    for family, cents in off.items():
        worst = sorted(cents, key=lambda key: -abs(cents[key]))[: options.worst]
        print(f"{family}: " + ", ".join(f"{key} {cents[key]:+.1f}" for key in worst))
    share = 100 * np.mean(np.abs(everything) <= options.cents)
    print("passed" if share >= options.bar else "FAILED", f"the bar of {options.bar:g} %")
    raise SystemExit(int(share < options.bar))


if __name__ == "__main__":
    main()
