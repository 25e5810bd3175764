"""The WaveNet chapter's checks name each typical mistake, and only the mistakes that are left."""

import itertools
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aigc_edu.teaching import check


def fault(a, z, shared=None, is_open=None, no_tanh=None):
    gate = z / torch.tanh(a)
    one, logistic = torch.ones_like(gate), torch.sigmoid(a)
    if gate.max() > 1 + 1e-6 if no_tanh is None else no_tanh(a, z):
        return "no tanh"
    if torch.allclose(gate, one) if is_open is None else is_open(gate):
        return "open"
    alike = torch.allclose(gate, logistic) if shared is None else shared(z)
    return "shared" if alike else "none"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, z: fault(a, z, shared=lambda z: z.min() > -0.21), "no proof"),
        (lambda a, z: fault(a, z, is_open=lambda gate: gate.max() > 0.9), "at *every* time"),
        (lambda a, z: fault(a, z, no_tanh=lambda a, z: z.max() > 3), "exceeds 1"),
        (lambda a, z: fault(a, z, shared=lambda z: False), "the logistic function of a"),
        (lambda a, z: "none", "the same verdict"),
        (lambda a, z: "fine", "is none of them"),
    ],
)
def test_the_gate_names_the_mistake(answer, hint):
    assert check("wavenet-gate", fault).passed
    assert hint in check("wavenet-gate", answer).hint


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda k, d, r: 1 + (k - 1) * sum(d), "divide by the rate"),
        (lambda k, d, r: (1 + (k - 1) * sum(d)) / r, "milliseconds"),
        (lambda k, d, r: 1000 * (k - 1) * sum(d) / r, "present sample"),
        (lambda k, d, r: 1000 * (1 + k * sum(d)) / r, "not k d"),
        (lambda k, d, r: 1000 * (1 + sum(d)) / r, "not d"),
    ],
)
def test_receptive_field_names_the_mistake(answer, hint):
    right = check("wavenet-receptive-field", lambda k, d, r: 1000 * (1 + (k - 1) * sum(d)) / r)
    assert right.passed
    assert hint in check("wavenet-receptive-field", answer).hint


MISTAKES = {"padding": "Padding", "sum": "Sum", "gate": "Gate", "first": "First", "softmax": "Outp"}


def listing(padding=False, sum=False, gate=False, first=False, softmax=False):  # noqa: A002
    """The chapter's listing with any choice of its five mistakes."""

    def causal_sum(x, w, d):
        k, length = len(w), x.shape[-1]
        left = d * (k - 1) // 2 if padding else d * (k - 1)
        padded = F.pad(x, (left, d * (k - 1) - left))
        y = torch.zeros(x.shape[0], w.shape[1], length)
        for i in range(1 if sum else 0, k):
            begin = d * (k - 1 - i)
            y = y + w[i] @ padded[:, :, begin : begin + length]
        return y

    class Layer(nn.Module):
        def __init__(self, channels, dilation):
            super().__init__()
            self.dilation = dilation
            self.w_filter = nn.Parameter(torch.randn(2, channels, channels))
            self.w_gate = nn.Parameter(torch.randn(2, channels, channels))

        def gated(self, x):
            a = causal_sum(x, self.w_filter, self.dilation)
            b = a if gate else causal_sum(x, self.w_gate, self.dilation)
            return torch.tanh(a) * torch.sigmoid(b)

        def forward(self, x):
            z = self.gated(x)
            return x + z, z

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.levels = 16
            self.w = nn.Parameter(torch.randn(1 if first else 2, 8, 16))
            self.layer, self.out = Layer(8, 1), nn.Conv1d(8, 16, 1)

        def first(self, one_hot):
            return self.w[0] @ one_hot if first else causal_sum(one_hot, self.w, 1)

        def forward(self, one_hot):
            logits = self.out(self.layer(self.first(one_hot))[1])
            return torch.softmax(logits, dim=1) if softmax else logits

    return SimpleNamespace(parts=(causal_sum, Layer, Network))


