"""What can be measured of a checkpoint of any kind: its curve, its data, its network, its sounds.

Chapter: chapters/06-product/03-clinic.ipynb
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aigc_edu import corpora
from aigc_edu.checkpoints import Trained, find_checkpoint, load_checkpoint
from aigc_edu.clinic import Levels, anchors, leaks, levels, running_test, shift_test, spread
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import by_known_voices, spread_evenly
from aigc_edu.errors import CourseError
from aigc_edu.kinds.base import Kind
from aigc_edu.kinds.catalogue import find_kind
from aigc_edu.kinds.wavenet_training import wavenet_bits
from aigc_edu.models.conditioning import CodeModel
from aigc_edu.models.wavegan import make_clips
from aigc_edu.models.wavenet.clips import encode_clips

LEARNED, HELD, FEW = 300, 30, 12  # clips that are compared, held against them, and scored
DRAWN, LENGTH = 4, 300  # clips and codes that are drawn to be scored
SOME = 0.1  # share of held-out clips that may be like learned ones, as one note at two levels is
MANY = 0.5  # share of silent frames from which on a training hears little else
OFF = 1e-3  # largest difference of logits between two ways of computing them, beside their size

State = Literal["passed", "look", "wrong"]
_SIGNS = {"passed": "ok   ", "look": "look ", "wrong": "WRONG"}


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and the numbers that say so."""

    about: str
    state: State
    text: str

    def __str__(self) -> str:
        return f"{_SIGNS[self.state]} {self.about}: {self.text}"


def check_up(
    checkpoint: str | Path, corpus: str | None = None, root: Path | None = None
) -> Iterator[Finding]:
    """Measure what applies to a checkpoint, and say it finding by finding.

    Weights and history of every kind; levels and leaks of its corpus, where that is at hand; of
    models of codes what their loss lets in, whether generation and training agree, and what clips
    cost; of a WaveGAN the spread of its sounds.

    Parameters
    ----------
    checkpoint
        A file, or the name of one that ships.
    corpus, root
        Another corpus than the one it has learned from, and where it lies.

    Raises
    ------
    CourseError
        If there is no such checkpoint, or no such corpus was named.
    """
    tensors, description = load_checkpoint(checkpoint)
    yield _weights(tensors)
    kind = find_kind(str(description.get("kind")))
    yield from _history(find_checkpoint(checkpoint).parent)
    split, finding = _split(kind, description, corpus, root)
    if finding:
        yield finding
    if split is not None:
        yield from _data(split)
    trained = kind.load(str(find_checkpoint(checkpoint)))
    if isinstance(trained.model, CodeModel):
        yield from _codes(trained)
    if split is not None:
        yield from _against_data(kind, trained, split)


def _weights(tensors: dict[str, Tensor]) -> Finding:
    bad = [name for name, x in tensors.items() if not torch.isfinite(x.float()).all()]
    if bad:
        return Finding("weights", "wrong", f"NaN or infinite: {', '.join(bad[:3])}")
    numbers = [x.float() for name, x in tensors.items() if name.startswith("model.")]
    largest = max((float(x.abs().max()) for x in numbers if x.numel()), default=0.0)
    count = sum(x.numel() for x in numbers)
    return Finding("weights", "passed", f"{count:,} finite numbers, the largest {largest:.3g}")


