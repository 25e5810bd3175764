"""Recurrent layers by hand: the plain cell, the LSTM, the GRU, one step and whole sequences.

Chapter: chapters/02-building-blocks/03-recurrent-networks.ipynb
Chapter: chapters/02-building-blocks/04-lstm-and-gru.ipynb

They equal PyTorch's of the same names and exchange weights with them by ``load_state_dict``, in
both directions. Sequences are (B, T, C), as with PyTorch's ``batch_first=True``. PyTorch's are
many times faster; these can be read, and show their gates. References: Elman 1990, "Finding
structure in time"; Hochreiter and Schmidhuber 1997, "Long short-term memory"; Gers, Schmidhuber
and Cummins 2000, "Learning to forget"; Cho et al. 2014, arXiv:1406.1078; Schuster and Paliwal
1997, "Bidirectional recurrent neural networks".
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.recurrent_steps import Gates, States, Step, gru_step, lstm_step, tanh_step


class _Recurrent(nn.Module):
    """What cells and sequences share: the kind of step, the weights' shapes, the checks."""

    step: ClassVar[Step]
    blocks: ClassVar[int]  # rows of the weights, in units of H
    state_names: ClassVar[tuple[str, ...]] = ("h",)

    def __init__(self, input_size: int, hidden_size: int, bias: bool) -> None:
        if min(input_size, hidden_size) < 1:
            sizes = (input_size, hidden_size)
            raise InvalidValueError(f"input_size and hidden_size must be >= 1, got {sizes}")
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias

    def _add_weights(self, inputs: int, suffix: str = "") -> None:
        """Register weights, uniform within 1 / sqrt(H) as PyTorch's are."""
        rows, bound = self.blocks * self.hidden_size, self.hidden_size**-0.5
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, inputs),
            "weight_hh": (rows, self.hidden_size),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        for name, shape in shapes.items():
            self.register_parameter(
                name + suffix, nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
            )

    def _product(self, x: Tensor, name: str, suffix: str = "") -> Tensor:
        """Return W x + b, with the weights "ih" or "hh"."""
        bias = getattr(self, f"bias_{name}{suffix}") if self.bias else None
        return F.linear(x, getattr(self, f"weight_{name}{suffix}"), bias)

    def _check_input(self, x: Tensor, *names: str) -> None:
        weight = next(self.parameters())
        shape = f"({', '.join([*names, str(self.input_size)])})"
        if x.dim() != len(names) + 1 or x.shape[-1] != self.input_size or 0 in x.shape:
            raise InvalidValueError(
                f"expected an input of shape {shape}, none of them 0; got {tuple(x.shape)}"
            )
        if x.dtype != weight.dtype:
            raise InvalidValueError(
                f"expected an input of shape {shape} and {weight.dtype}; got {x.dtype}"
            )

    def _checked_state(self, state: Any, x: Tensor, *first: int) -> States:
        """Return the state as a tuple of tensors of the right shape; zeros if there is none."""
        shape = (*first, x.shape[0], self.hidden_size)
        if state is None:
            return tuple(x.new_zeros(shape) for _ in self.state_names)
        states = state if isinstance(state, tuple) else (state,)
        got = [tuple(s.shape) for s in states]
        if len(states) != len(self.state_names) or any(s != shape for s in got):
            names = ", ".join(self.state_names)
            raise InvalidValueError(
                f"expected a state ({names}) of shape {shape} each, got {', '.join(map(str, got))}"
            )
        return states

    def _bare(self, states: States) -> Any:
        """Return h alone, or the pair (h, c)."""
        return states if len(states) > 1 else states[0]


