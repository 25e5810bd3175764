"""Checks of the exercises of the chapter *AudioLM*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from aigc_edu.checks._compare import hint_for
from aigc_edu.nn import CausalTransformer, CausalTransformerConfig
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- what tokens know


@exercise("audiolm-information")
def information(answer: Callable[[np.ndarray, np.ndarray], float]) -> str | None:
    """``answer(tokens, labels)``: how many bits tokens tell about labels."""
    random = np.random.default_rng(3)
    labels = random.integers(0, 4, 600)
    noisy = np.where(random.random(600) < 0.3, random.integers(0, 6, 600), labels)
    for told, tokens in (
        ("tokens that are the labels", labels),
        ("labels with other tokens among them", noisy),
        ("tokens and labels of which some never occur", 3 * noisy + 40),
    ):
        got = np.array(float(written(answer(tokens.copy(), labels.copy()))))
        right = np.array(_information(tokens, labels))
        rest = f"it should be {float(right):.4f} bits, not {float(got):.4f}."
        hint = hint_for(got, right, _information_mistakes(tokens, labels), rest)
        if hint:
            return f"With {told}: {hint}"
    return None


def _shares(tokens: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the share of each pair among all, (tokens, labels)."""
    rows, columns = (np.unique(x, return_inverse=True)[1] for x in (tokens, labels))
    pairs = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(pairs, (rows, columns), 1)
    return pairs / len(tokens)


def _entropy(p: np.ndarray) -> float:
    p = p[p > 0]
    return float(-np.sum(p * np.log2(p)))


def _information(tokens: np.ndarray, labels: np.ndarray) -> float:
    p = _shares(tokens, labels)
    return _entropy(p.sum(axis=1)) + _entropy(p.sum(axis=0)) - _entropy(p)


