"""WaveNet's claims: causality, scoring, gates, receptive field, exact cached generation."""

import math

import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet import IGNORED, WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.network import stretch
from aigc_edu.models.wavenet.stream import WaveNetStream
from aigc_edu.nn.drawing import draw

SMALL = WaveNetConfig(
    levels=16,
    channels=6,
    skip_channels=8,
    layers_per_block=3,
    conditions=(10, 3),
    clock_frames=5,
    clock_hop=4,
)


@pytest.fixture
def network():
    torch.manual_seed(0)
    model = WaveNet(SMALL).double().eval()
    for parameter in model.parameters():  # biases on, and far from their small defaults
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter)
    torch.nn.init.normal_(model.clock.weight)
    return model


def inputs(batch=2, length=40):
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, SMALL.levels, (batch, length), generator=generator)
    return codes, torch.tensor([[3, 1], [9, 2], [0, 0], [5, 1]])[:batch]


@pytest.mark.parametrize("t", [1, 7, 39])
def test_logits_before_t_do_not_change_with_the_codes_from_t_on(network, t):
    codes, condition = inputs()
    changed = codes.clone()
    changed[:, t:] = (changed[:, t:] + 5) % SMALL.levels
    before, after = network(codes, condition), network(changed, condition)
    assert torch.equal(before[:, :, :t], after[:, :, :t])
    assert not torch.allclose(before[:, :, t], after[:, :, t])


def test_logits_at_t_are_scored_on_the_code_at_t_plus_1(network):
    codes, condition = inputs(length=12)
    log_p = torch.log_softmax(network(codes, condition), dim=1)
    scores = [-log_p[b, codes[b, t + 1], t] for b in range(2) for t in range(11)]
    expected = float(torch.stack(scores).mean())
    assert float(network.loss(codes, condition)) == pytest.approx(expected, rel=1e-6)


def test_ignored_targets_are_not_scored(network):
    codes, condition = inputs(length=12)
    padded = torch.cat([codes, torch.full((2, 5), IGNORED)], dim=1)
    torch.testing.assert_close(network.loss(padded, condition), network.loss(codes, condition))


def test_uniform_logits_cost_log2_of_the_levels(network):
    torch.nn.init.zeros_(network.head[3].weight)
    torch.nn.init.zeros_(network.head[3].bias)
    loss = network.loss(*inputs())
    assert float(loss) / math.log(2) == pytest.approx(4.0)


def test_filter_and_gate_have_weights_of_their_own(network):
    layer = network.layers[0]
    assert layer.filter.weight.data_ptr() != layer.gate.weight.data_ptr()
    x, h = torch.randn(1, 6, 9).double(), torch.randn(1, 16, 1).double()
    network.zero_grad()
    layer(x, h)[0].sum().backward()
    assert not torch.allclose(layer.filter.weight.grad, layer.gate.weight.grad)
    with torch.no_grad():
        layer.gate.weight.zero_()
        layer.gate.bias.fill_(-1e9)  # a closed gate: nothing passes, whatever the filter says
        layer.condition.weight.zero_()
    nothing = layer.residual.bias[None, :, None].expand(1, 6, 9)
    torch.testing.assert_close(layer(x, h)[0] - x, nothing)


@pytest.mark.parametrize(("kernel", "blocks", "depth"), [(2, 1, 4), (2, 2, 3), (3, 2, 2)])
def test_receptive_field_by_formula_and_by_gradient(kernel, blocks, depth):
    config = WaveNetConfig(8, 4, 4, blocks, depth, kernel)
    model = WaveNet(config).double()
    length = config.receptive_field + 8
    embedded = torch.randn(1, 4, length, dtype=torch.double, requires_grad=True)
    model.input.forward = lambda codes: embedded  # gradients need numbers, codes have none
    model(torch.zeros(1, length, dtype=torch.long))[0, :, -1].sum().backward()
    oldest = int(embedded.grad.abs().sum((0, 1)).nonzero()[0])
    behind_input = length - oldest  # the first layer looks another kernel - 1 back
    assert behind_input + kernel - 1 == config.receptive_field


def stream_logits(network, codes, condition):
    stream = WaveNetStream(network, len(codes), network.embed_condition(condition, len(codes)))
    return torch.stack([stream.step(codes[:, t]) for t in range(codes.shape[1])], dim=-1)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_cached_logits_equal_the_parallel_ones_from_the_first_sample_on(batch, kernel):
    torch.manual_seed(0)
    config = WaveNetConfig(16, 6, 8, 2, 3, kernel, (10, 3), clock_frames=5, clock_hop=4)
    network = WaveNet(config).double()
    codes, condition = inputs(batch, length=45)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.5)
        parallel, cached = network(codes, condition), stream_logits(network, codes, condition)
    torch.testing.assert_close(cached, parallel, rtol=1e-9, atol=1e-9)


