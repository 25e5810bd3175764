"""Two derivatives that Keras has no function for, in the words of PyTorch and of TensorFlow.

Chapter: chapters/04-adversarial/05-wavegan-keras.ipynb

PyTorch keeps with each tensor how it was computed, and goes back from the result. TensorFlow's
``GradientTape`` has to be there while it is computed. :func:`gradients` and :func:`slopes` are the
ones for the framework that Keras computes with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from aigc_edu.nn.frameworks import import_keras, import_tensorflow

keras = import_keras()
IN_TENSORFLOW = keras.backend.backend() == "tensorflow"
tf = import_tensorflow() if IN_TENSORFLOW else None


def gradients_in_torch(
    costs: Callable[[], Sequence[Any]], weights: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Return costs, and the gradient of their sum with respect to each of Keras's variables.

    Parameters
    ----------
    costs
        Computes one or more scalars when it is called.
    weights
        Keras's variables, on all of which the sum depends.
    """
    parts = costs()
    step = torch.autograd.grad(sum(parts), [weight.value for weight in weights])
    return [part.detach() for part in parts], list(step)


def gradients_in_tensorflow(
    costs: Callable[[], Sequence[Any]], weights: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    """Return what :func:`gradients_in_torch` does, for TensorFlow's tensors."""
    values = [weight.value for weight in weights]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        parts = costs()
        whole = sum(parts)
    return list(parts), tape.gradient(whole, values)


def slopes_in_torch(score: Callable[[Any], Any], x: Any) -> Any:
    """Return the gradient of each row's score with respect to that row, of the shape of x.

    It can be differentiated again, with respect to the weights.

    Parameters
    ----------
    score
        Maps rows (B, ...) to scores (B,), none of which depends on another row.
    x
        The rows, taken as constants.
    """
    x = x.detach().requires_grad_()
    (slope,) = torch.autograd.grad(score(x).sum(), x, create_graph=True)
    return slope


def slopes_in_tensorflow(score: Callable[[Any], Any], x: Any) -> Any:
    """Return what :func:`slopes_in_torch` does; a tape around this one differentiates it again."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        total = tf.reduce_sum(score(x))
    return tape.gradient(total, x)


gradients = gradients_in_tensorflow if IN_TENSORFLOW else gradients_in_torch
slopes = slopes_in_tensorflow if IN_TENSORFLOW else slopes_in_torch
