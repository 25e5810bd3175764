"""The check of the exercise on four coders, of the chapter *Quantising vectors*."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import torch
from torch import Tensor

from aigc_edu.checks._compare import one_of
from aigc_edu.nn.kmeans import k_means
from aigc_edu.teaching.exercises import exercise, written

FAULTS = ("none", "dead", "swapped", "again")
SIZE, ALIVE = 32, 3


class Coder:
    """Two books of 32 entries, one after the other, that may have a fault.

    Parameters
    ----------
    rows
        What the books learn from, shape (N, C), N >= 32.
    fault
        ``"none"``; ``"dead"``: of each book three entries are in use, and the others lie far from
        all vectors; ``"swapped"``: the decoder has the first book's entries in another order;
        ``"again"``: the second book gets the vector itself, not what the first one left over.
    seed
        Of k-means and of the order.
    """

    def __init__(self, rows: Tensor, fault: str = "none", seed: int = 0) -> None:
        self.fault = fault
        self.mean = rows.mean(dim=0)
        rest, self.books = rows - self.mean, []
        for step in range(2):
            book = k_means(rest, SIZE, 8, seed + step)
            if fault == "dead":
                book = k_means(rest, ALIVE, 8, seed + step)
                far = 100 * rest.abs().max()
                book = torch.cat([book, far.expand(SIZE - ALIVE, rows.shape[1])])
            self.books.append(book)
            if fault != "again":
                rest = rest - book[_nearest(rest, book)]
        order = torch.randperm(SIZE, generator=torch.Generator().manual_seed(seed))
        self.order = order if fault == "swapped" else torch.arange(SIZE)

    def encode(self, rows: Tensor) -> Tensor:
        """Return the codes of vectors (T, C): (2, T)."""
        rest = rows - self.mean
        first = _nearest(rest, self.books[0])
        if self.fault != "again":
            rest = rest - self.books[0][first]
        return torch.stack([first, _nearest(rest, self.books[1])])

    def decode(self, codes: Tensor) -> Tensor:
        """Return the vectors (T, C) of the codes (1, T) of the first book or (2, T) of both."""
        kept = self.books[0][self.order][codes[0]] + self.mean
        return kept + self.books[1][codes[1]] if len(codes) == 2 else kept


def _nearest(rows: Tensor, book: Tensor) -> Tensor:
    return torch.cdist(rows, book).argmin(dim=1)


def patients(rows: Tensor) -> dict[str, Coder]:
    """Return four coders of vectors (N, C), called A to D, each with another fault or none."""
    return {name: Coder(rows, FAULTS[n], n) for name, n in zip("ABCD", (2, 1, 0, 3), strict=True)}


@exercise("vectors-fault")
def fault(answer: Callable[[Coder, Tensor], str]) -> str | None:
    """``answer(coder, rows)`` names what is wrong with a coder, by trying it on vectors."""
    random = torch.Generator().manual_seed(1)
    mixing = torch.randn(6, 12, generator=random)
    rows = 10 * torch.randn(900, 6, generator=random) @ mixing - 30
    for seed in range(2):
        for right in FAULTS:
            coder = Coder(rows[:600], right, 10 * seed)
            got = written(answer(_closed(coder), rows[600:].clone()))
            if got != right:
                return _fault_hint(right, got)
    return None


def _closed(coder: Coder) -> SimpleNamespace:
    """Return what encodes and decodes as a coder does, and has no fault that can be read."""
    return SimpleNamespace(
        encode=lambda rows: coder.encode(rows), decode=lambda codes: coder.decode(codes)
    )


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if right == "dead":
        return (
            f'a coder that uses {ALIVE} of {SIZE} entries was called "{got}". How many entries '
            "are in use? Look at the codes alone."
        )
    if right == "swapped":
        return (
            f'a coder whose decoder has its first book in another order was called "{got}". Its '
            "codes look healthy. What does the first book alone sound like, and how far is it off?"
        )
    if right == "again":
        return (
            f'a coder whose second book gets the vector again was called "{got}". Compare the '
            "errors with one book and with two: the second one must not make it worse."
        )
    return (
        f'a healthy coder was called "{got}". It uses most entries, one book is nearer than the '
        "mean of all vectors, and two are nearer still."
    )