@pytest.mark.parametrize("wrong", list(itertools.product([False, True], repeat=5)))
def test_mend_names_exactly_the_mistakes_that_are_left(wrong):
    made = dict(zip(MISTAKES, wrong, strict=True))
    hints = check("wavenet-mend", *listing(**made).parts).hints
    expected = [MISTAKES[name] for name, there in made.items() if there]
    assert len(hints) == len(expected)
    assert all(any(hint.startswith(start) for hint in hints) for start in expected)


def test_mend_tells_reversed_taps_from_padding_on_both_sides():
    causal_sum, layer, network = listing().parts
    hints = check("wavenet-mend", lambda x, w, d: causal_sum(x, w.flip(0), d), layer, network).hints
    assert any("reversed" in hint for hint in hints)
    assert not any(hint.startswith("Padding") for hint in hints)


def mended_but(gated=None, forward=None):
    """The mended listing with another way through the layer; causal_sum comes first."""
    causal_sum, layer, network = listing().parts

    class Other(layer):
        def gated(self, x):
            return gated(causal_sum, self, x) if gated else super().gated(x)

        def forward(self, x):
            return forward(x, self.gated(x)) if forward else super().forward(x)

    return check("wavenet-mend", causal_sum, Other, network).hints


@pytest.mark.parametrize(
    ("gate", "hint"),
    [
        (lambda f, s, x: f(x, -s.w_filter, s.dilation), "tied to the filter"),
        (lambda f, s, x: s.w_gate[0] @ x, "the present alone"),
        (lambda f, s, x: f(x, s.w_gate, 1), "z[8] comes from x[5] and x[8]"),
    ],
)
def test_mend_looks_at_the_gate_and_the_dilation(gate, hint):
    def gated(f, s, x):
        return torch.tanh(f(x, s.w_filter, s.dilation)) * torch.sigmoid(gate(f, s, x))

    hints = mended_but(gated)
    assert len(hints) == 1 and hint in hints[0]


def test_mend_wants_the_residual_connection():
    assert not mended_but()
    hints = mended_but(forward=lambda x, z: (z, z))
    assert len(hints) == 1 and "not added" in hints[0]


def told(a, b, frames, V_f, V_g, hop, index=lambda t, hop: t // hop):
    h = frames[:, index(torch.arange(a.shape[1]), hop).clamp(0, frames.shape[1] - 1)]
    return torch.tanh(a + V_f @ h) * torch.sigmoid(b + V_g @ h)


def outside(a, b, frames, V_f, V_g, hop):
    h = frames[:, (torch.arange(a.shape[1]) // hop).clamp(max=frames.shape[1] - 1)]
    return (torch.tanh(a) + V_f @ h) * (torch.sigmoid(b) + V_g @ h)


def afterwards(a, b, frames, V_f, V_g, hop):
    h = frames[:, (torch.arange(a.shape[1]) // hop).clamp(max=frames.shape[1] - 1)]
    return torch.tanh(a) * torch.sigmoid(b) + V_f @ h


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b, c, f, g, n: told(a, b, c, f, 0 * g, n), "the gate isn't told"),
        (lambda a, b, c, f, g, n: told(a, b, c, 0 * f, g, n), "the filter isn't told"),
        (lambda a, b, c, f, g, n: told(a, b, c, f, f, n), "a matrix of its own"),
        (lambda a, b, c, f, g, n: told(a, b, c, g, f, n), "swapped"),
        (lambda *x: told(*x, index=lambda t, n: t // n - 1), "one frame late"),
        (lambda *x: told(*x, index=lambda t, n: t // n + 1), "one frame early"),
        (lambda *x: told(*x, index=lambda t, n: (t + 1) // n), "one sample early"),
        (lambda *x: told(*x, index=lambda t, n: (t - 1) // n), "one sample late"),
        (lambda *x: told(*x, index=lambda t, n: t // n % 3), "begins again"),
        (lambda *x: told(*x, index=lambda t, n: t), "at sample t"),
        (afterwards, "after the gate"),
        (outside, "outside of tanh"),
        (lambda *x: 2 * told(*x), "V_f h goes into the tanh"),
    ],
)
def test_condition_names_the_mistake(answer, hint):
    assert check("wavenet-condition", told).passed
    assert hint in check("wavenet-condition", answer).hint
