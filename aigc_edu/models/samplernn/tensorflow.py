"""The same SampleRNN in TensorFlow, with Keras layers, and with the weights of PyTorch's.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb

References
----------
- Mehri et al. 2017, "SampleRNN: An Unconditional End-to-End Neural Audio Generation Model",
  arXiv:1612.07837.
- Abadi et al. 2016, "TensorFlow: A System for Large-Scale Machine Learning", arXiv:1605.08695.

Importing this module needs TensorFlow; see :func:`import_tensorflow`. Symbols as in ``network.py``.
Channels stand last everywhere, as Keras has them: h is (B, F, E), logits are (B, T, q). There is no
weight normalisation here: what PyTorch's layers multiply by is loaded as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import nn

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.samplernn.config import SampleRNNConfig
from aigc_edu.models.samplernn.network import SampleRNN as TorchSampleRNN
from aigc_edu.nn.frameworks import import_tensorflow
from aigc_edu.nn.keras_layout import conv1d_layout, dense_layout, gru_layout

tf = import_tensorflow()
keras = tf.keras

States = tuple[Any, ...]  # of each frame tier, (layers, B, D)


class LearnedState(keras.layers.Layer):
    """The state (layers, D) in which a tier begins, as ``value``; it is learned."""

    def __init__(self, layers: int, width: int) -> None:
        super().__init__()
        self.value = self.add_weight(shape=(layers, width), initializer="zeros")
        self.built = True


class FrameTier(keras.layers.Layer):
    """A GRU over frames of S samples; see :class:`aigc_edu.models.samplernn.FrameTier`."""

    def __init__(self, config: SampleRNNConfig, size: int, ratio: int) -> None:
        super().__init__()
        self.size, self.ratio, width = size, ratio, config.width
        self.expand = _dense(size, width)
        self.condition = None
        if config.conditions:
            self.condition = _dense(config.condition_channels, width, use_bias=False)
        self.rnns = [_gru(width) for _ in range(config.rnn_layers)]
        self.start = LearnedState(config.rnn_layers, width)
        self.upsample = _dense(width, ratio * width)
        self.built = True

    def begin(self, batch: Any) -> Any:
        """Return the state before the first frame, (layers, B, D)."""
        return tf.repeat(self.start.value[:, None], batch, axis=1)

    def call(
        self,
        frames: Any,
        above: Any,
        told: Any,
        state: Any,
    ) -> tuple[Any, Any]:
        """Map frames (B, n, S) to what the tier below is told, (B, n r, D).

        Return the next state, too. ``above`` (B, n, D) and ``told`` (B, n, E)
        are what the tier above and the condition say, or None.
        """
        y, after = self.hear(frames, above, told), []
        states = tf.unstack(state, len(self.rnns))
        for rnn, before in zip(self.rnns, states, strict=True):
            y, new = rnn(y, initial_state=before)
            after.append(new)
        spread = self.upsample(y)  # (B, n, r D)
        spread = tf.reshape(spread, (tf.shape(y)[0], -1, y.shape[2]))
        return spread, tf.stack(after)

    def move(self, frame: Any, above: Any, told: Any, state: Any) -> tuple[Any, Any]:
        """Make one step: like ``call`` for (B, S), (B, D) and (B, E), but by the GRU's cells."""
        y, after = self.hear(frame, above, told), []
        for rnn, before in zip(self.rnns, tf.unstack(state, len(self.rnns)), strict=True):
            y, _ = rnn.cell(y, [before])  # a GRU says its state
            after.append(y)
        return tf.reshape(self.upsample(y), (-1, self.ratio, y.shape[1])), tf.stack(after)

    def hear(self, frames: Any, above: Any, told: Any) -> Any:
        """Return the GRU's input (..., D) of frames (..., S)."""
        x = self.expand(frames)
        if above is not None:
            x += above
        return x if told is None else x + self.condition(told)


