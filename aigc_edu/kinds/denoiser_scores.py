"""What the card of a denoiser says: for each kind of noise, how much nearer to the speech it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from aigc_edu import dsp
from aigc_edu.checkpoints import Trained
from aigc_edu.corpora import Corpus, Split
from aigc_edu.corpora.choosing import spread_evenly
from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.fidelity import si_sdr
from aigc_edu.evaluation.intelligibility import stoi
from aigc_edu.kinds.base import Measured, Sound, Table
from aigc_edu.kinds.denoiser_pairs import Pair
from aigc_edu.kinds.denoiser_training import RATIO, held_pairs, lost_db, mixed_at, pair_of, sounding
from aigc_edu.models.denoiser import Denoiser, clean

CLIPS = 17  # held-out clips of each kind of noise
QUICK = 6  # at the end of a training
WHITE = "white"  # besides the kinds of noise that were learned from

Way = Callable[[np.ndarray], np.ndarray]


class Won(NamedTuple):
    """How near to the clean speech some sounds are: SI-SDR in dB, and STOI (None if too short)."""

    ratio: float
    clear: float | None


def how_near(pairs: list[Pair], way: Way, rate: int) -> Won:
    """Return how near noisy speech comes to the clean one, the mean over pairs."""
    made = [np.asarray(way(pair.noisy), np.float64) for pair in pairs]
    ratios = [si_sdr(pair.clean, y) for pair, y in zip(pairs, made, strict=True)]
    try:
        whole = np.concatenate([pair.clean for pair in pairs])
        return Won(float(np.mean(ratios)), stoi(whole, np.concatenate(made), rate))
    except InvalidValueError:  # a few short clips
        return Won(float(np.mean(ratios)), None)


def ways_of(model: Denoiser) -> dict[str, Way]:
    """Return what is compared, by name: the noisy speech, Wiener's filter, the network."""
    return {
        "as it is": lambda x: x,
        "Wiener": lambda x: dsp.denoise(x, model.rate),
        "network": lambda x: clean(model, x, model.rate),
    }


def pairs_with(corpus: Corpus, kind: str, ratio: float = RATIO) -> list[Pair]:
    """Return a pair for each clip that sounds, with held-out noise of a kind, or white noise."""
    if kind != WHITE:
        return held_pairs(corpus, ratio, [kind])
    return [
        mixed_at(x, np.random.default_rng([n, 7]).standard_normal(len(x)), ratio)
        for n, x in enumerate(sounding(corpus))
    ]


def denoiser_scores(trained: Trained, split: Split) -> dict[str, float]:
    """Return what some held-out clips win in hiss at 5 dB; nothing where none are held out."""
    model, held = trained.model, spread_evenly(split.test, QUICK)
    if not len(held):
        return {}
    pairs, ways = pairs_with(held, "hiss"), ways_of(model)
    before, after = (how_near(pairs, ways[name], model.rate) for name in ("as it is", "network"))
    return {"won_db": after.ratio - before.ratio}


def measure_denoiser(
    trained: Trained, split: Split, told: dict[str, Any], anchors: dict[str, Trained]
) -> Measured:
    """Measure a denoiser on held-out clips with held-out noises of each kind at 5 dB.

    Parameters
    ----------
    trained
        The denoiser.
    split
        Its corpus's parts.
    told
        ``clips``: how many held-out clips.
    anchors
        Denoisers to compare with: by the SI-SDR of held-out pairs.
    """
    model, held = trained.model, spread_evenly(split.test, told.get("clips", CLIPS))
    near = held_pairs(spread_evenly(split.validation, CLIPS))
    rows = {}
    for kind in (WHITE, *dsp.BACKGROUNDS):
        pairs = pairs_with(held, kind)
        rows[kind] = {name: how_near(pairs, w, model.rate) for name, w in ways_of(model).items()}
    values = {name: lost_db(net.model, near) for name, net in anchors.items()}
    scores = _scores(rows)
    return Measured(scores, [_table(rows, len(held))], values, _says(scores), "dB of SI-SDR lost")


def _scores(rows: dict[str, dict[str, Won]]) -> dict[str, float]:
    scores = {}
    for way in ("Wiener", "network"):
        won = [row[way].ratio - row["as it is"].ratio for row in rows.values()]
        clear = [
            row[way].clear - row["as it is"].clear
            for row in rows.values()
            if row[way].clear is not None and row["as it is"].clear is not None
        ]
        scores |= {f"won_db_{way.lower()}": float(np.mean(won))}
        scores |= {f"won_stoi_{way.lower()}": float(np.mean(clear))} if clear else {}
    white = rows[WHITE]
    return scores | {"won_db_in_white": white["network"].ratio - white["as it is"].ratio}


def _says(scores: dict[str, float]) -> str:
    return (
        f"at 5 dB, held-out speech with held-out noise comes {scores['won_db_network']:.1f} dB "
        f"nearer to the clean one, and {scores['won_db_wiener']:.1f} dB by Wiener's filter"
    )


def _table(rows: dict[str, dict[str, Won]], count: int) -> Table:
    ways = next(iter(rows.values()))
    columns = ["noise", *(f"{way}: {unit}" for way in ways for unit in ("SI-SDR", "STOI"))]
    texts = [
        [kind, *(text for won in row.values() for text in (f"{won.ratio:.1f} dB", _three(won)))]
        for kind, row in rows.items()
    ]
    caption = (
        f"{count} held-out sentences in each kind of noise at 5 dB; the noises are others than "
        "those of the training, and white noise was none of them. SI-SDR compares samples, STOI "
        "foretells how well speech is understood. Wiener's filter guesses the noise from the same "
        "clip, by minimum statistics."
    )
    return Table(caption, columns, texts)


def _three(won: Won) -> str:
    return "" if won.clear is None else f"{won.clear:.3f}"


def one_cleaned(trained: Trained, split: Split, told: dict[str, Any]) -> Sound:
    """Return a held-out clip, ``told["clip"]``, with noise of a kind at 5 dB, cleaned."""
    model, clip = trained.model, split.test[told.get("clip", 0)]
    x = np.asarray(clip.samples, np.float64)
    pair = pair_of(x, told.get("noise", "street"), model.rate, RATIO, 0)
    return Sound("cleaned", clean(model, pair.noisy, model.rate), model.rate)
