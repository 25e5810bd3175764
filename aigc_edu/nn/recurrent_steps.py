"""One step of a recurrent cell, from the products of its weights to its next state.

Chapter: chapters/02-building-blocks/03-recurrent-networks.ipynb
Chapter: chapters/02-building-blocks/04-lstm-and-gru.ipynb

References: Elman 1990, "Finding structure in time"; Hochreiter and Schmidhuber 1997, "Long
short-term memory"; Gers, Schmidhuber and Cummins 2000, "Learning to forget"; Cho et al. 2014,
arXiv:1406.1078. :mod:`aigc_edu.nn.recurrent` has the layers.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

States = tuple[Tensor, ...]  # (h,), or (h, c) of an LSTM
Gates = dict[str, Tensor]
Step = Callable[[Tensor, Tensor, States], tuple[States, Gates]]


def tanh_step(drive: Tensor, feedback: Tensor, states: States) -> tuple[States, Gates]:
    """Return h[t] = tanh(drive + feedback), Elman 1990. The one gate-like value is h itself.

    Parameters
    ----------
    drive
        W_ih x[t] + b_ih, shape (B, H): what comes from outside.
    feedback
        W_hh h[t - 1] + b_hh, shape (B, H): what comes from the state.
    states
        (h[t - 1],), which this cell doesn't need.
    """
    h = torch.tanh(drive + feedback)
    return (h,), {"hidden": h}


def lstm_step(drive: Tensor, feedback: Tensor, states: States) -> tuple[States, Gates]:
    """Return (h[t], c[t]) of an LSTM with forget gate, and its gates.

    i, f, o = sigmoid(...), g = tanh(...), c[t] = f c[t - 1] + i g, h[t] = o tanh(c[t]), after
    Hochreiter and Schmidhuber 1997 (without f) and Gers et al. 2000 (with it).

    Parameters
    ----------
    drive, feedback
        Shape (B, 4 H) each: the rows of i, f, g, o under one another, PyTorch's order.
    states
        (h[t - 1], c[t - 1]), each (B, H).
    """
    i, f, g, o = (drive + feedback).chunk(4, dim=-1)  # (B, H) each
    i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = f * states[1] + i * g
    h = o * torch.tanh(c)
    return (h, c), {"input": i, "forget": f, "candidate": g, "output": o}


def gru_step(drive: Tensor, feedback: Tensor, states: States) -> tuple[States, Gates]:
    """Return h[t] of a GRU in PyTorch's form, and its gates.

    r, z = sigmoid(...), n = tanh(W_in x + b_in + r (W_hn h[t - 1] + b_hn)),
    h[t] = (1 - z) n + z h[t - 1]. Cho et al. 2014 (equation 8) let the reset gate act *before* the
    matrix: tanh(W x + U (r h[t - 1])). Here it acts *after* it, on the product and its bias, so
    that all three products with h[t - 1] are one. The two agree where b_hn = 0 and r is the same
    for all entries of h; otherwise the weights of one don't fit the other.

    Parameters
    ----------
    drive, feedback
        Shape (B, 3 H) each: the rows of r, z, n under one another, PyTorch's order.
    states
        (h[t - 1],), (B, H).
    """
    r_x, z_x, n_x = drive.chunk(3, dim=-1)  # (B, H) each
    r_h, z_h, n_h = feedback.chunk(3, dim=-1)
    r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
    n = torch.tanh(n_x + r * n_h)
    return ((1 - z) * n + z * states[0],), {"reset": r, "update": z, "candidate": n}
