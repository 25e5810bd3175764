"""The kind ``wavegan``: a generator of short clips at once, told a label where there are labels."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import generation_split
from aigc_edu.errors import InvalidValueError
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound, preset
from aigc_edu.kinds.options import add_checkpoint, number, positive, whole
from aigc_edu.kinds.wavegan_judging import Judged, judge_of
from aigc_edu.kinds.wavegan_scores import measure_clips, some_labels
from aigc_edu.kinds.wavegan_training import BATCH_SIZE, WAYS, Way, find_way, wavegan_trainer
from aigc_edu.models.wavegan import WaveGANConfig, load_wavegan, make_clips
from aigc_edu.models.wavegan.config import UPSAMPLING
from aigc_edu.training.trainer import Trainer


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--way", choices=tuple(WAYS), default="relativistic", help="to learn")
    parser.add_argument("--critic-steps", type=positive, help="updates of the critic in a step")
    parser.add_argument("--penalty", type=number(0), help="weight of the critic's penalty")
    parser.add_argument("--penalty-every", type=positive, help="critic's updates between penalties")
    parser.add_argument(
        "--naming", type=number(0), help="weight of a classifier in the critic (default: none)"
    )
    parser.add_argument(
        "--augment", action="store_true", help="vary speed, level and beginning of the clips"
    )
    parser.add_argument("--judge", help="who validates (default: the corpus's recogniser)")
    _add_network(parser)


def _add_network(parser: ArgumentParser) -> None:
    parser.add_argument("--size", choices=SIZES, default="tiny", help="default: %(default)s")
    parser.add_argument("--length", type=positive, help="samples of a clip (default: the size's)")
    parser.add_argument("--width", type=positive, help="channels d (default: the size's)")
    parser.add_argument("--latent", type=positive, help="width of the noise (default: the size's)")
    parser.add_argument("--upsampling", choices=UPSAMPLING, default="transposed")
    parser.add_argument("--post-filter", type=whole, default=0, help="taps of a last, learned one")
    parser.add_argument("--phase-shuffle", type=whole, default=2, help="largest shift in samples")
    parser.add_argument(
        "--labelled",
        action=BooleanOptionalAction,
        default=True,
        help="whether the networks are told the labels, if there are any",
    )


def _config(told: Namespace, corpus: Corpus) -> WaveGANConfig:
    labels = len(corpus.labels) if told.labelled else 0
    config = preset(WaveGANConfig, told.size, labels=labels)
    names = ("length", "width", "latent", "upsampling", "post_filter", "phase_shuffle")
    return replace(config, **{n: v for n in names if (v := getattr(told, n)) is not None})


def _way(told: Namespace) -> Way:
    names = ("critic_steps", "penalty", "penalty_every", "naming")
    changes = {n: v for n in names if (v := getattr(told, n)) is not None}
    return replace(find_way(told.way), **changes)


def _validation(run: Run) -> Callable | None:
    if run.validation is None:
        return None
    if len(run.validation) < 2:
        raise InvalidValueError("a distance from one clip says nothing; validate with more of them")
    name = run.options.judge or judge_of(run.clips)
    if name is None:
        raise InvalidValueError(
            f"no judge of {run.clips.name} ships; name one with --judge, or leave "
            "--validate-every out"
        )
    return Judged(name, run.validation)


def _trainer(run: Run) -> Trainer:
    return wavegan_trainer(
        run.clips,
        _config(run.options, run.clips),
        _way(run.options),
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        augment=run.options.augment,
        validate=_validation(run),
        processes=run.processes,
    )


def _scores(trained: Trained, split: Split) -> dict[str, float]:
    name = judge_of(split.train)
    if name is None or len(split.validation) < 2:  # one clip has no distribution
        return {}
    return Judged(name, split.validation).scores(trained)


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "wavegan-fsdd")
    parser.add_argument(
        "--label", type=whole, help="the number of the label (default: all in turn)"
    )
    parser.add_argument("--count", type=positive, default=1, help="number of clips")
    parser.add_argument("--seed", type=whole, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder for the WAV files")


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    names, count = trained.description["labels"], options.count
    if options.label is not None and options.label >= max(1, len(names)):
        raise InvalidValueError(f"there are {len(names)} labels, from 0 on; got {options.label}")
    label = [options.label] if options.label is not None else range(len(names))
    labels = [label[i % len(label)] for i in range(count)] if names else count
    for i, clip in enumerate(make_clips(trained, labels, options.seed)):
        named = f"_{labels[i]}" if names else ""
        yield Sound(f"wavegan{named}_seed{options.seed}_{i:03d}", clip, trained.description["rate"])


def _sample(trained: Trained, split: Split, told: dict) -> Sound:
    """Return one clip after the other: of the recipe's labels in ``sample``, with its seed."""
    labels = some_labels(trained, told)
    clips = make_clips(trained, labels, told.get("seed", 0))
    named = "-".join(str(label) for label in labels) if isinstance(labels, list) else "clips"
    return Sound(named, np.concatenate(clips), trained.description["rate"])


KIND = Kind(
    name="wavegan",
    batch_size=BATCH_SIZE,
    learning_rate=1e-4,
    options=_options,
    parts=generation_split,
    trainer=_trainer,
    scores=_scores,
    measure=measure_clips,
    sample=_sample,
    load=load_wavegan,
    wishes=_wishes,
    generate=_generate,
)
