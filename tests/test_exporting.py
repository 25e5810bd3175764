"""Networks in a page: what the exporter writes, and the script that runs it, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.wavegan.config import WaveGANConfig
from aigc_edu.models.wavegan.in_page import as_sequence
from aigc_edu.models.wavegan.network import Generator
from aigc_edu.teaching.exporting import Exported, export, layers_of
from aigc_edu.teaching.interactive.page import compact

BOUND = 1e-4  # of samples in [-1, 1]
RUN = """([written, vectors]) => {
  const run = aigcNetwork()(written);
  return vectors.map((z) => [...run(z)]);
}"""


@pytest.fixture
def in_browser(browser: Any):
    """A function that runs an exported network in the browser: vectors (B, I) to rows (B, N)."""
    page = browser.new_page()
    page.add_script_tag(content=compact("network.js"))

    def run(exported: Exported, vectors: np.ndarray) -> np.ndarray:
        return np.array(page.evaluate(RUN, [exported.data(), vectors.tolist()]))

    yield run
    page.close()


def drawn(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((rows, columns))


class PixelNorm(nn.Module):
    """A layer that the exporter doesn't know, and that describes itself."""

    def forward(self, x):
        return x / torch.sqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)

    def in_page(self):
        return {"kind": "pixel_norm", "epsilon": 1e-8}


ROW, PICTURE = nn.Unflatten(1, (3, 8)), nn.Unflatten(1, (3, 2, 4))
NETWORKS = {
    "linear": [nn.Linear(5, 7)],
    "no bias": [nn.Linear(5, 7, bias=False), nn.ReLU()],
    "leaky": [nn.Linear(5, 24), ROW, nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(24, 3), nn.Tanh()],
    "conv": [nn.Linear(5, 24), ROW, nn.Conv1d(3, 4, 3, padding=1)],
    "dilated": [nn.Linear(5, 24), ROW, nn.Conv1d(3, 2, 3, padding=2, dilation=2)],
    "same": [nn.Linear(5, 24), ROW, nn.Conv1d(3, 2, 7, padding="same")],
    "zeros": [nn.Linear(5, 24), ROW, nn.ZeroPad1d((3, 4)), nn.Conv1d(3, 2, 8)],
    "valid": [nn.Linear(5, 24), ROW, nn.Conv1d(3, 2, 7, padding="valid")],
    "repeat": [nn.Linear(5, 24), ROW, nn.Upsample(scale_factor=4), nn.Conv1d(3, 2, 13, padding=6)],
    "transposed": [nn.Linear(5, 24), ROW, nn.ConvTranspose1d(3, 2, 25, 4, 11, output_padding=1)],
    "short": [nn.Linear(5, 24), ROW, nn.ConvTranspose1d(3, 2, 2, 3)],
    "stride 1": [nn.Linear(5, 24), ROW, nn.ConvTranspose1d(3, 2, 5, 1, 2)],
    "wide": [nn.Linear(5, 24), ROW, nn.ConvTranspose1d(3, 2, 16, 2, 7, bias=False)],
    "picture": [
        nn.Linear(5, 24), PICTURE, PixelNorm(), nn.Upsample(scale_factor=(2, 3)),
        nn.Conv2d(3, 4, 3, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(4, 2, (1, 5), padding="same"),
    ],
    "nested": [nn.Sequential(nn.Linear(5, 4), nn.Sequential(nn.ReLU(), nn.Identity()))],
}  # fmt: skip


@pytest.mark.parametrize("bits", [4, 10, 16])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_gives_in_the_page_what_it_gives_in_pytorch(name, bits, in_browser):
    exported = export(nn.Sequential(*NETWORKS[name]), bits)
    z = drawn(3, exported.inputs)
    wanted = exported.run(z).reshape(3, -1)
    got = in_browser(exported, z)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() < 1e-5 * max(1, np.abs(wanted).max())


def test_the_comparison_sees_a_weight_that_is_off(in_browser):
    exported = export(nn.Sequential(*NETWORKS["transposed"]))
    wanted = exported.run(drawn(2, 5)).reshape(2, -1)
    with torch.no_grad():
        exported.network[2].weight[1, 0, 7] += 1e-2
    assert np.abs(exported.run(drawn(2, 5)).reshape(2, -1) - wanted).max() > BOUND


# ---------------------------------------------------------------- the weights


@pytest.mark.parametrize("bits", [4, 8, 10, 13, 16])
def test_rounding_keeps_its_bound_and_leaves_the_network_as_it_is(bits):
    network = nn.Sequential(nn.Linear(6, 12), nn.Unflatten(1, (3, 4)), nn.ConvTranspose1d(3, 2, 5))
    before = [p.detach().clone() for p in network.parameters()]
    exported = export(network, bits)
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    for layer, copy, across in (
        (network[0], exported.network[0], 0),
        (network[2], exported.network[2], 1),
    ):
        w, rounded = (one.weight.detach().transpose(0, across).flatten(1) for one in (layer, copy))
        bound = w.abs().amax(dim=1, keepdim=True) / (2**bits - 2)
        error = (w - rounded).abs()
        assert (error <= bound * 1.001 + 1e-7).all() and error.max() > 0
        assert torch.equal(layer.bias, copy.bias)


def test_a_row_of_zeros_stays_zeros():
    network = nn.Sequential(nn.Linear(3, 2))
    nn.init.zeros_(network[0].weight)
    assert not export(network).network[0].weight.any()


# ---------------------------------------------------------------- what is refused


class Own(nn.Conv1d):
    """A convolution that does something else."""

    def forward(self, x):
        return super().forward(x).flip(-1)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.GELU(), "GELU"),
        (Own(1, 1, 3), "Own"),
        (nn.Conv1d(1, 1, 3, stride=2), "layer 2.*stride"),
        (nn.Conv1d(2, 2, 3, groups=2), "layer 2.*group"),
        (nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"), "zeros beyond"),
        (nn.ConvTranspose1d(1, 1, 3, dilation=2), "dilation"),
        (nn.Upsample(scale_factor=2, mode="linear"), "nearest"),
        (nn.Upsample(scale_factor=1.5), "whole times"),
        (nn.Upsample(size=7), "scale_factor"),
        (nn.Unflatten(2, (2, 2)), "dimension 1"),
        (nn.Flatten(2), "batch"),
    ],
)
def test_an_unknown_layer_or_option_is_named(layer, words):
    network = nn.Sequential(nn.Linear(4, 4), nn.Unflatten(1, (1, 4)), layer)
    with pytest.raises(InvalidValueError, match=words):
        export(network)


