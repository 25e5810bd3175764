"""Checks of the exercises of the chapter *From mel spectrograms to speech, and judging it*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.evaluation import NOTHING
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the frame of a sample


@exercise("vocoder-frame")
def frame(answer: Callable[[int, int, int], int]) -> str | None:
    """``answer(t, hop, frames)`` returns the frame, 0 ... frames - 1, that holds at sample t."""
    cases = [(t, hop, frames) for hop, frames in ((4, 3), (5, 2)) for t in range(hop * frames + 7)]
    given = [written(answer(*case)) for case in cases]
    got = numbers(torch.stack([torch.as_tensor(value) for value in given]))
    return hint_for(
        got,
        numbers(torch.tensor([min(t // hop, frames - 1) for t, hop, frames in cases])),
        _frame_mistakes(cases),
        "with hop = 4 and 3 frames, the samples 0 to 3 belong to frame 0, 4 to 7 to frame 1, and "
        "all from 8 on to frame 2.",
    )


def _frame_mistakes(cases: list[tuple[int, int, int]]) -> Mistakes:
    def of(rule: Callable[[int, int, int], float]) -> np.ndarray:
        return np.array([float(rule(*case)) for case in cases])

    stays = "right up to the last frame's end; after it there is no frame left: the last one stays."
    yield stays, of(lambda t, h, f: t // h)
    too_far = "one too far at the end: the last frame is frames - 1."
    yield too_far, of(lambda t, h, f: min(t // h, f))
    again = "after the last frame it begins again with frame 0; the last one should stay."
    yield again, of(lambda t, h, f: (t // h) % f)
    each = "that changes with every sample; a frame holds for hop samples: divide by hop."
    yield each, of(lambda t, h, f: t % f)
    yield each, of(lambda t, h, f: min(t, f - 1))
    for hint, rule in _wrong_starts():
        yield hint, of(lambda t, h, f, rule=rule: min(rule(t, h), f - 1))
        yield hint, of(lambda t, h, f, rule=rule: rule(t, h))


def _wrong_starts() -> Iterator[tuple[str, Callable[[int, int], float]]]:
    """Yield hints, and functions of t and hop that are wrong well before the last frame."""
    yield "rounded up: sample 1 would be in frame 1 already. Use //.", lambda t, h: -(-t // h)
    half = "rounded to the nearest: the change comes half a hop early. Use //."
    yield half, lambda t, h: (t + h // 2) // h
    yield half, lambda t, h: round(t / h)
    early = "one sample early: frame 1 begins with sample hop, not with hop - 1."
    yield early, lambda t, h: (t + 1) // h
    late = "one sample late: frame 1 begins with sample hop, not after it."
    yield late, lambda t, h: max(t - 1, 0) // h
    yield late, lambda t, h: (t - 1) // h
    yield "off by one: counting begins with frame 0.", lambda t, h: t // h + 1
    yield "a frame is a whole number: use //.", lambda t, h: t / h
    place = "t % hop is the place within the frame; which frame it is says t // hop."
    yield place, lambda t, h: t % h


# ---------------------------------------------------------------- three copies, told by ear

COPIES = {"A": "Griffin-Lim", "B": "recording", "C": "WaveNet"}


@exercise("vocoder-copies")
def copies(answer: Mapping[str, str]) -> str | None:
    """``answer`` maps A, B and C to "recording", "WaveNet" and "Griffin-Lim"."""
    wrong = _not_an_answer(answer, COPIES)
    if wrong:
        return wrong
    off = [letter for letter in COPIES if answer[letter] != COPIES[letter]]
    if not off:
        return None
    if COPIES["B"] != answer["B"]:
        return (
            "the recording is not where you put it. It alone has a high harmonics-to-noise ratio: "
            "no other copy has voices as clear and pauses as quiet."
        )
    return (
        "the recording is right, the other two are swapped. Listen for the hiss of single samples, "
        "which one draws at random, and look at the crest factor: one of them has lost its pulses."
    )


def _not_an_answer(answer: Mapping[str, str], right: Mapping[str, str]) -> str | None:
    """Return what is wrong with the form of a mapping from letters to names."""
    if not isinstance(answer, Mapping) or set(answer) != set(right):
        return f"give one name for each of the letters {', '.join(sorted(right))}."
    for name in answer.values():
        written(name)
    strange = [name for name in answer.values() if name not in right.values()]
    if strange:
        return f"{strange[0]!r} is none of the names: {', '.join(sorted(right.values()))}."
    if len(set(answer.values())) < len(right):
        return "each name belongs to one letter; you have given one twice."
    return None


# ---------------------------------------------------------------- the share that is heard


@exercise("judging-share")
def share(answer: Callable[[np.ndarray, np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(labels, asked, peaks)``, each (n,): returns a share of all n clips, 0 ... 1."""
    labels = np.array([7, 3, NOTHING, 5, 7, 1, 2, 9, NOTHING, 4, 6])
    asked = np.array([7, 3, 8, 5, 1, 1, 2, 0, 6, 4, 6])
    peaks = np.array([0.5, 0.004, 0.3, 0.7, 0.6, 0.0, 0.2, 0.4, 0.002, 0.01, 0.3])
    got = written(answer(labels.copy(), asked.copy(), peaks.copy()))
    right = (labels == asked) & (peaks >= 0.01)
    return hint_for(
        numbers(got),
        np.array(right.mean()),
        _share_mistakes(labels, asked, peaks),
        f"of the {len(labels)} clips of the trial, {right.sum()} count as heard.",
    )


