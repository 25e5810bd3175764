"""Running a bench: every model makes its sounds, these are scored, and a page shows them all.

Chapter: chapters/06-product/04-listening-bench.ipynb
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aigc_edu import audio, corpora
from aigc_edu.bench.asking import Asked, asked_for
from aigc_edu.bench.lists import BenchError, Contestant, SoundList
from aigc_edu.bench.making import BASELINES, flags_for
from aigc_edu.bench.page import write_page
from aigc_edu.bench.results import REAL, Costs, ListResults, Results, write_results
from aigc_edu.bench.scores import SCORERS, Sheet
from aigc_edu.checkpoints import find_checkpoint
from aigc_edu.errors import did_you_mean
from aigc_edu.evaluation import Judge
from aigc_edu.kinds.making import file_hash, write_json

MARK = ".bench"  # says that a folder is a bench's own

Say = Callable[[str], None]


def run_bench(lists: Mapping[str, SoundList], out: Path, say: Say = print) -> Results:
    """Have all models make their lists, score them, and write the results and a page.

    A model whose sounds are there already, made by the same weights with the same flags, isn't
    asked again: an interrupted bench goes on where it was.

    Parameters
    ----------
    lists
        From :func:`aigc_edu.bench.lists.read_lists`.
    out
        Folder for sounds, ``scores.json``, ``costs.json``, ``table.csv`` and ``index.html``.
    say
        Gets a line for each model.

    Raises
    ------
    BenchError
        If a model can't make its sounds, or the folder holds something else.
    """
    check_lists(lists)
    wanted = {name: asked_for(sounds) for name, sounds in lists.items()}
    _take(out)
    found, costs = {}, {}
    for name, sounds in lists.items():
        asked = wanted[name]
        wavs = _written(asked, out / "given" / name)
        costs[name] = {
            model.name: _made(sounds, model, asked, wavs, out, say) for model in sounds.models
        }
        found[name] = _scored(sounds, asked, out)
    results = Results(found, costs)
    write_results(results, out)
    write_page(results, out)
    return results


def check_lists(lists: Mapping[str, SoundList]) -> None:
    """Find out before the work whether all that is named is there.

    Raises
    ------
    BenchError
        If not; CheckpointError if a checkpoint isn't there.
    """
    for name, sounds in lists.items():
        _check_list(f"lists.{name}", sounds)
        for judge in sounds.judges:
            find_checkpoint(judge)
        for model in sounds.models:
            if model.checkpoint not in BASELINES:
                find_checkpoint(model.checkpoint)


def _check_list(place: str, sounds: SoundList) -> None:
    known = {"score": (sounds.score, SCORERS), "corpus": (sounds.corpus, corpora.available())}
    for what, (name, names) in known.items():
        if name not in names:
            hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
            raise BenchError(f"{place}: no such {what}: {name!r}; {hint}")
    if sounds.score in ("labels", "words") and not sounds.judges:
        raise BenchError(f"{place}: judges are needed")
    if sounds.score == "words" and not sounds.seconds:
        raise BenchError(f"{place}: seconds are needed, so many are written behind a prompt")
    if not all(item.isascii() and item.isdigit() for item in sounds.items):
        raise BenchError(f"{place}: items are numbers: labels, MIDI numbers, or places")
    if any(model.name == REAL for model in sounds.models):
        raise BenchError(f"{place}: {REAL} is the row of what is real; give the model another name")


def _take(out: Path) -> None:
    """Make the folder, and mark it as a bench's; leave another's alone."""
    if out.is_dir() and any(out.iterdir()) and not (out / MARK).is_file():
        raise BenchError(f"{out} holds other things; name a new folder by --out")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()


def _written(asked: Sequence[Asked], folder: Path) -> list[Path | None]:
    """Write what models are given as files."""
    folder.mkdir(parents=True, exist_ok=True)
    wavs: list[Path | None] = []
    for one in asked:
        path = folder / f"{one.name}.wav"
        if one.given is not None:
            audio.write(path, one.given, one.rate)
        wavs.append(path if one.given is not None else None)
    return wavs


def _made(
    sounds: SoundList,
    model: Contestant,
    asked: Sequence[Asked],
    wavs: Sequence[Path | None],
    out: Path,
    say: Say,
) -> Costs:
    """Have one model make its sounds, unless it has; return what that cost."""
    folder = out / "sounds" / sounds.name / model.name
    folder.mkdir(parents=True, exist_ok=True)
    needs = any("{wav}" in flag for flag in model.flags)
    calls = [
        {"name": one.name, "flags": flags_for(model, one), **(_given(wav, folder) if needs else {})}
        for one, wav in zip(asked, wavs, strict=True)
        if wav is not None or not needs
    ]
    if not calls:
        raise BenchError(f"{model.name} copies recordings, and {sounds.corpus} isn't here")
    job = {"checkpoint": model.checkpoint, "weights": _hash_of(model.checkpoint), "calls": calls}
    made = folder / "made.json"
    names = {f"{call['name']}.wav" for call in calls}
    there = made.is_file() and all((folder / name).is_file() for name in names)
    if not there or _read(folder / "job.json") != job:
        made.unlink(missing_ok=True)
        _remove_others(folder, names)
        write_json(folder / "job.json", job)
        _perform(model.name, folder)
        say(f"{sounds.name}: {model.name} has made {len(calls)} sounds")
    return _read(made)


def _perform(name: str, folder: Path) -> None:
    """Run the process that makes the sounds of a job."""
    done = subprocess.run(
        [sys.executable, "-m", "aigc_edu.bench.making", str(folder)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BenchError(f"{name} can't make its sounds: {lines[-1]}")


def _given(wav: Path, folder: Path) -> dict[str, str]:
    """Return where a file lies, seen from a model's folder, and what is in it."""
    return {"wav": os.path.relpath(wav, folder), "given": file_hash(wav)}