class SampleTier(keras.layers.Layer):
    """Three layers over the last S codes, embedded, and the fastest frame tier.

    The first is a convolution over the embedded codes, S taps wide.
    """

    def __init__(self, config: SampleRNNConfig) -> None:
        super().__init__()
        self.size = config.frame_sizes[-1]
        self.embedding = _table(config.levels, config.embedding)
        self.first = keras.layers.Conv1D(config.width, self.size, use_bias=False)
        self.first.build((None, None, config.embedding))
        self.hidden = _dense(config.width, config.width)
        self.last = _dense(config.width, config.levels)
        self.built = True

    def call(self, codes: Any, above: Any) -> Any:
        """Map codes (B, S - 1 + T) and conditions (B, T, D) to logits (B, T, q)."""
        x = tf.nn.relu(self.first(self.embedding(codes)) + above)
        return self.last(tf.nn.relu(self.hidden(x)))


class SampleRNN(keras.Model):
    """The network of :class:`aigc_edu.models.samplernn.SampleRNN`, with weights of its own.

    Parameters
    ----------
    config
        The hyper-parameters; ``weight_norm`` has no meaning here.

    Raises
    ------
    InvalidValueError
        If the network is to be told local frames, for which there is no twin.
    """

    def __init__(self, config: SampleRNNConfig) -> None:
        if config.local_channels:
            raise InvalidValueError("there is no twin in TensorFlow that is told local frames")
        super().__init__()
        self.config = config
        channels = config.condition_channels
        self.told_of = [_table(count, channels) for count in config.conditions]
        self.clock = None
        if config.clock_frames:
            self.clock = _table(config.conditions[0] * config.clock_frames, channels, "zeros")
        sizes = zip(config.frame_sizes, config.ratios, strict=True)
        self.tiers = [FrameTier(config, size, ratio) for size, ratio in sizes]
        self.samples = SampleTier(config)
        self.built = True

    @property
    def frame(self) -> int:
        """Samples in the slowest tier's frame; a chunk's length is a multiple of it."""
        return self.config.frame_sizes[0]

    def embed_condition(self, condition: Any, local: Any = None) -> Any:
        """Return h (B, F, E) of condition (B, conditions) and positions (B, F), or None."""
        if not self.told_of:
            return None
        h = sum(table(condition[:, i])[:, None] for i, table in enumerate(self.told_of))
        if self.clock is None:
            return h  # (B, 1, E)
        positions = tf.range(self.config.clock_frames) if local is None else local
        word = tf.cast(condition[:, :1], positions.dtype)
        return h + self.clock(word * self.config.clock_frames + positions)

    def call(self, codes: Any, condition: Any = None, local: Any = None) -> Any:
        """Return the logits of the next code at every position.

        Parameters
        ----------
        codes
            Whole numbers, shape (B, T), in 0 ... q - 1.
        condition, local
            See :meth:`WaveNet.forward`; ``local`` only as the positions of a clock of the word.

        Returns
        -------
        Tensor
            Shape (B, T, q): ``logits[:, t]`` scores ``codes[:, t + 1]``.
        """
        length = tf.shape(codes)[1]
        around = [[0, 0], [self.frame - 1, -length % self.frame]]
        heard = tf.pad(codes, around, constant_values=self.config.levels // 2)
        h = self.embed_condition(condition, local)
        logits, _ = self.advance(heard, self.begin(tf.shape(codes)[0]), h)
        return logits[:, :length]

    def begin(self, batch: Any) -> States:
        """Return the states before the first sample of B clips."""
        return tuple(tier.begin(batch) for tier in self.tiers)

    def advance(
        self, heard: Any, states: States, h: Any = None, time: Any = 0
    ) -> tuple[Any, States]:
        """Go over one chunk; the next call can go on where it ended.

        For ``heard`` (B, frame - 1 + T), ``states``, ``time`` and what is returned, logits
        (B, T, q) and states, see PyTorch's; h is (B, F, E). T must be a multiple of the frame.
        """
        length = tf.shape(heard)[1] - self.frame + 1
        above, after = None, []
        for tier, state in zip(self.tiers, states, strict=True):
            first = self.frame - tier.size
            frames = self.real(heard[:, first : first + length])
            frames = tf.reshape(frames, (tf.shape(heard)[0], -1, tier.size))  # (B, n, S)
            told = self.told(h, tier.size, time, length // tier.size)
            above, state = tier(frames, above, told, state)
            after.append(state)
        return self.samples(heard[:, self.frame - self.samples.size :], above), tuple(after)

    def real(self, codes: Any) -> Any:
        """Return codes as real numbers in [-2, 2)."""
        return tf.cast(codes, tf.float32) * (4 / self.config.levels) - 2.0

    def told(self, h: Any, size: int, time: Any, count: Any) -> Any:
        """Return of h (B, F, E) what holds at the beginnings of ``count`` frames, (B, n, E)."""
        if h is None:
            return None
        at = (time + size * tf.range(count)) // self.config.clock_hop
        return tf.gather(h, tf.minimum(at, tf.shape(h)[1] - 1), axis=1)


def load_from_torch(model: TorchSampleRNN) -> SampleRNN:
    """Return the same network in TensorFlow: equal logits up to rounding.

    Raises
    ------
    InvalidValueError
        If the network is told local frames.
    """
    twin = SampleRNN(model.config)
    for layer, weights in layouts(twin, model):
        layer.set_weights(weights)
    return twin


def layouts(twin: SampleRNN, model: TorchSampleRNN) -> Iterator[tuple[Any, list[np.ndarray]]]:
    """Yield each Keras layer that has weights, and those of PyTorch's layer in its own layout."""
    tables = [*model.embeddings, *([] if model.clock is None else [model.clock])]
    told = [*twin.told_of, *([] if twin.clock is None else [twin.clock])]
    for layer, table in zip(told, tables, strict=True):
        yield layer, [_array(table.weight)]
    for layer, tier in zip(twin.tiers, model.tiers, strict=True):
        yield from _tier_layouts(layer, tier)
    layer, tier = twin.samples, model.samples
    yield layer.embedding, [_array(tier.embedding.weight)]
    places = _array(tier.input.weight).reshape(len(tier.hidden.weight), tier.size, -1)  # (D, S, e)
    yield layer.first, conv1d_layout(places.transpose(0, 2, 1))
    yield layer.hidden, _linear(tier.hidden)
    yield layer.last, _linear(tier.output)


def _tier_layouts(layer: FrameTier, tier: nn.Module) -> Iterator[tuple[Any, list[np.ndarray]]]:
    yield layer.expand, _linear(tier.expand)
    if tier.condition is not None:
        yield layer.condition, _linear(tier.condition)
    for i, rnn in enumerate(layer.rnns):
        names = (f"weight_ih_l{i}", f"weight_hh_l{i}", f"bias_ih_l{i}", f"bias_hh_l{i}")
        yield rnn, gru_layout(*(_array(getattr(tier.rnn, name)) for name in names))
    yield layer.upsample, _linear(tier.upsample)
    yield layer.start, [_array(tier.start)]


def _linear(layer: nn.Module) -> list[np.ndarray]:
    """Return a linear layer's weights as Dense has them; weight norm is multiplied out."""
    return dense_layout(_array(layer.weight), None if layer.bias is None else _array(layer.bias))


def _array(tensor: Any) -> np.ndarray:
    return tensor.detach().cpu().float().numpy()


def _dense(inputs: int, outputs: int, **options: Any) -> Any:
    """Return a linear layer with its weights, which Keras would make when it is first called."""
    layer = keras.layers.Dense(outputs, kernel_initializer="he_uniform", **options)
    layer.build((None, inputs))
    return layer


def _gru(width: int) -> Any:
    layer = keras.layers.GRU(width, reset_after=True, return_sequences=True, return_state=True)
    layer.build((None, None, width))
    return layer


def _table(rows: int, columns: int, first: str = "random_normal") -> Any:
    layer = keras.layers.Embedding(rows, columns, first)
    layer.build(())
    return layer
