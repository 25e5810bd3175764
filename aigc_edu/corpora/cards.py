"""What there is in a corpus, counted: the numbers that a data card begins with.

Chapter: chapters/01-sound-as-numbers/10-data-sets.ipynb

After the data sheets of Gebru et al. (2021), of which this is the part that a program can fill in.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from aigc_edu.audio import peak_db, rms_db
from aigc_edu.corpora.base import Corpus, Split
from aigc_edu.errors import InvalidValueError


@dataclass(frozen=True)
class DataCard:
    """The statistics of a corpus.

    Attributes
    ----------
    name, rate, licence, citation
        As in the corpus.
    clips, speakers
        How many.
    parts
        Clips in training, validation and test by the official split.
    durations
        Seconds of each clip, float64, shape (clips,).
    levels, peaks
        Mean power and largest amplitude of each clip in dB against full scale, shape (clips,).
    labels, phonemes, pitches
        How often each occurs: words, symbols without stress marks (and without pauses), MIDI note
        numbers. Empty where there are none.
    texts
        How many clips have a text.
    """

    name: str
    rate: int
    licence: str
    citation: str
    clips: int
    speakers: int
    parts: dict[str, int]
    durations: np.ndarray
    levels: np.ndarray
    peaks: np.ndarray
    labels: Counter[str]
    phonemes: Counter[str]
    pitches: Counter[float]
    texts: int

    @property
    def seconds(self) -> float:
        """Duration of all clips together."""
        return float(self.durations.sum())

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {count:,}" for name, count in self.parts.items())
        lines = {
            "corpus": f"{self.name}, {self.licence}",
            "clips": f"{self.clips:,} by {self.speakers:,} ({parts})",
            "in all": f"{self.seconds / 60:,.1f} minutes at {self.rate:,} Hz",
            "seconds": _spread(self.durations, ".2f"),
            "level, dB": _spread(self.levels, ".1f"),
            "peak, dB": _spread(self.peaks, ".1f"),
            "labels": _count(self.labels),
            "phonemes": _count(self.phonemes),
            "pitches": _count(self.pitches),
            "texts": f"{self.texts:,}",
        }
        return "\n".join(f"{name:10} {value}" for name, value in lines.items())


def data_card(corpus: Corpus) -> DataCard:
    """Read every clip of a corpus and count what there is.

    Raises
    ------
    InvalidValueError
        If the corpus has no clips.
    """
    if len(corpus) == 0:
        raise InvalidValueError(f"there are no clips of {corpus.name} to count")
    rows = [(c.duration, rms_db(c.samples), peak_db(c.samples)) for c in corpus]  # one read each
    durations, levels, peaks = np.array(rows, np.float64).T
    parts = Counter(clip.split for clip in corpus)
    return DataCard(
        *(corpus.name, corpus.rate, corpus.licence, corpus.citation, len(corpus)),
        speakers=len(corpus.speakers),
        parts={part: parts[part] for part in Split._fields},
        durations=durations,
        levels=levels,
        peaks=peaks,
        labels=Counter(corpus.labels[c.label] for c in corpus if c.label is not None),
        phonemes=Counter(p.symbol.strip("ˈˌ") for c in corpus for p in c.phonemes if p.symbol),
        pitches=Counter(c.note.pitch for c in corpus if c.note is not None),
        texts=sum(bool(clip.text) for clip in corpus),
    )


def effective_number(counts: Iterable[float]) -> float:
    """Return how many equally frequent classes would be as varied: 2 to the power of the entropy.

    Parameters
    ----------
    counts
        How often each class occurs, 0 or more, not all 0.

    Returns
    -------
    float
        From 1, if there is one class only, to the number of classes, if all are equally frequent.

    Raises
    ------
    InvalidValueError
        If a count is negative, or there is nothing to count.
    """
    counts = [float(count) for count in counts]
    if not counts or min(counts) < 0 or sum(counts) <= 0:
        raise InvalidValueError("counts must be 0 or more, and not all 0")
    shares = [count / sum(counts) for count in counts if count > 0]
    return 2.0 ** -sum(p * math.log2(p) for p in shares)


def _spread(values: np.ndarray, form: str) -> str:
    low, middle, high = np.quantile(values, [0, 0.5, 1])
    return f"{low:{form}} ... {high:{form}}, half below {middle:{form}}"


def _count(counter: Counter) -> str:
    if not counter:
        return "none"
    (often, most), (seldom, least) = counter.most_common(1)[0], counter.most_common()[-1]
    return (
        f"{len(counter)} kinds, as varied as {effective_number(counter.values()):.1f}; most often "
        f"{often!r} ({most:,}), least {seldom!r} ({least:,})"
    )
