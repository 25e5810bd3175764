"""SampleRNN's compiled loop computes what the network does, and draws what ``draw`` draws."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from streams import (
    SAMPLING,
    TOLD,
    TOLERANCE,
    assert_pieces_change_nothing,
    both_ways,
    chances_of,
    least_room,
    step_by_step,
    told,
)

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.samplernn.compiled import CompiledSampleRNNStream
from aigc_edu.models.samplernn.loop import _gates, run
from aigc_edu.models.samplernn.stream import SampleRNNStream
from aigc_edu.nn.compiled_layers import TILE

BOTH = CompiledSampleRNNStream, SampleRNNStream
SMALL = SampleRNNConfig(16, (6, 2), 7, 2, 5, conditions=(10, 3), clock_frames=5, clock_hop=7)


def randomised(config, seed=0):
    """Return a network whose weights, biases and first states all matter, with moderate logits."""
    torch.manual_seed(seed)
    model = SampleRNN(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 16
            parameter.normal_(std=1 / math.sqrt(fan))
        for tier in model.tiers:
            tier.start.normal_()
        model.samples.embedding.weight.normal_(std=2)
    return model


def check_logits(model, batch, length, kinds=(CompiledSampleRNNStream,)):
    """Assert that each stream's logits are those of the network that hears all codes at once."""
    codes = torch.randint(0, model.config.levels, (batch, length))
    condition, local = told(model.config, batch)
    expected = model(codes, condition, local)
    for kind in kinds:
        logits = step_by_step(kind, model, codes, condition, local)
        torch.testing.assert_close(logits, expected, rtol=0, atol=TOLERANCE)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 999),
    told_of=TOLD,
    batch=st.integers(1, 3),
    sizes=st.sampled_from([(1,), (5,), (2, 1), (6, 2), (8, 4, 2), (12, 4, 1), (8, 4, 2, 1)]),
    width=st.sampled_from([1, 5, 16, TILE, TILE + 1]),
    layers=st.integers(1, 3),
    embedding=st.integers(1, 4),
    levels=st.sampled_from([2, 16, TILE + 1]),
    weight_norm=st.booleans(),
)
@torch.no_grad()
def test_logits_are_the_teacher_forced_ones_from_the_first_sample_on(
    seed, told_of, batch, sizes, width, layers, embedding, levels, weight_norm
):
    config = SampleRNNConfig(levels, sizes, width, layers, embedding, weight_norm, **told_of)
    check_logits(randomised(config, seed), batch, 3 * sizes[0] + 1)


@torch.no_grad()
@pytest.mark.parametrize("sizes", [(64, 16), (32, 8), (16,)])
def test_logits_at_a_trained_size_are_those_of_both_other_ways(sizes):
    config = SampleRNNConfig(256, sizes, 192, conditions=(10,), clock_frames=9, clock_hop=40)
    check_logits(randomised(config), 2, 210, BOTH)


@torch.no_grad()
def test_a_stream_keeps_the_weights_it_was_made_with():
    model = randomised(SMALL)
    codes, (condition, _) = torch.randint(0, 16, (2, 20)), told(SMALL, 2)
    before = model(codes, condition)
    stream = CompiledSampleRNNStream(model, 2, model.embed_condition(condition, 2))
    for parameter in model.parameters():
        parameter.mul_(-1.5)
    kept = torch.stack([stream.step(codes[:, t]) for t in range(20)], dim=-1)
    torch.testing.assert_close(kept, before, rtol=0, atol=TOLERANCE)
    assert not torch.allclose(model(codes, condition), before, atol=0.1)


@torch.no_grad()
def test_a_projection_is_computed_when_its_step_comes():
    model, codes = randomised(SampleRNNConfig(16, (4,), 6, 1, 3)), torch.randint(0, 16, (1, 4))
    stream, expected = CompiledSampleRNNStream(model, 1), model(codes)
    upsample = stream.packed.upsample.copy()
    stream.packed.upsample[1:] = math.nan  # read before its step, one of these would be heard
    for t in range(4):
        stream.packed.upsample[t] = upsample[t]
        got = stream.step(codes[:, t])
        torch.testing.assert_close(got, expected[:, :, t], rtol=0, atol=TOLERANCE)


