"""Attention, masks, positions and the cache: each claim as a test that can fail."""

import math

import pytest
import torch
from equality import TYPES, assert_same, gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import (
    KeyValueCache,
    LearnedPositions,
    MultiHeadAttention,
    angular_speeds,
    attention_weights,
    causal_mask,
    rotate,
    scaled_dot_product_attention,
    sinusoidal_positions,
)

SIZES = st.integers(1, 4)
SEEDS = st.integers(0, 10_000)  # so that a case that fails can be had again
LENGTHS = st.integers(1, 17)


def random_mask(length, keys):
    """Return a mask that leaves every query at least one key."""
    mask = torch.rand(length, keys) < 0.5
    mask[torch.arange(length), torch.randint(0, keys, (length,))] = True
    return mask


@TYPES
@settings(deadline=None, max_examples=60, derandomize=True)
@given(SEEDS, SIZES, LENGTHS, LENGTHS, st.integers(1, 9), SIZES, st.booleans())
def test_attention_equals_pytorchs(dtype, bound, seed, batch, queries, keys, d, e, masked):
    torch.manual_seed(seed)
    q, k, v = (
        torch.randn(batch, n, width, dtype=dtype, requires_grad=True)
        for n, width in ((queries, d), (keys, d), (keys, e))
    )
    mask = random_mask(queries, keys) if masked else None
    mine = scaled_dot_product_attention(q, k, v, mask)
    theirs = F.scaled_dot_product_attention(q, k, v, mask)
    assert_same(mine, theirs, bound)
    for got, expected in zip(gradients(mine, (q, k, v)), gradients(theirs, (q, k, v)), strict=True):
        assert_same(got, expected, bound)


def test_weights_are_a_mean_with_exact_zeros_where_one_may_not_look():
    q, k, mask = torch.randn(3, 6, 4), torch.randn(3, 9, 4), random_mask(6, 9)
    weights = attention_weights(q, k, mask)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(3, 6))
    assert torch.all((weights == 0) == ~mask)


def test_a_query_that_may_look_at_nothing_is_refused():
    q = torch.randn(1, 5, 4)
    strictly_lower = causal_mask(5) & ~torch.eye(5, dtype=torch.bool)
    with pytest.raises(InvalidValueError, match="query 0 every key"):
        scaled_dot_product_attention(q, q, q, strictly_lower)
    blocked = torch.ones(1, 5, 5, dtype=torch.bool)
    blocked[0, 3] = False
    with pytest.raises(InvalidValueError, match="query 3 every key"):
        scaled_dot_product_attention(q, q, q, blocked)


def test_wrong_shapes_and_masks_are_named():
    q = torch.randn(2, 5, 4)
    with pytest.raises(InvalidValueError, match=r"\(2, 5, 4\) and \(2, 5, 3\)"):
        attention_weights(q, q[..., :3])
    with pytest.raises(InvalidValueError, match=r"v \(\.\.\., 5, E\), got \(2, 4, 4\)"):
        scaled_dot_product_attention(q, q, q[:, :4])
    with pytest.raises(InvalidValueError, match="boolean.*float32"):
        attention_weights(q, q, torch.zeros(5, 5))
    with pytest.raises(InvalidValueError, match=r"\(2, 5, 5\), got \(4, 5\)"):
        attention_weights(q, q, torch.ones(4, 5, dtype=torch.bool))


@given(LENGTHS, st.integers(0, 9))
def test_causal_mask_is_the_lower_triangle_with_the_past_before_it(length, past):
    mask = causal_mask(length, past)
    whole = torch.ones(length + past, length + past, dtype=torch.bool).tril()
    assert torch.equal(mask, whole[past:])
    assert torch.all(mask.sum(dim=1) == past + 1 + torch.arange(length))


def pair(channels, heads, bias, dtype):
    """Return PyTorch's layer and ours with its weights, none of them at its default of zero."""
    theirs = nn.MultiheadAttention(channels, heads, bias=bias, batch_first=True, dtype=dtype)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=channels**-0.5)  # so that scores are about 1
    mine = MultiHeadAttention(channels, heads, bias=bias).to(dtype)
    mine.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(mine.state_dict())  # and back
    return mine, theirs


