"""Checks of the exercises of the chapter *Quantising vectors*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from aigc_edu.checks._compare import hint_for
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- entries as moving averages

Book = tuple[Tensor, Tensor, Tensor]  # entries (K, C), use (K,), total (K, C)


@exercise("vectors-follow")
def follow(answer: Callable[..., Book]) -> str | None:
    """``answer(entries, use, total, rows, gamma)``: the same three after a batch of vectors."""
    random = torch.Generator().manual_seed(3)
    for size, channels, count, gamma in ((3, 2, 12, 0.75), (5, 4, 9, 0.9)):
        use = 1 + 3 * torch.rand(size, generator=random)
        entries = 2 * torch.randn(size, channels, generator=random)
        entries[-1] = 50.0  # the nearest of none
        book, rows = (
            (entries, use, entries * use[:, None]),
            torch.randn(count, channels, generator=random),
        )
        got = written(answer(*(x.clone() for x in book), rows.clone(), gamma))
        if not isinstance(got, tuple | list) or len(got) != 3:
            return "return three things: the new entries, use and total."
        shapes = [tuple(np.shape(np.asarray(written(x)))) for x in got]
        wanted = [tuple(x.shape) for x in book]
        if shapes != wanted:
            return f"the shapes should be {wanted}, yours are {shapes}."
        right = _joined(*_follow(book, rows, gamma))
        rest = "the numbers are others than those of the two averages and their quotient."
        hint = hint_for(_joined(*got), right, _follow_mistakes(book, rows, gamma), rest)
        if hint:
            return hint
    return None


def _joined(entries: ArrayLike, use: ArrayLike, total: ArrayLike) -> np.ndarray:
    return np.concatenate([np.asarray(x, float).ravel() for x in (entries, use, total)])


def _gathered(book: Book, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return how many of the rows each entry is the nearest to, and their sums."""
    codes = torch.cdist(rows, book[0]).argmin(dim=1)
    chosen = torch.nn.functional.one_hot(codes, len(book[0])).to(rows)
    return chosen.sum(dim=0), chosen.T @ rows


def _follow(book: Book, rows: Tensor, gamma: float) -> Book:
    _, use, total = book
    counts, sums = _gathered(book, rows)
    use = gamma * use + (1 - gamma) * counts
    total = gamma * total + (1 - gamma) * sums
    return _book(use, total)


def _follow_mistakes(book: Book, rows: Tensor, gamma: float) -> Iterator[tuple[str, np.ndarray]]:
    for hint, wrong in (*_wrong_averages(book, rows, gamma), *_wrong_entries(book, rows, gamma)):
        yield hint, _joined(*wrong)


def _wrong_averages(book: Book, rows: Tensor, gamma: float) -> Iterator[tuple[str, Book]]:
    """Yield what comes of mistakes in the use or the total."""
    _, use, total = book
    counts, sums = _gathered(book, rows)
    _, new_use, new_total = _follow(book, rows, gamma)
    hint = "gamma is what the old numbers keep; 1 - gamma is what the new ones get."
    yield hint, _follow(book, rows, 1 - gamma)
    mixed = gamma * total + (1 - gamma) * _means(counts, sums)
    hint = "the total gets the sums of the vectors, not their means."
    yield hint, _book(new_use, mixed)
    hit = counts > 0
    kept = torch.where(hit, new_use, use), torch.where(hit[:, None], new_total, total)
    hint = "an entry that no vector chose gets 0 more: its use and its total shrink, too."
    yield hint, _book(*kept)
    hint = "these are counts and sums of this batch alone, without the averages' memory."
    yield hint, (_means(counts, sums), counts, sums)
    hint = "1 - gamma is missing: of the new numbers only that share is added."
    yield hint, _book(gamma * use + counts, gamma * total + sums)


