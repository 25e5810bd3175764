"""Training the SampleRNN of TensorFlow: chunks by tf.data, states carried over, a GradientTape.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb

References: as in ``training/truncated.py``, whose Adam on chunks this is. Symbols as in
``tensorflow.py``; L is the length of a chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn.tensorflow import SampleRNN, States, keras, tf


def chunked(
    model: SampleRNN,
    codes: np.ndarray,
    length: int,
    batch: int,
    condition: np.ndarray | None = None,
    local: np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Any:
    """Return a ``tf.data.Dataset`` of the chunks of all clips, in batches of whole clips.

    Parameters
    ----------
    model
        Whose frame, silence and conditions count.
    codes
        Shape (N, T): N >= 1 clips, filled up with :data:`IGNORED`, which is not predicted.
    length
        Samples L of a chunk, a multiple of the slowest frame.
    batch
        Clips B in a batch, at most N. What doesn't fill one is left out of a pass, after shuffling.
    condition, local
        Shapes (N, conditions) and, with a clock of the word, (N, F); None if the network is told
        nothing.
    seed
        Of the order, another one in each pass.

    Returns
    -------
    Dataset
        Of (time, heard, wanted), int32, and what the network is told, if it is: the samples before
        the chunk, (B, frame - 1 + L), (B, L). A batch's chunks follow each other, and each
        batch begins at time 0.

    Raises
    ------
    InvalidValueError
        If length or batch doesn't fit.
    """
    if length < 1 or length % model.frame:
        raise InvalidValueError(
            f"chunks must hold whole frames of {model.frame} samples, got {length} samples"
        )
    if not 1 <= batch <= len(codes):
        raise InvalidValueError(f"batch must be between 1 and {len(codes)} clips, got {batch}")
    columns = (codes, *(told for told in (condition, local) if told is not None))
    clips = tf.data.Dataset.from_tensor_slices(tuple(np.int32(c) for c in columns))
    clips = clips.shuffle(len(codes), seed=seed).batch(batch, drop_remainder=True)
    return clips.flat_map(lambda *clip: _cut(model, length, *clip)).prefetch(1)


def _cut(model: SampleRNN, length: int, codes: Any, *told: Any) -> Any:
    """Return a Dataset of the chunks of one batch of clips (B, T)."""
    missing = -(codes.shape[1] - 1) % length
    wanted = tf.pad(codes[:, 1:], [[0, 0], [0, missing]], constant_values=IGNORED)
    silence = model.config.levels // 2
    around = [[0, 0], [model.frame - 1, missing]]
    heard = tf.pad(tf.maximum(codes[:, :-1], 0), around, constant_values=silence)

    def chunk(time: Any) -> tuple[Any, ...]:
        rows, reach = codes.shape[0], model.frame - 1 + length
        piece = tf.slice(heard, (0, time), (rows, reach))
        return time, piece, tf.slice(wanted, (0, time), (rows, length)), *told

    return tf.data.Dataset.range(0, wanted.shape[1], length, output_type=tf.int32).map(chunk)


def chunk_loss(
    model: SampleRNN,
    states: States | None,
    time: Any,
    heard: Any,
    wanted: Any,
    condition: Any = None,
    local: Any = None,
) -> tuple[Any, States]:
    """Return one chunk's mean cross-entropy in nats, and the states after it.

    ``states`` are those after the chunk before, None at the beginning; for the rest see
    :func:`chunked`. A chunk without a code to predict costs 0.
    """
    states = model.begin(tf.shape(heard)[0]) if states is None else states
    h = model.embed_condition(condition, local)
    logits, states = model.advance(heard, states, h, time)
    scored = wanted != IGNORED
    costs = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(wanted, 0), logits)
    costs = tf.where(scored, costs, 0.0)
    count = tf.maximum(tf.reduce_sum(tf.cast(scored, tf.float32)), 1.0)
    return tf.reduce_sum(costs) / count, states


Step = Callable[..., tuple[Any, States]]


def learner(model: SampleRNN, optimizer: Any) -> Step:
    """Return ``step(states, *chunk)``: one update.

    It returns the loss and the states after the chunk. There is one graph for
    the first chunk of a batch, ``states=None``, and one for all others. What is
    returned stands outside of the tape: no gradient goes back into a chunk
    before.
    """

    @tf.function
    def step(states: States | None, *chunk: Any) -> tuple[Any, States]:
        with tf.GradientTape() as tape:
            loss, states = chunk_loss(model, states, *chunk)
        weights = model.trainable_variables
        values = [weight.value for weight in weights]
        # The learned start has no part in later chunks: a zero, not None.
        gradients = tape.gradient(loss, values, None, "zero")
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return loss, states

    optimizer.build(model.trainable_variables)  # before any graph is made
    return step


def train(
    model: SampleRNN, chunks: Any, passes: int, rate: float = 3e-3, clip: float = 1.0
) -> np.ndarray:
    """Train with Adam for some passes over :func:`chunked`; return each update's loss in nats.

    ``clip`` bounds the norm of all gradients together.
    """
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=clip)
    step, losses, states = learner(model, optimizer), [], None
    for time, *chunk in chunks.repeat(passes):
        loss, states = step(None if time == 0 else states, time, *chunk)
        losses.append(loss)
    return np.array([float(loss) for loss in losses])
