"""The compiled loop computes what the parallel network does, and draws what ``draw`` draws."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from streams import (
    SAMPLING,
    TOLD,
    TOLERANCE,
    assert_pieces_change_nothing,
    both_ways,
    chances_of,
    kept,
    least_room,
    step_by_step,
    told,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.compiled import CompiledStream
from aigc_edu.models.wavenet.loop import BLOCK, _gate, run
from aigc_edu.models.wavenet.stream import WaveNetStream
from aigc_edu.nn.compiled_drawing import _exp_double
from aigc_edu.nn.compiled_layers import HALF, TILE, exp_minus_one
from aigc_edu.nn.drawing import draw

SMALL = WaveNetConfig(16, 6, 8, 2, 5, 2, (10, 3), clock_frames=5, clock_hop=7)


def randomised(config, seed=0):
    """Return a network whose weights and biases all matter, with logits of moderate size."""
    torch.manual_seed(seed)
    model = WaveNet(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 4
            parameter.normal_(std=1 / math.sqrt(fan))
        model.input.weight.normal_()
    return model


def in_parallel(model, codes, condition=None, local=None):
    """Return the parallel network's logits (B, q, T), computed in double precision."""
    if local is not None and local.is_floating_point():
        local = local.double()
    return copy.deepcopy(model).double()(codes, condition, local).float()


# 32 and 33 channels are stored in different ways, 65 outputs need a second tile.
CHANNELS = st.sampled_from([1, 2, 5, 6, HALF, HALF + 1])
WIDTHS = st.sampled_from([1, 5, 16, TILE, TILE + 1])


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 999),
    told_of=TOLD,
    batch=st.integers(1, 3),
    kernel=st.integers(1, 3),
    blocks=st.integers(1, 2),
    depth=st.integers(1, 5),
    channels=CHANNELS,
    skips=WIDTHS,
    levels=st.sampled_from([2, 16, TILE + 1]),
)
@torch.no_grad()
def test_logits_are_the_parallel_networks_from_the_first_sample_on(
    seed, told_of, batch, kernel, blocks, depth, channels, skips, levels
):
    config = WaveNetConfig(levels, channels, skips, blocks, depth, kernel, **told_of)
    model = randomised(config, seed)
    codes = torch.randint(0, levels, (batch, 2 * BLOCK + 2**depth + 3))
    condition, local = told(config, batch)
    compiled = step_by_step(CompiledStream, model, codes, condition, local)
    expected = in_parallel(model, codes, condition, local)
    torch.testing.assert_close(compiled, expected, rtol=0, atol=TOLERANCE)


@torch.no_grad()
@pytest.mark.parametrize("channels", [24, 64])
def test_logits_at_a_trained_size_are_those_of_both_other_ways(channels):
    config = WaveNetConfig(256, channels, 48, 2, 8, 2, (10,), clock_frames=9, clock_hop=40)
    model, other = WaveNet(config).eval(), randomised(config)
    codes, (condition, _) = torch.randint(0, 256, (2, 300)), told(config, 2)
    step_by_step(CompiledStream, model, codes[:, :9], condition)  # nothing of this may be kept
    model.load_state_dict(other.state_dict())
    compiled = step_by_step(CompiledStream, model, codes, condition)
    cached = step_by_step(WaveNetStream, model, codes, condition)
    torch.testing.assert_close(compiled, cached, rtol=0, atol=TOLERANCE)
    expected = in_parallel(other, codes, condition)
    torch.testing.assert_close(compiled, expected, rtol=0, atol=TOLERANCE)


@torch.no_grad()
def test_a_stream_keeps_the_weights_it_was_made_with():
    model = randomised(SMALL)
    codes, (condition, _) = torch.randint(0, 16, (2, 40)), told(SMALL, 2)
    before = in_parallel(model, codes, condition)
    stream = CompiledStream(model, 2, model.embed_condition(condition, 2))
    for parameter in model.parameters():
        parameter.mul_(-1.5)
    kept = torch.stack([stream.step(codes[:, t]) for t in range(40)], dim=-1)
    torch.testing.assert_close(kept, before, rtol=0, atol=TOLERANCE)
    after = in_parallel(model, codes, condition)
    assert not torch.allclose(after, before, atol=0.1)
    made_anew = step_by_step(CompiledStream, model, codes, condition)
    torch.testing.assert_close(made_anew, after, rtol=0, atol=TOLERANCE)


