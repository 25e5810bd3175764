"""WaveGAN's generator as a plain sequence of layers, the form in which a page gets it.

Chapter: chapters/04-adversarial/04-wavegan-generation.ipynb
"""

from __future__ import annotations

from torch import nn

from aigc_edu.models.wavegan.network import Generator, Nearest


def as_sequence(generator: Generator) -> nn.Sequential:
    """Return the layers that a generator applies one after the other, with the same weights.

    Parameters
    ----------
    generator
        With or without labels; `aigc_edu.teaching.exporting.export` takes what is returned.

    Returns
    -------
    nn.Sequential
        From vectors (B, Z + L), the noise and behind it the label as one-hot numbers, to clips
        (B, T).
    """
    config = generator.config
    layers = [generator.dense, nn.Unflatten(1, (config.channels[0], config.frames))]
    for layer in generator.layers:
        layers += [nn.ReLU(), *_plain(layer)]
    layers += [nn.Tanh()]
    if generator.post is not None:
        layers += _same(generator.post)
    return nn.Sequential(*layers, nn.Flatten())


def _plain(layer: nn.Module) -> list[nn.Module]:
    """Return a layer of the generator as PyTorch's own layers."""
    if isinstance(layer, Nearest):
        return [nn.Upsample(scale_factor=layer.repeats), *_same(layer)]
    sizes = layer.kernel_size, layer.stride, layer.padding, layer.output_padding
    return [_with_weights(nn.ConvTranspose1d(layer.in_channels, layer.out_channels, *sizes), layer)]


def _same(layer: nn.Conv1d) -> list[nn.Module]:
    """Return the zeros that a layer adds, and a plain convolution with its weights."""
    more, bias = layer.kernel_size[0] - 1, layer.bias is not None
    plain = nn.Conv1d(layer.in_channels, layer.out_channels, more + 1, bias=bias)
    return [nn.ZeroPad1d((more // 2, more - more // 2)), _with_weights(plain, layer)]


def _with_weights(plain: nn.Module, layer: nn.Module) -> nn.Module:
    plain.weight, plain.bias = layer.weight, layer.bias
    return plain
