"""The Transformer's block and the causal Transformer: each claim as a test that can fail."""

import pytest
import torch
from equality import TYPES, assert_same, gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import (
    CausalTransformer,
    CausalTransformerConfig,
    LayerNorm,
    TransformerBlock,
    causal_mask,
)

SIZES = st.integers(1, 4)
SEEDS = st.integers(0, 10_000)  # so that a case that fails can be had again
LENGTHS = st.integers(1, 13)
EACH_KIND = pytest.mark.parametrize("positions", ["rotary", "sinusoidal", "learned", "none"])


@TYPES
@settings(deadline=None, max_examples=40, derandomize=True)
@given(SEEDS, SIZES, LENGTHS, st.integers(2, 9), st.floats(1, 100))
def test_layer_norm_equals_pytorchs(dtype, bound, seed, batch, length, channels, scale):
    torch.manual_seed(seed)
    theirs, mine = nn.LayerNorm(channels, dtype=dtype), LayerNorm(channels).to(dtype)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter)
    mine.load_state_dict(theirs.state_dict())
    # values that differ: where all are nearly alike, dividing by their spread magnifies rounding
    x = torch.rand(batch, length, channels, dtype=dtype) + 2 * torch.arange(channels) - channels
    x = (scale * x).requires_grad_()
    assert_same(mine(x), theirs(x), bound)
    got = gradients(mine(x), (x, *mine.parameters()))
    wanted = gradients(theirs(x), (x, *theirs.parameters()))
    for mine_, theirs_ in zip(got, wanted, strict=True):
        assert_same(mine_, theirs_, bound)


def test_layer_norm_of_values_that_hardly_differ_equals_pytorchs():
    """Where eps matters."""
    x = 1e-3 * torch.randn(3, 5, 4, dtype=torch.float64)
    theirs, mine = nn.LayerNorm(4, dtype=torch.float64), LayerNorm(4).double()
    assert_same(mine(x), theirs(x), 1e-12)
    assert float(mine(x).detach().abs().max()) < 1.0


def test_layer_norm_keeps_positions_apart():
    x = torch.randn(1, 5, 8, requires_grad=True)
    LayerNorm(8)(x)[0, 2].square().sum().backward()
    moved = x.grad[0].abs().sum(dim=1) > 0
    assert moved.tolist() == [False, False, True, False, False]


def pair(channels, heads, hidden, activation, dtype):
    """Return PyTorch's block and ours with its weights, none of them at its default."""
    theirs = nn.TransformerEncoderLayer(
        channels,
        heads,
        hidden,
        dropout=0.0,
        activation=activation,
        batch_first=True,
        norm_first=True,
        dtype=dtype,
    )
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=channels**-0.5)  # so that scores are about 1
    mine = TransformerBlock(channels, heads, hidden, activation).to(dtype)
    mine.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(mine.state_dict())  # and back
    return mine, theirs


@TYPES
@pytest.mark.parametrize("activation", ["gelu", "relu"])
@settings(deadline=None, max_examples=25, derandomize=True)
@given(SEEDS, SIZES, LENGTHS, st.integers(1, 3), st.integers(1, 9), st.booleans())
def test_block_equals_pytorchs(
    dtype, bound, activation, seed, batch, length, heads, hidden, causal
):
    torch.manual_seed(seed)
    d = 6 // heads + 2  # two channels alone may be nearly alike, which LayerNorm can't stand
    mine, theirs = pair(heads * d, heads, hidden, activation, dtype)
    x = torch.randn(batch, length, heads * d, dtype=dtype, requires_grad=True)
    mask = causal_mask(length) if causal else None
    y = mine(x, mask)
    expected = theirs(x, src_mask=None if mask is None else ~mask)
    assert_same(y, expected, bound)
    got, wanted = dict(mine.named_parameters()), dict(theirs.named_parameters())
    assert set(got) == set(wanted)
    mine_ = gradients(y, (x, *got.values()))
    theirs_ = gradients(expected, (x, *(wanted[name] for name in got)))
    for a, b in zip(mine_, theirs_, strict=True):
        assert_same(a, b, bound)


def test_a_block_has_twelve_c_squared_weights_and_some():
    count = sum(p.numel() for p in TransformerBlock(64, 4).parameters())
    assert count == 12 * 64**2 + 13 * 64


def network(positions, **sizes):
    torch.manual_seed(0)
    sizes = {"levels": 11, "channels": 16, "heads": 2, "layers": 3, "longest": 40} | sizes
    model = CausalTransformer(CausalTransformerConfig(positions=positions, **sizes)).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.3)
    return model


def codes_of(batch=2, length=17):
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 11, (batch, length), generator=generator)


@EACH_KIND
@pytest.mark.parametrize("t", [1, 8, 16])
def test_logits_before_t_do_not_change_with_the_codes_from_t_on(positions, t):
    model, codes = network(positions), codes_of()
    changed = codes.clone()
    changed[:, t:] = (changed[:, t:] + 5) % 11
    before, after = model(codes), model(changed)
    assert torch.equal(before[:, :t], after[:, :t])
    assert not torch.allclose(before[:, t], after[:, t])