@torch.no_grad()
@SAMPLING
def test_both_ways_of_generating_draw_the_same_codes(temperature, top_k, top_p):
    model, batch, length = randomised(SMALL), 2, 60
    start, (condition, _) = torch.randint(0, 16, (batch, 3)), told(SMALL, batch)
    how = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    slow = both_ways(model, start, condition, **how)
    assert len(slow.unique()) > 3
    whole = torch.cat([start, slow], dim=1)
    logits = in_parallel(model, whole, condition)[:, :, 2:-1]
    assert least_room(logits, chances_of(5, batch, length), **how) > TOLERANCE


def test_a_generation_in_pieces_is_the_same(monkeypatch):
    assert_pieces_change_nothing(randomised(SMALL), monkeypatch)


@torch.no_grad()
def test_a_stream_goes_on_after_drawing():
    config = WaveNetConfig(16, 6, 8, 1, 5)
    model, batch = randomised(config), 2
    stream, start = CompiledStream(model, batch), torch.randint(0, 16, (batch, 5))
    drawn = stream.generate(start, chances_of(0, batch, 6))
    last = stream.step(drawn[:, -1])  # it was drawn, and not heard
    expected = in_parallel(model, torch.cat([start, drawn], dim=1))[:, :, -1]
    torch.testing.assert_close(last, expected, rtol=0, atol=TOLERANCE)
    assert stream.generate(start, chances_of(0, batch, 0)).shape == (batch, 0)
    heard = torch.cat([start, drawn, start], dim=1)
    expected = in_parallel(model, torch.cat([heard, start[:, :1]], dim=1))[:, :, -1]
    torch.testing.assert_close(stream.step(start[:, 0]), expected, rtol=0, atol=TOLERANCE)


def stream_with_logits(logits):
    """Return a stream that gives these logits whatever it hears."""
    model = randomised(WaveNetConfig(len(logits), 2, 3, 1, 1))
    with torch.no_grad():
        model.head[3].weight.zero_()
        model.head[3].bias.copy_(torch.as_tensor(logits))
    return CompiledStream(model, 1)


def counts_of(logits, number, *sampling):
    """Return how often each code is drawn by so many evenly spaced chances."""
    chances = (torch.arange(number, dtype=torch.float64)[None] + 0.5) / number
    drawn = stream_with_logits(logits).generate(torch.zeros(1, 1, dtype=int), chances, *sampling)
    return np.bincount(drawn[0], minlength=len(logits))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.3])
def test_frequencies_follow_the_probabilities(temperature):
    logits = np.random.default_rng(0).normal(size=16).astype(np.float32)
    p = torch.softmax(torch.from_numpy(logits).double() / temperature, dim=0).numpy()
    counts = counts_of(logits, 20_000, temperature)
    assert np.abs(counts - 20_000 * p).max() <= 1  # evenly spaced chances leave no more to luck


def test_temperature_0_takes_the_most_probable_code():
    assert counts_of([0.0, 1.0, 0.999, -3.0], 50, 0.0).tolist() == [0, 50, 0, 0]


