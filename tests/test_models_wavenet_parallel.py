"""The training pass in the order (T, B, C) against the network that can be read."""

import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavenet import WaveNet, WaveNetConfig
from aigc_edu.models.wavenet.parallel import training_logits

COMMON = {"levels": 17, "channels": 6, "skip_channels": 5, "condition_channels": 4, "clock_hop": 3}
TOLD = {
    "nothing": {},
    "conditions": {"conditions": (4, 3)},
    "time": {"conditions": (4, 3), "clock_frames": 5},
    "word": {"conditions": (4, 3), "clock_frames": 5, "clock": "word"},
    "frames": {"local_channels": 2},
}


def case(told, kernel, frames, length, batch=3):
    """Return a network, and codes, conditions and local frames for it."""
    torch.manual_seed(kernel * length + frames)
    config = WaveNetConfig(**COMMON, **TOLD[told], blocks=2, layers_per_block=3, kernel_size=kernel)
    model = WaveNet(config)
    if model.clock is not None:
        torch.nn.init.normal_(model.clock.weight)
    codes = torch.randint(0, 17, (batch, length))
    condition = torch.randint(0, 3, (batch, 2)) if config.conditions else None
    local = {
        "word": torch.randint(0, 5, (batch, frames)),
        "frames": torch.randn(batch, 2, frames),
    }.get(told)
    return model, (codes, condition, local)


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize(
    ("kernel", "frames", "length"), [(2, 4, 40), (3, 20, 40), (1, 1, 7), (2, 2, 1)]
)
def test_logits_and_gradients_are_those_of_the_forward_pass(told, kernel, frames, length):
    model, heard = case(told, kernel, frames, length)
    expected, found = model(*heard), training_logits(model, *heard).permute(1, 2, 0)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    weigh = torch.randn_like(expected)
    learning = [p for p in model.parameters() if p.requires_grad]
    for wanted, got in zip(
        torch.autograd.grad((expected * weigh).sum(), learning, materialize_grads=True),
        torch.autograd.grad((found * weigh).sum(), learning, materialize_grads=True),
        strict=True,
    ):
        torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-4)


def test_every_weight_that_learns_has_a_gradient():
    model, (codes, condition, local) = case("word", 2, 14, 40)
    model.loss(codes, condition, local=local).backward()
    asleep = {name for name, p in model.named_parameters() if p.grad is None}
    assert asleep == {"layers.5.residual.weight", "layers.5.residual.bias"}
    assert asleep == {name for name, p in model.named_parameters() if not p.requires_grad}
    assert asleep < set(model.state_dict()), "files hold them as before"


def test_autocast_computes_all_of_it_in_bfloat16():
    model, heard = case("word", 2, 14, 40)
    exact = training_logits(model, *heard)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = training_logits(model, *heard)
    assert exact.dtype == torch.float32 and rough.dtype == torch.bfloat16
    assert 0 < (rough.float() - exact).abs().max() < 0.05


def test_a_clock_of_the_word_follows_its_positions():
    model, (codes, condition, _) = case("word", 2, 14, 40)
    positions = torch.tensor([[0, 1, 1, 2, 4]] * 3)
    logits = model(codes, condition, positions)
    other = positions.clone()
    other[1, 2] = 3  # the samples 6, 7, 8 of the second clip
    moved = (model(codes, condition, other) - logits).abs().amax(dim=1) > 0  # (B, T)
    assert not moved[[0, 2]].any() and not moved[1, :6].any() and moved[1, 6:9].all()
    longer = torch.cat([positions, positions[:, -1:].expand(-1, 30)], dim=1)
    torch.testing.assert_close(model(codes, condition, longer), logits)


@pytest.mark.parametrize("compiled", [False, True])
def test_generation_follows_the_positions_too(compiled):
    model, (_, condition, local) = case("word", 2, 14, 40)
    generator = torch.Generator().manual_seed(0)
    start = torch.zeros(3, 1, dtype=torch.long)
    drawn = model.generate(start, 40, condition, 0, generator, local=local, compiled=compiled)
    heard = torch.cat([start, drawn[:, :-1]], dim=1)
    assert torch.equal(model(heard, condition, local).argmax(dim=1), drawn)


@pytest.mark.parametrize(
    ("local", "message"),
    [
        (None, r"\(3, F\), got None"),
        (torch.zeros(2, 5, dtype=torch.long), r"got \(2, 5\)"),
        (torch.zeros(3, 0, dtype=torch.long), r"got \(3, 0\)"),
        (torch.full((3, 5), 5), r"in 0 ... 4"),
        (torch.full((3, 5), -1), r"in 0 ... 4"),
        (torch.zeros(3, 5), r"whole"),
    ],
)
def test_wrong_positions_are_named(local, message):
    model, (codes, condition, _) = case("word", 2, 14, 40)
    with pytest.raises(InvalidValueError, match=message):
        model(codes, condition, local)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"clock": "sun"}, "time or word"), ({"clock": "word"}, "clock_frames above 0")],
)
def test_clocks_of_no_network_are_named(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        WaveNetConfig(conditions=(4,), **wrong)