def test_cached_logits_follow_loaded_weights(network):
    other = WaveNet(SMALL).double()
    codes, condition = inputs()
    with torch.no_grad():
        stream_logits(other, codes, condition)  # nothing of this may be kept
        other.load_state_dict(network.state_dict())
        torch.testing.assert_close(
            stream_logits(other, codes, condition), network(codes, condition)
        )


def test_generation_is_what_the_parallel_network_would_have_drawn(network):
    start, condition = inputs(length=3)
    codes = network.generate(start, 30, condition, temperature=0)
    whole = torch.cat([start, codes], dim=1)
    with torch.no_grad():
        greedy = network(whole, condition).argmax(dim=1)  # (B, T)
    assert torch.equal(greedy[:, 2:-1], codes)


def test_generation_repeats_with_its_seed(network):
    start, condition = inputs(length=1)
    runs = [
        network.generate(start, 50, condition, generator=torch.Generator().manual_seed(seed))
        for seed in (4, 4, 5)
    ]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_draw_follows_the_probabilities():
    logits = torch.log(torch.tensor([0.7, 0.2, 0.1])).expand(20_000, 3)
    chances = torch.rand(20_000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    counts = torch.bincount(draw(logits, chances), minlength=3)
    for count, p in zip(counts.tolist(), (0.7, 0.2, 0.1), strict=True):
        assert abs(count - 20_000 * p) < 5 * math.sqrt(20_000 * p * (1 - p))
    half = draw(logits, chances, 0.5)  # p ** 2, normalised: 49 / 54
    assert abs(float((half == 0).double().mean()) - 49 / 54) < 0.01


def test_the_clock_stands_still_after_its_last_frame(network):
    h = network.embed_condition(torch.tensor([[3, 1]]), 1)  # (1, E, 5)
    spread = stretch(h, 4, 30)
    assert torch.equal(spread[:, :, :4], h[:, :, :1].expand(-1, -1, 4))
    assert torch.equal(spread[:, :, 16:], h[:, :, 4:].expand(-1, -1, 14))
    other = network.embed_condition(torch.tensor([[4, 1]]), 1)
    assert not torch.allclose((h - other)[:, :, 0], (h - other)[:, :, 1])  # a clock for each digit


def test_condition_changes_the_logits_and_its_shape_is_checked(network):
    codes, condition = inputs()
    assert not torch.allclose(network(codes, condition), network(codes, condition.flip(0)))
    for wrong in (None, condition[:, :1], condition[:1]):
        with pytest.raises(InvalidValueError, match=r"\(2, 2\)"):
            network(codes, wrong)
    free = WaveNet(WaveNetConfig(16, 4, 4, 1, 2))
    with pytest.raises(InvalidValueError, match="nothing of the whole clip"):
        free(codes, condition)
    with pytest.raises(InvalidValueError, match="start"):
        free.generate(codes[:, :0], 5)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("start", "length", "message"),
    [
        (torch.tensor([[-1]]), 3, "whole numbers in 0"),
        (torch.tensor([[SMALL.levels]]), 3, "whole numbers in 0"),
        (torch.tensor([[3.7]]), 3, "whole numbers in 0"),
        (torch.zeros(0, 1, dtype=torch.long), 3, "shape"),
        (torch.tensor([[1]]), -1, "length"),
    ],
)
def test_a_start_that_cannot_be_continued_is_named(start, length, message, compiled):
    model = WaveNet(WaveNetConfig(channels=4, skip_channels=4, levels=SMALL.levels))
    with pytest.raises(InvalidValueError, match=message):
        model.generate(start, length, compiled=compiled)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clock_frames": 5}, "first condition"),
        ({"clock_hop": 0}, "at least 1"),
        ({"blocks": 0}, "at least 1"),
    ],
)
def test_settings_of_no_network_are_named(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        WaveNetConfig(**wrong)


def test_a_code_without_probability_is_never_drawn():
    torch.manual_seed(0)
    logits = torch.randn(2000, 7, dtype=torch.float64)
    logits[:, -1] = -800.0
    last = torch.full((2000,), 1 - 2**-53, dtype=torch.float64)
    assert int(draw(logits, last).max()) < 6 + 1
    p = torch.softmax(logits, dim=1).gather(1, draw(logits, last)[:, None])
    assert bool((p > 0).all())
