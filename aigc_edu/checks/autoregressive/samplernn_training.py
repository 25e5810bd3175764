"""Checks of the exercises of the chapter *Training SampleRNN*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.checks._tensors import numbers
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.wavenet.clips import SILENCE
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how far back a loss teaches

_TIMES = np.array([0, 15, 16, 63, 64, 200, 511, 512, 1000])


@exercise("samplernn-reach")
def reach(answer: Callable[[int, int, int], int]) -> str | None:
    """``answer(t, chunk, frame)`` returns the first sample that the loss at t teaches through."""
    for chunk, frame in ((64, 16), (512, 64), (32, 4)):
        got = [written(answer(int(t), chunk, frame)) for t in _TIMES]
        values = np.array([float(value) for value in got])
        begin = _TIMES // chunk * chunk
        right = np.maximum(0, begin - frame + 1)
        rest = f"at t = 200 the first sample is {right[5]}, not {values[5]:g}."
        hint = hint_for(values, right.astype(float), _reach_mistakes(chunk, frame), rest)
        if hint:
            return f"chunks of {chunk}, frames of {frame} samples: {hint}"
    return None


def _reach_mistakes(chunk: int, frame: int) -> Mistakes:
    begin = _TIMES // chunk * chunk
    yield "before the first sample there is nothing to teach: not below 0.", begin - frame + 1
    yield (
        "that is where the chunk begins; its first step hears the frame that *ends* there.",
        begin,
    )
    yield (
        "one too far: a frame that ends with sample s begins with s - frame + 1.",
        np.maximum(0, begin - frame),
    )
    yield (
        "gradients don't go back a chunk from everywhere: they end where t's own chunk begins.",
        np.maximum(0, _TIMES - chunk + 1),
    )
    yield (
        "gradients don't go back a chunk from everywhere: they end where t's own chunk begins.",
        np.maximum(0, _TIMES - chunk),
    )
    yield "only the states reach further back, and no gradient follows them.", 0 * _TIMES
    yield (
        "that is how many samples it teaches through; which is the first of them?",
        _TIMES - np.maximum(0, begin - frame + 1) + 1,
    )
    yield "that is the number of the chunk.", _TIMES // chunk


# ---------------------------------------------------------------- chunks and what they hear


@exercise("samplernn-chunks")
def chunks(answer: Callable[[Tensor, int, int], Sequence[tuple[Tensor, Tensor]]]) -> str | None:
    """``answer(codes, chunk, frame)``: codes int64 (T + 1,); returns pairs (heard, wanted)."""
    for count, chunk, frame in ((48, 16, 4), (37, 16, 8)):
        codes = torch.randint(1, 100, (count + 1,), generator=torch.Generator().manual_seed(0))
        mine = codes.clone()
        given = written(answer(mine, chunk, frame))
        if not torch.equal(mine, codes):
            return "the argument has been changed."
        hint = _chunks_hint(given, codes, chunk, frame)
        if hint:
            return f"{count + 1} codes, chunks of {chunk}, frames of {frame}: {hint}"
    return None


def _chunks_hint(given: Any, codes: Tensor, chunk: int, frame: int) -> str | None:
    """Name what is wrong with the pieces of one clip."""
    right = _pieces(codes, chunk, frame)
    try:
        pairs = [(heard, wanted) for heard, wanted in given]
    except (TypeError, ValueError):
        return "return a list of pairs (heard, wanted)."
    if len(pairs) != len(right):
        return f"there are {len(right)} chunks, not {len(pairs)}; the last one may not be full."
    for k, (pair, true) in enumerate(zip(pairs, right, strict=True)):
        heard, wanted = (numbers(written(part)) for part in pair)
        hint = _wanted_hint(wanted, codes, k, chunk) or hint_for(
            heard,
            numbers(true[0]),
            _heard_mistakes(codes, k, chunk, frame),
            f"heard must end with the code before the last wanted one, {frame - 1} more at first.",
        )
        if hint:
            return f"chunk {k}: {hint}"
    return None


def _pieces(codes: Tensor, chunk: int, frame: int) -> list[tuple[Tensor, Tensor]]:
    """Cut one clip as :meth:`SampleRNN.chunks` does."""
    missing = -(len(codes) - 1) % chunk
    wanted = torch.nn.functional.pad(codes[1:], (0, missing), value=IGNORED)
    heard = torch.nn.functional.pad(codes[:-1], (frame - 1, missing), value=SILENCE)
    begins = range(0, len(wanted), chunk)
    return [(heard[b : b + frame - 1 + chunk], wanted[b : b + chunk]) for b in begins]


def _wanted_hint(wanted: np.ndarray, codes: Tensor, k: int, chunk: int) -> str | None:
    padded = numbers(_pieces(codes, chunk, 1)[k][1])
    there = codes[k * chunk : (k + 1) * chunk]

    def mistakes() -> Iterator[tuple[str, np.ndarray]]:
        yield "the wanted codes are those just heard: they aren't shifted.", numbers(there)
        yield "what is missing in the last chunk must be IGNORED.", padded.clip(0)
        silent = np.where(padded == IGNORED, SILENCE, padded)
        yield "the padding would be scored as silence: it must be IGNORED.", silent
        yield "fill the last chunk up to its full length with IGNORED.", padded[padded != IGNORED]

    return hint_for(wanted, padded, mistakes(), "wanted are the next codes, x[t + 1].")


def _heard_mistakes(codes: Tensor, k: int, chunk: int, frame: int) -> Mistakes:
    right = numbers(_pieces(codes, chunk, frame)[k][0])
    yield (
        "the frame before the chunk is missing: its first step could hear nothing.",
        right[frame - 1 :],
    )
    alone = right.copy()
    alone[: frame - 1] = SILENCE
    yield "before a chunk in the middle there is no silence but the end of the chunk before.", alone
    whole = codes[:-1]
    longer = torch.nn.functional.pad(whole, (frame, chunk), value=SILENCE)
    b = k * chunk
    yield (
        "one code too many: frame - 1 codes before the chunk's first, not frame.",
        numbers(longer[b : b + frame + chunk]),
    )
    zeros = right.copy()
    zeros[right == SILENCE] = 0
    yield f"code 0 is the lowest amplitude, not silence; silence is {SILENCE}.", zeros
    ends = min(len(whole) - b, chunk)
    yield (
        "fill what is heard up to frame - 1 + chunk codes, with silence.",
        right[: frame - 1 + ends],
    )


# ---------------------------------------------------------------- from chunks to a clip


@exercise("samplernn-mean")
def mean(answer: Callable[[Tensor, Tensor], Any]) -> str | None:
    """``answer(losses, counts)``: float (n,) and int64 (n,); returns the clip's mean loss."""
    losses, counts = torch.tensor([3.0, 2.0, 5.0, 0.0]), torch.tensor([512, 512, 40, 0])
    got = written(answer(losses.clone(), counts.clone()))
    value = numbers(torch.as_tensor(got, dtype=torch.float64))
    n, x = numbers(counts), numbers(losses)
    right = np.array((x * n).sum() / n.sum())
    if not np.isfinite(value).all():
        return "a chunk without a position to score has a loss of 0: don't divide by its count."
    wrong = [
        ("chunks aren't equally long: a loss counts as often as it has positions.", x.mean()),
        ("leaving the empty chunk out is not enough: weigh by positions.", x[:3].mean()),
        ("that is the sum over all positions; divide by how many they are.", (x * n).sum()),
        (
            "divide by the positions that are scored, not by all of the chunks.",
            (x * n).sum() / 2048,
        ),
        ("losses are means already: multiply by the counts before you add.", x.sum() / n.sum()),
    ]
    rest = f"losses {x.tolist()} and counts {n.tolist()} give {float(right):.3f}."
    return hint_for(value, right, [(hint, np.array(v)) for hint, v in wrong], rest)


