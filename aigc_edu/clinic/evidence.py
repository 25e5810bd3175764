"""What a training leaves behind: its curve, its anchors and a sound, on disk and back.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio import read, write
from aigc_edu.audio.placing import replacing
from aigc_edu.errors import InvalidValueError
from aigc_edu.paths import data_dir

RATE = 8000  # Hz, of all sounds
POINTS = 120  # of a curve at most; the first and the last step are always kept
_DIGITS = 5


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one training.

    Attributes
    ----------
    name
        Of the run, as in :data:`aigc_edu.clinic.cases.RUNS`.
    model
        What was trained, in a word: ``"WaveNet"``.
    unit
        Of all costs: ``"bits"`` for a model of codes, ``"loss"`` for others.
    steps
        How many were asked for.
    seconds
        Of one processor core that they took.
    curves
        By name (step, value) pairs: ``"train"`` and, where there is any, ``"held out"``; of a game
        ``"critic"`` and ``"generator"``. A curve that diverged ends early.
    anchors
        What ignorance costs, by name, in the same unit: see :class:`aigc_edu.clinic.Anchors`.
    sound
        What the model makes after training, (N,), at 8 kHz.
    ended
        Why it ended early, if it did.
    """

    name: str
    model: str
    unit: str
    steps: int
    seconds: float
    curves: dict[str, list[tuple[int, float]]]
    anchors: dict[str, float]
    sound: np.ndarray = field(repr=False)
    ended: str = ""

    @property
    def first(self) -> float:
        """The first step's cost; of a game, the critic's."""
        return next(iter(self.curves.values()))[0][1]

    @property
    def last(self) -> dict[str, float]:
        """The last value of each curve that has any."""
        return {name: curve[-1][1] for name, curve in self.curves.items() if curve}


def thinned(values: list[float]) -> list[tuple[int, float]]:
    """Return (step, value) of at most 120 steps out of all, the first and the last among them."""
    if not values:
        return []
    count = min(POINTS, len(values))
    places = sorted({round(i * (len(values) - 1) / max(1, count - 1)) for i in range(count)})
    return [(place + 1, _short(values[place])) for place in places]


def rounded(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return (step, value) of those that are finite numbers, to four decimals."""
    return [(step, round(value, 4)) for step, value in points if math.isfinite(value)]


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def clinic_dir() -> Path:
    """Return the folder of the evidence that ships with the course."""
    return data_dir() / "clinic"


def save_evidence(evidence: Evidence, folder: Path) -> None:
    """Write ``NAME.flac`` and then ``NAME.json``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{evidence.name}.flac", evidence.sound, RATE)
    told = {key: value for key, value in asdict(evidence).items() if key != "sound"}
    with replacing(folder / f"{evidence.name}.json") as made:
        made.write_text(json.dumps(told) + "\n", encoding="utf-8")


def load_evidence(name: str, folder: Path | None = None) -> Evidence:
    """Read what :func:`save_evidence` has written, by default what ships with the course.

    Raises
    ------
    InvalidValueError
        If there is no evidence of that name, or it is damaged.
    """
    folder = folder or clinic_dir()
    try:
        told: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        told["curves"] = {k: [tuple(p) for p in curve] for k, curve in told["curves"].items()}
        return Evidence(**told, sound=read(folder / f"{name}.flac")[0])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidValueError(
            f"there is no whole evidence of {name!r} in {folder}; "
            "python -m aigc_edu clinic make makes it"
        ) from error


def is_made(name: str, folder: Path, steps: int | None = None) -> bool:
    """Return whether evidence of a run is there, of so many steps if they are given."""
    try:
        found = load_evidence(name, folder)
    except InvalidValueError:
        return False
    return steps is None or found.steps == steps


def heard(x: np.ndarray) -> np.ndarray:
    """Return a sound (N,) as it is kept: what is as loud as noise at full scale is turned down."""
    x, loudest = np.asarray(x, np.float64), 0.2
    rms = float(np.sqrt(np.mean(x**2)))
    return np.clip(x * min(1.0, loudest / max(rms, 1e-9)), -1, 1)


def renamed(evidence: Evidence, name: str, sound: np.ndarray) -> Evidence:
    """Return the evidence of the same training under another name, with another sound."""
    return replace(evidence, name=name, sound=sound)
