"""The same WaveGAN in Keras 3, on PyTorch or on TensorFlow, and with the weights of PyTorch's.

Chapter: chapters/04-adversarial/05-wavegan-keras.ipynb

References
----------
- Donahue, McAuley and Puckette 2019, "Adversarial audio synthesis", arXiv:1802.04208, tables 3, 4.
- Chollet et al. 2015, "Keras", https://keras.io.

Importing this module needs Keras; see :func:`import_keras`. Symbols as in ``network.py``. Channels
stand last, as Keras has them: (B, T, C). No layer has ``padding="same"`` where the stride is not 1,
as PyTorch's convolutions with 11 zeros at either end are one sample away from Keras's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch import nn

from aigc_edu.models.wavegan.config import LAYERS, WaveGANConfig
from aigc_edu.models.wavegan.network import SLOPE
from aigc_edu.models.wavegan.network import Critic as TorchCritic
from aigc_edu.models.wavegan.network import Generator as TorchGenerator
from aigc_edu.nn.frameworks import import_keras
from aigc_edu.nn.keras_layout import (
    conv1d_layout,
    conv_transpose1d_layout,
    dense_layout,
    time_first,
)

keras = import_keras()
layers, ops = keras.layers, keras.ops

Layouts = Iterator[tuple[Any, list[np.ndarray]]]


class Generator(keras.Model):
    """The network of :class:`aigc_edu.models.wavegan.Generator`, with weights of its own.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: WaveGANConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels
        self.dense = _dense(config.latent + config.labels, config.frames * c[0])
        layer = Transposed if config.upsampling == "transposed" else Nearest
        self.stages = [
            layer(c[i], c[i + 1], config.kernel, config.stride, 2**0.5 if i < LAYERS - 1 else 0.1)
            for i in range(LAYERS)
        ]
        self.post = PostFilter(config.post_filter) if config.post_filter else None
        self.built = True

    def call(self, z: Any, label: Any = None) -> Any:
        """Return clips (B, T) of noise (B, Z) and labels (B,), or None if it is told none."""
        if label is not None:
            z = ops.concatenate([z, ops.one_hot(label, self.config.labels)], axis=1)
        x = self.dense(z)  # (B, F * 16 d)
        x = ops.reshape(x, (-1, self.config.frames, self.config.channels[0]))  # (B, F, 16 d)
        for stage in self.stages:
            x = stage(ops.relu(x))  # (B, 4 F, 8 d) ... (B, T, 1)
        x = ops.tanh(x)
        return (x if self.post is None else self.post(x))[:, :, 0]  # (B, T)


class Critic(keras.Model):
    """The network of :class:`aigc_edu.models.wavegan.Critic`, with weights of its own.

    Parameters
    ----------
    config
        The hyper-parameters; kept as ``self.config``.
    """

    def __init__(self, config: WaveGANConfig) -> None:
        super().__init__()
        self.config = config
        c = config.channels[::-1]
        self.stages = [Strided(c[i], c[i + 1], config.kernel, config.stride) for i in range(LAYERS)]
        self.shuffles = [PhaseShuffle(config.phase_shuffle) for _ in range(LAYERS - 1)]
        self.dense = _dense(config.frames * c[-1], 1, "lecun_normal")
        self.embedding = None
        if config.labels:
            self.embedding = layers.Embedding(config.labels, config.frames * c[-1], "lecun_normal")
            self.embedding.build(())
        self.built = True

    def call(
        self,
        x: Any,
        label: Any = None,
        training: bool = False,
        shifts: Sequence[int] | None = None,
    ) -> Any:
        """Return the scores (B,) of clips (B, T) with labels (B,), or None if it is told none.

        In training the layers but the last are moved by random shifts, or by four ``shifts`` that
        are given.
        """
        h = x[:, :, None]  # (B, T, 1)
        for i, stage in enumerate(self.stages):
            h = ops.leaky_relu(stage(h), SLOPE)  # (B, T / 4, d) ... (B, F, 16 d)
            if i < LAYERS - 1:
                shift = None if shifts is None else shifts[i]
                h = self.shuffles[i](h, shift=shift, training=training)
        h = ops.reshape(h, (-1, self.config.frames * self.config.channels[0]))  # (B, F * 16 d)
        score = self.dense(h)[:, 0]
        return score if label is None else score + ops.sum(self.embedding(label) * h, axis=1)


class Transposed(layers.Layer):
    """A transposed convolution that makes ``stride`` samples of each: (B, T, C) to (B, s T, C').

    It is cut as PyTorch's is: ``(kernel - stride) / 2`` samples at either end, and where that is no
    whole number, the one more at the beginning.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, gain: float) -> None:
        super().__init__()
        self.stride, self.before = stride, -(-(kernel - stride) // 2)
        first = _normal(gain / (inputs * kernel / stride) ** 0.5)
        self.convolution = layers.Conv1DTranspose(
            outputs, kernel, stride, padding="valid", kernel_initializer=first
        )
        self.convolution.build((None, None, inputs))
        self.built = True

    def call(self, x: Any) -> Any:
        """Return the longer sequence."""
        y = self.convolution(x)  # (B, s T + k - s, C')
        return y[:, self.before : self.before + self.stride * x.shape[1]]


class Nearest(layers.Layer):
    """Each sample ``stride`` times, then a convolution: (B, T, C) to (B, s T, C').

    Of stride 1, where Keras's ``"same"`` and PyTorch's padding agree.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, gain: float) -> None:
        super().__init__()
        self.stride, first = stride, _normal(gain / (inputs * kernel) ** 0.5)
        self.convolution = layers.Conv1D(outputs, kernel, padding="same", kernel_initializer=first)
        self.convolution.build((None, None, inputs))
        self.built = True

    def call(self, x: Any) -> Any:
        """Return the longer sequence."""
        return self.convolution(ops.repeat(x, self.stride, axis=1))


