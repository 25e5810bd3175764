"""Checks of *Cutting and joining*: windows, batches and splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from aigc_edu.audio import split_windows
from aigc_edu.checks._compare import Mistakes, named_mistake
from aigc_edu.teaching.exercises import exercise

Function = Callable[..., np.ndarray]


# ---------------------------------------------------------------- windows


@exercise("preparing-windows")
def windows(answer: Function) -> str | None:
    """``answer(x, length, hop)`` returns all windows, the last one padded."""
    for size, length, hop in ((20, 6, 4), (18, 6, 4), (12, 6, 6), (13, 6, 6), (4, 6, 3), (6, 6, 2)):
        x = np.arange(1.0, size + 1)
        got = np.asarray(answer(x.copy(), length, hop), float)
        right = split_windows(x, length, hop)
        if got.shape == right.shape and np.array_equal(got, right):
            continue
        hint = named_mistake(got, _window_mistakes(x, length, hop, right)) or _wrong_shape(
            got, right
        )
        return f"With {size} samples, length {length} and hop {hop}: {hint}"
    return None


def _window_mistakes(x: np.ndarray, length: int, hop: int, right: np.ndarray) -> Mistakes:
    empty = np.zeros((1, length))
    if len(x) >= length:
        yield (
            "the end of x is lost: the last window has to be filled up with zeros.",
            split_windows(x, length, hop, pad=False),
        )
    yield "the last window holds nothing but padding.", np.concatenate([right, empty])
    yield (
        "there are too many windows. Stop as soon as one reaches the end of x: what comes after "
        "holds nothing new.",
        _one_per_hop(x, length, hop),
    )
    yield "the zeros belong behind the samples, not in front.", _padded_in_front(x, length, hop)
    yield (
        "the windows follow each other every `length` samples; the distance is the hop.",
        split_windows(x, length, length),
    )
    yield "the shape should be (windows, length); yours is turned round.", right.T
    if len(right) > 1:
        yield (
            "the last window is moved back so that it ends with x, instead of being filled up "
            "with zeros.",
            np.concatenate([right[:-1], x[None, -length:]]),
        )


def _one_per_hop(x: np.ndarray, length: int, hop: int) -> np.ndarray:
    count = -(-len(x) // hop)
    padded = np.pad(x, (0, count * hop + length))
    return np.array([padded[m * hop : m * hop + length] for m in range(count)])


def _padded_in_front(x: np.ndarray, length: int, hop: int) -> np.ndarray:
    windows = split_windows(x, length, hop)
    missing = (len(windows) - 1) * hop + length - len(x)
    return split_windows(np.pad(x, (missing, 0)), length, hop)


def _wrong_shape(got: np.ndarray, right: np.ndarray) -> str:
    if got.shape != right.shape:
        return f"the result should have the shape {right.shape}, yours has {got.shape}."
    row = int(np.argmax((got != right).any(axis=1)))
    return f"window {row} should be {right[row].tolist()}, yours is {got[row].tolist()}."


# ---------------------------------------------------------------- masks


@exercise("preparing-mask")
def mask(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(loss, mask)`` returns the mean over real samples."""
    lengths = np.array([3, 9, 5])
    real = np.arange(9) < lengths[:, None]
    for padding in (2.0, 0.0, np.nan):  # with 0, forgetting the mask and its sum look alike
        loss = np.where(real, np.random.default_rng(9).uniform(1, 3, real.shape), padding)
        with np.errstate(all="ignore"):
            got = np.float64(answer(loss.copy(), real.copy()))
        right = loss[real].mean()
        if np.isclose(got, right):
            continue
        hint = named_mistake(np.atleast_1d(got), _mask_mistakes(loss, real, lengths)) or (
            f"the mean should be {right:.4f}, your function returns {got:.4f}."
        )
        return f"With {padding:g} in the padding: {hint}"
    return None


