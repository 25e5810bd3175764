"""Measure mel vocoders: bits per sample, and how far their copies are from the originals.

Copy synthesis: mel frames of test sentences back to sound. Beside it Griffin-Lim, which guesses
phases from the same frames without having learned anything. Two distances are printed: the mean
difference of the mel spectra in dB, over the frames in which the original is above -60 dB, and the
Fréchet distance of pieces of a second from those of the originals, in features of the recogniser
of the digits. As many pieces of other real sentences, the validation clips, stand beside it.

``python benchmarks/vocoder_sentences.py --checkpoint vocoder-sentences FILE``
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from aigc_edu import corpora, dsp
from aigc_edu.evaluation import Judge, frechet_distance
from aigc_edu.kinds.vocoder import vocoder_bits
from aigc_edu.models.wavenet import copy_synthesis, load_vocoder
from aigc_edu.models.wavenet.vocoding import BANDS, FRAME, HOP, RATE, griffin_lim_copy


def mel_db(x: np.ndarray) -> np.ndarray:
    """Return the mel spectrum in dB, (BANDS, F)."""
    return dsp.to_db(dsp.mel_spectrogram(np.asarray(x, float), RATE, FRAME, HOP, BANDS), -80)


def distance_db(x: np.ndarray, y: np.ndarray) -> float:
    """Return the mean distance of two waveforms' mel spectra where the first is above -60 dB."""
    n = min(len(x), len(y))
    a, b = mel_db(x[:n]), mel_db(y[:n])
    return float(np.abs(a - b)[a > -60].mean())


def pieces(clips: list[np.ndarray]) -> list[np.ndarray]:
    """Return the whole seconds of clips, each (RATE,)."""
    return [x[i : i + RATE] for x in clips for i in range(0, len(x) - RATE + 1, RATE)]


class Originals:
    """The beginnings of the test sentences, which copies are compared with."""

    def __init__(self, clips: list[np.ndarray]) -> None:
        self.clips, self.judge = clips, Judge.load("recogniser-digits")
        self.features = self.judge.features(pieces(clips), RATE)

    def frechet(self, copies: list[np.ndarray]) -> float:
        """Return the Fréchet distance of the copies' pieces from those of the originals."""
        return frechet_distance(self.judge.features(pieces(copies), RATE), self.features)

    def report(self, name: str, copies: list[np.ndarray]) -> None:
        """Print how far copies are off."""
        off = np.mean([distance_db(x, y) for x, y in zip(self.clips, copies, strict=True)])
        print(f"  {name}: {off:.2f} dB off, Fréchet distance {self.frechet(copies):.0f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", nargs="+", default=["vocoder-sentences"])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each sentence, at most")
    parser.add_argument("--temperature", type=float, nargs="*", default=[1.0])
    options = parser.parse_args()
    torch.set_num_threads(1)
    split = corpora.load("sentences", rate=RATE).split("official")
    test, others = (
        [clip.samples[: int(options.seconds * RATE)] for clip in part]
        for part in (split.test, split.validation)
    )
    originals = Originals(test)
    print(f"{len(pieces(test))} pieces of a second")
    print(f"  other real sentences: Fréchet distance {originals.frechet(others):.0f}")
    originals.report("Griffin-Lim", [griffin_lim_copy(x) for x in test])
    for name in options.checkpoint:
        model = load_vocoder(name)
        held, unheard = (vocoder_bits(model.model, part) for part in split[1:])
        print(
            f"{name}: {held:.3f} bits per sample on validation clips, {unheard:.3f} on test clips"
        )
        for temperature in options.temperature:
            began = time.perf_counter()
            copies = [copy_synthesis(model, x, 0, temperature) for x in test]
            rate = sum(map(len, copies)) / (time.perf_counter() - began)
            originals.report(f"temperature {temperature}, {rate:,.0f} samples a second", copies)


if __name__ == "__main__":
    main()