class Strided(layers.Layer):
    """A convolution that keeps one sample of ``stride``: (B, s T, C) to (B, T, C').

    Padded as PyTorch's is: the longer half of the zeros comes first.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        missing = kernel - stride
        self.around = [[0, 0], [missing - missing // 2, missing // 2], [0, 0]]
        self.convolution = layers.Conv1D(
            outputs, kernel, stride, padding="valid", kernel_initializer="he_normal"
        )
        self.convolution.build((None, None, inputs))
        self.built = True

    def call(self, x: Any) -> Any:
        """Return the shorter sequence."""
        return self.convolution(ops.pad(x, self.around))


class PostFilter(layers.Layer):
    """A filter of the whole clip, (B, T, 1) to (B, T, 1), that at first changes nothing."""

    def __init__(self, taps: int) -> None:
        super().__init__()
        self.convolution = layers.Conv1D(1, taps, padding="same", use_bias=False)
        self.convolution.build((None, None, 1))
        wire = np.zeros((taps, 1, 1), np.float32)
        wire[(taps - 1) // 2] = 1.0
        self.convolution.set_weights([wire])
        self.built = True

    def call(self, x: Any) -> Any:
        """Return the filtered clips."""
        return self.convolution(x)


class PhaseShuffle(layers.Layer):
    """Moves a whole batch by one random number of samples; see ``nn/phase_shuffle.py``.

    Parameters
    ----------
    most
        Largest shift n >= 0 in samples; all of -n ... n are equally likely.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.random = keras.random.SeedGenerator()
        self.built = True

    def call(self, x: Any, shift: Any = None, training: bool = False) -> Any:
        """Return x (B, T, C), moved by ``shift`` or, in training, by a random one."""
        if shift is None and training and self.most:
            shift = keras.random.randint((), -self.most, self.most + 1, seed=self.random)
        return x if shift is None else shifted(x, shift)


def shifted(x: Any, shift: Any) -> Any:
    """Return x (B, T, C) moved by a number of samples below T, reflected at the ends.

    The number may be a tensor, as it must be in a graph of TensorFlow: each sample is looked up
    where it comes from, and two absolute values mirror that place at both ends.
    """
    last = x.shape[1] - 1
    place = ops.abs(ops.arange(last + 1) - shift)
    return ops.take(x, last - ops.abs(last - place), axis=1)


def generator_from_torch(network: TorchGenerator) -> Generator:
    """Return the same generator in Keras: equal clips up to rounding."""
    twin = Generator(network.config)
    for layer, weights in generator_layouts(twin, network):
        layer.set_weights(weights)
    return twin


def critic_from_torch(network: TorchCritic) -> Critic:
    """Return the same critic in Keras: equal scores up to rounding, where nothing is shuffled."""
    twin = Critic(network.config)
    for layer, weights in critic_layouts(twin, network):
        layer.set_weights(weights)
    return twin


def generator_layouts(twin: Generator, network: TorchGenerator) -> Layouts:
    """Yield each Keras layer that has weights, and those of PyTorch's layer in its own layout."""
    frames = network.config.frames
    bias = time_first(_array(network.dense.bias), frames)
    yield twin.dense, dense_layout(time_first(_array(network.dense.weight), frames), bias)
    turned = isinstance(network.layers[0], nn.ConvTranspose1d)
    layout = conv_transpose1d_layout if turned else conv1d_layout
    for stage, layer in zip(twin.stages, network.layers, strict=True):
        yield stage.convolution, layout(_array(layer.weight), _array(layer.bias))
    if twin.post is not None:
        yield twin.post.convolution, conv1d_layout(_array(network.post.weight))


def critic_layouts(twin: Critic, network: TorchCritic) -> Layouts:
    """Yield each Keras layer that has weights, and those of PyTorch's layer in its own layout."""
    frames = network.config.frames
    for stage, layer in zip(twin.stages, network.layers, strict=True):
        yield stage.convolution, conv1d_layout(_array(layer.weight), _array(layer.bias))
    kernel = time_first(_array(network.dense.weight).T, frames)  # (F * 16 d, 1)
    yield twin.dense, [kernel, _array(network.dense.bias)]
    if twin.embedding is not None:
        yield twin.embedding, [time_first(_array(network.embedding.weight).T, frames).T]


def _array(tensor: Any) -> np.ndarray:
    return tensor.detach().cpu().float().numpy()


def _normal(deviation: float) -> Any:
    return keras.initializers.RandomNormal(stddev=deviation)


def _dense(inputs: int, outputs: int, first: str = "he_normal") -> Any:
    """Return a linear layer with its weights, which Keras would make when it is first called."""
    layer = layers.Dense(outputs, kernel_initializer=first)
    layer.build((None, inputs))
    return layer
