"""The kind ``audiolm``: three Transformers over tokens, which continue a sound."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from aigc_edu.audio import read
from aigc_edu.checkpoints import Trained, in_float16
from aigc_edu.corpora import Corpus, Split
from aigc_edu.kinds.audiolm_scores import (
    audiolm_scores,
    measure_strings,
    one_continued,
    sampling_of,
)
from aigc_edu.kinds.audiolm_strings import at_level
from aigc_edu.kinds.audiolm_training import (
    BATCH_SIZE,
    LEARNING_RATE,
    STRINGS,
    audiolm_trainer,
)
from aigc_edu.kinds.base import SIZES, Kind, Run, Sound, preset
from aigc_edu.kinds.options import add_checkpoint, add_drawing, number, positive
from aigc_edu.kinds.wavegan_judging import judge_of
from aigc_edu.models.audiolm import AudioLMConfig, codec_of, continue_sound, load_audiolm
from aigc_edu.models.audiolm.sampling import OPTIONAL
from aigc_edu.training.trainer import Trainer


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--size", choices=SIZES, default="tiny", help="default: %(default)s")
    parser.add_argument("--codec", help="name or file of the codec (default: codec-CORPUS)")
    parser.add_argument(
        "--features",
        help="recogniser whose features semantic tokens are of, or chroma "
        "(default: the corpus's recogniser, chroma for notes)",
    )
    parser.add_argument("--semantic", type=positive, help="semantic tokens (default: the size's)")
    parser.add_argument("--coarse", type=positive, help="books of the coarse stage (default: 2)")
    parser.add_argument(
        "--books", type=positive, help="books to use, the codec's first ones (default: 6)"
    )
    parser.add_argument(
        "--fine-window",
        type=number(0.1, 60),
        help="seconds that the fine stage sees (default: the size's)",
    )
    parser.add_argument("--channels", type=positive, help="of each stage (default: the size's)")
    parser.add_argument(
        "--strings", type=positive, default=STRINGS, help="to learn from (default: %(default)s)"
    )
    parser.add_argument(
        "--vary", action="store_true", help="play strings faster or slower and through filters"
    )


def _config(told: Namespace) -> AudioLMConfig:
    config = preset(AudioLMConfig, told.size)
    names = ("semantic", "coarse", "books", "fine_window", "channels")
    changes = {n: v for n in names if (v := getattr(told, n)) is not None}
    return replace(config, **changes)


def _parts(corpus: Corpus) -> Split:
    """Split a corpus so that the test's voices are unheard, or at least its clips.

    Where the official parts share their voices, they are the parts. Otherwise the test keeps its
    voices for itself, and of the other ones some clips are held out to validate with.
    """
    official = corpus.split("official")
    if set(official.test.speakers) & set(official.train.speakers):
        return official
    rest = (official.train + official.validation).split("clip")
    return Split(rest.train + rest.test, rest.validation, official.test)


def _features(corpus: Corpus) -> str:
    if corpus[0].note:
        return "chroma"
    return judge_of(corpus) or "recogniser-fsdd"


def _trainer(run: Run) -> Trainer:
    told = run.options
    return audiolm_trainer(
        run.clips,
        told.codec or f"codec-{run.clips.name}",
        told.features or _features(run.clips),
        _config(told),
        settings=run.settings,
        batch_size=run.batch_size,
        seed=run.seed,
        device=str(run.processes.device),
        folder=run.folder,
        strings=told.strings,
        vary=told.vary,
        validation=run.validation,
        processes=run.processes,
    )


def _wishes(parser: ArgumentParser) -> None:
    add_checkpoint(parser, "audiolm-digits")
    parser.add_argument("--wav", type=Path, help="prompt to continue (default: none)")
    parser.add_argument(
        "--seconds", type=number(0.02, 60), default=2.0, help="to write (default: %(default)s)"
    )
    parser.add_argument(
        "--without", choices=OPTIONAL, nargs="+", default=[], help="stages that are left out"
    )
    parser.add_argument("--count", type=positive, default=1, help="number of sounds")
    parser.add_argument("--codec", help="file of the codec (default: the one by its name)")
    add_drawing(parser)


def _generate(trained: Trained, options: Namespace) -> Iterator[Sound]:
    rate, codec = trained.description["rate"], codec_of(trained, options.codec)
    prompt = np.zeros(0)
    if options.wav is not None:
        prompt = at_level(read(options.wav, rate)[0])  # as loud as what was learned from
    rules = sampling_of(trained, without=tuple(options.without))
    if options.temperature is not None:
        rules = replace(rules, temperatures=(options.temperature,) * 3)
    for i in range(options.count):
        drawn = replace(rules, seed=(options.seed + i) % 2**32)
        made = continue_sound(trained.model, codec.model, prompt, options.seconds, drawn)
        named = f"_{options.wav.stem}" if options.wav else ""
        name = f"audiolm{named}_seed{options.seed}_{i:03d}"
        yield Sound(name, np.clip(made.samples, -1, 1), rate)


def _ships(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Round the stages to half precision; what makes semantic tokens stays exact."""
    stages = {k: v for k, v in weights.items() if not k.startswith("tokens.")}
    return {**weights, **in_float16(stages)}


KIND = Kind(
    name="audiolm",
    batch_size=BATCH_SIZE,
    learning_rate=LEARNING_RATE,
    options=_options,
    parts=_parts,
    trainer=_trainer,
    scores=audiolm_scores,
    measure=measure_strings,
    sample=one_continued,
    ships=_ships,
    load=load_audiolm,
    wishes=_wishes,
    generate=_generate,
)