@TYPES
@settings(deadline=None, max_examples=40, derandomize=True)
@given(SEEDS, SIZES, LENGTHS, SIZES, st.integers(1, 5), st.booleans(), st.booleans())
def test_multi_head_attention_equals_pytorchs(
    dtype, bound, seed, batch, length, heads, d, bias, causal
):
    torch.manual_seed(seed)
    mine, theirs = pair(heads * d, heads, bias, dtype)
    x = torch.randn(batch, length, heads * d, dtype=dtype, requires_grad=True)
    mask = causal_mask(length) if causal else None
    y, weights = mine(x, mask)
    forbidden = None if mask is None else ~mask  # PyTorch's layer says where not to look
    expected, their_weights = theirs(x, x, x, attn_mask=forbidden, average_attn_weights=False)
    assert_same(y, expected, bound)
    assert_same(weights, their_weights, bound)
    got = gradients(y, (x, *mine.parameters()))
    wanted = gradients(expected, (x, *theirs.parameters()))
    names = [name for name, _ in mine.named_parameters()]
    assert names == [name for name, _ in theirs.named_parameters()]
    for mine_, theirs_ in zip(got, wanted, strict=True):
        assert_same(mine_, theirs_, bound)


@settings(deadline=None, max_examples=30)
@given(LENGTHS, LENGTHS, SIZES)
def test_attention_to_a_memory_equals_pytorchs(length, keys, heads):
    mine, theirs = pair(heads * 3, heads, True, torch.float64)
    x, memory = (torch.randn(2, n, heads * 3, dtype=torch.float64) for n in (length, keys))
    assert_same(mine(x, memory=memory)[0], theirs(x, memory, memory)[0], 1e-13)


@pytest.mark.parametrize("rotary", [False, True])
def test_causality_by_exactly_zero_gradient(rotary):
    layer = MultiHeadAttention(8, 2, rotary=rotary)
    x = torch.randn(1, 9, 8, requires_grad=True)
    y, _ = layer(x, causal_mask(9))
    for t in range(9):
        (gradient,) = torch.autograd.grad(y[0, t].sum(), x, retain_graph=True)
        moved = gradient[0].abs().sum(dim=1)
        assert torch.all(moved[t + 1 :] == 0)
        assert torch.all(moved[: t + 1] > 0)


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(7)))
def test_full_attention_without_positions_knows_no_order(order):
    layer = MultiHeadAttention(8, 2).double()
    x = torch.randn(2, 7, 8, dtype=torch.float64)
    assert_same(layer(x[:, order])[0], layer(x)[0][:, order], 1e-13)


def test_rotary_positions_bring_order():
    layer = MultiHeadAttention(8, 2, rotary=True)
    nn.init.normal_(layer.in_proj_weight)
    x = torch.randn(1, 7, 8)
    assert not torch.allclose(layer(x.flip(1))[0], layer(x)[0].flip(1), atol=1e-3)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(1, 8), st.integers(-(10**6), 10**6))
def test_rotary_scores_depend_on_the_distance_alone(length, pairs, shift):
    q, k = torch.randn(2, length, 2 * pairs, dtype=torch.float64)
    t = torch.arange(length)
    scores = rotate(q, t) @ rotate(k, t).T
    moved = rotate(q, t + shift) @ rotate(k, t + shift).T
    assert_same(moved, scores, 1e-8)  # 1e6 radians are known to 1e-10


def test_a_layer_with_rotary_positions_knows_nothing_but_distances():
    """Where all inputs are alike, weights differ by distance alone, with a cache as well."""
    layer = MultiHeadAttention(8, 2, rotary=True).double()
    nn.init.normal_(layer.in_proj_weight)
    x = torch.randn(1, 1, 8, dtype=torch.float64).expand(1, 9, 8)
    cache = KeyValueCache()
    layer(x[:, :4], cache=cache)
    for weights, first in ((layer(x)[1], 0), (layer(x[:, 4:], cache=cache)[1], 4)):
        log = weights[0].log()  # (heads, T, S): scores, up to a constant for each row
        scores = log - log.diagonal(first, 1, 2)[..., None]  # against its own key
        for n in range(first - 3, first + 4):
            diagonal = scores.diagonal(n, 1, 2)
            torch.testing.assert_close(diagonal, diagonal[:, :1].expand_as(diagonal))
        assert float(scores.detach().abs().max()) > 0.1


def test_rotary_scores_are_those_of_one_vector_turned_by_the_distance():
    q, k = torch.randn(2, 6, dtype=torch.float64)
    for a, b in [(0, 0), (5, 2), (2, 5), (40, 39)]:
        turned = rotate(q[None], torch.tensor([a])) @ rotate(k[None], torch.tensor([b])).T
        by_distance = rotate(q[None], torch.tensor([a - b])) @ k
        assert float(turned) == pytest.approx(float(by_distance), abs=1e-12)
    assert_same(rotate(q[None], torch.tensor([0])), q[None], 0.0)


