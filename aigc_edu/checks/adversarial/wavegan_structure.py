"""Checks of the exercises of the chapter *WaveGAN: the two networks*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.checks._tensors import to_array
from aigc_edu.nn import PhaseShuffle
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the table of layers

Row = tuple[int, int, int]
_STAGES = (16, 8, 4, 2, 1)


@exercise("wavegan-table")
def table(answer: Callable[[int, int, int], Sequence[Row]]) -> str | None:
    """``answer(length, d, latent)``: six rows (channels, samples, parameters), dense first."""
    for length, d, latent in ((16384, 64, 100), (8192, 16, 32), (3072, 1, 5)):
        got = [tuple(int(n) for n in row) for row in written(answer(length, d, latent))]
        right = _table(length, d, latent)
        if got != right:
            where = f"For length {length:,}, d = {d} and {latent} numbers of noise: "
            return where + _table_hint(got, length, d, latent)
    return None


def _table(
    length: int, d: int, latent: int, k: int = 25, s: int = 4, bias: bool = True
) -> list[Row]:
    channels, first = [*(n * d for n in _STAGES), 1], length // s**5
    dense = channels[0] * first
    rows = [(channels[0], first, dense * (latent + bias))]
    for n, (a, b) in enumerate(zip(channels, channels[1:], strict=False), 1):
        rows.append((b, first * s**n, k * a * b + b * bias))
    return rows


def _table_hint(got: list[tuple[int, ...]], length: int, d: int, latent: int) -> str:
    right = _table(length, d, latent)
    if len(got) != 6 or any(len(row) != 3 for row in got):
        return "there are six rows of three numbers: the dense layer, then five convolutions."
    columns, wanted = list(zip(*got, strict=True)), list(zip(*right, strict=True))
    if columns[0] == wanted[0][::-1]:
        return "the channels are in the order of the critic; a generator begins with 16 d."
    if columns[0] != wanted[0]:
        return f"the channels should be {list(wanted[0])}: 16 d, halved by each layer, at last 1."
    if columns[1] == tuple(length // 2 ** (5 - n) for n in range(6)):
        return "each layer makes four samples of one, not two."
    if columns[1] != wanted[1]:
        return f"the samples should be {list(wanted[1])}: four times as many after each layer."
    return _parameter_hint(columns[2], wanted[2], _table(length, d, latent, bias=False), d)


def _parameter_hint(
    got: tuple[int, ...], right: tuple[int, ...], without: list[Row], d: int
) -> str:
    if got == tuple(row[2] for row in without):
        return "each layer has biases, too: one for each output (the dense layer), or channel."
    if got[1:] == right[1:]:
        return (
            f"the dense layer has {right[0]:,} parameters: one weight for each pair of a number of "
            "noise and an output, channels times samples, and a bias for each output."
        )
    n = next(n for n in range(1, 6) if got[n] != right[n])
    return (
        f"layer {n} has {right[n]:,} parameters, not {got[n]:,}: 25 taps for each pair of an input "
        "channel and an output channel, and a bias for each output channel."
    )


# ---------------------------------------------------------------- a comb


@exercise("wavegan-comb")
def comb(answer: Callable[[int, int], np.ndarray]) -> str | None:
    """``answer(period, taps)`` returns weights (taps,) that remove all multiples of f_s / period.

    One in the middle, (taps - 1) // 2, less the mean of the taps that lie whole periods from it.
    """
    for period, taps in ((4, 9), (16, 512), (64, 512), (5, 23)):
        got = to_array(written(answer(period, taps)))
        hint = hint_for(got, _comb(period, taps), _comb_mistakes(period, taps), _COMB, 1e-9)
        if hint:
            return f"For a period of {period} and {taps} taps: {hint}"
    return None


_COMB = (
    "the weights should be 1 in the middle, (taps - 1) // 2, less 1 / n at each of the n places "
    "that lie a whole number of periods from it (the middle is one of them)."
)


def _places(period: int, taps: int) -> np.ndarray:
    return np.flatnonzero((np.arange(taps) - (taps - 1) // 2) % period == 0)


def _comb(period: int, taps: int) -> np.ndarray:
    w, places = np.zeros(taps), _places(period, taps)
    w[places] = -1 / len(places)
    w[(taps - 1) // 2] += 1
    return w


def _comb_mistakes(period: int, taps: int) -> Iterator[tuple[str, np.ndarray]]:
    right, middle, places = _comb(period, taps), (taps - 1) // 2, _places(period, taps)
    one = np.eye(taps)[middle]
    yield "this filter keeps what repeats, and takes away the rest.", one - right
    others = np.where(one > 0, 1.0, 0.0)
    others[places[places != middle]] = -1 / (len(places) - 1)
    yield "the mean is over all n places, the middle included.", others
    yield "the places are to be divided by their number, n.", one - len(places) * (one - right)
    early = np.zeros(taps)
    early[::period] = -1 / len(early[::period])
    early[middle] += 1
    yield "the places are counted from the middle, not from the first tap.", early
    smooth = one - np.full(taps, 1 / taps)
    yield "these are all taps; only those whole periods from the middle are meant.", smooth


# ---------------------------------------------------------------- four phase shuffles

FAULTS = ("none", "never", "apart", "zeros")


class Shuffle(nn.Module):
    """A phase shuffle that may have a mistake.

    Parameters
    ----------
    fault
        ``"none"``; ``"never"``: nothing moves; ``"apart"``: each clip moves by its own shift;
        ``"zeros"``: zeros come in at the ends in place of the mirror image.
    most
        The largest shift, in samples.
    """

    def __init__(self, fault: str, most: int = 2) -> None:
        super().__init__()
        self.fault, self.right = fault, PhaseShuffle(most)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, C, T) moved, or not."""
        if self.fault == "none":
            return self.right(x)
        if self.fault == "never":
            return self.right.eval()(x)
        if self.fault == "apart":
            return torch.cat([self.right(clip[None]) for clip in x])
        shift = self.right.draw()
        y = torch.zeros_like(x)
        count = x.shape[2]
        y[:, :, max(shift, 0) : count + min(shift, 0)] = x[
            :, :, max(-shift, 0) : count - max(shift, 0)
        ]
        return y


