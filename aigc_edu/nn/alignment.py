"""Monotonic alignment search: which frames belong to which symbol, if neither goes back.

Chapter: planned, on VITS (Part V)

Reference: Kim et al. 2020, "Glow-TTS: a generative flow for text-to-speech via monotonic alignment
search", arXiv:2005.11129, algorithm 1. Every symbol gets at least one frame, in order, and every
frame one symbol; among all such alignments the one with the largest sum of scores is found in
O(N T) by dynamic programming: ``Q[n, t] = max(Q[n - 1, t - 1], Q[n, t - 1]) + score[n, t]``.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.compiling import jit


@jit(False)
def _search(score, best, durations):
    """Fill durations (N,) by score (N, T) float32; best (N, T) is memory, float32."""
    count, frames = score.shape
    low = np.float32(-np.inf)
    for t in range(frames):
        for n in range(max(0, count + t - frames), min(count, t + 1)):
            stay = best[n, t - 1] if n < t else low
            if t == 0:
                came = np.float32(0.0)
            else:
                came = max(stay, best[n - 1, t - 1] if n > 0 else low)
            best[n, t] = came + score[n, t]
    n = count - 1
    for t in range(frames - 1, -1, -1):
        durations[n] += 1
        if n > 0 and (n == t or best[n, t - 1] < best[n - 1, t - 1]):
            n -= 1


def search_alignment(score: np.ndarray) -> np.ndarray:
    """Return how many frames each symbol has in the best monotonic alignment.

    Parameters
    ----------
    score
        Shape (N, T), finite: how well symbol n fits frame t, a log-likelihood for instance.

    Returns
    -------
    ndarray
        int64, shape (N,), each at least 1; they add up to T.

    Raises
    ------
    InvalidValueError
        If there are more symbols than frames, none, or a score is no finite number.
    """
    score = np.ascontiguousarray(score, np.float32)
    if score.ndim != 2 or 0 in score.shape:
        raise InvalidValueError(f"expected scores of shape (N, T), got {score.shape}")
    if score.shape[0] > score.shape[1]:
        raise InvalidValueError(
            f"{score.shape[0]} symbols cannot be aligned with {score.shape[1]} frames: each needs "
            "one; take a shorter text, or a longer recording"
        )
    if not np.isfinite(score).all():
        raise InvalidValueError("scores to align by must be finite numbers")
    durations = np.zeros(len(score), np.int64)
    _search(score, np.empty_like(score), durations)
    return durations


def align_batch(scores: Tensor, symbols: Tensor, frames: Tensor) -> Tensor:
    """Return the best alignment of each row of a batch as durations.

    Parameters
    ----------
    scores
        Shape (B, N, T).
    symbols, frames
        Lengths of each row, (B,): what lies behind them is not looked at.

    Returns
    -------
    Tensor
        int64, shape (B, N), zero behind a row's symbols; on the device of ``scores``.
    """
    rows = scores.detach().float().cpu().numpy()
    durations = np.zeros(rows.shape[:2], np.int64)
    for i, (n, t) in enumerate(zip(symbols.tolist(), frames.tolist(), strict=True)):
        durations[i, :n] = search_alignment(rows[i, :n, :t])
    return torch.from_numpy(durations).to(scores.device)


def diagonal(symbols: Tensor, frames: Tensor, shape: tuple[int, int], width: float = 0.1) -> Tensor:
    """Return how far pairs of a symbol and a frame are from an even reading speed: (B, N, T).

    ``-(n / N - t / T)^2 / (2 width^2)``, to be added to scores while they say nothing yet, in the
    manner of the guided attention of Tachibana et al. 2018, arXiv:1710.08969, section 3.3.

    Parameters
    ----------
    symbols, frames
        Lengths of each row, (B,).
    shape
        N and T.
    width
        Share of the whole by which a pair may be off.
    """
    n, t = (torch.arange(size, device=symbols.device) + 0.5 for size in shape)
    off = n[None, :, None] / symbols[:, None, None] - t[None, None] / frames[:, None, None]
    return -off.square() / (2 * width**2)


def beside(durations: Tensor, frames: int, width: float = 2.0) -> Tensor:
    """Return how far pairs of a symbol and a frame are from a guessed alignment: (B, N, T).

    ``-d^2 / (2 width^2)``, d being the distance of frame t from the frames that symbol n has in the
    guess; to be added to scores as :func:`diagonal` is.

    Parameters
    ----------
    durations
        The guess, (B, N), whole numbers >= 0; a symbol may have no frame, and only a place.
    frames
        T.
    width
        By how many frames a pair may be off.
    """
    ends = durations.cumsum(dim=1)[:, :, None]  # (B, N, 1)
    place = torch.arange(frames, device=durations.device) + 0.5
    before, after = ends - durations[:, :, None] - place, place - ends
    off = torch.maximum(before, after).clamp(min=0)  # (B, N, T)
    return -off.square() / (2 * width**2)


def path_of(durations: Tensor, frames: int) -> Tensor:
    """Return the alignment as a matrix of zeros and ones.

    Parameters
    ----------
    durations
        Shape (B, N), whole numbers >= 0.
    frames
        T, at least the largest sum of a row.

    Returns
    -------
    Tensor
        float32, shape (B, N, T): 1 where frame t belongs to symbol n.
    """
    ends = durations.cumsum(dim=1)[:, :, None]  # (B, N, 1)
    if durations.numel() and int(ends[:, -1].max()) > frames:
        raise InvalidValueError(f"durations add up to {int(ends[:, -1].max())}, above {frames}")
    place = torch.arange(frames, device=durations.device)
    return ((place >= ends - durations[:, :, None]) & (place < ends)).float()
