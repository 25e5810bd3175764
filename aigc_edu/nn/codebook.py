"""Codebooks: a vector becomes the number of the nearest of K learned vectors.

Chapter: chapters/05-tokens/01-quantising-vectors.ipynb

References: van den Oord et al. 2017, "Neural Discrete Representation Learning", arXiv:1711.00937,
eq. (1)-(3) and appendix A.1 (moving averages); Zeghidour et al. 2021, "SoundStream",
arXiv:2107.03312, section III.C (residual quantisation, unused entries).

Features have shape (B, C, T), codes (B, T), integers in 0 ... K - 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.kmeans import k_means

STARTS = 4096  # vectors at most that a book is started with,
ROUNDS = 10  # and rounds of k-means


class Codebook(nn.Module):
    """K vectors of C numbers; each feature vector is replaced by the nearest.

    In training mode, the entries follow the means of what is given to them as a moving average
    (no gradient needed), and entries that nothing has been given to for long are moved to where
    the data are. The gradient passes the rounding as if it weren't there (straight through).

    Parameters
    ----------
    size, channels
        K and C.
    decay
        Of the moving averages, in [0, 1).
    least_use
        An entry whose moving average of vectors per call falls below this is moved to a vector of
        the present batch; 0 leaves it where it is.
    """

    def __init__(
        self, size: int, channels: int, decay: float = 0.99, least_use: float = 0.1
    ) -> None:
        super().__init__()
        if min(size, channels) < 1 or not 0 <= decay < 1 or least_use < 0:
            raise InvalidValueError("size, channels must be >= 1, decay in [0, 1), least_use >= 0")
        self.decay, self.least_use = decay, least_use
        entries = torch.randn(size, channels)
        self.register_buffer("entries", entries)  # (K, C)
        self.register_buffer("use", torch.ones(size))  # (K,): vectors for each, moving average
        self.register_buffer("total", entries.clone())  # (K, C): their sum, likewise

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Replace each vector of x by its nearest entry.

        Parameters
        ----------
        x
            Shape (B, C, T).

        Returns
        -------
        quantised
            Shape (B, C, T). Its gradient with respect to x is the identity.
        codes
            int64, shape (B, T).
        commitment
            Mean of (x - quantised) ** 2, a number: the encoder is to stay near its entries.
        """
        codes = self.encode(x)
        quantised = self.decode(codes)  # (B, C, T)
        commitment = torch.mean((x - quantised) ** 2)
        if self.training:
            self._follow(x.detach(), codes)
        return x + (quantised - x).detach(), codes, commitment

    def encode(self, x: Tensor) -> Tensor:
        """Return the number of the nearest entry for each vector of x (B, C, T): (B, T)."""
        if x.dim() != 3 or x.shape[1] != self.entries.shape[1]:
            wanted = f"(B, {self.entries.shape[1]}, T)"
            raise InvalidValueError(f"expected features of shape {wanted}, got {tuple(x.shape)}")
        return (
            torch.cdist(_rows(x)[None], self.entries[None])[0]
            .argmin(dim=1)
            .view(x.shape[0], x.shape[2])
        )

    def decode(self, codes: Tensor) -> Tensor:
        """Return the entries of codes (B, T): (B, C, T)."""
        size = len(self.entries)
        if codes.dim() != 2 or codes.is_floating_point():
            raise InvalidValueError(f"expected integer codes (B, T), got {tuple(codes.shape)}")
        if codes.numel() and not 0 <= int(codes.min()) <= int(codes.max()) < size:
            raise InvalidValueError(f"codes must lie in 0 ... {size - 1}")
        return self.entries[codes].transpose(1, 2)

    @torch.no_grad()
    def start(self, x: Tensor) -> None:
        """Put the entries where the vectors of x (B, C, T) are, by k-means.

        At most :data:`STARTS` vectors (or K, if that is more) are looked at; they and the start of
        k-means are drawn by torch's random generator. Fewer vectors than entries are taken again.
        """
        self.encode(x)  # complains of wrong shapes
        rows, size = _rows(x), len(self.entries)
        rows = self._drawn(rows, max(size, min(len(rows), STARTS)))
        seed = int(torch.randint(2**31, ()))
        self.entries.copy_(k_means(rows, size, ROUNDS, seed))
        self.total.copy_(self.entries)
        self.use.fill_(1.0)

    @torch.no_grad()
    def _follow(self, x: Tensor, codes: Tensor) -> None:
        """Move each entry to the moving average of the vectors that it was the nearest to."""
        rows, size = _rows(x), len(self.entries)
        chosen = torch.nn.functional.one_hot(codes.reshape(-1), size).to(rows)  # (B T, K)
        self.use.lerp_(chosen.sum(dim=0), 1 - self.decay)
        self.total.lerp_(chosen.T @ rows, 1 - self.decay)
        idle = self.use < self.least_use
        if idle.any():
            self.total[idle] = self._drawn(rows, int(idle.sum()))
            self.use[idle] = 1.0
        self.entries.copy_(self.total / self.use.clamp(min=1e-5)[:, None])

    @staticmethod
    def _drawn(rows: Tensor, count: int) -> Tensor:
        """Return so many of the rows, none of them again before all have been taken."""
        order = torch.randperm(len(rows), device=rows.device)
        return rows[order.repeat(-(-count // len(order)))[:count]]


class ResidualCodebook(nn.Module):
    """Several codebooks in a row: each codes what the ones before left over.

    Parameters
    ----------
    count
        Number of codebooks n (n_q in papers). With K entries each, a vector costs n log2(K) bits.
    size, channels, decay, least_use
        Of each :class:`Codebook`.
    """

    def __init__(
        self,
        count: int,
        size: int,
        channels: int,
        decay: float = 0.99,
        least_use: float = 0.1,
    ) -> None:
        super().__init__()
        if count < 1:
            raise InvalidValueError(f"count must be >= 1, got {count}")
        self.books = nn.ModuleList(Codebook(size, channels, decay, least_use) for _ in range(count))

    def forward(self, x: Tensor, kept: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return the sum of the entries (B, C, T), codes (B, n, T) and the mean commitment.

        Parameters
        ----------
        x
            Shape (B, C, T).
        kept
            Of how many books each row's sum is, int64 (B,) in 1 ... n: quantiser dropout, so that
            one network learns to do with few and with many (Zeghidour et al. 2021, section III.C).
            All books learn from all rows. By default n.
        """
        kept = check_kept(x, kept, len(self.books))
        rest, total, codes, commitments = x, torch.zeros_like(x), [], []
        for i, book in enumerate(self.books):
            quantised, numbers, commitment = book(rest)
            rest = rest - quantised.detach()
            total = total + quantised.detach() * (kept > i)[:, None, None]
            codes.append(numbers)
            commitments.append(commitment)
        quantised = x + (total - x).detach()  # gradient: the identity
        return quantised, torch.stack(codes, dim=1), torch.stack(commitments).mean()

    @torch.no_grad()
    def start(self, x: Tensor) -> None:
        """Put each book's entries onto what the ones before leave over of x (B, C, T)."""
        for book in self.books:
            book.start(x)
            x = x - book.decode(book.encode(x))

    def encode(self, x: Tensor) -> Tensor:
        """Return the codes of x (B, C, T): (B, n, T), the coarsest first."""
        codes = []
        for book in self.books:
            codes.append(book.encode(x))
            x = x - book.decode(codes[-1])
        return torch.stack(codes, dim=1)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the sum of the entries of codes (B, m <= n, T): (B, C, T).

        Fewer codebooks than there are give a coarser result.
        """
        if codes.dim() != 3 or not 1 <= codes.shape[1] <= len(self.books):
            wanted = f"(B, 1 ... {len(self.books)}, T)"
            raise InvalidValueError(f"expected codes of shape {wanted}, got {tuple(codes.shape)}")
        pairs = zip(self.books, codes.unbind(dim=1), strict=False)
        return sum(book.decode(numbers) for book, numbers in pairs)


def perplexity(codes: Tensor, size: int) -> float:
    """Return 2 to the entropy of how often codes occur: how many of ``size`` are really in use.

    Parameters
    ----------
    codes
        Integers in 0 ... size - 1, any shape, at least one.
    size
        K.
    """
    if codes.numel() == 0:
        raise InvalidValueError("there are no codes to count")
    share = torch.bincount(codes.reshape(-1), minlength=size).double() / codes.numel()
    share = share[share > 0]
    return float(torch.exp(-(share * share.log()).sum()))


def share_alive(codes: Tensor, size: int) -> float:
    """Return which share of ``size`` codes occur at all, in [0, 1]; see :func:`perplexity`."""
    if codes.numel() == 0:
        raise InvalidValueError("there are no codes to count")
    return len(torch.unique(codes)) / size


def check_kept(x: Tensor, kept: Tensor | None, count: int) -> Tensor:
    """Return how many books each row of x (B, C, T) keeps, (B,); all of them if it isn't said.

    Raises
    ------
    InvalidValueError
        Unless there is a whole number in 1 ... ``count`` for each row.
    """
    if kept is None:
        return torch.full((len(x),), count, device=x.device)
    if kept.shape != x.shape[:1] or kept.is_floating_point():
        raise InvalidValueError(f"kept must hold a whole number for each of the {len(x)} rows")
    if not 1 <= int(kept.min()) <= int(kept.max()) <= count:
        raise InvalidValueError(f"each row keeps 1 ... {count} books")
    return kept


def _rows(x: Tensor) -> Tensor:
    """Return the vectors of x (B, C, T) as rows (B T, C)."""
    return x.transpose(1, 2).reshape(-1, x.shape[1])
