"""What is measured in each sound of a list, one number a sound.

Chapter: chapters/06-product/04-listening-bench.ipynb
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from aigc_edu.audio import resample
from aigc_edu.bench.asking import Asked
from aigc_edu.bench.lists import SoundList
from aigc_edu.evaluation import NOTHING, Judge
from aigc_edu.evaluation.digits import is_silent, sounding
from aigc_edu.evaluation.harmonic_sum import pitch_by_harmonic_sum
from aigc_edu.evaluation.notes import in_tune, pitch_of_note
from aigc_edu.kinds.audiolm_scores import heard_in, parts_to_hear
from aigc_edu.kinds.vits_scores import warped_db

FINE = 32_000  # Hz at which pitches are looked for; see aigc_edu.kinds.samplernn_notes
SILENT = "silence"
UNCLEAR = "nothing"


class Measure(NamedTuple):
    """What a number says.

    Attributes
    ----------
    title
        Head of its column.
    share
        Whether it is yes or no, 1 or 0, so that the mean is a share of the sounds.
    more_is_better
        Which way.
    unit
        Of the mean.
    most
        It can't be larger, nor below 0; an interval ends there.
    """

    title: str
    share: bool
    more_is_better: bool
    unit: str = ""
    most: float = np.inf


class Sheet(NamedTuple):
    """What is found in n sounds of one model.

    Attributes
    ----------
    numbers
        By measure: (n,), NaN where there is nothing to measure. The first measure ranks.
    heard
        In words what each sound was taken for; empty where nobody was asked.
    """

    numbers: dict[str, np.ndarray]
    heard: list[str]


MEASURES = {
    "asked": Measure("heard as asked", True, True),
    "asked_too": Measure("by the judge that chose", True, True),
    "words": Measure("words heard as digits", False, True, "%", 100.0),
    "words_too": Measure("by the judge that chose", False, True, "%", 100.0),
    "in_tune": Measure("in tune, by YIN", True, True),
    "in_tune_too": Measure("in tune, by the sum of harmonics", True, True),
    "spectrum": Measure("off in mel bands", False, False, "dB"),
    "length": Measure("off in length", False, False, "%"),
    "silent": Measure("silent or cut off", True, False),
}

Clips = Sequence[np.ndarray]
Scorer = Callable[[SoundList, Sequence[Asked], Clips, int], Sheet]


def by_labels(sounds: SoundList, asked: Sequence[Asked], clips: Clips, rate: int) -> Sheet:
    """Let judges say which label they hear; what is silent or cut off is never heard."""
    wanted = np.array([int(one.item) for one in asked])
    lost = _lost(sounds, clips, rate)
    numbers, heard = {}, []
    for name, judge in _judges(sounds, "asked", "asked_too").items():
        labels = np.where(lost, NOTHING, judge.recognise(clips, rate).labels)
        numbers[name] = (labels == wanted).astype(float)
        heard = heard or [_word(judge, n, gone) for n, gone in zip(labels, lost, strict=True)]
    return Sheet({**numbers, "silent": lost.astype(float)}, heard)


def _lost(sounds: SoundList, clips: Clips, rate: int) -> np.ndarray:
    """Return which clips are silent or cut off: bool, (n,)."""
    return np.array([is_silent(x) or sounding(x) < sounds.shortest * rate for x in clips])


def _judges(sounds: SoundList, first: str, second: str) -> dict[str, Judge]:
    """Load a list's judges, by what they measure: first the one that ranks."""
    return dict(zip((first, second), map(Judge.load, reversed(sounds.judges)), strict=False))


def _word(judge: Judge, label: int, lost: bool) -> str:
    if label == NOTHING:
        return SILENT if lost else UNCLEAR
    return judge.names[label] if judge.names else str(label)


def by_words(sounds: SoundList, asked: Sequence[Asked], clips: Clips, rate: int) -> Sheet:
    """Return of each continuation in how many per cent of its words some digit is heard."""
    numbers, parts = {}, [parts_to_hear(x, rate) for x in clips]
    for name, judge in _judges(sounds, "words", "words_too").items():
        found = [heard_in(own, judge, rate).mean() for own in parts]
        numbers[name] = 100 * np.array(found, float)
    numbers["silent"] = np.array([is_silent(x) for x in clips], float)
    return Sheet(numbers, [f"{len(own)} words" for own in parts])


def by_pitch(sounds: SoundList, asked: Sequence[Asked], clips: Clips, rate: int) -> Sheet:
    """Let two ways of finding a pitch say whether notes are in tune; silence never is."""
    pitches = [int(one.item) for one in asked]
    lost = _lost(sounds, clips, rate)
    fine = [x if rate >= FINE else resample(x, rate, FINE) for x in clips]
    yin = [_hz(pitch_of_note, x, max(rate, FINE)) for x in fine]
    sums = [_hz(pitch_by_harmonic_sum, x, rate) for x in clips]
    found = {"in_tune": np.array(yin), "in_tune_too": np.array(sums)}
    numbers = {name: (in_tune(hz, pitches) & ~lost).astype(float) for name, hz in found.items()}
    heard = [SILENT if gone else _key(hz) for hz, gone in zip(yin, lost, strict=True)]
    return Sheet({**numbers, "silent": lost.astype(float)}, heard)


def _hz(way: Callable[[np.ndarray, int], float], x: np.ndarray, rate: int) -> float:
    return float("nan") if is_silent(x) else way(x, rate)


def _key(hz: float) -> str:
    return f"{hz:.0f} Hz" if np.isfinite(hz) else UNCLEAR


def by_recording(sounds: SoundList, asked: Sequence[Asked], clips: Clips, rate: int) -> Sheet:
    """Compare sentences with their recordings, whose timing need not be the same."""
    spectrum, length = [], []
    for one, x in zip(asked, clips, strict=True):
        lost = one.real is None or is_silent(x)
        real = np.asarray(one.real, np.float64) if not lost else np.zeros(0)
        if not lost and rate != one.rate:
            x = resample(x, rate, one.rate)
        spectrum.append(np.nan if lost else warped_db(np.asarray(x, np.float64), real, one.rate))
        length.append(np.nan if lost else 100 * abs(len(x) / len(real) - 1))
    silent = np.array([is_silent(x) for x in clips], float)
    numbers = {"spectrum": np.array(spectrum), "length": np.array(length), "silent": silent}
    return Sheet(numbers, [])


SCORERS: dict[str, Scorer] = {
    "labels": by_labels,
    "words": by_words,
    "notes": by_pitch,
    "speech": by_recording,
}