def test_the_ends_of_the_range_of_chances_draw_codes_that_can_be_drawn():
    last = np.nextafter(1.0, 0.0)
    for logits in ([-9e3, 0.0, 1.0, -9e3], [-9e3, 0.0, -9e3, -9e3]):
        stream = stream_with_logits(logits)
        drawn = stream.generate(torch.zeros(1, 1, dtype=int), torch.tensor([[0.0, last]]).double())
        assert set(drawn[0].tolist()) <= {1, 2}


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    logits=st.lists(st.sampled_from([0.0, 0.4, 1.0, 1.5, 2.0, 3.0]), min_size=8, max_size=8),
    temperature=st.sampled_from([0.7, 1.0, 1.3]),
    top_k=st.integers(0, 9),
    top_p=st.sampled_from([0.05, 0.3, 0.6, 0.9, 0.97, 1.0]),
)
def test_top_k_and_top_p_keep_exactly_the_codes_of_their_definition(
    logits, temperature, top_k, top_p
):
    p = np.exp(np.array(logits) / temperature)
    allowed, room = kept(p, top_k, top_p)
    assume(room > 1e-9)
    expected, number = p * allowed / p[allowed].sum(), 4000
    counts = counts_of(logits, number, temperature, top_k, top_p)
    assert np.array_equal(counts > 0, allowed)
    assert np.abs(counts - number * expected).max() <= 1
    chances = (torch.arange(number, dtype=torch.float64) + 0.5) / number
    rows = torch.tensor(logits).expand(number, -1)
    assert np.array_equal(
        np.bincount(draw(rows, chances, temperature, top_k, top_p), minlength=8), counts
    )


def test_exponentials_equal_numpys_over_the_whole_range():
    small = 10.0 ** np.arange(-37, 0)
    x = np.concatenate([np.linspace(-80, 80, 3001), small, -small]).astype(np.float32)
    x = x[x != 0]  # what is left may have no relative error
    assert_allclose([exp_minus_one(v) for v in x], np.expm1(x.astype(float)), rtol=1e-6)
    assert exp_minus_one(np.float32(0.0)) == 0
    x = np.concatenate([np.linspace(-700, 700, 3001), small, -small, [0.0]])
    assert_allclose([_exp_double(v) for v in x], np.exp(x), rtol=1e-12)
    assert [_exp_double(v) for v in (-700.1, -1e4, -np.finfo(float).max)] == [0, 0, 0]


def test_the_gate_equals_numpys_over_the_whole_range():
    one = np.concatenate([np.linspace(-100, 100, 801), [0.0, 1e-30, 1e4, -1e4, 3e38, -3e38]])
    a, b = (side.astype(np.float32).ravel() for side in np.meshgrid(one, one[::7]))
    pre = np.zeros((3, 2 * len(a)), np.float32)
    pre[1] = np.concatenate([a, b])
    z = np.full((1, len(a)), np.nan, np.float32)
    _gate(pre, 1, z, len(a))
    with np.errstate(over="ignore"):
        expected = np.tanh(a.astype(float)) / (1 + np.exp(-b.astype(float)))
    assert_allclose(z[0], expected, rtol=0, atol=1e-6)


def test_bytes_read_for_a_sample_are_those_of_a_count_by_hand():
    config = WaveNetConfig(256, 64, 128, blocks=1, layers_per_block=5, kernel_size=3)
    gated, residual, skip = 64 * 128, 64 * 64, 64 * 128  # numbers in a matrix
    past = 2 * gated * (1 + 1 / 2 + 1 / 4 + 1 / 8 + 1 / 8)  # two taps, dilations 1, 2, 4, 8, 16
    layers = past + 5 * gated + 4 * residual + 5 * skip
    rows = 3 * 64 + 5 * 128  # tables, and what filters and gates add
    biases = 4 * 64 + 128 + 128 + 256
    head = 128 * 128 + 128 * 256
    stream = CompiledStream(WaveNet(config), 2)
    assert stream.bytes_per_sample == 4 * (layers + rows + biases + head)


def test_bytes_of_unfilled_tiles_are_counted():
    config = WaveNetConfig(16, 5, 7, blocks=1, layers_per_block=2, kernel_size=1)
    residual = 3 * TILE  # 5 inputs, two in a tile
    tiles = 2 * 5 * TILE + residual + 2 * 5 * TILE + 7 * TILE + 7 * TILE
    rows, biases = 5 + 2 * 10, 5 + 7 + 7 + 16
    assert CompiledStream(WaveNet(config), 1).bytes_per_sample == 4 * (tiles + rows + biases)


