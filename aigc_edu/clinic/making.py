"""Making the clinic's evidence: all runs, one after another, going on where it was stopped.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from aigc_edu.clinic.cases import RUNS, find_run
from aigc_edu.clinic.evidence import Evidence, is_made, save_evidence

WORK = ".clinic"  # folder of trainings that have not ended


def make(
    folder: Path, names: Sequence[str] = (), steps: int | None = None, again: bool = False
) -> Iterator[Evidence]:
    """Make the evidence of runs that there is none of yet, and yield it run by run.

    A training that was stopped goes on where it was saved last. What ships with the course was
    made on a processor's one core; other processors round differently, and draw other sounds.

    Parameters
    ----------
    folder
        Where ``NAME.json`` and ``NAME.flac`` go.
    names
        Of runs; all by default.
    steps
        In place of each run's own: for a trial.
    again
        Whether to make what is there, too.

    Raises
    ------
    InvalidValueError
        If there is no run of a name.
    """
    runs = {name: find_run(name) for name in names or RUNS}
    for name, run in runs.items():
        if not again and is_made(name, folder, steps):
            continue
        work = folder / WORK / _trained_as(name)
        evidence = run(work, steps)
        save_evidence(evidence, folder)
        yield evidence
    left = [name for name in RUNS if not is_made(name, folder)]
    if not left:  # all is made: what was needed to go on is needed no more
        for run in {_trained_as(name) for name in RUNS}:
            shutil.rmtree(folder / WORK / run, ignore_errors=True)
        with contextlib.suppress(OSError):  # there may be more in it, which isn't the clinic's
            (folder / WORK).rmdir()


def _trained_as(name: str) -> str:
    """Return the name of the run whose training a run looks at: mostly its own."""
    return getattr(RUNS[name], "trained_as", "") or name
