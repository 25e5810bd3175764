"""Measures WaveGAN's twins in Keras; run by tests/test_models_wavegan_keras.py for each backend.

Keras chooses what computes when it is first imported, so each backend has a process of its own,
which prints what it has measured as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from aigc_edu.models.wavegan import Critic, Generator, WaveGANConfig
from aigc_edu.models.wavegan import keras as twins
from aigc_edu.models.wavegan.keras_gradients import gradients, slopes
from aigc_edu.models.wavegan.keras_training import WaveGAN, clips_of
from aigc_edu.nn.phase_shuffle import shifted
from aigc_edu.training.adversarial import (
    relativistic_critic_loss,
    relativistic_generator_loss,
    zero_centred_penalty,
)

keras, ops = twins.keras, twins.ops
RATE = 0.1
PLAIN = WaveGANConfig(length=2048, width=2, latent=6)
CASES = {
    "plain": PLAIN,
    "told": replace(PLAIN, labels=3),
    "nearest": replace(PLAIN, upsampling="nearest", post_filter=16),
    "even": replace(PLAIN, kernel=8),  # as many zeros on either side: 2 and 2
    "halves": replace(PLAIN, kernel=9, stride=2, length=320),
}


def networks(config: WaveGANConfig) -> tuple[Generator, Critic]:
    """Networks none of whose weights is at its start: no bias is zero."""
    torch.manual_seed(0)
    generator, critic = Generator(config), Critic(config).eval()
    with torch.no_grad():
        for weights in (*generator.parameters(), *critic.parameters()):
            weights += 0.1 * torch.randn_like(weights)
    return generator, critic


def given(config: WaveGANConfig) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Noise, clips and labels of three rows."""
    draw = torch.Generator().manual_seed(1)
    z = 2 * torch.rand(3, config.latent, generator=draw) - 1
    x = 2 * torch.rand(3, config.length, generator=draw) - 1
    return z, x, torch.tensor([0, 2, 1]) if config.labels else None


def in_keras(*tensors: torch.Tensor | None) -> list:
    return [None if x is None else ops.convert_to_tensor(x.numpy()) for x in tensors]


def apart(got, expected) -> float:
    """The largest difference, as a share of the largest value."""
    got = ops.convert_to_numpy(got)
    expected = expected.detach().numpy() if isinstance(expected, torch.Tensor) else expected
    assert got.shape == expected.shape, (got.shape, expected.shape)
    return float(np.abs(got - expected).max() / np.abs(expected).max())


def outputs(config: WaveGANConfig) -> dict[str, float]:
    """How far clips, scores and moved scores are from PyTorch's."""
    generator, critic = networks(config)
    z, x, label = given(config)
    clips = clips_of(twins.generator_from_torch(generator), z.numpy(), label)
    twin, (ours, told) = twins.critic_from_torch(critic), in_keras(x, label)
    moved = Critic(config)
    moved.load_state_dict(critic.state_dict())
    shifts = [-2, 1, 0, 2]
    for shuffle, shift in zip(moved.shuffles, shifts, strict=True):
        shuffle.draw = lambda shift=shift: shift
    return {
        "clips": apart(clips, generator(z, label)),
        "scores": apart(twin(ours, told), critic(x, label)),
        "moved": apart(twin(ours, told, shifts=shifts), moved(x, label)),
        "size": float(np.abs(clips).max()),
    }


def mistaken() -> dict[str, float]:
    """What the clips or scores of a network with one mistake differ by."""
    off = {}
    right = {n: getattr(twins, n) for n in ("time_first", "conv_transpose1d_layout")}
    right["conv1d_layout"] = twins.conv1d_layout

    def flipped(layout: Callable) -> Callable:
        return lambda w, b=None: [layout(w, b)[0][::-1].copy(), *layout(w, b)[1:]]

    wrong = {n: flipped(right[n]) for n in ("conv1d_layout", "conv_transpose1d_layout")}
    for name, other in {"time_first": lambda rows, frames: rows, **wrong}.items():
        setattr(twins, name, other)
        far = outputs(PLAIN)
        off[name] = max(far["clips"], far["scores"])
        setattr(twins, name, right[name])
    return off | same_padding()


