"""Measure a mel vocoder: bits per sample, and how far its copies are from the originals.

Copy synthesis: mel frames of test sentences back to sound. Beside it Griffin-Lim, which guesses
phases from the same frames without having learned anything. The distance is the mean difference of
the mel spectra in dB, over the frames in which the original is above -60 dB.
``python benchmarks/vocoder_sentences.py --help``
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from aigc_edu import corpora, dsp
from aigc_edu.training.vocoder import (
    BANDS,
    FRAME,
    HOP,
    RATE,
    copy_synthesis,
    load_vocoder,
    vocoder_bits,
)


def mel_db(x: np.ndarray) -> np.ndarray:
    """Return the mel spectrum in dB, (BANDS, F)."""
    return dsp.to_db(dsp.mel_spectrogram(np.asarray(x, float), RATE, FRAME, HOP, BANDS), -80)


def distance_db(x: np.ndarray, y: np.ndarray) -> float:
    """Return the mean distance of two waveforms' mel spectra where the first is above -60 dB."""
    n = min(len(x), len(y))
    a, b = mel_db(x[:n]), mel_db(y[:n])
    return float(np.abs(a - b)[a > -60].mean())


def griffin_lim(x: np.ndarray) -> np.ndarray:
    """Return sound from the mel spectrum of x alone, (N,)."""
    power = dsp.mel_spectrogram(np.asarray(x, float), RATE, FRAME, HOP, BANDS)
    bank = dsp.mel_filterbank(RATE, FRAME, BANDS)  # (BANDS, bins)
    spectrum = np.maximum(np.linalg.pinv(bank) @ power, 0) ** 0.5
    return dsp.griffin_lim(spectrum, HOP, 60, length=len(x))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="vocoder-sentences")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each test sentence")
    parser.add_argument("--temperature", type=float, nargs="*", default=[1.0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load_vocoder(options.checkpoint)
    split = corpora.load("sentences", rate=RATE).split("official")
    print(f"{vocoder_bits(model, split.validation):.3f} bits per sample on the validation clips")
    print(f"{vocoder_bits(model, split.test):.3f} bits per sample on the test clips")
    clips = [clip.samples[: int(options.seconds * RATE)] for clip in split.test]
    print(f"Griffin-Lim: {np.mean([distance_db(x, griffin_lim(x)) for x in clips]):.2f} dB off")
    for temperature in options.temperature:
        began = time.perf_counter()
        copies = [copy_synthesis(model, x, 0, temperature) for x in clips]
        rate = sum(map(len, copies)) / (time.perf_counter() - began)
        off = np.mean([distance_db(x, y) for x, y in zip(clips, copies, strict=True)])
        print(f"vocoder, temperature {temperature}: {off:.2f} dB off, {rate:,.0f} samples a second")


if __name__ == "__main__":
    main()