class _Cell(_Recurrent):
    """One step of a recurrent layer.

    Parameters
    ----------
    input_size, hidden_size
        C and H, at least 1.
    bias
        Whether there are ``bias_ih`` and ``bias_hh``. Only their sum matters, except in the rows of
        a GRU's candidate; there are two since PyTorch has two.
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._add_weights(input_size)

    def forward(self, x: Tensor, state: Any = None, return_gates: bool = False) -> Any:
        """Take the input x[t], (B, C), and the state after t - 1; return the state after t.

        Parameters
        ----------
        x
            Shape (B, C).
        state
            h of shape (B, H), for an LSTM the pair (h, c); None stands for zeros.
        return_gates
            Whether to return (state, gates) instead, gates by name, each (B, H).

        Raises
        ------
        InvalidValueError
            If a shape or the dtype doesn't fit.
        """
        self._check_input(x, "B")
        states = self._checked_state(state, x)
        feedback = self._product(states[0], "hh")
        states, gates = type(self).step(self._product(x, "ih"), feedback, states)
        return (self._bare(states), gates) if return_gates else self._bare(states)


class RNNCell(_Cell):
    """The plain cell: :func:`~aigc_edu.nn.tanh_step`. Equals ``torch.nn.RNNCell``."""

    step, blocks = staticmethod(tanh_step), 1


class LSTMCell(_Cell):
    """Long short-term memory: :func:`~aigc_edu.nn.lstm_step`. Equals ``torch.nn.LSTMCell``."""

    step, blocks, state_names = staticmethod(lstm_step), 4, ("h", "c")


class GRUCell(_Cell):
    """Gated recurrent unit, PyTorch's form: :func:`~aigc_edu.nn.gru_step`.

    Equals ``torch.nn.GRUCell``.
    """

    step, blocks = staticmethod(gru_step), 3


class _Sequence(_Recurrent):
    """A recurrent network over a sequence, of one layer or several, in one direction or both.

    Parameters
    ----------
    input_size, hidden_size
        C and H, at least 1.
    layers
        How many lie on one another; each takes the outputs of the one below.
    bidirectional
        Whether each layer has a second set of weights, named ``..._reverse``, that runs from the
        last time step to the first; the outputs of both stand side by side. It sees the future.
    bias
        As for the cells.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        if layers < 1:
            raise InvalidValueError(f"layers must be >= 1, got {layers}")
        self.layers, self.bidirectional = layers, bidirectional
        self.directions = ("", "_reverse") if bidirectional else ("",)
        for layer in range(layers):
            inputs = len(self.directions) * hidden_size if layer else input_size
            for direction in self.directions:
                self._add_weights(inputs, f"_l{layer}{direction}")

    def forward(self, x: Tensor, state: Any = None, return_gates: bool = False) -> Any:
        """Run over a sequence.

        Parameters
        ----------
        x
            Shape (B, T, C).
        state
            h of shape (layers * D, B, H), D directions; for an LSTM the pair (h, c). None: zeros.
        return_gates
            Whether to return the gates as well.

        Returns
        -------
        y, state
            The last layer's h of all times, (B, T, D * H), and the state after the last step
            (backwards: after the first time), to be handed to the next call.
        gates
            If asked for: by name, each (layers * D, B, T, H).

        Raises
        ------
        InvalidValueError
            If a shape or the dtype doesn't fit.
        """
        self._check_input(x, "B", "T")
        count = len(self.directions)
        states = self._checked_state(state, x, self.layers * count)
        runs: list[tuple[States, Gates]] = []
        for layer in range(self.layers):
            outputs = []
            for direction in self.directions:
                begin = tuple(s[len(runs)] for s in states)  # (B, H) each
                y, *run = self._run(x, f"_l{layer}{direction}", begin, direction == "_reverse")
                outputs.append(y)
                runs.append(tuple(run))
            x = torch.cat(outputs, dim=-1)  # (B, T, D * H)
        final = self._bare(tuple(torch.stack(s) for s in zip(*(s for s, _ in runs), strict=True)))
        if not return_gates:
            return x, final
        return x, final, {k: torch.stack([g[k] for _, g in runs]) for k in runs[0][1]}

    def _run(
        self, x: Tensor, suffix: str, states: States, backwards: bool
    ) -> tuple[Tensor, States, Gates]:
        """Run one layer in one direction; return its h (B, T, H), last states and gates."""
        drive = self._product(x.flip(1) if backwards else x, "ih", suffix)  # all times at once
        outputs, gates = [], []
        for t in range(x.shape[1]):  # h[t] needs h[t - 1]: this loop can't be done at once
            feedback = self._product(states[0], "hh", suffix)
            states, gate = type(self).step(drive[:, t], feedback, states)
            outputs.append(states[0])
            gates.append(gate)

        def in_time(values: list[Tensor]) -> Tensor:
            return torch.stack(values[::-1] if backwards else values, dim=1)

        return in_time(outputs), states, {k: in_time([g[k] for g in gates]) for k in gates[0]}


class RNN(_Sequence):
    """Plain cells over a sequence. Equals ``torch.nn.RNN(..., batch_first=True)``."""

    step, blocks = staticmethod(tanh_step), 1


class LSTM(_Sequence):
    """LSTM over a sequence. Equals ``torch.nn.LSTM(..., batch_first=True)``."""

    step, blocks, state_names = staticmethod(lstm_step), 4, ("h", "c")


class GRU(_Sequence):
    """GRU over a sequence. Equals ``torch.nn.GRU(..., batch_first=True)``."""

    step, blocks = staticmethod(gru_step), 3


@torch.no_grad()
def set_forget_bias(lstm: nn.Module, value: float = 1.0) -> None:
    """Set the bias of all forget gates of an LSTM, of ours or PyTorch's, to one value.

    At the start of training a bias of 1 opens the gates to sigmoid(1) = 0.73 instead of a half,
    so that memories, and gradients, last (Gers et al. 2000; Jozefowicz et al. 2015).

    Raises
    ------
    InvalidValueError
        If the module has no biases of an LSTM.
    """
    biases = [(name, p) for name, p in lstm.named_parameters() if name.startswith("bias_")]
    hidden = getattr(lstm, "hidden_size", 0)
    if not biases or any(p.shape != (4 * hidden,) for _, p in biases):
        raise InvalidValueError("expected an LSTM or LSTMCell with biases of shape (4 H,)")
    for name, bias in biases:
        bias[hidden : 2 * hidden] = value if name.startswith("bias_ih") else 0.0