def _history(folder: Path) -> Iterator[Finding]:
    """Say how the losses beside a run's checkpoint went; nothing where there are none."""
    path = folder / "history.jsonl"
    if not path.is_file():
        return
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    losses = [row["loss"] for row in rows if "loss" in row]
    if not losses:
        return
    tenth = max(1, len(losses) // 10)
    begins, ends = float(np.median(losses[:tenth])), float(np.median(losses[-tenth:]))
    text = f"{len(losses):,} steps, from {begins:.3g} to {ends:.3g}"
    if not all(map(math.isfinite, losses)):
        yield Finding("curve", "wrong", f"{text}, and no finite number in between")
    elif ends > 2 * abs(begins) + 1:
        yield Finding("curve", "wrong", f"{text}: it has diverged")
    else:
        yield Finding("curve", "passed", text)


def _split(
    kind: Kind, description: dict, corpus: str | None, root: Path | None
) -> tuple[Split | None, Finding | None]:
    """Return the parts of the corpus, or what keeps it from being read."""
    name = corpus or description.get("corpus")
    try:
        loaded = corpora.load(name, root=root, rate=kind.rate or description.get("rate"))
        return kind.parts(loaded), None
    except CourseError as error:
        if corpus is not None:
            raise
        return None, Finding("corpus", "look", f"{name} is not at hand: {error}")


def _data(split: Split) -> Iterator[Finding]:
    learned, held = spread_evenly(split.train, LEARNED), spread_evenly(split.validation, HELD)
    known = [clip.samples for clip in learned]
    found = levels(known, learned.rate)
    yield Finding("levels", "look" if _strange(found) else "passed", _told(found))
    pairs = leaks(known, [clip.samples for clip in held], learned.rate)
    if pairs:
        pair = pairs[0]
        names = f"{held[pair.held_out].key} and {learned[pair.learned].key}"
        many = len(pairs) > SOME * len(held)
        text = f"{len(pairs)} of {len(held)} held-out clips are learned from, as {names}"
        yield Finding("leaks", "wrong" if many else "look", text)
    else:
        text = f"none of {len(held)} held-out clips among {len(learned)} learned ones"
        yield Finding("leaks", "passed", text)


def _strange(found: Levels) -> list[str]:
    """Return what is unusual about clips."""
    named = {
        "much of it is silent": found.silent > MANY,
        "samples are clipped": found.clipped > 0.01,
        "it is silent": found.peak < -60,
        "there is an offset": abs(found.offset) > 0.02,
        "levels differ much": found.spread > 30,
    }
    return [name for name, so in named.items() if so]


def _told(found: Levels) -> str:
    return "; ".join([str(found), *_strange(found)])


def _told_nothing(model: CodeModel, batch: int) -> tuple[Tensor | None, Tensor | None]:
    """Return a condition, and local frames or positions, that say as little as possible."""
    config = model.config
    condition = torch.zeros(batch, len(config.conditions), dtype=torch.long)
    local = None
    if config.clock == "word":
        local = torch.zeros(batch, 1, dtype=torch.long)
    elif config.local_channels:
        local = torch.zeros(batch, config.local_channels, 1)
    return (condition if config.conditions else None), local


def _codes(trained: Trained) -> Iterator[Finding]:
    """Look at a model of codes: its loss, its two ways of computing, its draws."""
    model = trained.model

    def predict(codes: Tensor) -> Tensor:
        condition, local = _told_nothing(model, len(codes))
        return model(codes, condition, local)

    def costs(codes: Tensor) -> Tensor:
        return F.cross_entropy(predict(codes[:, :-1]), codes[:, 1:], reduction="none")

    found = shift_test(costs, model.config.levels)
    yield Finding("what the loss lets in", "passed" if found.passed else "wrong", str(found))
    codes = _drawn(model)
    apart = _apart(model, predict, codes)
    text = f"logits differ by {apart:.1e} between training and generation"
    yield Finding("one code at a time", "passed" if apart < OFF else "wrong", text)
    run = running_test(predict, codes)
    yield Finding("running free", "passed" if run.passed else "wrong", str(run))


def _drawn(model: CodeModel) -> Tensor:
    start = torch.full((DRAWN, 1), model.config.levels // 2)
    condition, local = _told_nothing(model, DRAWN)
    random = torch.Generator().manual_seed(0)
    new = model.generate(start, LENGTH, condition, 1.0, random, local=local)
    return torch.cat([start, new], dim=1)


@torch.no_grad()
def _apart(model: CodeModel, predict: Callable[[Tensor], Tensor], codes: Tensor) -> float:
    """Return the largest difference of logits, one by one and all at once, beside their size."""
    codes = codes[:, :64]
    condition, local = _told_nothing(model, len(codes))
    stream = model.streams[1](
        model, len(codes), model.embed_condition(condition, len(codes), local)
    )
    one_by_one = torch.stack([stream.step(codes[:, t]) for t in range(codes.shape[1])], dim=2)
    at_once = predict(codes)
    return float((one_by_one - at_once).abs().max() / (1 + at_once.abs().max()))


def _against_data(kind: Kind, trained: Trained, split: Split) -> Iterator[Finding]:
    """Compare a model with its clips: what they cost, or how much its own differ."""
    if kind.name in ("wavenet", "samplernn"):
        yield from _bits(trained, split)
    if kind.name == "wavegan":
        told = bool(
            trained.model.config.labels
        )  # then one label is made, and compared with its own
        made = make_clips(trained, [0] * FEW if told else FEW)
        clips = split.train.select(label=0) if told else split.train
        real = [clip.samples for clip in spread_evenly(clips, 4 * FEW)]
        found = spread(list(made), real)
        yield Finding("spread", "passed" if found.passed else "wrong", str(found))


def _bits(trained: Trained, split: Split) -> Iterator[Finding]:
    speakers, costs = trained.description["speakers"], {}
    for name, part in (("learned", split.train), ("held-out", split.validation)):
        some = spread_evenly(by_known_voices(part, speakers), FEW)
        if len(some):
            costs[name] = wavenet_bits(trained, some)
    some = spread_evenly(by_known_voices(split.train, speakers), FEW)
    if not costs or not len(some):
        return
    at = anchors([codes[1:] for codes in encode_clips(some, trained.description.get("floor", 0.0))])
    told = ", ".join(f"{name} clips cost {bits:.2f} bits" for name, bits in costs.items())
    worst = max(costs.values())
    state: State = "wrong" if worst > at.guess else "look" if worst > at.histogram else "passed"
    yield Finding("bits", state, f"{told}; {at}")