@EACH_KIND
def test_causality_by_exactly_zero_gradient(positions):
    model, codes = network(positions), codes_of(batch=1)
    embedded = []
    model.embedding.register_forward_hook(lambda *call: embedded.append(call[2]))
    logits = model(codes)
    (gradient,) = torch.autograd.grad(logits[0, 9].sum(), embedded)
    moved = gradient[0].abs().sum(dim=1)
    assert torch.all(moved[10:] == 0)
    assert torch.all(moved[:10] > 0)


def test_logits_at_t_are_scored_on_the_code_at_t_plus_1():
    model, codes = network("rotary"), codes_of(length=9)
    log_p = torch.log_softmax(model(codes), dim=-1)
    scores = [-log_p[b, t, codes[b, t + 1]] for b in range(2) for t in range(8)]
    assert float(model.loss(codes).detach()) == pytest.approx(
        float(torch.stack(scores).mean().detach()), rel=1e-5
    )


@EACH_KIND
@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_fed_in_pieces_the_logits_are_those_of_the_whole(positions, pieces):
    model = network(positions)
    codes = codes_of(length=sum(pieces))
    caches = model.new_caches()
    with torch.no_grad():
        parts = [model(piece, caches=caches) for piece in codes.split(pieces, dim=1)]
        assert_same(torch.cat(parts, dim=1), model(codes), 1e-5)


@EACH_KIND
def test_generating_with_the_cache_is_generating_without(positions):
    model, codes = network(positions), codes_of(length=3)
    generated = model.generate(codes, 20, temperature=0)
    plain = codes
    for _ in range(20):
        plain = torch.cat([plain, model(plain)[:, -1].argmax(dim=-1)[:, None]], dim=1)
    assert torch.equal(generated, plain)
    assert torch.equal(model.generate(codes, 0), codes)


def test_drawing_is_fixed_by_its_seed_and_follows_the_temperature():
    model, codes = network("rotary"), codes_of(batch=1, length=1).expand(2000, 1)
    drawn = model.generate(codes, 1, temperature=2.0, seed=3)
    assert torch.equal(drawn, model.generate(codes, 1, temperature=2.0, seed=3))
    assert not torch.equal(drawn, model.generate(codes, 1, temperature=2.0, seed=4))
    found = torch.bincount(drawn[:, 1], minlength=11) / 2000
    expected = torch.softmax(model(codes[:1])[0, 0].detach() / 2.0, dim=-1)
    assert float((found - expected).abs().max()) < 0.05


def test_another_mask_takes_the_causal_ones_place():
    model, codes = network("rotary", layers=1), codes_of()
    near = causal_mask(17) & ~causal_mask(17).tril(-4)  # the present one and three before it
    changed = codes.clone()
    changed[:, :5] = (changed[:, :5] + 1) % 11
    assert torch.equal(model(codes, near)[:, 8:], model(changed, near)[:, 8:])
    assert not torch.allclose(model(codes)[:, 8:], model(changed)[:, 8:])


def test_trace_shows_what_each_head_looked_at():
    logits, weights = network("rotary").trace(codes_of())
    assert torch.equal(logits, network("rotary")(codes_of()))
    assert [tuple(w.shape) for w in weights] == [(2, 2, 17, 17)] * 3
    for w in weights:
        torch.testing.assert_close(w.sum(dim=-1), torch.ones(2, 2, 17))
        assert torch.all(w.triu(1) == 0)


def test_it_learns_a_short_cycle():
    torch.manual_seed(0)
    model = CausalTransformer(CausalTransformerConfig(levels=4, channels=16, heads=2, layers=1))
    codes = (torch.arange(13)[None] + torch.arange(4)[:, None]) % 4
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        model.loss(codes).backward()
        optimiser.step()
    assert float(model.loss(codes).detach()) < 0.05
    assert torch.equal(model.generate(codes[:, :5], 8, temperature=0), codes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LayerNorm(0), "channels must be"),
        (lambda: LayerNorm(4)(torch.randn(2, 3)), r"\(\.\.\., 4\), got \(2, 3\)"),
        (lambda: TransformerBlock(8, 2, activation="tanh"), "'gelu' or 'relu'"),
        (lambda: TransformerBlock(8, 2, feedforward=0), "feedforward must be"),
        (lambda: network("rotary", layers=0), "must be >= 1"),
        (lambda: network("alphabetic"), "positions are one of"),
        (lambda: network("none")(torch.zeros(3, dtype=torch.int64)), r"\(B, T\).*\(3,\)"),
        (lambda: network("none")(torch.zeros(1, 3)), "float32"),
        (lambda: network("none")(torch.full((1, 3), 11)), r"0 \.\.\. 10, got 11"),
        (lambda: network("none").loss(codes_of(length=1)), r"T \+ 1"),
        (lambda: network("none").generate(codes_of(), 3, temperature=-1.0), "temperature"),
        (lambda: network("learned")(codes_of(length=41)), "the table has"),
    ],
)
def test_wrong_sizes_and_codes_are_named(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()
