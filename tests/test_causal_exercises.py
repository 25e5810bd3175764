"""The checks of the chapter on causal and dilated convolution name the mistake that was made."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.nn import influence
from aigc_edu.teaching import check


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x: (x[:, :-1], x[:, :-1]), "just seen"),
        (lambda x: (x[:, 1:], x[:, 1:]), "just seen"),
        (lambda x: (x[:, 1:], x[:, :-1]), "swapped"),
        (lambda x: (x, x), "both should be (2, 5)"),
        (lambda x: (x[:, :-2], x[:, 2:]), "both should be (2, 5)"),
        (lambda x: (x[:, :-1], 2 * x[:, 1:]), "should be x[:, t + 1]"),
        (lambda x: (x[:, :-1] + 9, x[:, 1:] + 9), "begin with the first"),
        (lambda x: x, "Return a pair"),
    ],
)
def test_pairs_names_the_mistake(answer, hint):
    assert check("causal-pairs", lambda x: (x[:, :-1], x[:, 1:])).passed
    assert hint in check("causal-pairs", answer).hint


def dilated(x, w, d, left=None, late=0, flip=True, gap=None):
    gap = gap or d
    reach = gap * (len(w) - 1)
    left = reach if left is None else left(reach)
    padded = F.pad(x, (left + late, reach - left - late))
    kernel = w.flip(0) if flip else w
    return F.conv1d(padded[None, None], kernel[None, None], dilation=gap)[0, 0]


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"left": lambda reach: reach // 2}, "both sides"),
        ({"left": lambda reach: 0}, "future"),
        ({"left": lambda reach: reach // 2, "flip": False}, "future"),
        ({"late": 1}, "one sample late"),
        ({"flip": False}, "reversed order"),
        ({"gap": 1}, "next to each other; they should be d = 4 samples apart"),
        ({"gap": 5}, "5 samples apart"),
    ],
)
def test_dilated_names_the_mistake(mistake, hint):
    assert check("causal-dilated", dilated).passed
    assert hint in check("causal-dilated", lambda x, w, d: dilated(x, w, d, **mistake)).hint


def test_dilated_names_a_dropped_sample_and_a_wrong_length():
    def dropped(x, w, d):
        return dilated(x, torch.cat([torch.zeros(1), w[1:]]), d)

    assert "starts at i = 0" in check("causal-dilated", dropped).hint
    short = check("causal-dilated", lambda x, w, d: dilated(x, w, d)[d:]).hint
    assert "(40,)" in short and "(k - 1) d" in short
    assert "15 + d" in check("causal-dilated", lambda x, w, d: 2 * dilated(x, w, d)).hint


def ahead(network, length, values=(100.0, -100.0), after=True):
    """Return the largest u - t for which a change of input u moves output t."""
    torch.manual_seed(1)
    x, furthest = torch.randn(1, 1, length), 0
    before = network(x)
    for u in range(length):
        for value in values:
            changed = x.clone()
            changed[0, 0, u] = value
            moved = (network(changed) - before)[0, 0].abs().gt(1e-4).nonzero()
            distances = u - moved if after else moved - u
            furthest = max([furthest, *distances[:, 0].tolist()])
    return furthest


def by_gradient(network, length):
    reached = influence(network, 1, length).nonzero()
    return max(0, int((reached[:, 1] - reached[:, 0]).max()))


RIGHT = {"A": "short", "B": "fine", "C": "leak"}


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (by_gradient, "doesn't wake the ReLU"),
        (lambda *a: ahead(*a, values=(100.0,)), "above and below zero"),
        (lambda *a: ahead(*a, values=(1.0, -1.0)), "large values"),
        (lambda *a: ahead(*a, after=False), "looks *back*"),
        (lambda *a: -ahead(*a), "at least 0"),
        (lambda *a: 0, "outputs *before* u"),
        (lambda *a: min(1, ahead(*a)), "the largest u - t"),
        (lambda *a: 7, "you say 7"),
    ],
)
def test_leak_names_the_mistake_of_the_function(answer, hint):
    assert check("causal-leak", RIGHT, ahead).passed
    hints = check("causal-leak", RIGHT, answer).hints
    assert len(hints) == 1 and hint in hints[0]


@pytest.mark.parametrize(
    ("guess", "hint"),
    [
        ({"A": "fine", "B": "short", "C": "leak"}, "Listen again"),
        ({"A": "leak", "B": "fine", "C": "short"}, "sound alike"),
        ({"A": "leak", "B": "leak", "C": "fine"}, "one of each"),
        ({"A": "noise", "B": "fine", "C": "leak"}, "the keys are"),
        ({"A": ..., "B": ..., "C": ...}, "say of A, B and C"),
    ],
)
def test_leak_names_the_mistake_of_the_guess(guess, hint):
    hints = check("causal-leak", guess, ahead).hints
    assert len(hints) == 1 and hint in hints[0]


def block(x, W_f, W_g, W_r, W_s, d, mistake=None):
    reach = d * (W_f.shape[2] - 1)
    left = {"both sides": reach // 2 + 1, "right": 0}.get(mistake, reach)
    late = 1 if mistake == "late" else 0
    if mistake == "gaps":
        left, reach, d = 1, 1, 1
    if mistake == "reversed":
        W_f, W_g = W_f.flip(2), W_g.flip(2)
    padded = F.pad(x, (left + late, reach - left - late))
    a = F.conv1d(padded, W_f, dilation=d)
    b = F.conv1d(padded, W_f if mistake == "shared" else W_g, dilation=d)
    z = torch.tanh(a) * torch.sigmoid(b)
    if mistake == "swapped":
        z = torch.sigmoid(a) * torch.tanh(b)
    if mistake == "open":
        z = torch.tanh(a)
    if mistake == "sum":
        z = torch.tanh(a) + torch.sigmoid(b)
    on, skip = x + W_r @ z, W_s @ z
    if mistake == "exchanged":
        on, skip = x + W_s @ z, W_r @ z
    if mistake == "no residual":
        on = W_r @ z
    early = {"skip tanh": torch.tanh(a), "skip filter": a, "skip x": on}.get(mistake)
    skip = skip if early is None else W_s @ early
    if mistake == "outputs":
        on, skip = skip, on
    if mistake == "skip residual":
        skip = x + skip
    return on, skip


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ("shared", "share their weights"),
        ("skip tanh", "before the gate"),
        ("skip filter", "before the gate"),
        ("skip x", "from z alone"),
        ("swapped", "are swapped: tanh"),
        ("no residual", "residual is missing"),
        ("open", "here is no gate"),
        ("sum", "not added"),
        ("exchanged", "W_r and W_s"),
        ("skip residual", "only x' does"),
        ("reversed", "reversed order"),
        ("outputs", "outputs are swapped"),
        ("gaps", "dilation is missing"),
        ("late", "one sample late"),
        ("right", "future"),
        ("both sides", "future"),
    ],
)
def test_block_names_the_mistake(mistake, hint):
    assert check("causal-block", block).passed
    hints = check("causal-block", lambda *a: block(*a, mistake)).hints
    assert len(hints) == 1 and hint in hints[0]


def test_block_names_two_mistakes_and_wrong_shapes():
    def two(x, W_f, W_g, W_r, W_s, d):
        shared = block(x, W_f, W_g, W_r, W_s, d, "shared")
        return shared[0], block(x, W_f, W_g, W_r, W_s, d, "skip filter")[1]

    hints = check("causal-block", two).hints
    assert len(hints) == 2 and "share" in hints[0] and "before the gate" in hints[1]
    short = check("causal-block", lambda *a: tuple(y[..., 1:] for y in block(*a))).hints
    assert all("should have the shape" in hint for hint in short)
    assert "Return a pair" in check("causal-block", lambda *a: block(*a)[0]).hint


def step(value, ring, t, w, d, first=False, write=True, lags=None, taps=(0, 1, 2)):
    size, lags = len(ring), lags or (d, 2 * d)
    if first:
        ring[t % size] = value
    past = [value, *(ring[(t - lag) % size] for lag in lags)]
    y = sum(w[tap] * x for tap, x in zip(taps, past, strict=True) if tap is not None)
    if write:
        ring[t % size] = value
    return y


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        ({"first": True}, "read first"),
        ({"write": False}, "never written"),
        ({"taps": (0, 2, 1)}, "w[1] and w[2]"),
        ({"taps": (2, 1, 0)}, "w[0] and w[2]"),
        ({"taps": (0, None, 2)}, "x[t - d] is missing"),
        ({"taps": (0, 1, None)}, "x[t - 2d] is missing"),
        ({"lags": (6, 6)}, "both past taps read x[t - 2d]"),
        ({"lags": (3, 3)}, "both past taps read x[t - d]"),
        ({"lags": (1, 2)}, "d apart"),
        ({"lags": (4, 5)}, "should be"),
    ],
)
def test_stream_names_the_mistake(mistake, hint):
    assert check("causal-stream", step).passed
    assert hint in check("causal-stream", lambda *a: step(*a, **mistake)).hint


@pytest.mark.parametrize("sizes", [(3, 6, 6), (6, 3, 6), (6, 6, 3), (3, 3, 6), (3, 6, 3)])
def test_stream_names_slots_that_are_counted_modulo_d(sizes):
    def slots(value, ring, t, w, d):
        first, second, write = sizes
        y = w[0] * value + w[1] * ring[(t - d) % first] + w[2] * ring[(t - 2 * d) % second]
        ring[t % write] = value
        return y

    assert "modulo d" in check("causal-stream", slots).hint


def test_stream_names_a_ring_that_grows():
    def growing(value, ring, t, w, d):
        ring.append(value)
        return 0.0

    assert "keep its length" in check("causal-stream", growing).hint