def _share_mistakes(labels: np.ndarray, asked: np.ndarray, peaks: np.ndarray) -> Mistakes:
    hits, sounds, named = labels == asked, peaks >= 0.01, labels != NOTHING
    right = hits & sounds
    one = np.asarray
    yield "two silent clips count as heard; a judge guesses in silence, too.", one(hits.mean())
    among = "that is the share of the clips that {}; a network that falls silent must not gain by "
    among += "it: divide by all."
    yield among.format("sound"), one(right.sum() / sounds.sum())
    yield among.format("the judge has named"), one(right.sum() / named.sum())
    yield among.format("sound and are named"), one(right.sum() / (sounds & named).sum())
    yield "that is a number of clips; divide by how many there are.", one(float(right.sum()))
    edge = "a peak of exactly 0.01 is not below 0.01: that clip counts."
    yield edge, one((hits & (peaks > 0.01)).mean())
    yield "the silent ones are kept and the others left out.", one((hits & ~sounds).mean())
    yield "that is the share of the clips that fail.", one(1 - right.mean())
    yield "whatever sounds counts here; it has to be the digit asked for.", one(sounds.mean())
    yield "in per cent; a share lies between 0 and 1.", one(100 * right.mean())


# ---------------------------------------------------------------- the distance of two sets


@exercise("judging-frechet")
def frechet(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(x, y)``: features (n, D) and (m, D); returns the distance, covariances diagonal."""
    random = np.random.default_rng(3)
    x = random.normal(0, [1.0, 2.0, 0.5], (40, 3)) + [1.0, 0.0, 2.0]
    y = random.normal(0, [2.0, 1.0, 0.7], (30, 3))
    got = numbers(written(answer(x.copy(), y.copy())))
    means = x.mean(0) - y.mean(0)
    by_n = np.array(_of(means, x.std(0) - y.std(0)))  # divided by n in place of n - 1
    if got.shape == by_n.shape and np.allclose(got, by_n):
        return None
    return hint_for(
        got,
        np.array(_of(means, _spread(x) - _spread(y))),
        _frechet_mistakes(x, y),
        "add (difference of the means) squared and (difference of the standard deviations) "
        "squared, over all features; axis 0 runs over the clips.",
    )


def _of(*parts: np.ndarray) -> float:
    return float(sum(np.square(part).sum() for part in parts))


def _spread(x: np.ndarray) -> np.ndarray:
    return x.std(axis=0, ddof=1)


def _frechet_mistakes(x: np.ndarray, y: np.ndarray) -> Mistakes:
    means, spreads = x.mean(0) - y.mean(0), _spread(x) - _spread(y)
    one = np.asarray
    yield "that compares the means only; a set without variety would pass.", one(_of(means))
    yield "that compares the spreads only; the means count, too.", one(_of(spreads))
    variances = _spread(x) ** 2 - _spread(y) ** 2
    roots = "those are differences of variances; take the root of each variance first."
    yield roots, one(_of(means) + float(np.sum(variances)))
    yield roots, one(_of(means, variances))
    yield roots, one(_of(means) + float(np.abs(variances).sum()))
    yield "no root at the end: the distance stays squared.", one(_of(means, spreads) ** 0.5)
    yield "that is a mean over the features; add them up.", one(_of(means, spreads) / len(means))
    signed = "differences are added with their signs, so that they cancel; square each."
    yield signed, one(float(means.sum() + spreads.sum()))
    added = "the spreads are added; the smaller their *difference*, the nearer the sets."
    yield added, one(_of(means, _spread(x) + _spread(y)))
    yield added, one(_of(means) + float((_spread(x) ** 2 + _spread(y) ** 2).sum()))
