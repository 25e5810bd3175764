"""SampleRNN in TensorFlow: PyTorch's weights, logits, codes and gradients; its own training."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.samplernn.stream import SampleRNNStream
from aigc_edu.nn import keras_layout
from aigc_edu.nn.keras_layout import conv1d_layout, dense_layout, gru_layout

if importlib.util.find_spec("tensorflow") is None:
    pytest.skip("TensorFlow is not installed", allow_module_level=True)

from aigc_edu.models.samplernn import tensorflow as twins
from aigc_edu.models.samplernn.tensorflow import keras, layouts, load_from_torch, tf
from aigc_edu.models.samplernn.tensorflow_generation import draw, generate
from aigc_edu.models.samplernn.tensorflow_training import chunk_loss, chunked, learner, train
from aigc_edu.nn.drawing import draw as draw_in_torch

PLAIN = SampleRNNConfig(frame_sizes=(8, 4), width=12, embedding=6)
TOLD = replace(PLAIN, conditions=(10, 6), condition_channels=5)
CLOCKED = replace(TOLD, clock_frames=7, clock_hop=6)
CASES = {
    "plain": PLAIN,
    "deep": replace(PLAIN, frame_sizes=(12, 6, 2), rnn_layers=2, weight_norm=False),
    "told": TOLD,
    "clock": CLOCKED,
    "word": replace(CLOCKED, clock="word"),
}
EACH = pytest.mark.parametrize("config", CASES.values(), ids=CASES)


def network(config: SampleRNNConfig) -> SampleRNN:
    """A network none of whose weights is at its start: no bias is zero."""
    torch.manual_seed(0)
    model = SampleRNN(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights += 0.2 * torch.randn_like(weights)
    return model


def heard(config: SampleRNNConfig, length: int = 61) -> tuple[torch.Tensor, ...]:
    """Codes of three clips, and what the network is told of them."""
    draw = torch.Generator().manual_seed(1)
    codes = torch.randint(0, config.levels, (3, length), generator=draw)
    if not config.conditions:
        return codes, None, None
    condition = torch.tensor([[3, 1], [9, 5], [0, 0]])
    if config.clock != "word":
        return codes, condition, None
    return codes, condition, torch.randint(0, config.clock_frames, (3, 9), generator=draw)


def as_arrays(told: tuple[torch.Tensor | None, ...]) -> list[np.ndarray | None]:
    return [None if x is None else x.numpy() for x in told]


def apart(config: SampleRNNConfig) -> float:
    """The largest difference of the two networks' logits."""
    model, told = network(config), heard(config)
    with torch.no_grad():
        expected = model(*told).transpose(1, 2).numpy()  # (B, T, q)
    return float(np.abs(load_from_torch(model)(*as_arrays(told)).numpy() - expected).max())


@EACH
def test_the_logits_are_those_of_pytorch(config):
    assert apart(config) < 1e-4


def swapped_gates(rows):
    return rows  # r, z, n as they are


def swapped_rows(weight_ih, weight_hh, bias_ih, bias_hh):
    return gru_layout(weight_ih, weight_hh, bias_hh, bias_ih)


def untransposed(weight, bias=None):
    return dense_layout(weight.T if weight.shape[0] == weight.shape[1] else weight, bias)


def untransposed_state(weight_ih, weight_hh, bias_ih, bias_hh):
    kernel, recurrent, bias = gru_layout(weight_ih, weight_hh, bias_ih, bias_hh)
    return [kernel, np.hstack([gate.T for gate in np.split(recurrent, 3, axis=1)]), bias]


def reversed_taps(weight, bias=None):
    return [w[::-1] for w in conv1d_layout(weight, bias)]


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (keras_layout, "_z_first", swapped_gates),
        (twins, "gru_layout", swapped_rows),
        (twins, "gru_layout", untransposed_state),
        (twins, "dense_layout", untransposed),
        (twins, "conv1d_layout", reversed_taps),
    ],
    ids=["gate order", "rows of the bias", "state's kernel", "dense kernel", "taps"],
)
def test_each_mistake_in_the_layout_is_seen_in_the_logits(monkeypatch, module, name, wrong):
    assert apart(PLAIN) < 1e-4
    monkeypatch.setattr(module, name, wrong)
    assert apart(PLAIN) > 1e-2


