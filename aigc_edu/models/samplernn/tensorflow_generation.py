"""Drawing codes with the SampleRNN of TensorFlow: one loop of all clocks, inside of one graph.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb

Symbols as in ``tensorflow.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.models.conditioning import check_condition
from aigc_edu.models.samplernn.tensorflow import SampleRNN, States, tf
from aigc_edu.nn.drawing import check_sampling, check_start


def generate(
    model: SampleRNN,
    start: Any,
    chances: Any,
    condition: Any = None,
    local: Any = None,
    temperature: float = 1.0,
) -> np.ndarray:
    """Draw new codes, one for each column of ``chances``.

    Parameters
    ----------
    model
        The network.
    start
        Whole numbers, shape (B, T0), T0 >= 1: the codes to continue.
    chances
        Numbers in [0, 1), shape (B, T). Equal chances give the codes of PyTorch's network, but for
        rounding.
    condition, local
        See :meth:`SampleRNN.call`, shapes (B, conditions) and (B, F).
    temperature
        See :meth:`CodeModel.generate`.

    Returns
    -------
    ndarray
        int64, shape (B, T).

    Raises
    ------
    InvalidValueError
        If anything has another shape, or lies outside of its range.
    """
    start, chances = np.asarray(start), np.asarray(chances, np.float64)
    if chances.shape != (len(start), chances.shape[-1]) or not _is_chance(chances):
        raise InvalidValueError(f"chances must lie in [0, 1) and have the shape ({len(start)}, T)")
    check_start(torch.from_numpy(start), chances.shape[1], model.config.levels)
    check_sampling(temperature, 0, 1.0)
    told = [None if x is None else torch.as_tensor(np.asarray(x)) for x in (condition, local)]
    check_condition(model.config, *told, len(start))
    h = model.embed_condition(*(None if x is None else tf.constant(x.numpy()) for x in told))
    tau = tf.constant(temperature, tf.float64)
    return _run(model, tf.constant(start, tf.int32), tf.constant(chances), h, tau).numpy()


def _is_chance(numbers: np.ndarray) -> bool:
    return bool(((numbers >= 0) & (numbers < 1)).all())


def draw(logits: Any, chances: Any, temperature: Any) -> Any:
    """Draw a code for each row of logits (B, q), int64 (B,), as PyTorch's does.

    All in float64: ``chances`` (B,) and ``temperature`` () are, too.
    """
    logits = tf.cast(logits, tf.float64)
    if temperature == 0:  # a tensor: becomes tf.cond
        codes = tf.argmax(logits, axis=-1)
    else:
        highest = tf.reduce_max(logits, axis=-1, keepdims=True)
        sums = tf.cumsum(tf.exp((logits - highest) / temperature), axis=-1)
        wanted = chances[:, None] * sums[:, -1:]
        found = tf.searchsorted(sums, wanted, "right", out_type=tf.int64)
        codes = found[:, 0]
    return codes


@tf.function(reduce_retracing=True)
def _run(
    model: SampleRNN,
    start: Any,
    chances: Any,
    h: Any,
    temperature: Any,
) -> Any:
    """Hear start (B, T0) and draw (B, T) codes."""
    given, count = tf.shape(start)[1], tf.shape(chances)[1]
    codes = tf.TensorArray(tf.int64, size=count, element_shape=(None,))
    memory = _silence(model, tf.shape(start)[0])
    code = start[:, 0]
    for t in tf.range(given + count - 1):  # becomes tf.while_loop
        logits, memory = _step(model, code, h, t, memory)
        if t + 1 < given:
            code = start[:, t + 1]
        else:
            new = draw(logits, chances[:, t + 1 - given], temperature)
            codes = codes.write(t + 1 - given, new)
            code = tf.cast(new, tf.int32)
    return tf.transpose(codes.stack())


def _silence(model: SampleRNN, batch: Any) -> tuple[Any, States, States]:
    """Return what is remembered before the first code.

    The last codes, (B, frame), oldest first; the tiers' states; what each has said, (B, r, D).
    """
    config = model.config
    heard = tf.fill((batch, model.frame), config.levels // 2)
    said = tuple(tf.zeros((batch, tier.ratio, config.width)) for tier in model.tiers)
    return heard, model.begin(batch), said


def _step(
    model: SampleRNN,
    code: Any,
    h: Any,
    t: Any,
    memory: tuple,
) -> tuple[Any, tuple]:
    """Take the codes (B,) at time t; return the next logits and the memory."""
    heard, states, said = memory
    heard = tf.concat([heard[:, 1:], code[:, None]], axis=1)
    above, now, after = None, (), ()
    for tier, state, last in zip(model.tiers, states, said, strict=True):
        if t % tier.size == 0:  # its clock says so
            told = model.told(h, tier.size, t, 1)
            told = None if told is None else told[:, 0]
            frame = model.real(heard[:, -tier.size :])
            last, state = tier.move(frame, above, told, state)
        now, after = (*now, last), (*after, state)
        step = t % tier.size // (tier.size // tier.ratio)
        above = last[:, step]  # for the tier below, (B, D)
    window = heard[:, -model.samples.size :]
    logits = model.samples(window, above[:, None])  # (B, 1, q)
    return logits[:, 0], (heard, after, now)
