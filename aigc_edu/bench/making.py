"""One model makes all sounds of a list, in a process of its own, and is timed.

Chapter: chapters/06-product/04-listening-bench.ipynb

A process of its own, because the memory that one model takes can't be told from another's in the
same one. ``python -m aigc_edu.bench.making FOLDER`` is that process: it reads ``job.json`` there,
writes the sounds beside it, and says in ``made.json`` what it cost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from aigc_edu import audio
from aigc_edu.audio.placing import replacing
from aigc_edu.bench.asking import Asked
from aigc_edu.bench.lists import BenchError, Contestant
from aigc_edu.checkpoints import find_checkpoint, load_checkpoint
from aigc_edu.kinds.base import Kind, Sound
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.models.wavenet.vocoding import RATE, griffin_lim_copy

Flags = list[str]


class Loaded(NamedTuple):
    """A model that is ready: its number of weights, and what makes a sound of flags."""

    weights: int
    make: Callable[[Flags], Sound]


def flags_for(model: Contestant, asked: Asked, wav: str = "{wav}") -> Flags:
    """Return the flags of ``generate`` for one sound, with all words filled in; ``{wav}`` later."""
    voice = model.voices[asked.take % len(model.voices)] if model.voices else ""
    number = int(asked.item) - model.origin
    told = {"item": asked.item, "number": number, "seed": asked.seed, "voice": voice}
    return [flag.format(**told, text=asked.text, wav=wav) for flag in model.flags]


def kind_of(checkpoint: str) -> Kind | None:
    """Return a checkpoint's kind, its module imported; None for one of :data:`BASELINES`."""
    if checkpoint in BASELINES:
        return None
    return find_kind(load_checkpoint(checkpoint)[1]["kind"])


def load(checkpoint: str, kind: Kind | None) -> Loaded:
    """Load a model by its checkpoint and kind, or one of :data:`BASELINES` by its name."""
    if kind is None:
        return Loaded(0, BASELINES[checkpoint])
    if kind.wishes is None or kind.generate is None:
        raise BenchError(f"{checkpoint} is a {kind.name}, which makes no sound")
    trained = kind.load(checkpoint)
    weights = sum(p.numel() for p in trained.model.parameters())
    parser = argparse.ArgumentParser(prog=f"generate {kind.name}", allow_abbrev=False)
    kind.wishes(parser)

    def make(flags: Flags) -> Sound:
        sounds: Iterator[Sound] = iter(kind.generate(trained, parser.parse_args(flags)))
        return next(sounds)

    return Loaded(weights, make)


def by_griffin_lim(flags: Flags) -> Sound:
    """Guess phases for the mel spectrum of a recording: what can be had without learning."""
    parser = argparse.ArgumentParser(prog="griffin-lim")
    parser.add_argument("--wav", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out")
    options = parser.parse_args(flags)
    made = griffin_lim_copy(audio.read(options.wav, RATE)[0])
    return Sound("griffin-lim", np.clip(made, -1, 1), RATE)


BASELINES: dict[str, Callable[[Flags], Sound]] = {"griffin-lim": by_griffin_lim}


def size_of(checkpoint: str) -> int:
    """Return the bytes of a checkpoint's file; 0 for a baseline."""
    return 0 if checkpoint in BASELINES else find_checkpoint(checkpoint).stat().st_size


def make_all(folder: Path) -> dict[str, Any]:
    """Make the sounds of a folder's ``job.json``, and return what they cost.

    Each sound is one call, as by hand. Before the first one that is timed there is one more: the
    first call of all compiles, and that is not the model's fault.
    """
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    calls = {call["name"]: _with_files(call, folder) for call in job["calls"]}
    kind = kind_of(job["checkpoint"])  # before the clock: imports are not the model's time
    memory, began = _Memory(), time.perf_counter()
    loaded = load(job["checkpoint"], kind)
    loaded.make(next(iter(calls.values())))
    ready = time.perf_counter() - began
    spent, lengths = [], []
    for name, flags in calls.items():
        began = time.perf_counter()
        sound = loaded.make(flags)
        spent.append(time.perf_counter() - began)
        lengths.append(len(sound.samples) / sound.rate)
        audio.write(folder / f"{name}.wav", sound.samples, sound.rate)
    cost = {
        "weights": loaded.weights,
        "bytes": size_of(job["checkpoint"]),
        "ready_seconds": ready,
        "longest_wait": max(spent),
        "seconds_per_second": sum(spent) / max(1e-9, sum(lengths)),
        "memory_mib": memory.grown(),
    }
    return {key: float(f"{x:.4g}") if isinstance(x, float) else x for key, x in cost.items()}


def _with_files(call: dict[str, Any], folder: Path) -> Flags:
    """Return a call's flags with the places of files, which may change from run to run."""
    wav = str((folder / call["wav"]).resolve()) if "wav" in call else ""
    return [*(flag.replace("{wav}", wav) for flag in call["flags"]), "--out", str(folder)]


class _Memory:
    """How much more memory this process has had since now, in MiB; None where nobody tells.

    Linux keeps the most that a process has had, and begins anew when it is told to. (What
    ``getrusage`` says won't do: a process begins with the peak of the one that started it.)
    """

    def __init__(self) -> None:
        self.before = None
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
            self.before = _status("VmRSS")

    def grown(self) -> float | None:
        peak = _status("VmHWM")
        return None if peak is None or self.before is None else (peak - self.before) / 1024


def _status(name: str) -> int | None:
    """Return a line of what Linux tells of this process, in KiB."""
    with contextlib.suppress(OSError):
        found = re.search(rf"^{name}:\s+(\d+)", Path("/proc/self/status").read_text(), re.M)
        return int(found[1]) if found else None
    return None


def main(folder: Path) -> None:
    """Make all, and write down what it cost; that file comes last and says that all is there."""
    cost = make_all(folder)
    with replacing(folder / "made.json") as made:
        made.write_text(json.dumps(cost, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
