"""What the recipes of the spoken corpora share: letting eSpeak NG speak, rounding, writing."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from aigc_edu.corpora.base import CorpusError, Split

Job = list[Any]  # text, voice, pitch 0 ... 99, speed in words a minute


def say(jobs: list[Job]) -> tuple[list[np.ndarray], list[list[Any]], int]:
    """Let a fresh process speak.

    Returns
    -------
    samples
        For each job int16, shape (N,).
    phonemes
        For each job a list of [symbol, first sample].
    rate
        In Hz.

    Raises
    ------
    CorpusError
        If espeakng-loader is not installed or does not know the voice.
    """
    if find_spec("espeakng_loader") is None:
        raise CorpusError("this recipe needs eSpeak NG; run 'pip install espeakng-loader'")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.npz"
        command = [sys.executable, "-m", "aigc_edu.corpora.recipes.espeak", str(path)]
        done = subprocess.run(command, input=json.dumps(jobs), text=True, capture_output=True)
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise CorpusError(f"eSpeak NG could not speak as {jobs[0][1]} ({reason})")
        with np.load(path) as said:
            samples = [said[f"x{i}"] for i in range(len(jobs))]
            return samples, json.loads(str(said["phonemes"])), int(said["rate"])


def rounded(x: np.ndarray, bits: int) -> np.ndarray:
    """Return int16 samples of which the lowest ``16 - bits`` bits are 0; x lies within [-1, 1].

    Raises
    ------
    CorpusError
        If x reaches the largest number.
    """
    step = 2 ** (16 - bits)
    codes = np.round(x * 32768 / step) * step
    if np.abs(codes).max() > 32767 - step:
        raise CorpusError("a voice clips; lower its volume in the recipe")
    return codes.astype(np.int16)


def made_with(*packages: str) -> dict[str, str]:
    """Return what a result depends on besides the recipe: versions, and the kind of machine."""
    versions = {name: metadata.version(name) for name in packages}
    return versions | {"platform": f"{platform.system()} {platform.machine()}"}


def write(
    out: str | Path,
    clips: list[dict[str, Any]],
    head: dict[str, Any],
    row: Callable[[dict[str, Any]], dict[str, Any]],
) -> Path:
    """Write one FLAC file for each part, in which its clips lie one behind the other, and an index.

    Files of the same names are replaced, each of them whole or not at all; nothing else in the
    folder is touched.

    Parameters
    ----------
    out
        The folder.
    clips
        Each with ``part``, ``samples`` (int16), ``phonemes``, and what ``row`` needs.
    head
        What stands at the top of the index, ``rate`` among it.
    row
        Returns what the index says of a clip before its part, place and phonemes.

    Raises
    ------
    CorpusError
        If ``out`` cannot be written.
    """
    out = Path(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        rows = []
        for part in Split._fields:
            chosen = [clip for clip in clips if clip["part"] == part]
            rows += _rows(chosen, row)
            if chosen:
                x = np.concatenate([clip["samples"] for clip in chosen])
                _write_flac(out / f"{part}.flac", x, head["rate"])
        write_text(out / "index.json", as_lines(head, rows))
    except (OSError, sf.LibsndfileError) as error:
        raise CorpusError(f"the corpus cannot be written to {out} ({error})") from error
    return out


def _rows(
    clips: list[dict[str, Any]], row: Callable[[dict[str, Any]], dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    start = 0
    for clip in clips:
        place = {"part": clip["part"], "start": start, "length": len(clip["samples"])}
        yield row(clip) | place | {"phonemes": clip["phonemes"]}
        start += len(clip["samples"])


def as_lines(head: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return JSON with one line for each clip, so that a change can be read in a diff."""
    start = json.dumps(head, ensure_ascii=False)
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return start[:-1] + ', "clips": [\n' + ",\n".join(lines) + "\n]}\n"


def _write_flac(path: Path, x: np.ndarray, rate: int) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        sf.write(part, x, rate, format="FLAC", subtype="PCM_16", compression_level=1.0)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