@exercise("wavegan-shuffle")
def shuffle(fault: Callable[[nn.Module], str]) -> str | None:
    """``fault(layer)`` names what is wrong with a phase shuffle, by trying it."""
    for seed in range(4):
        for right in FAULTS:
            torch.manual_seed(100 * seed + FAULTS.index(right))
            got = written(fault(Shuffle(right, 2 if seed % 2 else 3)))
            if got != right:
                return _shuffle_hint(right, got)
    return None


def _shuffle_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    if got == "never":
        return (
            f'a layer was called "never" that is "{right}". A shift of 0 is drawn, too: call the '
            "layer often enough."
        )
    if right == "never":
        return "one layer never changes what it is given, and you didn't notice."
    if "apart" in (right, got):
        return (
            f'the layer is "{right}", not "{got}". Give it a batch whose clips are all the same: '
            "with one shift for the batch they stay the same."
        )
    return (
        f'the layer is "{right}", not "{got}". Look at the ends: what comes in there is the '
        "clip's own mirror image, or it is zero. Take a clip without zeros."
    )


# ---------------------------------------------------------------- does a score stand alone?


class Judge(nn.Module):
    """A small critic whose scores may depend on the other clips of a batch.

    Parameters
    ----------
    way
        ``"alone"``, ``"layer"`` (normalised within each clip) stand alone; ``"batch"`` (batch
        normalisation), ``"spread"`` (the batch's spread is a feature) and ``"before"`` (a score
        hears the clip before) don't.
    """

    def __init__(self, way: str) -> None:
        super().__init__()
        self.way, self.conv, self.dense = way, nn.Conv1d(1, 4, 25, 4, 11), nn.LazyLinear(1)
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores (B,) of clips (B, T)."""
        h = self.conv(x[:, None])
        if self.way == "batch":
            h = self.norm(h)
        h = F.leaky_relu(F.layer_norm(h, h.shape[1:]) if self.way == "layer" else h, 0.2)
        if self.way == "spread":
            h = h + h.std(dim=0, keepdim=True)
        if self.way == "before":
            h = h + torch.cat([torch.zeros_like(h[:1]), h[:-1]])
        return self.dense(h.flatten(1))[:, 0]


_WAYS = {
    "alone": "a plain critic: each score hears its own clip only.",
    "batch": "a critic with batch normalisation: each clip moves the mean of all.",
    "layer": "a critic that is normalised within each clip: its scores do stand alone.",
    "spread": "a critic that is told the spread of the batch: a score hears the others.",
    "before": "a critic whose score hears the clip before it in the batch. Try all pairs.",
}


@exercise("wavegan-alone")
def alone(answer: Callable[[nn.Module, Tensor], bool]) -> str | None:
    """``answer(critic, x)``: True if each score depends on its own clip of x (B, T) alone."""
    for seed in range(2):
        for way, hint in _WAYS.items():
            torch.manual_seed(seed)
            critic, x = Judge(way), torch.randn(4, 256)
            critic(x)
            right = way in ("alone", "layer")
            if bool(written(answer(critic, x.clone()))) != right:
                return f"you say {not right} of {hint}"
    return None