def same_padding() -> dict[str, float]:
    """What Keras's own padding would make of the same weights, for both directions."""
    generator, critic = networks(PLAIN)
    z, x, _ = given(PLAIN)
    up, down = twins.generator_from_torch(generator), twins.critic_from_torch(critic)
    for stage in up.stages:
        stage.before -= 1
    for stage in down.stages:
        stage.around = [[0, 0], [10, 11], [0, 0]]
    return {
        "same up": apart(clips_of(up, z.numpy()), generator(z)),
        "same down": apart(down(*in_keras(x)), critic(x)),
    }


def one_step(config: WaveGANConfig) -> dict[str, float]:
    """How far losses, gradients and weights after one update are from PyTorch's.

    By plain gradient descent: Adam's first step is the sign of a gradient, also where that is
    nothing but a rounding error, as of the critic's last bias.
    """
    config = replace(config, phase_shuffle=0)
    generator, critic = networks(config)
    z, x, label = given(config)
    model = WaveGAN(
        config, twins.generator_from_torch(generator), twins.critic_from_torch(critic), penalty=0.7
    )
    model.compile()
    model.learners = {name: keras.optimizers.SGD(RATE) for name in model.learners}
    ours = in_keras(x, z, label)
    _, step = gradients(lambda: model.critic_costs(*ours), model.critic.trainable_variables)
    wanted = step_in_torch(generator, critic, x, z, label)
    names = ("generator's loss", "critic's loss", "penalty")
    got = model.learn(*ours)
    figures = {n: apart(g, w) for n, g, w in zip(names, got, wanted, strict=True)}
    figures["critic's gradient"] = gradient_apart(model.critic, critic, step)
    pairs = (
        (model.generator, generator, twins.generator_layouts),
        (
            model.critic,
            critic,
            twins.critic_layouts,
        ),
    )
    for twin, network, layouts in pairs:
        figures[f"{type(network).__name__} after it"] = weights_apart(twin, network, layouts)
    return figures


def step_in_torch(generator, critic, x, z, label) -> tuple[torch.Tensor, ...]:
    """Make one update of both networks; return the generator's loss, the critic's, its penalty."""
    told = None if label is None else torch.cat([label, label])
    both = torch.cat([x, generator(z, label).detach()])
    loss = relativistic_critic_loss(*critic(both, told).split(len(x)))
    slope = 2 * 0.7 * zero_centred_penalty(lambda rows: critic(rows, told), both)
    (loss + slope).backward()
    torch.optim.SGD(critic.parameters(), RATE).step()
    kept = [p.grad.clone() for p in critic.parameters()]
    ours = relativistic_generator_loss(
        critic(x, label).detach(), critic(generator(z, label), label)
    )
    ours.backward()
    torch.optim.SGD(generator.parameters(), RATE).step()
    for parameter, gradient in zip(critic.parameters(), kept, strict=True):
        parameter.grad = gradient
    return ours, loss, slope


def gradient_apart(twin, network, step) -> float:
    """How far a critic's gradient in Keras is from PyTorch's, laid out as the weights are."""
    of_torch = Critic(network.config)
    with torch.no_grad():
        for parameter, source in zip(of_torch.parameters(), network.parameters(), strict=True):
            parameter.copy_(source.grad)
    wanted = {
        variable.path: array
        for layer, arrays in twins.critic_layouts(twin, of_torch)
        for variable, array in zip(layer.weights, arrays, strict=True)
    }
    largest = max(np.abs(array).max() for array in wanted.values())
    assert len(step) == len(wanted)
    return max(
        float(np.abs(ops.convert_to_numpy(got) - wanted[variable.path]).max() / largest)
        for got, variable in zip(step, twin.trainable_variables, strict=True)
    )


