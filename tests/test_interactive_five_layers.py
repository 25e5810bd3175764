"""The figure of five layers against the library's generator, and its lines against theory."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu.models.wavegan import Generator, WaveGANConfig
from aigc_edu.models.wavegan.network import Nearest, Transposed
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.five_layers import (
    CHANNELS,
    PERIODS,
    first_frames,
    layer_weights,
    untrained_clip,
)

FIGURE = FIGURES["five_layers"]


def generator(draw: int, repeated: int) -> Generator:
    """Return the library's network with the figure's weights, whatever the noise is."""
    network = Generator(WaveGANConfig(width=2, latent=1))
    for n in range(1, 6):
        pair = CHANNELS[n - 1 : n + 1]
        repeats = n > 5 - repeated
        w = torch.from_numpy(layer_weights(draw, n, repeats))
        layer = (Nearest if repeats else Transposed)(*pair, 25, 4)
        with torch.no_grad():
            layer.weight.copy_(w.transpose(0, 1) if repeats else w)
            layer.bias.zero_()
        network.layers[n - 1] = layer
    with torch.no_grad():
        network.dense.weight.zero_()
        network.dense.bias.copy_(torch.from_numpy(first_frames(draw).ravel()))
    return network


@pytest.mark.parametrize("repeated", range(6))
@pytest.mark.parametrize("draw", [1, 6])
def test_the_clip_is_the_library_s_generator_s(draw, repeated):
    with torch.no_grad():
        clip = generator(draw, repeated)(torch.zeros(1, 1))[0].numpy()
    assert np.abs(clip - untrained_clip(draw, repeated)).max() < 1e-5


def test_the_channels_are_those_of_a_width_of_two():
    assert WaveGANConfig(width=2).channels == CHANNELS
    assert [16384 // (16 * 4**n) for n in range(5)] == list(PERIODS)


@pytest.mark.parametrize("draw", FIGURE.controls[1].values)
def test_transposed_layers_leave_lines_and_repeating_ones_take_them_away(draw):
    curves = [FIGURE.curves(draw=draw, repeated=n, heard="clip") for n in range(6)]
    assert min(curves[0]["lines"][2:]) > 14, "all transposed: lines of the last three layers"
    assert all(c["lines"][4] < -13 for c in curves[1:]), "the last layer repeats: no 4,000 Hz"
    assert curves[0]["share"] > 30 and all(c["share"] < 2.5 for c in curves[3:])
    assert curves[5]["share"] < 0.2


def test_lines_and_rest_add_up_to_the_clip():
    parts = {h: FIGURE.samples(draw=2, repeated=1, heard=h) for h in ("clip", "lines", "rest")}
    assert np.allclose(parts["clip"], parts["lines"] + parts["rest"])
    spectrum = np.abs(np.fft.rfft(parts["lines"]))
    at = np.arange(len(spectrum)) % 256 == 0  # 16,384 / 64: the multiples of 250 Hz
    assert spectrum[at].max() > 1 and spectrum[~at].max() < 1e-8
    share = FIGURE.curves(draw=2, repeated=1, heard="clip")["share"][0]
    assert share == pytest.approx(100 * np.var(parts["lines"]) / np.var(parts["clip"]))


def test_the_sentence_tells_the_levels_of_the_last_three_layers():
    curves = FIGURE.curves(draw=1, repeated=0, heard="clip")
    told = FIGURE.describe()
    assert "All five are transposed." in told
    for n, frequency in ((4, "4,000"), (3, "1,000"), (2, "250")):
        assert f"{frequency} Hz {curves['lines'][n]:.0f} dB" in told
    assert "Layers 3 to 5 repeat." in FIGURE.describe(repeated=3)