@torch.no_grad()
@SAMPLING
def test_both_ways_of_generating_draw_the_same_codes(temperature, top_k, top_p):
    model, batch, length = randomised(SMALL), 2, 60
    start, (condition, _) = torch.randint(0, 16, (batch, 3)), told(SMALL, batch)
    how = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    slow = both_ways(model, start, condition, **how)
    assert len(slow.unique()) > 2
    logits = model(torch.cat([start, slow], dim=1), condition)[:, :, 2:-1]
    assert least_room(logits, chances_of(5, batch, length), **how) > TOLERANCE


def test_a_generation_in_pieces_is_the_same(monkeypatch):
    assert_pieces_change_nothing(randomised(SMALL), monkeypatch)


@torch.no_grad()
def test_a_stream_that_goes_on_draws_what_one_long_run_draws():
    model, chances = randomised(SMALL), chances_of(3, 2, 40)
    start, (condition, _) = torch.randint(0, 16, (2, 9)), told(SMALL, 2)
    h = model.embed_condition(condition, 2)
    whole = CompiledSampleRNNStream(model, 2, h).generate(start, chances)
    stream = CompiledSampleRNNStream(model, 2, h)
    for t in range(4):
        stream.step(start[:, t])
    first = stream.generate(start[:, 4:], chances[:, :17])
    for t in range(16):  # what one run drew another hears; its own last code is not heard yet
        assert torch.equal(first[:, t], whole[:, t])
    then = stream.generate(first[:, -1:], chances[:, 17:])
    assert torch.equal(torch.cat([first, then], dim=1), whole)
    last = stream.step(then[:, -1])
    expected = model(torch.cat([start, whole], dim=1), condition)[:, :, -1]
    torch.testing.assert_close(last, expected, rtol=0, atol=TOLERANCE)


@torch.no_grad()
def test_the_clips_of_a_batch_hear_nothing_of_each_other():
    model, chances = randomised(SMALL), chances_of(3, 3, 30)
    start, (condition, _) = torch.randint(0, 16, (3, 2)), told(SMALL, 3)
    h = model.embed_condition(condition, 3)
    together = CompiledSampleRNNStream(model, 3, h).generate(start, chances)
    for b in range(3):
        one = slice(b, b + 1)
        alone = CompiledSampleRNNStream(model, 1, h[one]).generate(start[one], chances[one])
        assert torch.equal(alone, together[one])


def test_gates_equal_numpys_over_the_whole_range():
    rng = np.random.default_rng(0)
    width, scale = 400, 10.0 ** rng.uniform(-3, 3, (4, 1200)) * rng.choice([-1, 1], (4, 1200))
    pre, rows = scale.astype(np.float32), rng.normal(size=(5, width)).astype(np.float32)
    pre[:, :3], old = 3e38, rows.astype(float)
    pre[2:, :3] = -3e38
    (ri, zi, ni), (rs, zs, ns) = (
        np.split(half.astype(float), 3, axis=1) for half in (pre[:2], pre[2:])
    )
    with np.errstate(over="ignore"):
        r, z = 1 / (1 + np.exp(-ri - rs)), 1 / (1 + np.exp(-zi - zs))
    n = np.tanh(ni + r * ns)
    _gates(pre, rows, 3, width)
    assert_allclose(rows[3:], (1 - z) * n + z * old[3:], rtol=0, atol=2e-6)
    assert_allclose(rows[:3], old[:3].astype(np.float32), rtol=0, atol=0)


def test_bytes_read_for_a_sample_are_those_of_a_count_by_hand():
    square, gru = 64 * 64 + 64, 2 * (64 * 192 + 192)  # numbers, biases included
    stream = CompiledSampleRNNStream(SampleRNN(SampleRNNConfig(256, (32, 8), 64)), 2)
    samples = 8 * 64 + 2 * square + 64 * 256 + 256  # table, projection, two layers
    fast = 8 * 64 + 64 + 64 * 64 + 64 + gru  # expansion, shift, the projection above it, GRU
    slow = 32 * 64 + 64 + gru
    assert stream.bytes_per_sample == 4 * (samples + fast / 8 + slow / 32)