def test_rotation_is_multiplication_by_a_complex_number():
    x, t = torch.randn(3, 7, 10, dtype=torch.float64), torch.arange(7)
    turns = torch.polar(torch.ones(7, 5).double(), t[:, None] * angular_speeds(10))
    expected = torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (5, 2))) * turns)
    assert_same(rotate(x, t), expected.flatten(-2), 1e-13)
    torch.testing.assert_close(rotate(x, t).norm(dim=-1), x.norm(dim=-1))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 20), st.integers(1, 8), st.integers(0, 5000))
def test_sinusoidal_positions_shift_by_a_rotation(length, pairs, shift):
    """The row at t + s is the row at t times one matrix, the same for every t."""
    here = sinusoidal_positions(length, 2 * pairs).double()
    there = sinusoidal_positions(length, 2 * pairs, past=shift).double()
    angle = shift * angular_speeds(2 * pairs)
    sin, cos = angle.sin(), angle.cos()
    blocks = torch.stack([torch.stack([cos, sin]), torch.stack([-sin, cos])])  # (2, 2, pairs)
    matrix = torch.block_diag(*blocks.permute(2, 0, 1))
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(2 * pairs).double())
    assert_same(here @ matrix.T, there, 1e-6)


def test_sinusoidal_positions_against_the_papers_formula():
    rows = sinusoidal_positions(50, 16)
    for t, i in [(0, 0), (3, 1), (49, 7), (20, 4)]:
        angle = t / 10_000 ** (2 * i / 16)
        assert float(rows[t, 2 * i]) == pytest.approx(math.sin(angle), abs=1e-6)
        assert float(rows[t, 2 * i + 1]) == pytest.approx(math.cos(angle), abs=1e-6)


def test_learned_positions_end_where_their_table_ends():
    table = LearnedPositions(10, 4)
    assert torch.equal(torch.cat([table(6), table(4, past=6)]), table.weight)
    with pytest.raises(InvalidValueError, match=r"0 \.\.\. 9 only, not 7 \.\.\. 10"):
        table(4, past=7)


@pytest.mark.parametrize("rotary", [False, True])
@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6))
def test_fed_in_pieces_the_cache_gives_what_the_whole_gives(rotary, pieces):
    layer = MultiHeadAttention(8, 2, rotary=rotary)
    x = torch.randn(2, sum(pieces), 8)
    whole = layer(x, causal_mask(sum(pieces)))[0]
    cache, parts = KeyValueCache(), []
    for piece in x.split(pieces, dim=1):
        mask = causal_mask(piece.shape[1], past=cache.length)
        parts.append(layer(piece, mask, cache=cache)[0])
    assert cache.length == sum(pieces)
    assert_same(torch.cat(parts, dim=1), whole, 1e-5)


def test_wrong_layers_and_inputs_are_named():
    layer = MultiHeadAttention(8, 2)
    with pytest.raises(InvalidValueError, match="divide channels, got 3 and 8"):
        MultiHeadAttention(8, 3)
    with pytest.raises(InvalidValueError, match="even number"):
        MultiHeadAttention(6, 2, rotary=True)
    with pytest.raises(InvalidValueError, match=r"x of shape \(B, T, 8\).*\(2, 5, 7\)"):
        layer(torch.randn(2, 5, 7))
    with pytest.raises(InvalidValueError, match="memory of 2 sequences, got 1"):
        layer(torch.randn(2, 5, 8), memory=torch.randn(1, 5, 8))
    with pytest.raises(InvalidValueError, match="neither a cache"):
        layer(torch.randn(2, 5, 8), memory=torch.randn(2, 5, 8), cache=KeyValueCache())
    cache = KeyValueCache()
    layer(torch.randn(2, 5, 8), cache=cache)
    with pytest.raises(InvalidValueError, match=r"\(2, 2, 5, 4\).*\(3, 2, 1, 4\)"):
        layer(torch.randn(3, 1, 8), cache=cache)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: causal_mask(0), "length must be"),
        (lambda: sinusoidal_positions(4, 5), "even, not 5"),
        (lambda: sinusoidal_positions(0, 4), "length must be"),
        (lambda: angular_speeds(4, base=1.0), "base must be"),
        (lambda: rotate(torch.randn(3, 4), torch.arange(2)), r"\(3, 4\) and \(2,\)"),
        (lambda: rotate(torch.randn(3, 5), torch.arange(3)), "even, not 5"),
        (lambda: LearnedPositions(0, 4), "must be >= 1"),
    ],
)
def test_wrong_sizes_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
