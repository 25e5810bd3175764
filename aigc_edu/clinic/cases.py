"""The eight patients: what is wrong with each, what it was made by, and what mends it.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aigc_edu.clinic.evidence import Evidence, load_evidence
from aigc_edu.clinic.taps import TapRun
from aigc_edu.clinic.tokens import TokenRun
from aigc_edu.clinic.words import WordRun, integers_taken_for_samples, rate_thrown_away
from aigc_edu.errors import InvalidValueError

RUNS: dict[str, Callable[..., Evidence]] = {
    run.name: run
    for run in (
        WordRun(name="words"),
        WordRun(name="levels", clips=integers_taken_for_samples),
        WordRun(name="rate", clips=rate_thrown_away, steps=260),
        WordRun(name="shift", shift=0, steps=100),
        WordRun(name="axis", axis=2),
        WordRun(name="too-fast", learning_rate=1.0, clip=1e9, steps=80),
        WordRun(name="mask", padding="same", steps=100),
        TokenRun(name="tokens"),
        TokenRun(name="state", remembers=False, trained_as="tokens"),
        TapRun(name="taps"),
        TapRun(name="collapse", held=False, steps=300),
    )
}


@dataclass(frozen=True)
class Case:
    """One patient.

    Attributes
    ----------
    letter
        By which the chapter calls it.
    cause
        What is wrong, in a word: one of :data:`CAUSES`.
    broken, mended
        Names of its two runs.
    """

    letter: str
    cause: str
    broken: str
    mended: str

    def evidence(self, mended: bool = False, folder: Path | None = None) -> Evidence:
        """Return what its training has left behind, with the fault or without."""
        return load_evidence(self.mended if mended else self.broken, folder)


CAUSES = {
    "levels": "the samples have not the scale that the network expects",
    "rate": "the files' sampling rate was thrown away",
    "shift": "the target is the very code that is heard",
    "mask": "the network hears what it is to predict",
    "axis": "the softmax runs over the wrong axis",
    "state": "generation forgets what training remembers",
    "collapse": "the generator makes one sound only",
    "divergence": "the steps are too large",
}

PATIENTS = {
    case.letter: case
    for case in (
        Case("A", "shift", "shift", "words"),
        Case("B", "rate", "rate", "words"),
        Case("C", "divergence", "too-fast", "words"),
        Case("D", "state", "state", "tokens"),
        Case("E", "mask", "mask", "words"),
        Case("F", "levels", "levels", "words"),
        Case("G", "collapse", "collapse", "taps"),
        Case("H", "axis", "axis", "words"),
    )
}


def find_run(name: str) -> Callable[..., Evidence]:
    """Return one of :data:`RUNS`; InvalidValueError for an unknown name."""
    if name not in RUNS:
        raise InvalidValueError(f"there is no run {name!r}; there are {', '.join(RUNS)}")
    return RUNS[name]
