"""The recipe of the built-in spoken digits: ``python -m aigc_edu corpora build digits --out F``.

Every voice is an English accent combined with one of eSpeak NG's voice variants. It says the ten
digits in three ways (pitch and speed), in a process of its own, so that any voice can be made
again without the others. Samples are resampled to 16 kHz, cut to the speech, rounded to
:data:`BITS` bits and joined into one FLAC file for each part of the split.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

from aigc_edu.corpora.base import DIGITS, CorpusError

RATE = 16000  # Hz
BITS = 13  # of each sample; finer steps lie far below the voices' own noise
PEAK = 0.7  # of a voice's loudest clip; its other clips keep their level beside it
MARGIN = 0.02  # seconds kept before the first and after the last phoneme
STYLES = ((50, 165), (35, 190), (66, 215))  # pitch 0 ... 99, speed in words a minute
ACCENTS = ("en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
VARIANTS = (
    "Alex Alicia Andrea Andy Annie AnxiousAndy Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee "
    "Marco Mario Michael Mike Nguyen Reed RicishayMax Storm adam anika announcer aunty "
    "belinda benjamin boris caleb david ed edward f1 f2 f3 f4 f5 grandma grandpa gustave ian "
    "john klatt klatt2 klatt4 linda m1 m2 m3 m4 m5 m6 m7 marcelo max michel miguel norbert "
    "pablo pedro quincy rob robert sandro shelby steph travis victor zac"
).split()
VOICES = tuple(f"{ACCENTS[i % len(ACCENTS)]}+{v}" for i, v in enumerate(VARIANTS))


def part_of(voice: str) -> str:
    """Return the part of the split a voice belongs to: one in ten for test and validation."""
    place = VOICES.index(voice) % 10
    return {4: "validation", 9: "test"}.get(place, "train")


def speak(voice: str) -> list[dict[str, Any]]:
    """Make one voice's utterances in a fresh process; see :func:`_finish` for what each holds."""
    jobs = [[word, voice, *style] for style in STYLES for word in DIGITS]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.npz"
        command = [sys.executable, "-m", "aigc_edu.corpora.recipes.espeak", str(path)]
        done = subprocess.run(command, input=json.dumps(jobs), text=True, capture_output=True)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise CorpusError(
                f"eSpeak NG could not say the digits as {voice} ({reason[0]}); "
                "pip install espeakng-loader"
            )
        with np.load(path) as said:
            rate, phonemes = int(said["rate"]), json.loads(str(said["phonemes"]))
            samples = [said[f"x{i}"] for i in range(len(jobs))]
    gain = PEAK / max(np.abs(x.astype(int)).max() for x in samples)
    clips = []
    for i, (x, marks) in enumerate(zip(samples, phonemes, strict=True)):
        style, digit = divmod(i, len(DIGITS))
        clips.append(_finish(gain * x, marks, rate) | {"voice": voice, "label": digit, "style": style})
    return clips


def _finish(x: np.ndarray, marks: list[list[Any]], rate: int) -> dict[str, Any]:
    """Resample, cut and round x (within [-1, 1]); return int16 samples and the phonemes' rows."""
    scale = RATE / rate
    starts = [round(position * scale) for _, position in marks]
    sounds = [i for i, (symbol, _) in enumerate(marks) if symbol]
    first, last = starts[sounds[0]], starts[sounds[-1] + 1]  # a pause follows the last sound
    margin = round(MARGIN * RATE)
    begin, end = max(0, first - margin), last + margin
    whole = soxr.resample(x, rate, RATE, quality="VHQ")
    rows = [[marks[i][0], starts[i] - begin, starts[i + 1] - begin] for i in sounds]
    return {"samples": _rounded(_faded(whole[begin:end], margin)), "phonemes": rows}


def _faded(x: np.ndarray, margin: int) -> np.ndarray:
    """Fade the margins in and out, so that no clip begins or ends with a click."""
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(margin) / margin)
    x = x.copy()
    x[:margin] *= ramp
    x[-margin:] *= ramp[::-1]
    return x


def _rounded(x: np.ndarray) -> np.ndarray:
    step = 2 ** (16 - BITS)
    codes = np.round(x * 32768 / step) * step
    if np.abs(codes).max() > 32767 - step:
        raise CorpusError("a voice clips; lower its volume in the recipe")
    return codes.astype(np.int16)


def build(out: str | Path, voices: Sequence[str] = VOICES) -> Path:
    """Make the corpus, or the part of it that some voices are, in the folder ``out``.

    Files of the same names are replaced, each of them whole or not at all; nothing else in the
    folder is touched.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    clips = [clip for voice in voices for clip in speak(voice)]
    rows = []
    for part in ("train", "validation", "test"):
        chosen = [clip for clip in clips if part_of(clip["voice"]) == part]
        rows += _rows(chosen, part)
        if chosen:
            _write_flac(out / f"{part}.flac", np.concatenate([c["samples"] for c in chosen]))
    index = {"rate": RATE, "labels": DIGITS, "made_with": made_with(), "clips": rows}
    _write_text(out / "index.json", _as_lines(index))
    return out


def made_with() -> dict[str, str]:
    """Return what the result depends on besides the recipe."""
    return {
        "espeakng-loader": metadata.version("espeakng-loader"),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _rows(clips: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    rows, start = [], 0
    for clip in clips:
        length = len(clip["samples"])
        row = {key: clip[key] for key in ("voice", "label", "style")}
        rows.append(row | {"part": part, "start": start, "length": length})
        rows[-1]["phonemes"] = clip["phonemes"]
        start += length
    return rows


def _as_lines(index: dict[str, Any]) -> str:
    """Return JSON with one line for each clip, so that a change can be read in a diff."""
    head = json.dumps({k: v for k, v in index.items() if k != "clips"}, ensure_ascii=False)
    rows = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in index["clips"])
    return head[:-1] + ', "clips": [\n' + ",\n".join(rows) + "\n]}\n"


def _write_flac(path: Path, x: np.ndarray) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        sf.write(part, x, RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