def test_it_begins_with_a_vector_and_has_a_number_of_bits():
    with pytest.raises(InvalidValueError, match=r"nn\.Linear"):
        export(nn.Sequential(nn.ReLU()))
    with pytest.raises(InvalidValueError, match="4 to 16"):
        export(nn.Sequential(nn.Linear(1, 1)), 3)


# ---------------------------------------------------------------- WaveGAN

GENERATORS = {
    "digits": WaveGANConfig.trained(labels=10),
    "tiny, two seconds": WaveGANConfig.tiny(length=16384),
    "nearest": WaveGANConfig(length=2048, width=2, upsampling="nearest", kernel=24),
    "post filter": WaveGANConfig(length=1024, width=2, labels=3, post_filter=512),
    "even kernel": WaveGANConfig(length=1024, width=2, kernel=8),
}


def made(config: WaveGANConfig) -> Generator:
    torch.manual_seed(1)
    generator = Generator(config).eval()
    last = generator.layers[-1]
    with torch.no_grad():  # as loud as a trained one
        last.weight *= 10
        for layer in generator.layers:
            layer.bias.normal_(std=0.1)
    return generator


@pytest.mark.parametrize("name", GENERATORS)
def test_the_sequence_is_the_generator(name):
    config = GENERATORS[name]
    generator, z = made(config), torch.randn(4, config.latent)
    label = torch.arange(4) % config.labels if config.labels else None
    hot = torch.eye(config.labels)[label] if config.labels else torch.zeros(4, 0)
    with torch.inference_mode():
        x, same = generator(z, label), as_sequence(generator)(torch.cat([z, hot], 1))
    assert x.abs().max() > 0.1 and torch.allclose(x, same, atol=1e-5)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_generators_samples_in_the_page_are_pytorchs(name, in_browser):
    config = GENERATORS[name]
    exported = export(as_sequence(made(config)))
    z = drawn(2, exported.inputs)
    wanted, got = exported.run(z), in_browser(exported, z)
    assert got.shape == wanted.shape == (2, config.length)
    assert np.abs(wanted).max() > 0.1
    assert np.abs(got - wanted).max() < BOUND


def test_the_size_that_ships_fits_and_is_near_its_original():
    generator = made(WaveGANConfig.trained(labels=10))
    exported = export(as_sequence(generator))
    assert len(layers_of(as_sequence(generator))) == 14
    assert exported.size < 2_300_000  # of the 2.5 MB that a figure may have
    z = torch.randn(8, 110)
    with torch.inference_mode():
        x = as_sequence(generator)(z).numpy()
    error = exported.run(z.numpy()) - x
    assert 10 * np.log10((x**2).mean() / (error**2).mean()) > 40
