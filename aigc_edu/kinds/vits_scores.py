"""What the card of a VITS says: spectra, durations, speed; what it says to show how far it is."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import Any

import librosa
import numpy as np
import torch

from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.evaluation.fidelity import levels_db
from aigc_edu.kinds.base import Description, Measured, Sound, Table
from aigc_edu.kinds.heard_scores import MINE
from aigc_edu.kinds.vits_clips import Prepared, found_places, prepare_clips, true_places
from aigc_edu.kinds.vits_training import alignment_share, vits_value
from aigc_edu.models.vits import manner_of, say, say_phonemes
from aigc_edu.text import PAUSE

BANDS, FRAME, HOP = 80, 1024, 256
CLIPS = 20  # that are compared
SENTENCE = "A warm wind moved the branches, and the birds began to sing."


def vits_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return how far speech is from test clips, and how well durations fit.

    ``mel_db`` is :func:`distance_db`; ``duration_ms`` the mean error of a phoneme's duration;
    ``aligned`` the share of borders that the search finds within 50 ms, of a network that has its
    posterior encoder. Nothing where the test part is empty.
    """
    if len(split.test) == 0:
        return {}
    clips = prepare_clips(spread_evenly(split.test, CLIPS), trained.model.config)
    scores = {"mel_db": distance_db(trained, clips)}
    scores["duration_ms"] = duration_error(trained, clips, "stochastic")
    scores |= how_aligned(trained, split)
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def how_aligned(trained: Trained, split: Split) -> Description:
    """Return ``aligned``, of test clips, for the description: what ships can align no more."""
    if trained.model.posterior is None or len(split.test) == 0:
        return {}
    clips = prepare_clips(spread_evenly(split.test, CLIPS), trained.model.config)
    share = alignment_share(trained.model, clips)
    return {"aligned": share} if np.isfinite(share) else {}


def measure_vits(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure a VITS beside other networks.

    Parameters
    ----------
    trained
        The VITS; as it ships, without its posterior encoder.
    split
        Its corpus's parts.
    told
        ``clips``: of the test part, that are compared.
    anchors
        Networks to compare with, as they were trained.
    """
    held = spread_evenly(split.test, told.get("clips", CLIPS))
    clips = prepare_clips(held, trained.model.config)
    nets = {MINE: trained, **anchors}  # each with symbols and frames of its own
    rows = [_row(k, net, prepare_clips(held, net.model.config)) for k, net in nets.items()]
    scores = vits_scores(trained, split) | {"mel_db": distance_db(trained, clips)}
    scores["real_time"] = times_real_time(trained)
    if "aligned" in trained.description:
        scores["aligned"] = trained.description["aligned"]
    words, equal = (sum(getattr(one.match, x) for one in clips) for x in ("words", "equal"))
    scores["words_as_spoken"] = equal / max(1, words)
    near = f"{scores['mel_db']:.1f} dB from the recordings in mel bands, {len(clips)} test clips"
    values = _anchor_values(split, told, anchors)
    return Measured(scores, [_table(rows, len(clips))], values, near, "nepers in mel bands")


def _anchor_values(
    split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> dict[str, float]:
    """Return what training would have chosen the other networks by: of validation clips, too."""
    held = spread_evenly(split.validation, told.get("clips", CLIPS))
    whole = {k: net.model for k, net in anchors.items() if net.model.posterior is not None}
    if len(held) == 0:
        return {}
    return {k: vits_value(net, prepare_clips(held, net.config)) for k, net in whole.items()}


def _row(name: str, trained: Trained, clips: Sequence[Prepared]) -> list[str]:
    errors = [duration_error(trained, clips, way) for way in ("deterministic", "stochastic")]
    texts = [f"{error:.0f} ms" if np.isfinite(error) else "" for error in errors]
    return [name, f"{distance_db(trained, clips):.1f} dB", *texts]


def _table(rows: list[list[str]], count: int) -> Table:
    caption = (
        f"Of {count} test clips. Distance: mean over {BANDS} mel bands and frames between what is "
        "said and the recording, after both are laid beside each other by dynamic time warping. "
        "Durations: mean error of a phoneme's length, by the deterministic and by the stochastic "
        "predictor, where the corpus tells the true one."
    )
    return Table(caption, ["", "distance", "deterministic", "stochastic"], rows)


def distance_db(trained: Trained, clips: Sequence[Prepared], seed: int = 0) -> float:
    """Return how far what is said is from recordings: the mean over mel bands and frames, in dB.

    Both are laid beside each other by dynamic time warping (Sakoe and Chiba 1978), since speech
    that is a little slower is not wrong; what is said has the mean level of the recording.
    """
    rate, values = trained.model.config.rate, []
    for number, one in enumerate(clips):
        made = say_phonemes(trained, one.match.symbols, manner_of(trained, seed=seed), number)
        values.append(warped_db(made, one.clip.samples, rate))
    return float(np.mean(values))


def warped_db(made: np.ndarray, real: np.ndarray, rate: int) -> float:
    """Return the mean distance of mel spectra in dB along the best path, at equal mean levels."""
    # Every second frame: a path costs the square of their number.
    a, b = (levels_db(x, rate, FRAME, HOP, BANDS)[:, ::2] for x in (made, real))
    a = a + (b.mean() - a.mean())
    cost = np.abs(a[:, :, None] - b[:, None, :]).mean(axis=0)  # (frames, frames)
    _, path = librosa.sequence.dtw(C=cost)
    return float(cost[path[:, 0], path[:, 1]].mean())


def duration_error(trained: Trained, clips: Sequence[Prepared], way: str) -> float:
    """Return the mean error of a phoneme's duration in milliseconds; NaN if none is known.

    Parameters
    ----------
    trained
        A VITS.
    clips
        Those whose phonemes have no known places are left out.
    way
        ``"stochastic"`` (what it would draw in the middle) or ``"deterministic"``.
    """
    model, errors = trained.model, []
    device, config = next(model.parameters()).device, trained.model.config
    for one in clips:
        numbers, ends = true_places(one, config.hop)
        if len(numbers) < 2:
            continue
        durations = model.frames_of(one.symbols[None].to(device), way)[0].cpu().numpy()
        lengths = np.diff(found_places(durations, one, config)[numbers])
        spoken = np.array([one.match.symbols[i] != PAUSE for i in numbers[1:]])
        errors.append(np.abs(lengths - np.diff(ends))[spoken])
    off = np.concatenate(errors) if errors else np.array([np.nan])
    return float(1000 * config.hop / config.rate * off.mean())


def times_real_time(trained: Trained, rounds: int = 3) -> float:
    """Return how many seconds of speech a second of computing gives, on one thread of the CPU."""
    threads, ways = torch.get_num_threads(), []
    trained = trained._replace(model=copy.deepcopy(trained.model).cpu())
    torch.set_num_threads(1)
    try:
        say(trained, SENTENCE)
        for _ in range(rounds):
            began = time.perf_counter()
            x = say(trained, SENTENCE)
            ways.append(len(x) / trained.model.config.rate / (time.perf_counter() - began))
    finally:
        torch.set_num_threads(threads)
    return max(ways)


def one_sentence(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a sentence; the recipe may tell which, as ``text``, and a ``seed``."""
    manner = manner_of(trained, seed=told.get("seed", 0))
    x = say(trained, told.get("text", SENTENCE), manner)
    return Sound("sentence", x, trained.model.config.rate)