@pytest.mark.parametrize("compiled", [False, True])
def test_wrong_settings_are_refused(compiled):
    config = WaveNetConfig(16, 4, 4, 1, 2, conditions=(4, 3), local_channels=3, clock_hop=5)
    model, start = WaveNet(config), torch.zeros(2, 1, dtype=int)
    condition, local = torch.zeros(2, 2, dtype=int), torch.zeros(2, 3, 4)

    def refused(message, start=start, condition=condition, local=local, **settings):
        with pytest.raises(InvalidValueError, match=message):
            model.generate(start, 3, condition, local=local, compiled=compiled, **settings)

    for temperature in (-1.0, math.inf, math.nan):
        refused("temperature must be >= 0", temperature=temperature)
    refused(r"top_k must be >= 0", top_k=-1)
    for top_p in (0.0, -0.5, 1.1, math.nan):
        refused(r"top_p in \(0, 1\]", top_p=top_p)
    for wrong in (None, condition[:1], condition[:, :1]):
        refused(r"condition of shape \(2, 2\)", condition=wrong)
    for wrong in (None, local[:1], local[:, :2], local[:, :, :0], local[0]):
        refused(r"local frames of shape \(2, 3, F\)", local=wrong)
    refused(r"T0 >= 1", start=start[:, :0])


@pytest.mark.parametrize("kind", [CompiledStream, WaveNetStream])
def test_streams_refuse_wrong_settings_themselves(kind):
    stream = kind(WaveNet(WaveNetConfig(16, 4, 4, 1, 2)), 1)
    for wrong in ((-1.0, 0, 1.0), (1.0, -1, 1.0), (1.0, 0, 0.0)):
        with pytest.raises(InvalidValueError, match="must be >= 0"):
            stream.generate(torch.zeros(1, 1, dtype=int), chances_of(0, 1, 3), *wrong)


def test_codes_that_the_loop_could_not_look_up_are_refused():
    stream = CompiledStream(WaveNet(WaveNetConfig(16, 4, 4, 1, 2)), 2)
    for wrong in ([0, 16], [-1, 3]):
        with pytest.raises(InvalidValueError, match=r"0 \.\.\. 15"):
            stream.step(torch.tensor(wrong))
    for codes in (torch.zeros(3, dtype=int), torch.zeros(0, dtype=int)):
        with pytest.raises(InvalidValueError, match=r"2 clip"):
            stream.step(codes)
    with pytest.raises(InvalidValueError, match=r"2 clip"):
        stream.generate(torch.zeros(2, 0, dtype=int), chances_of(0, 2, 3))
    with pytest.raises(InvalidValueError, match=r"chances of 2 clip"):
        stream.generate(torch.zeros(2, 1, dtype=int), chances_of(0, 1, 3))


def test_a_cpu_uses_the_loop_by_itself(monkeypatch):
    made = []

    def count(kind):
        class Counted(kind):
            def __init__(self, *arguments):
                made.append(kind)
                super().__init__(*arguments)

        return Counted

    monkeypatch.setattr(WaveNet, "streams", (count(CompiledStream), count(WaveNetStream)))
    model, start = WaveNet(WaveNetConfig(16, 4, 4, 1, 2)), torch.zeros(1, 1, dtype=int)
    model.generate(start, 2)
    model.generate(start, 2, compiled=False)
    model.generate(start, 2, compiled=True)
    assert made == [CompiledStream, WaveNetStream, CompiledStream]


@torch.no_grad()
def test_one_compilation_serves_all_sizes_and_layouts():
    for kernel, channels, batch in [(1, 5, 1), (2, 33, 3), (3, 5, 2)]:
        model = randomised(WaveNetConfig(16, channels, 4, 1, 2, kernel))
        stream = CompiledStream(model, batch)
        codes = torch.randint(0, 16, (5, batch)).T  # neighbours in time lie far apart
        stream.step(codes[:, 1])
        stream.generate(codes, chances_of(0, 4, batch).T, 1, 3, 1)
    assert len(run.signatures) == 1


def test_h_of_another_number_of_clips_is_refused():
    model = WaveNet(WaveNetConfig(channels=4, skip_channels=4, conditions=(3,)))
    h = model.embed_condition(torch.zeros(40, 1, dtype=torch.long), 40)
    with pytest.raises(InvalidValueError, match="h of 1 clip"):
        CompiledStream(model, 1, h)
