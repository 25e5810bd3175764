"""Splines, the alignment search, relative positions, gated convolutions: against naive versions."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn.alignment import align_batch, beside, diagonal, path_of, search_alignment
from aigc_edu.nn.gated_stack import GatedStack
from aigc_edu.nn.relative_attention import RelativeAttention
from aigc_edu.nn.spline import spline

# ---------------------------------------------------------------- splines


def drawn(seed, count=200, bins=6, wide=8.0):
    generator = torch.Generator().manual_seed(seed)
    x = wide * (2 * torch.rand(count, generator=generator, dtype=torch.float64) - 1)
    return x, 2 * torch.randn(count, 3 * bins - 1, generator=generator, dtype=torch.float64)


@given(st.integers(0, 10**6), st.integers(2, 12))
@settings(max_examples=30, deadline=None)
def test_a_spline_inverts_and_its_slopes_cancel(seed, bins):
    x, raw = drawn(seed, bins=bins)
    y, slope = spline(x, raw)
    back, other = spline(y, raw, inverse=True)
    torch.testing.assert_close(back, x, rtol=0, atol=1e-7)
    torch.testing.assert_close(slope, -other, rtol=0, atol=1e-5)
    assert torch.equal(y[x.abs() >= 5], x[x.abs() >= 5])


def test_the_slope_is_that_of_the_curve():
    x, raw = drawn(1)
    x.requires_grad_(True)
    y, log_slope = spline(x, raw)
    (slope,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(log_slope.exp(), slope)
    assert (slope > 0).all()


def test_a_spline_meets_its_knots_and_begins_as_the_identity():
    x = torch.linspace(-6, 6, 101, dtype=torch.float64)
    y, log_slope = spline(x, torch.zeros(101, 29, dtype=torch.float64))
    torch.testing.assert_close(y, x)
    assert log_slope.abs().max() < 1e-9
    raw = torch.tensor([[0.0, 1.0, -1.0, 2.0, 0.0, 0.0, 0.3, -0.2]], dtype=torch.float64)  # 3 bins
    shares = [1e-3 + (1 - 3e-3) * part.softmax(dim=-1) for part in (raw[0, :3], raw[0, 3:6])]
    at, wanted = (10 * share.cumsum(dim=0)[:2] - 5 for share in shares)
    torch.testing.assert_close(spline(at, raw.expand(2, -1))[0], wanted)


def test_a_spline_of_another_shape_is_refused():
    with pytest.raises(InvalidValueError, match="3 K - 1"):
        spline(torch.zeros(4), torch.zeros(4, 9))


# ---------------------------------------------------------------- alignment


def brute_force(score):
    """Try every way to cut the frames into as many runs as there are symbols."""
    count, frames = score.shape
    best, sums = None, np.concatenate([np.zeros((count, 1)), np.cumsum(score, axis=1)], axis=1)
    for cuts in combinations(range(1, frames), count - 1):
        ends = (0, *cuts, frames)
        total = sum(sums[n, ends[n + 1]] - sums[n, ends[n]] for n in range(count))
        if best is None or total > best[0]:
            best = total, np.diff(ends)
    return best


def test_the_search_equals_brute_force_on_a_thousand_cases():
    random = np.random.default_rng(0)
    for _ in range(1000):
        frames = int(random.integers(1, 10))
        count = int(random.integers(1, frames + 1))
        score = random.standard_normal((count, frames))
        durations = search_alignment(score)
        total, wanted = brute_force(score)
        assert np.array_equal(durations, wanted), (score, total)


def test_more_text_than_frames_is_refused():
    with pytest.raises(InvalidValueError, match="3 symbols cannot be aligned with 2 frames"):
        search_alignment(np.zeros((3, 2)))
    for wrong in (np.zeros((0, 3)), np.zeros(3), np.full((1, 2), np.nan)):
        with pytest.raises(InvalidValueError):
            search_alignment(wrong)


def test_a_batch_is_aligned_row_by_row_whatever_stands_behind():
    scores = torch.randn(3, 6, 20)
    lengths, frames = torch.tensor([6, 2, 4]), torch.tensor([20, 11, 4])
    durations = align_batch(scores, lengths, frames)
    for i in range(3):
        own = scores[i, : lengths[i], : frames[i]].numpy()
        assert np.array_equal(durations[i, : lengths[i]], search_alignment(own))
        assert durations[i, lengths[i] :].sum() == 0 and durations[i].sum() == frames[i]
    path = path_of(durations, 20)
    assert torch.equal(path.sum(dim=2).long(), durations)
    assert torch.equal(path[1].sum(dim=0), (torch.arange(20) < 11).float())
    for i in range(3):  # it never goes back
        order = path[i].argmax(dim=0)[: frames[i]]
        assert (order.diff() >= 0).all() and order.diff().max() <= 1
    with pytest.raises(InvalidValueError, match="above 19"):
        path_of(durations, 19)


def test_the_diagonal_is_an_even_reading_speed():
    lengths, frames = torch.tensor([4, 2]), torch.tensor([12, 12])
    durations = align_batch(diagonal(lengths, frames, (4, 12)), lengths, frames)
    assert durations.tolist() == [[3, 3, 3, 3], [6, 6, 0, 0]]


# ---------------------------------------------------------------- relative positions


def naive_attention(layer, x, mask):
    """Equations (3)-(5) of Shaw et al., position by position."""
    heads, width = layer.heads, layer.channels // layer.heads
    q, k, v = layer.project(x).chunk(3, dim=-1)
    out = torch.zeros_like(x)
    for b in range(len(x)):
        for h in range(heads):
            part = slice(h * width, (h + 1) * width)
            for i in range(x.shape[1]):
                scores, values = [], []
                for j in range(x.shape[1]):
                    near = abs(j - i) <= layer.window
                    a = layer.keys[j - i + layer.window] if near else torch.zeros(width)
                    c = layer.values[j - i + layer.window] if near else torch.zeros(width)
                    score = q[b, i, part] @ (k[b, j, part] + a) / width**0.5
                    scores.append(score if mask[b, j] else score - float("inf"))
                    values.append(v[b, j, part] + c)
                weights = torch.stack(scores).softmax(dim=0)
                out[b, i, part] = weights @ torch.stack(values)
    return layer.out(out)


@pytest.mark.parametrize("window", [0, 1, 4, 9])
def test_attention_equals_the_naive_one(window):
    torch.manual_seed(0)
    layer = RelativeAttention(8, 2, window)
    x, mask = torch.randn(2, 7, 8), torch.ones(2, 7, dtype=torch.bool)
    mask[1, 5:] = False
    with torch.no_grad():
        torch.testing.assert_close(layer(x, mask), naive_attention(layer, x, mask))


def test_order_matters_to_relative_attention_alone():
    torch.manual_seed(0)
    x, mask = torch.randn(1, 6, 8), torch.ones(1, 6, dtype=torch.bool)
    layer = RelativeAttention(8, 2, 2)
    with torch.no_grad():
        turned = layer(x.flip(1), mask).flip(1)
        assert (turned - layer(x, mask)).abs().max() > 1e-3
        layer.keys.zero_()
        layer.values.zero_()
        torch.testing.assert_close(layer(x.flip(1), mask).flip(1), layer(x, mask))
    with pytest.raises(InvalidValueError, match="divide"):
        RelativeAttention(8, 3)
    with pytest.raises(InvalidValueError, match="mask"):
        layer(x, mask[:, :5])


# ---------------------------------------------------------------- gated convolutions


def test_what_lies_behind_a_row_s_end_changes_nothing():
    torch.manual_seed(0)
    stack, mask = GatedStack(4, 3, dilation=2), torch.ones(1, 1, 12)
    mask[..., 8:] = 0
    h = torch.randn(1, 4, 12)
    with torch.no_grad():
        y = stack(h, mask)
        other = stack(torch.where(mask > 0, h, 7.0 * torch.ones_like(h)), mask)
        short = stack(h[..., :8], mask[..., :8])
    assert torch.equal(y, other) and not y[..., 8:].any()
    torch.testing.assert_close(y[..., :8], short)
    with pytest.raises(InvalidValueError, match="odd"):
        GatedStack(4, 3, kernel=4)


def test_gated_convolutions_look_both_ways_as_far_as_their_taps():
    torch.manual_seed(0)
    stack = GatedStack(2, 3, kernel=3, dilation=2).double()  # 1 + 2 + 4 to each side
    h = torch.randn(1, 2, 31, dtype=torch.float64, requires_grad=True)
    stack(h, torch.ones(1, 1, 31, dtype=torch.float64))[0, :, 15].sum().backward()
    seen = h.grad[0].abs().sum(dim=0).nonzero()[:, 0].tolist()
    assert seen == list(range(8, 23))


def test_what_is_beside_a_guess_costs_by_its_distance():
    guess = torch.tensor([[2, 0, 3]])  # a symbol with a place and no frame between two others
    off = beside(guess, 5, width=1.0)[0]
    assert off[0].tolist() == [0, 0, -0.125, -1.125, -3.125]
    assert off[1].tolist() == [-1.125, -0.125, -0.125, -1.125, -3.125]
    assert off[2].tolist() == [-1.125, -0.125, 0, 0, 0]