def _wrong_entries(book: Book, rows: Tensor, gamma: float) -> Iterator[tuple[str, Book]]:
    """Yield what comes of right averages and wrong entries."""
    entries, use, _ = book
    counts, sums = _gathered(book, rows)
    _, new_use, new_total = _follow(book, rows, gamma)
    averaged = gamma * entries + (1 - gamma) * _means(counts, sums)
    for hint, wrong in (
        ("the entries are not averaged themselves: they are total through use.", averaged),
        ("divide by the new use, not by the old one.", new_total / use[:, None]),
        (
            "divide by the average of the counts, not by this batch's.",
            _means(counts, new_total),
        ),
        ("the entries have to move: total through use.", entries),
    ):
        yield hint, (wrong, new_use, new_total)


def _book(use: Tensor, total: Tensor) -> Book:
    return total / use[:, None], use, total


def _means(counts: Tensor, sums: Tensor) -> Tensor:
    """Return sums through counts; those of nothing stay as they are."""
    return sums / counts.clamp(min=1)[:, None]


# ---------------------------------------------------------------- finite scalar quantisation

Rounded = tuple[np.ndarray, np.ndarray]  # whole numbers (T, d), and codes (T,)


@exercise("vectors-fsq")
def fsq(answer: Callable[[np.ndarray, Sequence[int]], Rounded]) -> str | None:
    """``answer(z, levels)``: z (T, d) rounded within bounds, and the number of each row."""
    random = np.random.default_rng(5)
    for levels in ((5, 3), (4, 4, 4), (8, 5, 2)):
        z = 2 * random.normal(size=(40, len(levels)))
        got = written(answer(z.copy(), levels))
        if not isinstance(got, tuple | list) or len(got) != 2:
            return "return two things: the rounded numbers and the codes."
        numbers, codes = (np.asarray(written(x), float) for x in got)
        for part, right, mistakes in zip(
            (numbers, codes), _fsq(z, levels), _fsq_mistakes(z, levels), strict=True
        ):
            what = "the codes" if part is codes else "the rounded numbers"
            rest = f"{what} are others than ours."
            hint = hint_for(part, right.astype(float), mistakes, rest)
            if hint:
                return f"With the levels {levels}: {hint}"
    return None


def _bounded(
    z: np.ndarray, levels: Sequence[int], even: float = 0.5, wider: float = 1.001
) -> np.ndarray:
    base = np.array(levels)
    half, shift = wider * (base - 1) / 2, np.where(base % 2 == 0, even, 0.0)
    with np.errstate(divide="ignore"):  # without 1.001, of two levels
        return half * np.tanh(z + np.arctanh(shift / half)) - shift


