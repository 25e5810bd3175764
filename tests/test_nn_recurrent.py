"""Recurrent layers: equal to PyTorch's, and what they claim, each as a test that can fail."""

import pytest
import torch
from equality import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import (
    GRU,
    LSTM,
    RNN,
    GRUCell,
    LSTMCell,
    RNNCell,
    gru_step,
    set_forget_bias,
)

CELLS = {RNNCell: nn.RNNCell, LSTMCell: nn.LSTMCell, GRUCell: nn.GRUCell}
SEQUENCES = {RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU}
each_cell = pytest.mark.parametrize("mine", CELLS, ids=lambda kind: kind.__name__)
each_sequence = pytest.mark.parametrize("mine", SEQUENCES, ids=lambda kind: kind.__name__)
SIZES = st.integers(1, 5)


def flat(values):
    """Return nested tuples of tensors as one list."""
    if isinstance(values, torch.Tensor):
        return [values]
    return [tensor for value in values for tensor in flat(value)]


def outputs_and_gradients(network, x, state):
    """Return all outputs of network(x, state), and the gradients of a weighted sum of them."""
    leaves = [x, *flat(state if state is not None else ())]
    leaves = [leaf.detach().clone().requires_grad_() for leaf in leaves]
    given_state = None
    if state is not None:
        given_state = tuple(leaves[1:]) if isinstance(state, tuple) else leaves[1]
    outputs = flat(network(leaves[0], given_state))
    loss = sum(
        (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum() / y.numel() for y in outputs
    )
    weights = list(network.parameters())
    return [*outputs, *torch.autograd.grad(loss, [*leaves, *weights])]


def assert_equal_networks(mine, theirs, x, state):
    assert [n for n, _ in mine.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    results = [outputs_and_gradients(network, x, state) for network in (mine, theirs)]
    for got, expected in zip(*results, strict=True):
        assert_same(got, expected)


def some_state(kind, *shape):
    states = tuple(torch.randn(shape) for _ in kind.state_names)
    return states if len(states) > 1 else states[0]


@each_cell
@settings(deadline=None, max_examples=25)
@given(SIZES, SIZES, st.integers(1, 7), st.booleans(), st.booleans(), st.booleans())
def test_cells_equal_pytorchs(mine, batch, inputs, hidden, bias, with_state, to_theirs):
    own, other = mine(inputs, hidden, bias), CELLS[mine](inputs, hidden, bias)
    if to_theirs:
        other.load_state_dict(own.state_dict())
    else:
        own.load_state_dict(other.state_dict())
    state = some_state(mine, batch, hidden) if with_state else None
    assert_equal_networks(own, other, torch.randn(batch, inputs), state)


@each_sequence
@settings(deadline=None, max_examples=25)
@given(
    batch=SIZES,
    inputs=SIZES,
    hidden=st.integers(1, 7),
    length=st.integers(1, 13),
    layers=st.integers(1, 3),
    both=st.booleans(),
    bias=st.booleans(),
    with_state=st.booleans(),
    to_theirs=st.booleans(),
)
def test_sequences_equal_pytorchs(
    mine, batch, inputs, hidden, length, layers, both, bias, with_state, to_theirs
):
    own = mine(inputs, hidden, layers, both, bias)
    other = SEQUENCES[mine](inputs, hidden, layers, bias=bias, batch_first=True, bidirectional=both)
    if to_theirs:
        other.load_state_dict(own.state_dict())
    else:
        own.load_state_dict(other.state_dict())
    state = some_state(mine, layers * (1 + both), batch, hidden) if with_state else None
    assert_equal_networks(own, other, torch.randn(batch, length, inputs), state)


@pytest.mark.parametrize(("sequence", "cell"), [(RNN, RNNCell), (LSTM, LSTMCell), (GRU, GRUCell)])
def test_a_sequence_is_its_cell_over_and_over(sequence, cell):
    network, one, x = sequence(3, 4), cell(3, 4), torch.randn(2, 9, 3)
    one.load_state_dict({k.removesuffix("_l0"): v for k, v in network.state_dict().items()})
    y, last, gates = network(x, return_gates=True)
    state = None
    for t in range(9):
        state, now = one(x[:, t], state, return_gates=True)
        assert_same(flat(state)[0], y[:, t])
        for name, gate in now.items():
            assert_same(gate, gates[name][0, :, t])
    for got, expected in zip(flat(state), flat(last), strict=True):
        assert_same(got, expected[0])


@each_sequence
@settings(deadline=None, max_examples=15)
@given(st.integers(1, 3), st.integers(2, 12), st.data())
def test_two_pieces_with_the_state_handed_on_are_one_run(mine, layers, length, data):
    cut = data.draw(st.integers(1, length - 1))
    network, x = mine(2, 4, layers), torch.randn(3, length, 2)
    whole, last = network(x)
    first, state = network(x[:, :cut])
    second, state = network(x[:, cut:], state)
    assert_same(torch.cat([first, second], dim=1), whole)
    for got, expected in zip(flat(state), flat(last), strict=True):
        assert_same(got, expected)
    forgotten, _ = network(x[:, cut:])  # and without it, they aren't
    assert float((forgotten[:, 0] - whole[:, cut]).detach().abs().max()) > 1e-3


@each_sequence
@pytest.mark.parametrize("layers", [1, 2])
def test_only_both_directions_see_the_future(mine, layers):
    for both in (False, True):
        x = torch.randn(2, 11, 3, requires_grad=True)
        y, _ = mine(3, 4, layers, bidirectional=both)(x)
        y[:, 5].sum().backward()
        reached = x.grad.abs().sum(dim=(0, 2))
        assert bool((reached[:6] > 0).all())
        assert bool((reached[6:] > 0).all() if both else (reached[6:] == 0).all())


@each_sequence
def test_backwards_is_forwards_on_the_turned_sequence(mine):
    both, one, x = mine(2, 3, bidirectional=True), mine(2, 3), torch.randn(1, 8, 2)
    one.load_state_dict(
        {k.removesuffix("_reverse"): v for k, v in both.state_dict().items() if "reverse" in k}
    )
    y, last, gates = both(x, return_gates=True)
    turned, end, own = one(x.flip(1), return_gates=True)
    assert_same(y[..., 3:], turned.flip(1))
    for got, expected in zip(flat(last), flat(end), strict=True):
        assert_same(got[1], expected[0])  # it ends at the first time
    for name, gate in own.items():
        assert_same(gates[name][1], gate[0].flip(1))


def test_gates_are_the_equations():
    network, x = LSTM(2, 5), torch.randn(3, 7, 2)
    y, (h, c), gates = network(x, return_gates=True)
    assert all(gates[k].shape == (1, 3, 7, 5) for k in ("input", "forget", "candidate", "output"))
    memory = torch.zeros(3, 5)
    for t in range(7):
        i, f, g, o = (gates[k][0, :, t] for k in ("input", "forget", "candidate", "output"))
        memory = f * memory + i * g
        assert_same(y[:, t], o * torch.tanh(memory))
    assert_same(c[0], memory)
    assert_same(h[0], y[:, -1])


def test_the_gru_keeps_its_state_where_the_update_gate_is_open():
    cell, h = GRUCell(2, 4), torch.randn(3, 4)
    with torch.no_grad():
        cell.bias_ih[4:8] = 1e3  # z = 1
    assert torch.equal(cell(torch.randn(3, 2), h), h)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.floats(-2, 2))
def test_the_grus_form_is_chos_only_in_the_cases_that_its_docstring_names(hidden, reset):
    """With r the same for all entries and no b_hn, both are one; with unequal r they aren't."""
    h, matrix = torch.randn(1, hidden), torch.randn(hidden, hidden)

    def two_forms(r):
        zeros = torch.zeros(1, hidden)
        drive = torch.cat([torch.logit(r), zeros - 30, zeros], dim=1)  # z = 0: h[t] = n
        feedback = torch.cat([zeros, zeros, h @ matrix.T], dim=1)
        (mine,), _ = gru_step(drive, feedback, (h,))
        return mine, torch.tanh((r * h) @ matrix.T)

    same = torch.sigmoid(torch.full((1, hidden), reset))
    torch.testing.assert_close(*two_forms(same), atol=1e-5, rtol=1e-5)
    if hidden > 1:
        unequal = torch.linspace(0.05, 0.95, hidden)[None]
        mine, cho = two_forms(unequal)
        assert float((mine - cho).abs().max()) > 1e-5


@pytest.mark.parametrize("kind", [LSTM, LSTMCell, nn.LSTM, nn.LSTMCell])
def test_the_forget_bias_opens_the_gate(kind):
    network = kind(2, 6)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    set_forget_bias(network, 1.0)
    sums = [v for k, v in network.state_dict().items() if k.startswith("bias_")]
    assert torch.equal(sum(sums)[6:12], torch.ones(6))
    for name, value in network.state_dict().items():
        rest = torch.ones(24, dtype=bool)
        if name.startswith("bias_"):
            rest[6:12] = False
        assert torch.equal(value[rest], before[name][rest])


def test_with_a_forget_bias_gradients_last_longer():
    norms = {}
    for bias in (0.0, 1.0, 5.0):
        torch.manual_seed(0)
        network, x = LSTM(1, 8), torch.randn(1, 40, 1, requires_grad=True)
        set_forget_bias(network, bias)
        y, _, gates = network(x, return_gates=True)
        opening = float(torch.sigmoid(torch.tensor(bias)))
        assert abs(float(gates["forget"].detach().mean()) - opening) < 0.06
        y[:, -1].sum().backward()
        norms[bias] = float(x.grad[0, 0].norm() / x.grad[0, -1].norm())
    assert norms[5.0] > 100 * norms[1.0] > 100 * 100 * norms[0.0]


def test_without_biases_or_without_an_lstm_there_is_no_forget_bias():
    for network in (LSTM(2, 3, bias=False), GRU(2, 3), nn.Linear(2, 3)):
        with pytest.raises(InvalidValueError, match=r"biases of shape \(4 H,\)"):
            set_forget_bias(network)


@each_sequence
@pytest.mark.parametrize("shape", [(7, 3), (2, 7, 4), (2, 0, 3), (0, 7, 3), (2, 7, 3, 1)], ids=str)
def test_a_wrong_input_names_the_expected_shape(mine, shape):
    with pytest.raises(InvalidValueError) as caught:
        mine(3, 5)(torch.zeros(shape))
    assert "(B, T, 3)" in str(caught.value) and str(shape) in str(caught.value)


@each_cell
@pytest.mark.parametrize("shape", [(3,), (2, 4), (0, 3), (2, 7, 3)], ids=str)
def test_a_wrong_input_of_a_cell_names_the_expected_shape(mine, shape):
    with pytest.raises(InvalidValueError) as caught:
        mine(3, 5)(torch.zeros(shape))
    assert "(B, 3)" in str(caught.value) and str(shape) in str(caught.value)


@pytest.mark.parametrize("kind", [*CELLS, *SEQUENCES])
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64])
def test_a_wrong_dtype_names_both(kind, dtype):
    shape = (2, 3) if kind in CELLS else (2, 7, 3)
    with pytest.raises(InvalidValueError, match=rf"torch\.float32; got {dtype}"):
        kind(3, 5)(torch.zeros(shape, dtype=dtype))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (RNN, torch.zeros(2, 5)),
        (GRU, torch.zeros(1, 2, 5)),
        (GRU, (torch.zeros(4, 2, 5), torch.zeros(4, 2, 5))),
        (LSTM, torch.zeros(4, 2, 5)),
        (LSTM, (torch.zeros(4, 2, 5), torch.zeros(4, 3, 5))),
    ],
)
def test_a_wrong_state_names_the_expected_shape(kind, state):
    with pytest.raises(InvalidValueError, match=r"of shape \(4, 2, 5\) each, got"):
        kind(3, 5, layers=2, bidirectional=True)(torch.zeros(2, 7, 3), state)


@each_cell
def test_a_wrong_state_of_a_cell_names_the_expected_shape(mine):
    with pytest.raises(InvalidValueError, match=r"of shape \(2, 5\) each, got \(2, 4\)"):
        mine(3, 5)(torch.zeros(2, 3), some_state(mine, 2, 4))


@pytest.mark.parametrize("kind", [*CELLS, *SEQUENCES])
@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 2)])
def test_sizes_below_one_are_refused(kind, sizes):
    with pytest.raises(InvalidValueError, match="must be >= 1"):
        kind(*sizes)


@each_sequence
def test_no_layers_are_refused(mine):
    with pytest.raises(InvalidValueError, match="layers must be >= 1"):
        mine(3, 4, layers=0)
