"""What the card of a SampleRNN says that plays notes: how many are in tune, by two judges.

Chapter: chapters/03-autoregressive/10-samplernn-generation.ipynb
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.evaluation.digits import is_silent, sounding
from aigc_edu.evaluation.harmonic_sum import pitch_by_harmonic_sum
from aigc_edu.evaluation.notes import in_tune, pitch_of_note
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.heard_scores import MINE, share_text
from aigc_edu.kinds.wavenet_scores import bits_on_test, loss_anchors
from aigc_edu.models.wavenet.speaking import synthesise

EACH = 12  # notes of each pitch
SHORTEST = 0.2  # seconds; what sounds for less is no note
FINE = 32000  # Hz: at 8000 YIN hears one real note of ten an octave too low, here none
TUNE = (60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 67, 72)  # MIDI numbers
BEAT = 0.4  # seconds of a note of the tune


@dataclass(frozen=True)
class Played:
    """Notes, the MIDI number that each was asked for, and the instrument."""

    clips: list[np.ndarray]
    pitches: list[int]
    instruments: list[str]


def measure_pitches(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Let two judges hear whether notes are in tune, beside real notes and other networks.

    An instrument is asked for the pitches that lie within those of its training notes.

    Parameters
    ----------
    trained
        The SampleRNN.
    split
        Its corpus's parts; the labels are pitches.
    told
        ``each``: notes of each pitch; ``seed``.
    anchors
        Networks to compare with.
    """
    networks = {MINE: trained, **anchors}
    played = {name: play_all(network, split, told) for name, network in networks.items()}
    rows = {"real test notes": _of_corpus(split.test), **played}
    heard = {name: score_notes(notes, trained.description["rate"]) for name, notes in rows.items()}
    bits = {name: bits_on_test(network, split) for name, network in networks.items()}
    own = heard[MINE]
    shares = {f"in_tune_by_{judge}": float(hits.mean()) for judge, hits in own.hits.items()}
    counts = {"clips": own.count, "silent": own.silent, "cut_off": own.cut_off}
    scores = {**shares, **counts, "test_bits": bits[MINE][0]}
    tables = [_comparison(heard, bits), _by_family(own, played[MINE])]
    losses = loss_anchors(trained, split, anchors)
    return Measured(scores, tables, losses, _sentence(own), "bits a sample")


def play_all(trained: Trained, split: Split, told: dict[str, Any]) -> Played:
    """Play every pitch ``each`` times, on instruments that take turns and have it."""
    speakers, lowest = trained.description["speakers"], lowest_pitch(split.train)
    ranges = {name: _range(split.train.select(speaker=name)) for name in speakers}
    asked: dict[str, list[int]] = {name: [] for name in speakers}
    for label in range(len(split.train.labels)):
        able = [name for name, (low, high) in ranges.items() if low <= label <= high]
        each = told.get("each", EACH) if able else 0
        for turn in range(each):  # from all over the list, whatever its length
            asked[able[turn * len(able) // each]].append(label)
    clips, pitches, instruments = [], [], []
    for name, labels in asked.items():
        if labels:
            clips += synthesise(trained, labels, len(labels), told.get("seed", 0), speaker=name)
            pitches += [lowest + label for label in labels]
            instruments += [name] * len(labels)
    return Played(clips, pitches, instruments)


def lowest_pitch(notes: Corpus) -> int:
    """Return the MIDI number of the label 0 of notes whose labels are pitches."""
    return int(notes[0].note.pitch) - notes[0].label


def _range(notes: Corpus) -> tuple[int, int]:
    labels = [note.label for note in notes]
    return min(labels), max(labels)


def _of_corpus(notes: Corpus) -> Played:
    pitches, names = [int(note.note.pitch) for note in notes], [note.speaker for note in notes]
    return Played([note.samples for note in notes], pitches, names)


@dataclass(frozen=True)
class Tuned:
    """How many of n notes are silent, cut off, and which are in tune by each judge, bool (n,)."""

    silent: int
    cut_off: int
    hits: dict[str, np.ndarray]

    @property
    def count(self) -> int:
        """Number of notes n."""
        return len(next(iter(self.hits.values())))


def score_notes(notes: Played, rate: int) -> Tuned:
    """Let YIN and the harmonic sum hear notes; one that is silent or cut off is never in tune."""
    silent = np.array([is_silent(clip) for clip in notes.clips])
    brief = np.array([sounding(clip) < SHORTEST * rate for clip in notes.clips]) & ~silent
    hits = {}
    for name, judge in (("yin", _by_yin), ("harmonic_sum", pitch_by_harmonic_sum)):
        heard = [
            np.nan if unheard else judge(clip, rate)
            for clip, unheard in zip(notes.clips, silent | brief, strict=True)
        ]
        hits[name] = in_tune(np.array(heard), notes.pitches)
    return Tuned(int(silent.sum()), int(brief.sum()), hits)


def _by_yin(clip: np.ndarray, rate: int) -> float:
    return pitch_of_note(resample(clip, rate, FINE), FINE)


def _comparison(heard: dict[str, Tuned], bits: dict[str, tuple[float, int]]) -> Table:
    rows = []
    for name, tuned in heard.items():
        shares = [share_text(int(hits.sum()), tuned.count) for hits in tuned.hits.values()]
        cost = f"{bits[name][0]:.2f}" if name in bits else ""
        rows.append([name, *shares, f"{tuned.silent} of {tuned.count}", str(tuned.cut_off), cost])
    caption = (
        "How many notes are within a quarter tone of the pitch asked for, with 95 % intervals, by "
        "two judges: YIN, in time, and the sum of the harmonics, in the spectrum. A silent or "
        "cut-off note is never in tune. Bits a sample are of "
        f"{bits[MINE][1]} test notes."
    )
    return Table(caption, ["", "YIN", "harmonic sum", "silent", "cut off", "bits"], rows)


def _by_family(tuned: Tuned, notes: Played) -> Table:
    families = np.array([name.split("_")[0] for name in notes.instruments])
    rows = [
        [str(family), *(f"{hits[families == family].mean():.0%}" for hits in tuned.hits.values())]
        for family in dict.fromkeys(families)
    ]
    return Table("Each family of instruments:", ["", "YIN", "harmonic sum"], rows)


def _sentence(tuned: Tuned) -> str:
    yin, harmonic = (hits.mean() for hits in tuned.hits.values())
    return (
        f"of {tuned.count} notes by {MINE} {yin:.0%} are in tune by YIN and "
        f"{harmonic:.0%} by the sum of their harmonics; {tuned.silent + tuned.cut_off} are silent "
        "or cut off"
    )


def a_tune(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return :data:`TUNE` on the instrument that the recipe names, by default the first."""
    rate, lowest = trained.description["rate"], lowest_pitch(split.train)
    name = told.get("instrument", trained.description["speakers"][0])
    labels = [pitch - lowest for pitch in TUNE]
    notes = synthesise(trained, labels, len(labels), told.get("seed", 0), speaker=name)
    return Sound("tune", one_by_one(notes, round(BEAT * rate)), rate)


def one_by_one(notes: Sequence[np.ndarray], hop: int) -> np.ndarray:
    """Return notes, each (N,), that begin ``hop`` samples after each other, no two at once.

    Each fades over a twentieth of that time before it ends.
    """
    fade = np.linspace(1, 0, max(1, hop // 20))
    track = np.zeros(hop * len(notes), np.float32)
    for i, note in enumerate(notes):
        piece = np.array(note[:hop])
        piece[-len(fade) :] *= fade[-len(piece) :]
        track[i * hop : i * hop + len(piece)] = piece
    return track