def _numbered(numbers: np.ndarray, levels: Sequence[int]) -> np.ndarray:
    places = np.cumprod([1, *levels[:-1]])
    return (numbers + np.array(levels) // 2) @ places


def _fsq(z: np.ndarray, levels: Sequence[int]) -> Rounded:
    numbers = np.round(_bounded(z, levels))
    return numbers, _numbered(numbers, levels)


Mistakes = list[tuple[str, np.ndarray]]


def _fsq_mistakes(z: np.ndarray, levels: Sequence[int]) -> tuple[Mistakes, Mistakes]:
    """Return what typical mistakes make of the numbers, and of the codes."""
    return _wrong_numbers(z, levels), _wrong_codes(_fsq(z, levels)[0], levels)


def _wrong_numbers(z: np.ndarray, levels: Sequence[int]) -> Mistakes:
    base, bounded = np.array(levels), _bounded(z, levels)
    outside = 1.001 * (base - 1) / 2 * np.tanh(z) - np.where(base % 2 == 0, 0.5, 0.0)
    unshifted = np.round(_bounded(z, levels, even=0.0))
    return [
        ("these are not rounded yet.", bounded),
        ("round to the nearest whole number: np.floor always goes down.", np.floor(bounded)),
        ("these have no bounds: z goes through the hyperbolic tangent first.", np.round(z)),
        ("for an even number of levels the bounds have to be shifted by delta = 1/2.", unshifted),
        (
            "the shift stands inside of the tangent, too: else z = 0 would not become 0.",
            np.round(outside),
        ),
        (
            "the range h has a factor of 1.001; without it artanh is infinite for two levels.",
            np.round(_bounded(z, levels, wider=1.0)),
        ),
        ("return u, the digits less L // 2.", np.round(bounded) + base // 2),
    ]


def _wrong_codes(numbers: np.ndarray, levels: Sequence[int]) -> Mistakes:
    digits, right = numbers + np.array(levels) // 2, np.cumprod([1, *levels[:-1]])
    last_first = np.cumprod([1, *levels[:0:-1]])[::-1]
    powers = levels[0] ** np.arange(len(levels))
    return [
        ("digits begin with 0: add L // 2 to each number first.", numbers @ right),
        ("the first digit counts ones, the second one L_1, and so on.", digits @ last_first),
        ("a digit's place is the product of the levels before it.", digits @ np.cumprod(levels)),
        ("that is the sum of the digits: each has its place.", digits.sum(axis=1)),
        ("the places are products of levels, not powers of the first one.", digits @ powers),
    ]


# ---------------------------------------------------------------- tokens as bits

Pack = Callable[[np.ndarray, int], bytes]
Unpack = Callable[[bytes, int, tuple[int, int]], np.ndarray]


@exercise("vectors-packing")
def packing(pack: Pack, unpack: Unpack) -> str | None:
    """``pack(codes, bits)`` writes codes (n, T) into bytes, ``unpack(data, bits, shape)`` reads."""
    random = np.random.default_rng(7)
    for bits, shape in ((8, (2, 3)), (10, (3, 5)), (3, (2, 7)), (1, (1, 9))):
        codes = random.integers(0, 2**bits, shape)
        hint = _packing_hint(written(pack(codes.copy(), bits)), codes, bits)
        if hint is None:
            hint = _unpacking_hint(written(unpack(_packed(codes, bits), bits, shape)), codes)
        if hint:
            return f"With {shape[0]} books of {bits} bits and {shape[1]} frames: {hint}"
    return None


def _in_bits(codes: np.ndarray, bits: int) -> np.ndarray:
    return np.array(codes)[..., None] >> np.arange(bits)[::-1] & 1


def _packed(codes: np.ndarray, bits: int) -> bytes:
    return np.packbits(_in_bits(codes.T, bits)).tobytes()


def _packing_hint(got: object, codes: np.ndarray, bits: int) -> str | None:
    right = _packed(codes, bits)
    if not isinstance(got, bytes | bytearray):
        return f"pack should return bytes, not {type(got).__name__}."
    if bytes(got) == right:
        return None
    mistakes = {
        "frames follow one another, and within a frame the books: codes.T.": np.packbits(
            _in_bits(codes, bits)
        ).tobytes(),
        "the highest bit comes first.": np.packbits(_in_bits(codes.T, bits)[..., ::-1]).tobytes(),
        "the zeros that fill up the last byte stand at its end.": _filled_in_front(codes, bits),
        "codes share bytes: write their bits one after another.": np.packbits(
            _in_bits(codes.T, 8 * -(-bits // 8))
        ).tobytes(),
    }
    for hint, wrong in mistakes.items():
        if bytes(got) == wrong:
            return hint
    if len(got) != len(right):
        count = codes.size * bits
        return f"{count} bits are {len(right)} bytes, not {len(got)}."
    return "the bytes are others than ours."


def _filled_in_front(codes: np.ndarray, bits: int) -> bytes:
    flat = _in_bits(codes.T, bits).ravel()
    return np.packbits(np.pad(flat, (-len(flat) % 8, 0))).tobytes()


def _unpacking_hint(got: object, codes: np.ndarray) -> str | None:
    got = np.asarray(written(got))
    if got.shape != codes.shape:
        return f"unpack should return the shape {codes.shape}, not {got.shape}."
    if np.array_equal(got, codes):
        return None
    if np.array_equal(got.ravel(), codes.T.ravel()):
        return "unpack gets the order wrong: what was read is (T, n), and has to be turned."
    return "unpack doesn't give back the codes that pack wrote."
