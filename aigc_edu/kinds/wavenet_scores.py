"""What the card of a WaveNet says: how many digits are heard, by whom, and bits per sample."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import by_known_voices, spread_evenly
from aigc_edu.evaluation import DigitScore, entropy_of_codes
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.heard_scores import (
    EACH,
    MINE,
    REAL,
    Said,
    by_group,
    comparison,
    distances,
    hear,
    heard_numbers,
    judges_of,
    said_by,
    sentence,
)
from aigc_edu.kinds.wavenet_training import wavenet_bits
from aigc_edu.models.wavenet import synthesise
from aigc_edu.models.wavenet.clips import encode_clips

HELD = 60  # held-out clips that anchors of the loss are measured on


def measure_digits(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Let judges hear what a WaveNet says, beside real clips and other networks.

    Parameters
    ----------
    trained
        The WaveNet.
    split
        Its corpus's parts.
    told
        ``judges``: names of judges, of which the first may have chosen settings and the last has
        chosen none; ``each``: clips of each label; ``seed``; ``shortest``: seconds that a clip must
        sound for.
    anchors
        Networks to compare with.
    """
    judges = judges_of(told)
    networks = {MINE: trained, **anchors}
    said = {name: _said(network, told) for name, network in networks.items()}
    rows = {REAL: said_by(split.test), **said}
    heard = hear(rows, judges, told)
    far = distances(rows, next(iter(judges.values())), split)
    bits = {name: _test_bits(network, split) for name, network in networks.items()}
    scores = {**heard_numbers(heard[MINE]), "frechet": far[MINE], "test_bits": bits[MINE][0]}
    labels = trained.description["labels"]
    tables = [_comparison(heard, far, bits), *by_group(heard[MINE], labels)]
    says = sentence(heard[MINE])
    return Measured(scores, tables, _anchors(trained, split, anchors), says, "bits a sample")


def _said(trained: Trained, told: dict[str, Any]) -> Said:
    """Return generated clips, the labels that were asked for, the rate, and the voices."""
    labels, voices = trained.description["labels"], trained.description["speakers"]
    asked = [d for d in range(len(labels)) for _ in range(told.get("each", EACH))]
    seed = told.get("seed", 0)
    clips = synthesise(trained, asked, len(asked), seed)
    turns = [voices[(seed + i) % len(voices)] for i in range(len(asked))]
    return Said(clips, asked, trained.description["rate"], turns)


def _test_bits(trained: Trained, split: Split) -> tuple[float, int]:
    """Return bits per sample on the test clips by the network's voices, and their number."""
    known = by_known_voices(split.test, trained.description["speakers"])
    return (wavenet_bits(trained, known), len(known)) if len(known) else (math.nan, 0)


def _comparison(
    heard: dict[str, DigitScore], far: dict[str, float], bits: dict[str, tuple[float, int]]
) -> Table:
    more = {
        "Fréchet": {name: f"{value:.0f}" for name, value in far.items()},
        "bits": {name: f"{cost:.2f}" for name, (cost, _) in bits.items()},
    }
    says = (
        "The Fréchet distance is from the real test clips; bits a "
        f"sample are of {bits[MINE][1]} test clips."
    )
    return comparison(heard, more, says)


def _anchors(trained: Trained, split: Split, anchors: dict[str, Trained]) -> dict[str, float]:
    """Return what a uniform guess, a histogram and other networks pay on held-out clips."""
    told = trained.description
    held = spread_evenly(by_known_voices(split.validation, told["speakers"]), HELD)
    if not len(held):
        return {}
    codes = np.concatenate([codes[1:] for codes in encode_clips(held, told.get("floor", 0.0))])
    levels = told["config"]["levels"]
    simple = {"uniform": math.log2(levels), "histogram": entropy_of_codes(codes, levels)}
    return simple | {name: wavenet_bits(network, held) for name, network in anchors.items()}


def one_digit(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return the digit of the recipe's ``sample`` in the first voice, with its seed."""
    digit, speakers = told.get("sample", 7), trained.description["speakers"]
    (clip,) = synthesise(trained, digit, 1, told.get("seed", 0), speaker=speakers[0])
    return Sound(f"{digit}", clip, trained.description["rate"])