def _hash_of(checkpoint: str) -> str:
    return "" if checkpoint in BASELINES else file_hash(find_checkpoint(checkpoint))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _remove_others(folder: Path, names: set[str]) -> None:
    """Remove the sounds of an older list: a listening test takes all that a folder holds."""
    for path in folder.glob("*.wav"):
        if path.name not in names:
            path.unlink()


def _scored(sounds: SoundList, asked: Sequence[Asked], out: Path) -> ListResults:
    """Score the recordings and all models of a list."""
    real = [one for one in asked if one.real is not None]
    folder, sheets, items = out / "sounds" / sounds.name, {}, {}
    if real:
        clips = [np.asarray(one.real, np.float64) for one in real]
        (folder / REAL).mkdir(parents=True, exist_ok=True)
        _remove_others(folder / REAL, {f"{one.name}.wav" for one in real})
        for one, x in zip(real, clips, strict=True):
            audio.write(folder / REAL / f"{one.name}.wav", x, one.rate)
        sheets[REAL] = SCORERS[sounds.score](sounds, real, clips, real[0].rate)
        items[REAL] = [one.item for one in real]
    for model in sounds.models:
        names = {call["name"] for call in _read(folder / model.name / "job.json")["calls"]}
        own = [one for one in asked if one.name in names]
        sheets[model.name] = _sheet(sounds, own, folder / model.name)
        items[model.name] = [one.item for one in own]
    copies = frozenset(model.name for model in sounds.models if model.copies)
    return ListResults(sounds.title, sounds.about, items, sheets, copies, _names_of(sounds))


def _names_of(sounds: SoundList) -> dict[str, str]:
    """Return what the labels of a list are called, by the judge that ranks."""
    if sounds.score != "labels":
        return {}
    names = Judge.load(sounds.judges[-1]).names
    return {item: names[int(item)] for item in sounds.items if int(item) < len(names)}


def _sheet(sounds: SoundList, asked: Sequence[Asked], folder: Path) -> Sheet:
    """Score one model's files, without what was given at their beginnings."""
    read = [audio.read(folder / f"{one.name}.wav") for one in asked]
    rate = read[0][1]
    clips = [
        x[one.skip * rate // max(1, one.rate) :] for (x, _), one in zip(read, asked, strict=True)
    ]
    return SCORERS[sounds.score](sounds, asked, clips, rate)