def _information_mistakes(
    tokens: np.ndarray, labels: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    p = _shares(tokens, labels)
    right, n = _information(tokens, labels), len(tokens)
    seen = p > 0
    outer = np.outer(p.sum(axis=1), p.sum(axis=0))
    log, left = np.log2(p[seen] / outer[seen]), _entropy(p.sum(axis=0)) - right
    for hint, wrong in (
        ("pairs that never occur add 0, not NaN: leave them out of the sum.", np.nan),
        ("pairs that never occur add 0: leave them out of the sum.", np.inf),
        ("pairs that never occur add 0: leave them out of the sum.", -np.inf),
        ("that is in nats: take the logarithm to the base 2.", right * np.log(2)),
        ("the sign is turned round: it can't be below 0.", -right),
        ("weigh each pair by how often it occurs.", log.sum()),
        ("that is the mean over pairs: weigh each by its share of all places.", log.mean()),
        ("shares, not counts: divide by the number of places.", right * n),
        ("shares in the logarithm, too: divide by the number of places.", n * (right - np.log2(n))),
        ("that is the entropy of the pairs.", _entropy(p)),
        ("that is the entropy of the tokens.", _entropy(p.sum(axis=1))),
        ("that is the entropy of the labels.", _entropy(p.sum(axis=0))),
        ("that is what the tokens don't tell: the labels' entropy, given them.", left),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- one vocabulary


@exercise("audiolm-row")
def row(answer: Callable[[np.ndarray, Sequence[int], int], np.ndarray]) -> str | None:
    """``answer(codes, sizes, first)``: one row of ids, (T * S,), of the codes (S, T)."""
    random = np.random.default_rng(1)
    for sizes, first, count in (((8, 4, 4, 4), 1, 3), ((5, 7, 3, 9), 2, 2), ((8, 4, 4, 4), 1, 1)):
        streams = sizes[first : first + count]
        codes = np.stack([random.integers(0, n, 6) for n in streams])
        codes[:, 0] = 0
        got = np.asarray(written(answer(codes.copy(), sizes, first)), float)
        right = _row(codes, _lows(sizes, first, count))
        rest = f"it should be {right.tolist()}, not {got.tolist()}."
        hint = hint_for(got, right, _row_mistakes(codes, sizes, first), rest)
        if hint:
            return f"Of streams with {sizes} codes, those from number {first} on: {hint}"
    return None


def _lows(sizes: Sequence[int], first: int, count: int) -> list[int]:
    return [1 + sum(sizes[:i]) for i in range(first, first + count)]


def _row(codes: np.ndarray, lows: Sequence[int] | np.ndarray) -> np.ndarray:
    return (codes + np.array(lows)[:, None]).T.ravel()


def _row_mistakes(
    codes: np.ndarray, sizes: Sequence[int], first: int
) -> Iterator[tuple[str, np.ndarray]]:
    lows = np.array(_lows(sizes, first, len(codes)))
    places = np.arange(first, first + len(codes))
    own = np.array(sizes)[places]
    yield "two streams share ids: each needs an offset of its own.", codes.T.ravel()
    yield "two streams share ids, though none has the id 0.", codes.T.ravel() + 1
    by_stream = (codes + lows[:, None]).ravel()
    yield "the ids go time by time, not stream by stream.", by_stream
    for hint, wrong in (
        ("id 0 is START's: the first code of stream 0 has the id 1.", lows - 1),
        (
            "that leaves gaps: a stream begins behind the sizes before it, which may differ.",
            1 + places * max(sizes),
        ),
        (
            "the offsets count from stream 0, not from the first stream of the row.",
            1 + lows - lows[0],
        ),
        ("a stream's offset is the sum of the sizes before it, without its own.", lows + own),
    ):
        yield hint, _row(codes, wrong)


# ---------------------------------------------------------------- writing on, with a cache


class Counting:
    """A Transformer that counts the positions it is given; works as the network itself does.

    Attributes
    ----------
    given
        Positions so far.
    """

    def __init__(self, network: CausalTransformer) -> None:
        self.network, self.given = network, 0

    def new_caches(self) -> list:
        """Return an empty cache for each block."""
        return self.network.new_caches()

    def __call__(self, codes: Tensor, mask: Tensor | None = None, caches: list | None = None):
        """Return the logits (B, T, q) of codes (B, T)."""
        self.given += codes.shape[1]
        return self.network(codes, mask, caches)


def small_network(seed: int = 0) -> CausalTransformer:
    """Return an untrained Transformer over 20 ids with decided opinions."""
    torch.manual_seed(seed)
    network = CausalTransformer(CausalTransformerConfig(20, 16, 2, 2)).eval()
    with torch.no_grad():
        network.output.weight.mul_(4)
    return network


@exercise("audiolm-write")
def write(answer: Callable[[Counting, Tensor, Sequence[tuple[int, int]]], Tensor]) -> str | None:
    """``answer(network, row, due)``: the likeliest ids behind a row, each within what is due."""
    random = torch.Generator().manual_seed(4)
    for seed, length in ((0, 5), (1, 9), (2, 1)):
        network = Counting(small_network(seed))
        start = torch.randint(1, 20, (length,), generator=random)
        due = [(1, 8), (8, 14), (14, 20)] * 4
        with torch.no_grad():
            got = written(answer(network, start.clone(), due))
        right = _write(network.network, start, due)
        got = torch.as_tensor(got)
        if got.shape == right.shape and torch.equal(got.long(), right):
            hint = _positions(network.given, length, len(due))
        else:
            hint = _write_hint(network.network, start, due, got, right)
        if hint:
            return f"Behind a row of {length}: {hint}"
    return None


@torch.no_grad()
def _write(
    network: CausalTransformer, row: Tensor, due: Sequence[tuple[int, int]], last: int = -1
) -> Tensor:
    for low, high in due:
        logits = network(row[None])[0, last]
        row = torch.cat([row, logits[low:high].argmax()[None] + low])
    return row[len(row) - len(due) :]


def _positions(given: int, length: int, count: int) -> str | None:
    best = length + count - 1
    if given <= best + 1:
        return None
    return (
        f"the ids are right, but the network was given {given} positions where {best} do. Give it "
        "the whole row once, with caches, and then only the id that is new."
    )


def _write_hint(
    network: CausalTransformer,
    row: Tensor,
    due: Sequence[tuple[int, int]],
    got: Tensor,
    right: Tensor,
) -> str:
    if got.shape != right.shape:
        if got.shape == (len(row) + len(due),) or got.shape == (1, len(row) + len(due)):
            return "return the new ids only, without the row."
        return f"return {len(due)} ids, not something of the shape {tuple(got.shape)}."
    low = torch.tensor([pair[0] for pair in due])
    high = torch.tensor([pair[1] for pair in due])
    if bool(((got + low >= low) & (got < high - low)).all()) and int(got[1]) < 8:
        return "add the lowest id that is due again: argmax counts from the slice's beginning."
    outside = (got < low) | (got >= high)
    if bool(outside.any()):
        where = int(outside.nonzero()[0, 0])
        return (
            f"new id number {where} is {int(got[where])}, but one of {due[where][0]} to "
            f"{due[where][1] - 1} is due. Look for the largest logit among those alone."
        )
    where = int((got != right).nonzero()[0, 0])
    if where == 0:
        return "the first new id is wrong: it follows from the logits of the row's last position."
    return (
        f"new id number {where} is wrong, those before it are right. With caches, the network is "
        "to see each id once, the one just found included; hand it the same caches each time."
    )
