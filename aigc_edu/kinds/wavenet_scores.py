"""What the card of a WaveNet says: how many digits are heard, by whom, and bits per sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_known_voices, spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.evaluation import DigitScore, Judge, entropy_of_codes, frechet_distance, score_digits
from aigc_edu.evaluation.digits import SHORTEST
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.wavenet_training import wavenet_bits
from aigc_edu.models.wavenet import synthesise
from aigc_edu.models.wavenet.clips import encode_clips

EACH = 50  # clips of each label
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
    if not told.get("judges"):
        raise CourseError("the recipe's table score names no judges")
    judges = {name: Judge.load(name) for name in told["judges"]}
    networks = {"this checkpoint": trained, **anchors}
    said = {name: _said(network, told) for name, network in networks.items()}
    rows = {"real test clips": _of_corpus(split.test), **said}
    heard = {
        name: score_digits(clips, asked, rate, judges, voices, told.get("shortest", SHORTEST))
        for name, (clips, asked, rate, voices) in rows.items()
    }
    far = _distances({name: row[0] for name, row in rows.items()}, judges, split)
    bits = {name: bits_on_test(network, split) for name, network in networks.items()}
    scores = _numbers(heard["this checkpoint"], far["this checkpoint"], bits["this checkpoint"])
    labels = trained.description["labels"]
    tables = [_comparison(heard, far, bits), *_by_group(heard["this checkpoint"], labels)]
    says = _sentence(heard["this checkpoint"])
    return Measured(scores, tables, loss_anchors(trained, split, anchors), says, "bits a sample")


def _said(trained: Trained, told: dict[str, Any]) -> tuple[list[np.ndarray], list[int], int, list]:
    """Return generated clips, the labels that were asked for, the rate, and the voices."""
    labels, voices = trained.description["labels"], trained.description["speakers"]
    asked = [d for d in range(len(labels)) for _ in range(told.get("each", EACH))]
    seed = told.get("seed", 0)
    clips = synthesise(trained, asked, len(asked), seed)
    turns = [voices[(seed + i) % len(voices)] for i in range(len(asked))]
    return clips, asked, trained.description["rate"], turns


def _of_corpus(part: Corpus) -> tuple[list[np.ndarray], list[int], int, list]:
    clips = [clip.samples for clip in part]
    return clips, [clip.label for clip in part], part.rate, [clip.speaker for clip in part]


def _distances(
    clips: dict[str, list[np.ndarray]], judges: dict[str, Judge], split: Split
) -> dict[str, float]:
    """Return the Fréchet distance of each set of clips from the real test clips.

    For the test clips themselves it is that of as many training clips: what is left between real
    clips. The features are the first judge's.
    """
    judge, rate = next(iter(judges.values())), split.test.rate
    real = judge.features([clip.samples for clip in split.test], rate)
    others = [clip.samples for clip in spread_evenly(split.train, 500)]
    sets = {**clips, "real test clips": others}
    return {n: frechet_distance(judge.features(x, rate), real) for n, x in sets.items()}


def bits_on_test(trained: Trained, split: Split) -> tuple[float, int]:
    """Return bits per sample on the test clips by the network's voices, and their number."""
    known = by_known_voices(split.test, trained.description["speakers"])
    return (wavenet_bits(trained, known), len(known)) if len(known) else (math.nan, 0)


def _numbers(heard: DigitScore, far: float, bits: tuple[float, int]) -> dict[str, float]:
    """Return the checkpoint's scores by name, that of the judge that has chosen nothing first."""
    shares = {f"heard_by_{name}": judged.share for name, judged in reversed(heard.heard.items())}
    return {
        **shares,
        "clips": heard.clips,
        "silent": heard.silent,
        "cut_off": heard.cut_off,
        "frechet": far,
        "test_bits": bits[0],
    }


def _sentence(score: DigitScore) -> str:
    judge, heard = list(score.heard.items())[-1]
    return (
        f"{heard.share:.0%} of {score.clips} clips by this checkpoint are heard as asked by "
        f"{judge}, a judge that has chosen nothing; {score.silent + score.cut_off} are silent or "
        "cut off"
    )


def _comparison(
    heard: dict[str, DigitScore], far: dict[str, float], bits: dict[str, tuple[float, int]]
) -> Table:
    judges = list(next(iter(heard.values())).heard)
    columns = ["", *(f"`{name}`" for name in judges), "silent", "cut off", "Fréchet", "bits"]
    rows = []
    for name, score in heard.items():
        shares = [_share(score, judge) for judge in judges]
        cost = f"{bits[name][0]:.2f}" if name in bits else ""
        unheard = [f"{score.silent} of {score.clips}", str(score.cut_off)]
        rows.append([name, *shares, *unheard, f"{far[name]:.0f}", cost])
    chose = f"`{judges[0]}` may have chosen settings, `{judges[-1]}` has chosen none."
    caption = (
        "How many clips are heard as asked by two judges, with 95 % intervals; a silent or cut-off "
        f"clip is never heard. {chose} The Fréchet distance is from the real test clips; bits a "
        f"sample are of {bits['this checkpoint'][1]} test clips."
    )
    return Table(caption, columns, rows)


def _share(score: DigitScore, judge: str) -> str:
    low, high = score.heard[judge].interval
    return f"{score.heard[judge].share:.1%} ({low:.0%} to {high:.0%})"


def _by_group(score: DigitScore, labels: Sequence[str]) -> list[Table]:
    """Return what is heard of each label and of each voice, by every judge, as narrow tables."""
    of_labels = {
        judge: {labels[number]: share for number, share in judged.by_digit.items()}
        for judge, judged in score.heard.items()
    }
    of_voices = {judge: judged.by_voice for judge, judged in score.heard.items()}
    tables = []
    for caption, groups in (("Each label:", of_labels), ("Each voice:", of_voices)):
        rows = [
            [str(name), *(f"{shares[name]:.0%}" for shares in groups.values())]
            for name in next(iter(groups.values()))
        ]
        tables.append(Table(caption, ["", *(f"`{judge}`" for judge in groups)], rows))
    return tables


def loss_anchors(trained: Trained, split: Split, anchors: dict[str, Trained]) -> dict[str, float]:
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
