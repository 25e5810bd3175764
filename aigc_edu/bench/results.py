"""What a bench has found: kept as files, and read again.

Chapter: chapters/06-product/04-listening-bench.ipynb

Two files, because they are of two kinds. What is in ``scores.json`` depends on the models, the
lists and the seeds, and a second run finds the same to the last digit. What is in ``costs.json``
was measured by a clock, and the machine has a say in it.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu.audio.placing import replacing
from aigc_edu.bench.lists import BenchError
from aigc_edu.bench.scores import MEASURES, Sheet
from aigc_edu.evaluation.digits import wilson_interval
from aigc_edu.evaluation.listening import Score, mean_interval
from aigc_edu.paths import data_dir

REAL = "recordings"  # the row of what is real
DIGITS = 6  # decimals that are kept

Costs = dict[str, Any]


@dataclass(frozen=True)
class ListResults:
    """What was found on one list.

    Attributes
    ----------
    title, about
        See :class:`aigc_edu.bench.lists.SoundList`.
    items
        Of each sound the item, by row: a row may lack some.
    sheets
        What was measured, by row: models, and :data:`REAL`.
    copies
        Rows that were given the recording.
    names
        What items are called, where they are numbers of something that has a name.
    """

    title: str
    about: str
    items: dict[str, list[str]]
    sheets: dict[str, Sheet]
    copies: frozenset[str]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """The measure that ranks: the first."""
        return next(iter(next(iter(self.sheets.values())).numbers))

    @property
    def models(self) -> list[str]:
        """Those that compete: neither recordings nor copies, the best first, the silent last."""
        names = [name for name in self.sheets if name != REAL and name not in self.copies]
        sign = -1 if MEASURES[self.measure].more_is_better else 1
        means = {name: self.score(name).mean for name in names}
        return sorted(names, key=lambda name: (math.isnan(means[name]), sign * means[name]))

    def score(self, row: str, measure: str | None = None) -> Score:
        """Return the mean of a measure and its 95 % interval.

        Wilson's interval where the measure is yes or no, otherwise Student's; sounds in which there
        was nothing to measure are left out, and counted by ``silent``.
        """
        name = measure or self.measure
        values = self.sheets[row].numbers[name]
        values = values[np.isfinite(values)]
        if not len(values):
            return Score(math.nan, math.nan, math.nan, 0)
        if not MEASURES[name].share:
            found, most = mean_interval(values), MEASURES[name].most
            low, high = np.clip([found.low, found.high], 0, most)  # NaN stays NaN
            return replace(found, low=float(low), high=float(high))
        low, high = wilson_interval(int(values.sum()), len(values))
        return Score(float(values.mean()), low, high, len(values))


@dataclass(frozen=True)
class Results:
    """Of all lists, and what each model cost: by list, then by model."""

    lists: dict[str, ListResults]
    costs: dict[str, dict[str, Costs]]


def table_of(results: Results) -> str:
    """Return all scores as a table with commas: list, model, measure, sounds, mean, interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["list", "model", "measure", "sounds", "mean", "low", "high"])
    for name, found in results.lists.items():
        for row, sheet in found.sheets.items():
            for measure in sheet.numbers:
                score = found.score(row, measure)
                numbers = [f"{x:.4f}" for x in (score.mean, score.low, score.high)]
                writer.writerow([name, row, measure, score.count, *numbers])
    return out.getvalue()


def write_results(results: Results, folder: Path) -> None:
    """Write ``scores.json``, ``costs.json`` and ``table.csv``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    scores = {name: _told(found) for name, found in results.lists.items()}
    texts = {
        "scores.json": _lines(scores),
        "costs.json": _lines(results.costs),
        "table.csv": table_of(results),
    }
    for name, text in texts.items():
        with replacing(folder / name) as made:
            made.write_text(text, encoding="utf-8")


def _lines(told: Mapping[str, Any]) -> str:
    """Return a table as JSON with one line for each of its entries."""
    entries = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in told.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _told(found: ListResults) -> dict[str, Any]:
    rows = {
        name: {
            "copies": name in found.copies,
            "items": found.items[name],
            "heard": sheet.heard,
            "numbers": {key: _plain(values) for key, values in sheet.numbers.items()},
        }
        for name, sheet in found.sheets.items()
    }
    return {"title": found.title, "about": found.about, "names": found.names, "rows": rows}


def _plain(values: np.ndarray) -> list[float | None]:
    return [round(float(x), DIGITS) if np.isfinite(x) else None for x in values]


def results_dir() -> Path:
    """Return the folder of the results that ship with the course."""
    return data_dir() / "bench"


def read_results(folder: Path | None = None) -> Results:
    """Read what a bench has found; by default what ships with the course.

    Raises
    ------
    BenchError
        If it isn't there, or can't be understood.
    """
    folder = folder or results_dir()
    try:
        scores, costs = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("scores.json", "costs.json")
        )
        return Results({name: _list_of(told) for name, told in scores.items()}, costs)
    except FileNotFoundError as error:
        raise BenchError(
            f"{folder} holds no results; run: python -m aigc_edu bench --out FOLDER"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"{folder}: the results can't be read ({error!r})") from error


def _list_of(told: Mapping[str, Any]) -> ListResults:
    rows = told["rows"]
    sheets = {name: Sheet(_arrays(row["numbers"]), row["heard"]) for name, row in rows.items()}
    copies = frozenset(name for name, row in rows.items() if row["copies"])
    items = {name: row["items"] for name, row in rows.items()}
    return ListResults(told["title"], told["about"], items, sheets, copies, told["names"])


def _arrays(told: Mapping[str, list[float | None]]) -> dict[str, np.ndarray]:
    return {
        name: np.array([math.nan if x is None else x for x in values], float)
        for name, values in told.items()
    }