def _mask_mistakes(loss: np.ndarray, real: np.ndarray, lengths: np.ndarray) -> Iterator:
    total = np.where(real, loss, 0).sum()
    by_clip = (np.where(real, loss, 0).sum(axis=1) / lengths).mean()
    wrong = {
        "you divide by the size of the whole array. Divide by the number of real samples, the "
        "mask's sum.": total / real.size,
        "this is the mean of the clips' own means, which gives a short clip the weight of a long "
        "one. Sum over all samples, then divide once.": by_clip,
        "this is the sum; divide it by the number of real samples.": total,
        "you divide by the number of clips.": total / len(loss),
    }
    if np.isfinite(loss).all():
        wrong["the padding counts as well."] = loss.mean()
        wrong["this is the mean over the padding; the mask is True where a sample is real."] = loss[
            ~real
        ].mean()
    else:
        wrong[
            "NaN in the padding makes everything NaN, since NaN times 0 is NaN. Choose with "
            "np.where or loss[mask] instead of multiplying."
        ] = np.nan
    yield from ((hint, np.atleast_1d(value)) for hint, value in wrong.items())


# ---------------------------------------------------------------- splits


@exercise("preparing-split")
def split(answer: Callable[[np.ndarray, int], tuple]) -> str | None:
    """``answer(speakers, seed)`` returns the clips of training, validation and test."""
    random = np.random.default_rng(10)
    for count in (40, 3):
        names = np.array([f"voice {i:02}" for i in range(count)])
        speakers = random.permutation(np.repeat(names, random.integers(3, 12, count)))
        parts = answer(speakers.copy(), 0)
        if len(parts) != 3:
            return "three arrays are asked for: training, validation and test."
        parts = [np.asarray(part) for part in parts]
        hint = _wrong_parts(parts, speakers, count) or _wrong_seed(answer, speakers, parts, count)
        if hint:
            return f"With {count} speakers: {hint}"
    return None


def _wrong_parts(parts: list[np.ndarray], speakers: np.ndarray, count: int) -> str | None:
    if any(part.dtype.kind in "US" for part in parts):
        return "these are names; the numbers of the clips are asked for."
    if any(part.dtype.kind == "b" for part in parts):
        return "these are masks; np.flatnonzero turns one into numbers of clips."
    if any(len(part) == 0 for part in parts):
        return "a part is empty; at least one speaker has to be in each."
    together = np.concatenate(parts).astype(int)
    if together.min() < 0 or together.max() >= len(speakers):
        return "some of your numbers belong to no clip."
    held = [set(speakers[part.astype(int)]) for part in parts]
    shared = (held[0] & held[1]) | (held[0] & held[2]) | (held[1] & held[2])
    if shared:
        return _leak(len(shared), count, together, len(speakers))
    if len(np.unique(together)) < len(together):
        return "some clips are listed twice."
    if len(together) < len(speakers):
        missing = len(speakers) - len(together)
        return f"{missing} of {len(speakers)} clips are in no part."
    return _wrong_sizes([len(names) for names in held], count)


def _leak(shared: int, count: int, together: np.ndarray, clips: int) -> str:
    if len(np.unique(together)) == clips and shared > count // 2:
        return (
            f"{shared} of {count} speakers are in more than one part: you divide the clips. Divide "
            "the speakers (np.unique), then collect the clips of each group."
        )
    return f"{shared} speakers are in more than one part."


def _wrong_sizes(sizes: list[int], count: int) -> str | None:
    held = max(1, count / 10)
    if all(0.4 * held <= size <= 2 * held for size in sizes[1:]):
        return None
    if 0.4 * held <= sizes[0] <= 2 * held:
        return f"the parts have {sizes} speakers: training, which comes first, is the large one."
    return f"the parts have {sizes} speakers; a tenth each for validation and test is asked for."


def _wrong_seed(
    answer: Callable[[np.ndarray, int], tuple],
    speakers: np.ndarray,
    parts: list[np.ndarray],
    count: int,
) -> str | None:
    again = answer(speakers.copy(), 0)
    if not all(np.array_equal(a, b) for a, b in zip(parts, again, strict=True)):
        return "two calls with one seed differ: draw from np.random.default_rng(seed)."
    if count < 10:
        return None
    others = [answer(speakers.copy(), seed)[2] for seed in range(1, 4)]
    if all(np.array_equal(np.sort(parts[2]), np.sort(other)) for other in others):
        return "every seed gives the same split: shuffle the speakers."
    return None
