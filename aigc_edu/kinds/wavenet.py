"""The kind ``wavenet``: a WaveNet that is told a label and a speaker, on short labelled clips."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import by_known_voices, generation_split
from aigc_edu.kinds.base import Description, Kind, Run, Sound, need_labels
from aigc_edu.kinds.options import add_checkpoint, add_drawing, number, positive, whole
from aigc_edu.kinds.wavenet_scores import measure_digits, one_digit
from aigc_edu.kinds.wavenet_training import BATCH_SIZE, wavenet_bits, wavenet_trainer
from aigc_edu.models.wavenet import load_wavenet, synthesise
from aigc_edu.training.trainer import Trainer

TOGETHER = 64  # clips that are drawn at once


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--size", default="tiny", help="tiny, trained or paper (default: tiny)")
    parser.add_argument(
        "--augment", action="store_true", help="vary the speed, and disturb what is heard"
    )
    parser.add_argument(
        "--floor", type=number(0, 0.1), default=0.0, help="noise under the clips (default: 0)"
    )


def _parts(corpus: Corpus) -> Split:
    return generation_split(need_labels(corpus))


def _trainer(run: Run) -> Trainer:
    return wavenet_trainer(
        run.clips,
        size=run.options.size,
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        augment=run.options.augment,
        floor=run.options.floor,
        validation=run.validation,
        processes=run.processes,
    )


def _scores(trained: Trained, split: Split) -> dict[str, float]:
    known = by_known_voices(split.validation, trained.description["speakers"])
    if len(known) == 0:
        return {}
    return {"validation_bits": wavenet_bits(trained, known)}


def _adopt(weights: dict[str, Tensor], theirs: Description, mine: Description) -> None:
    """Match speakers by name, and begin with a silent clock where the other network has none.

    A speaker whom the other network does not know begins with the mean of those that it knows.
    """
    config = mine["config"]
    if config["clock_frames"] and "clock.weight" not in weights:
        entries = config["conditions"][0] * config["clock_frames"]
        weights["clock.weight"] = torch.zeros(entries, config["condition_channels"])
    table = weights.get("embeddings.1.weight")  # the second condition is the speaker
    known, wanted = theirs.get("speakers"), mine.get("speakers")
    if table is None or not known or not wanted or known == wanted:
        return
    rows = [table[known.index(s)] if s in known else table.mean(dim=0) for s in wanted]
    weights["embeddings.1.weight"] = torch.stack(rows)


def wishes_of(checkpoint: str) -> Callable[[ArgumentParser], None]:
    """Return what adds the flags of ``generate``, with a checkpoint by default."""

    def wishes(parser: ArgumentParser) -> None:
        add_checkpoint(parser, checkpoint)
        _add_wishes(parser)

    return wishes


def _add_wishes(parser: ArgumentParser) -> None:
    parser.add_argument("--label", type=int, required=True, help="the number of the label, a digit")
    parser.add_argument("--speaker", help="whose voice (default: all take turns)")
    parser.add_argument("--count", type=positive, default=1, help="number of clips")
    parser.add_argument(
        "--top-k", type=whole, default=0, help="draw from the so many most probable codes only"
    )
    parser.add_argument(
        "--top-p",
        type=number(1e-9, 1),
        default=1.0,
        help="draw from the most probable codes only, as few as reach this probability",
    )
    parser.add_argument(
        "--seconds", type=number(1e-3, 60), default=1.0, help="longest duration of a clip"
    )
    add_drawing(parser)


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    named = "_".join(_safe(part) for part in (str(options.label), options.speaker or "") if part)
    for first in range(0, options.count, TOGETHER):  # memory holds so many, and no more
        clips = synthesise(
            trained,
            options.label,
            min(TOGETHER, options.count - first),
            (options.seed + first) % 2**32,
            temperature=options.temperature,
            speaker=options.speaker,
            seconds=options.seconds,
            top_k=options.top_k,
            top_p=options.top_p,
        )
        for i, clip in enumerate(clips, start=first):
            name = f"{trained.description['kind']}_{named}_seed{options.seed}_{i:03d}"
            yield Sound(name, clip, trained.description["rate"])


def _safe(text: str) -> str:
    """Return a part of a file's name: what a system may not like becomes a hyphen."""
    return re.sub(r"[^\w.+-]+", "-", text)


KIND = Kind(
    name="wavenet",
    batch_size=BATCH_SIZE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=_scores,
    measure=measure_digits,
    sample=one_digit,
    load=load_wavenet,
    adopt=_adopt,
    wishes=wishes_of("wavenet-fsdd"),
    generate=_generate,
)