def weights_apart(twin, network, layouts) -> float:
    return max(
        float(np.abs(got - wanted).max())
        for layer, arrays in layouts(twin, network)
        for got, wanted in zip(layer.get_weights(), arrays, strict=True)
    )


def shuffles() -> dict[str, object]:
    """The shifts that are drawn, and how far a given one is from what PyTorch's function does."""
    x = torch.randn(2, 3, 9)
    ours = ops.convert_to_tensor(x.permute(0, 2, 1).numpy())
    off = max(
        apart(twins.shifted(ours, ops.convert_to_tensor(n)), shifted(x, n).permute(0, 2, 1))
        for n in range(-8, 9)
    )
    layer, ramp = twins.PhaseShuffle(2), ops.reshape(ops.arange(9.0), (1, 9, 1))
    drawn = [4 - int(layer(ramp, training=True)[0, 4, 0]) for _ in range(200)]
    still = apart(layer(ours), x.permute(0, 2, 1))
    return {"off": off, "still": still, "counts": [drawn.count(n) for n in range(-2, 3)]}


def trained() -> dict[str, object]:
    """What ``fit`` does: with labels and phase shuffle, graphs and all."""
    keras.utils.set_random_seed(0)
    config = replace(PLAIN, labels=2, length=1024, phase_shuffle=1)
    model, draw = WaveGAN(config), np.random.default_rng(0)
    label = np.int32(np.arange(64) % 2)
    phase = 2 * np.pi * draw.random((64, 1))
    clips = 0.6 * np.sin(phase + np.pi * np.arange(1024) / np.array([[8], [16]])[label])
    model.compile(2e-3)
    first = clips_of(model.generator, np.zeros((2, 6)), np.array([0, 1]))
    history = model.fit(np.float32(clips), label, batch_size=16, epochs=3, verbose=0).history
    after = clips_of(model.generator, np.zeros((2, 6)), np.array([0, 1]))
    return {
        "names": sorted(history),
        "finite": bool(np.isfinite([v for row in history.values() for v in row]).all()),
        "moved": float(np.abs(after - first).max()),
        "steps": int(model.learners["generator"].iterations),
    }


def adams() -> float:
    """How far two updates of Keras's Adam are from PyTorch's, in steps, for the same gradients."""
    draw = np.random.default_rng(0)
    steps = draw.standard_normal((2, 50)).astype(np.float32)
    start = draw.standard_normal(50).astype(np.float32)
    weight = torch.nn.Parameter(torch.from_numpy(start.copy()))
    model = WaveGAN(PLAIN)
    model.compile(1e-3, (0.5, 0.9))
    ours = keras.Variable(start)
    adam = type(model.learners["critic"]).from_config(model.learners["critic"].get_config())
    theirs = torch.optim.Adam([weight], 1e-3, (0.5, 0.9))
    for step in steps:
        adam.apply([ops.convert_to_tensor(step)], [ours])
        weight.grad = torch.from_numpy(step)
        theirs.step()
    return float(np.abs(ops.convert_to_numpy(ours) - weight.detach().numpy()).max() / 1e-3)


def slope_of_a_line() -> float:
    """A linear critic's slope is its weights, whatever the input."""
    w = ops.convert_to_tensor(np.arange(5, dtype=np.float32))
    x = ops.convert_to_tensor(np.ones((3, 5), np.float32))
    got = slopes(lambda rows: ops.sum(rows * w, axis=1), x)
    return apart(got, np.broadcast_to(np.arange(5, dtype=np.float32), (3, 5)))


if __name__ == "__main__":
    measured = {
        "backend": keras.backend.backend(),
        "tensorflow": "tensorflow" in sys.modules,
        "outputs": {name: outputs(config) for name, config in CASES.items()},
        "mistaken": mistaken(),
        "steps": {name: one_step(CASES[name]) for name in ("plain", "told", "nearest")},
        "shuffles": shuffles(),
        "trained": trained(),
        "line": slope_of_a_line(),
        "adam": adams(),
    }
    print(json.dumps(measured))