@pytest.mark.parametrize(
    ("name", "temperature"), [("plain", 1.0), ("deep", 0.7), ("told", 1.0), ("word", 1.0)]
)
def test_equal_chances_give_the_codes_of_pytorch(name, temperature):
    config = CASES[name]
    model = network(config)
    codes, *told = heard(config)
    chances = torch.rand(3, 150, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        stream = SampleRNNStream(model, 3, model.embed_condition(told[0], 3, told[1]))
        expected = stream.generate(codes[:, :5], chances, temperature).numpy()
    twin = load_from_torch(model)
    made = generate(
        twin, codes[:, :5].numpy(), chances.numpy(), *as_arrays(told), temperature=temperature
    )
    assert np.array_equal(made, expected)
    assert len(np.unique(made)) > 9


def test_drawing_is_that_of_pytorch_at_the_borders_too():
    logits = torch.tensor([[0.0, 0.0, -1e9, 0.0]]).repeat(6, 1)
    chances = torch.tensor([0.0, 1 / 3, 0.5, 2 / 3, 0.9, 1 - 2**-53], dtype=torch.float64)
    for tau in (1.0, 0.3, 0.0):
        made = draw(
            tf.constant(logits.numpy()), tf.constant(chances.numpy()), tf.constant(tau, tf.float64)
        )
        assert np.array_equal(made.numpy(), draw_in_torch(logits, chances, tau).numpy())


@pytest.mark.parametrize("config", [TOLD, CASES["word"]], ids=["told", "word"])
def test_chunks_with_carried_states_equal_one_run(config):
    twin = load_from_torch(network(config))
    size, frame = 2 * twin.frame, twin.frame
    codes, *told = as_arrays(heard(config, 4 * size))
    h = twin.embed_condition(*told)
    around = np.pad(codes, ((0, 0), (frame - 1, 0)), constant_values=config.levels // 2)
    states, parts = twin.begin(3), []
    for time in range(0, 4 * size, size):
        piece = around[:, time : time + frame - 1 + size]
        logits, states = twin.advance(piece, states, h, time)
        parts.append(logits.numpy())
    whole = twin(codes, *told).numpy()
    assert np.abs(np.concatenate(parts, axis=1) - whole).max() < 1e-5
    logits, _ = twin.advance(piece, twin.begin(3), h, time)  # with states thrown away it differs
    assert np.abs(logits.numpy() - parts[-1]).max() > 1e-2


def layout_of_gradients(twin, model: SampleRNN):
    """PyTorch's gradients in Keras's layout: to permute and transpose is linear."""
    copy = SampleRNN(model.config)
    copy.load_state_dict({name: weights.grad for name, weights in model.named_parameters()})
    return [array for _, arrays in layouts(twin, copy) for array in arrays]


@pytest.mark.parametrize("name", ["deep", "told", "word"])
def test_the_gradients_of_every_chunk_are_those_of_pytorch(name):
    config = replace(CASES[name], weight_norm=False)
    model, told = network(config), heard(config)
    told[0][2, 30:] = IGNORED  # a shorter clip
    twin = load_from_torch(model)
    states, mine = None, None
    for piece in model.chunks(2 * model.frame, told[0], told[1], None, told[2]):
        model.zero_grad(set_to_none=False)
        loss, states = model.chunk_loss(states, *piece)
        loss.backward()
        states = tuple(state.detach() for state in states)
        with tf.GradientTape() as tape:
            time, *arrays = piece
            cost, mine = chunk_loss(twin, mine, time, *as_arrays(arrays))
        weights = [w for layer, _ in layouts(twin, model) for w in layer.trainable_variables]
        weights = [w.value for w in weights]
        got = tape.gradient(cost, weights, unconnected_gradients="zero")
        assert abs(float(cost) - float(loss.detach())) < 1e-5
        for gradient, expected in zip(got, layout_of_gradients(twin, model), strict=True):
            assert np.abs(tf.convert_to_tensor(gradient).numpy() - expected).max() < 1e-5
    assert piece[0] > 0, "there is more than one chunk"


def test_one_step_of_gradient_descent_is_that_of_pytorch():
    model = network(replace(TOLD, weight_norm=False))
    codes, condition, _ = heard(TOLD, 17)
    twin = load_from_torch(model)
    step = learner(twin, keras.optimizers.SGD(0.1))
    step(None, *next(iter(chunked(twin, codes[:1].numpy(), 16, 1, condition[:1].numpy()))))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model.loss(codes[:1], condition[:1]).backward()
    optimizer.step()
    for layer, arrays in layouts(twin, model):
        for got, expected in zip(layer.get_weights(), arrays, strict=True):
            assert np.abs(got - expected).max() < 1e-5


@pytest.mark.parametrize("name", ["plain", "word"])
def test_the_pipeline_cuts_as_pytorch_does(name):
    config = CASES[name]
    model, told = network(config), heard(config)
    told[0][1, 20:] = IGNORED
    twin = load_from_torch(model)
    codes, condition, local = as_arrays(told)
    made = list(chunked(twin, codes, 16, 3, condition, local, seed=0))
    expected = list(model.chunks(16, told[0], told[1], None, told[2]))
    assert len(made) == len(expected) == 4
    order = [
        int(np.flatnonzero((made[0][1].numpy()[i] == expected[0][1].numpy()).all(1))[0])
        for i in range(3)
    ]
    assert sorted(order) == [0, 1, 2]
    for piece, own in zip(made, expected, strict=True):
        assert int(piece[0]) == own[0]
        rows = [x for x in own[1:] if x is not None]
        for got, wanted in zip(piece[1:], rows, strict=True):
            assert np.array_equal(got.numpy(), wanted.numpy()[order])


def test_every_pass_shuffles_anew_and_no_batch_is_short():
    twin = load_from_torch(network(PLAIN))
    codes = np.arange(20)[:, None].repeat(17, axis=1)
    chunks = chunked(twin, codes, 16, 8, seed=3)
    passes = [[piece[2].numpy()[:, 0] for piece in chunks] for _ in range(2)]
    assert [len(batch) for batch in passes[0]] == [8, 8]
    assert not np.array_equal(np.concatenate(passes[0]), np.concatenate(passes[1]))


def test_training_lowers_the_loss_and_traces_two_graphs():
    keras.utils.set_random_seed(0)
    twin = twins.SampleRNN(PLAIN)
    wave = 128 + 90 * np.sin(2 * np.pi * np.arange(65) / 16 + np.arange(8)[:, None])
    losses = train(twin, chunked(twin, wave.astype(int), 16, 4), passes=15)
    assert len(losses) == 15 * 2 * 4
    assert losses[:8].mean() > 5 and losses[-8:].mean() < 0.6 * losses[:8].mean()
    step = learner(twin, keras.optimizers.SGD(0.0))
    states = None
    for time, *chunk in chunked(twin, wave.astype(int), 16, 4):
        _, states = step(None if time == 0 else states, time, *chunk)
    assert step.experimental_get_tracing_count() == 2


def test_only_the_first_chunk_teaches_the_learned_start():
    twin = load_from_torch(network(PLAIN))
    (time, *first), (later, *second), *_ = chunked(twin, heard(PLAIN, 33)[0].numpy(), 16, 3)
    starts = [tier.start.value.value for tier in twin.tiers]
    with tf.GradientTape() as tape:
        cost, states = chunk_loss(twin, None, time, *first)
    assert all(np.abs(g).max() > 0 for g in tape.gradient(cost, starts))
    with tf.GradientTape() as tape:
        cost, _ = chunk_loss(twin, states, later, *second)
    assert tape.gradient(cost, starts) == [None, None]


def test_a_chunk_of_padding_costs_nothing():
    twin = load_from_torch(network(PLAIN))
    piece = np.full((2, twin.frame - 1 + 8), 128)
    cost, _ = chunk_loss(twin, None, 0, piece, np.full((2, 8), IGNORED))
    assert float(cost) == 0


@pytest.mark.parametrize(
    ("start", "chances", "told"),
    [
        (np.zeros((2, 0), int), np.zeros((2, 3)), ()),
        (np.full((2, 1), 256), np.zeros((2, 3)), ()),
        (np.full((2, 1), 5), np.zeros((3, 3)), ()),
        (np.full((2, 1), 5), np.zeros(2), ()),
        (np.full((2, 1), 5), np.ones((2, 3)), ()),
        (np.full((2, 1), 5), np.full((2, 3), np.nan), ()),
        (np.full((2, 1), 5), np.zeros((2, 3)), (np.zeros((2, 2), int),)),
    ],
)
def test_what_cannot_be_generated_from_is_refused(start, chances, told):
    with pytest.raises(InvalidValueError):
        generate(load_from_torch(network(PLAIN)), start, chances, *told)


def test_nothing_to_draw_gives_nothing():
    made = generate(load_from_torch(network(PLAIN)), np.full((2, 3), 5), np.zeros((2, 0)))
    assert made.shape == (2, 0) and made.dtype == np.int64


def test_what_has_no_twin_is_refused():
    with pytest.raises(InvalidValueError, match="local frames"):
        twins.SampleRNN(replace(PLAIN, local_channels=3))
    twin = load_from_torch(network(PLAIN))
    with pytest.raises(InvalidValueError, match="whole frames of 8"):
        chunked(twin, np.zeros((2, 9), int), 12, 1)
    with pytest.raises(InvalidValueError, match="between 1 and 2"):
        chunked(twin, np.zeros((2, 9), int), 8, 3)


def test_a_gru_of_keras_gives_what_pytorch_s_gives():
    torch.manual_seed(0)
    rnn = nn.GRU(5, 7, batch_first=True)
    weights = [w.detach().numpy() for w in rnn.parameters()]
    layer = keras.layers.GRU(7, return_sequences=True, reset_after=True)
    x = torch.randn(2, 9, 5)
    layer.build((None, None, 5))
    layer.set_weights(gru_layout(*weights))
    with torch.no_grad():
        assert np.abs(layer(x.numpy()).numpy() - rnn(x)[0].numpy()).max() < 1e-6


@pytest.mark.parametrize("bad", [(3, 0), (1, 1)], ids=["a matrix short of rows", "a vector"])
def test_layouts_name_shapes_that_do_not_fit(bad):
    rnn = nn.GRU(5, 7)
    weights = [w.detach().numpy() for w in rnn.parameters()]
    which, axis = bad
    weights[which] = weights[which][:-1] if axis == 0 else weights[which][0]
    with pytest.raises(InvalidValueError):
        gru_layout(*weights)