# ---------------------------------------------------------------- where it breaks

_CHUNK, _LIMIT = 32, 0.25


@exercise("samplernn-breaks")
def breaks(answer: Callable[[Tensor, Tensor, int, float], int]) -> str | None:
    """``answer(in_training, in_use, chunk, limit)``: costs (T,) each; a chunk's number or -1."""
    random = torch.Generator().manual_seed(0)
    trained = 2 + torch.rand(6 * _CHUNK, generator=random, dtype=torch.float64)
    for at, extra, words in _BROKEN:
        used = trained.clone()
        for chunk, bits in zip(range(6), extra, strict=True):
            used[_CHUNK * chunk : _CHUNK * (chunk + 1)] += bits
        used[_CHUNK + 3] += 2.0  # one position more, of 32: too little for a mean
        value = float(written(answer(trained.clone(), used, _CHUNK, _LIMIT)))
        if value != at:
            return f"{words}: " + _breaks_hint(value, at)
    return None


_BROKEN = (
    (-1, (0.0,) * 6, "in use as in training"),
    (1, (0.0, 0.5, 0.9, 1.2, 1.2, 1.0), "broken from chunk 1 on"),
    (4, (0.0, 0.1, -0.9, 0.1, 0.6, 0.0), "broken in chunk 4 alone"),
    (-1, (0.0, -0.5, -0.5, 0.0, -0.5, 0.0), "better in use than in training"),
    (0, (0.4, 0.0, 0.0, 0.0, 0.0, 0.0), "broken in chunk 0"),
)


def _breaks_hint(value: float, at: int) -> str:
    if value == -1:
        return f"chunk {at} costs more than the limit, and you return -1." + (
            " (0 is false in Python.)" if at == 0 else ""
        )
    if at == -1:
        if value == 0:
            return "return -1 where no chunk breaks."
        if value == 1:
            return "one position of chunk 1 costs more, the chunk's *mean* doesn't."
        return "a chunk breaks if it costs *more* in use; yours does not."
    if value == at + 1:
        return "the chunks are counted from 0."
    if value // _CHUNK == at:
        return "that is the number of a position; return the chunk's."
    if value > at:
        return f"chunk {at} is the *first* above the limit."
    return f"it is chunk {at}, not {value:g}: compare the means of each chunk."