def test_bytes_of_unfilled_tiles_are_counted():
    stream = CompiledSampleRNNStream(SampleRNN(SampleRNNConfig(16, (2,), 5, 2, 3)), 1)
    samples = 2 * 5 + 5 * TILE + 5 + 5 * TILE + 5 + 5 * TILE + 16
    frames = 2 * 5 + 5 + 2 * 2 * (5 * TILE + 15)
    assert stream.bytes_per_sample == 4 * (samples + frames / 2)


@pytest.mark.parametrize("compiled", [False, True])
def test_wrong_settings_are_refused(compiled):
    config = SampleRNNConfig(16, (4, 2), 4, conditions=(4, 3), local_channels=3, clock_hop=5)
    model, start = SampleRNN(config), torch.zeros(2, 1, dtype=int)
    condition, local = torch.zeros(2, 2, dtype=int), torch.zeros(2, 3, 4)

    def refused(message, start=start, condition=condition, local=local, **settings):
        with pytest.raises(InvalidValueError, match=message):
            model.generate(start, 3, condition, local=local, compiled=compiled, **settings)

    refused("temperature must be >= 0", temperature=-1.0)
    refused(r"top_k must be >= 0", top_k=-1)
    refused(r"top_p in \(0, 1\]", top_p=0.0)
    for wrong in (None, condition[:1], condition[:, :1]):
        refused(r"condition of shape \(2, 2\)", condition=wrong)
    for wrong in (None, local[:1], local[:, :2], local[:, :, :0], local[0]):
        refused(r"local frames of shape \(2, 3, F\)", local=wrong)
    refused(r"T0 >= 1", start=start[:, :0])


def test_codes_and_chances_that_do_not_fit_are_refused():
    stream = CompiledSampleRNNStream(SampleRNN(SampleRNNConfig(16, (4, 2), 4)), 2)
    for wrong in ([0, 16], [-1, 3]):
        with pytest.raises(InvalidValueError, match=r"0 \.\.\. 15"):
            stream.step(torch.tensor(wrong))
    with pytest.raises(InvalidValueError, match=r"codes of 2 clip"):
        stream.step(torch.zeros(3, dtype=int))
    with pytest.raises(InvalidValueError, match=r"codes of 2 clip"):
        stream.generate(torch.zeros(2, 0, dtype=int), chances_of(0, 2, 3))
    with pytest.raises(InvalidValueError, match=r"chances of 2 clip"):
        stream.generate(torch.zeros(2, 1, dtype=int), chances_of(0, 1, 3))
    with pytest.raises(InvalidValueError, match=r"top_k must be >= 0"):
        stream.generate(torch.zeros(2, 1, dtype=int), chances_of(0, 2, 3), 1.0, -1)


@pytest.mark.parametrize("clips", [None, 40])
def test_h_that_is_missing_or_of_other_clips_is_refused(clips):
    model = SampleRNN(SampleRNNConfig(width=4, embedding=4, conditions=(3,)))
    h = clips and model.embed_condition(torch.zeros(clips, 1, dtype=torch.long), clips)
    with pytest.raises(InvalidValueError, match="h of 1 clip"):
        CompiledSampleRNNStream(model, 1, h)


def test_a_cpu_uses_the_loop_by_itself():
    assert SampleRNN.streams == BOTH


@torch.no_grad()
def test_one_compilation_serves_all_sizes_and_layouts():
    for sizes, width, batch in [((4,), 5, 1), ((6, 2), 66, 3), ((8, 4, 1), 5, 2)]:
        model = randomised(SampleRNNConfig(16, sizes, width, batch, 3))
        stream = CompiledSampleRNNStream(model, batch)
        codes = torch.randint(0, 16, (5, batch)).T  # neighbours in time lie far apart
        stream.step(codes[:, 1])
        stream.generate(codes, chances_of(0, 4, batch).T, 1, 3, 1)
    assert len(run.signatures) == 1
