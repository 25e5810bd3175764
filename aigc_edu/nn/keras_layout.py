"""Weights of PyTorch's layers in the layout that Keras wants, with NumPy alone.

Chapter: chapters/03-autoregressive/11-samplernn-tensorflow.ipynb

PyTorch multiplies by W from the left and keeps (outputs, inputs); Keras multiplies from the right
and keeps (inputs, outputs). A GRU's three gates are stacked as r, z, n in PyTorch and as z, r, n in
Keras (whose documentation calls n the candidate h).

Symbols: I inputs, J outputs, k taps of a kernel, D the width of a state, C channels, F frames.
"""

from __future__ import annotations

import numpy as np

from aigc_edu.errors import InvalidValueError


def dense_layout(weight: np.ndarray, bias: np.ndarray | None = None) -> list[np.ndarray]:
    """Return the weights of a Keras ``Dense``: kernel (I, J), and bias (J,) if there is one.

    Parameters
    ----------
    weight, bias
        Of a ``torch.nn.Linear``: (J, I) and (J,).
    """
    _check(weight, 2)
    return [weight.T, *([] if bias is None else [bias])]


def conv1d_layout(weight: np.ndarray, bias: np.ndarray | None = None) -> list[np.ndarray]:
    """Return the weights of a Keras ``Conv1D``: kernel (k, I, J), and bias (J,) if there is one.

    Parameters
    ----------
    weight, bias
        Of a ``torch.nn.Conv1d``: (J, I, k) and (J,).
    """
    _check(weight, 3)
    return [weight.transpose(2, 1, 0), *([] if bias is None else [bias])]


def conv_transpose1d_layout(weight: np.ndarray, bias: np.ndarray | None = None) -> list[np.ndarray]:
    """Return the weights of a Keras ``Conv1DTranspose``: kernel (k, J, I), and bias (J,).

    Both keep the kernel of the convolution that the layer is the transpose of: its outputs are this
    layer's inputs. No tap changes its place.

    Parameters
    ----------
    weight, bias
        Of a ``torch.nn.ConvTranspose1d``: (I, J, k) and (J,).
    """
    return conv1d_layout(weight, bias)  # axes in reverse order, here as there


def time_first(rows: np.ndarray, frames: int) -> np.ndarray:
    """Reorder rows that count channels, and in each the frames, so that they count frames first.

    A network whose channels stand last flattens (F, C) where PyTorch flattens (C, F).

    Parameters
    ----------
    rows
        Shape (C F, ...): row c F + f becomes row f C + c.
    frames
        F, of which their number is a multiple.

    Raises
    ------
    InvalidValueError
        If it is no multiple.
    """
    if frames < 1 or len(rows) % frames:
        raise InvalidValueError(f"{len(rows)} rows are no multiple of {frames} frames")
    apart = rows.reshape(-1, frames, *rows.shape[1:])  # (C, F, ...)
    return apart.swapaxes(0, 1).reshape(rows.shape)


def gru_layout(
    weight_ih: np.ndarray, weight_hh: np.ndarray, bias_ih: np.ndarray, bias_hh: np.ndarray
) -> list[np.ndarray]:
    """Return the weights of a Keras ``GRU(reset_after=True)``.

    Parameters
    ----------
    weight_ih, weight_hh, bias_ih, bias_hh
        Of one layer of a ``torch.nn.GRU``: (3 D, I), (3 D, D), (3 D,), (3 D,), gates r, z, n.

    Returns
    -------
    list of ndarray
        Kernel (I, 3 D), recurrent kernel (D, 3 D) and bias (2, 3 D), gates z, r, n. The bias's
        first row is added to the input's part, its second to the state's.

    Raises
    ------
    InvalidValueError
        If the shapes are not those of a GRU.
    """
    _check(weight_ih, 2)
    _check(weight_hh, 2)
    width = weight_hh.shape[1]
    if any(len(w) != 3 * width for w in (weight_ih, weight_hh, bias_ih, bias_hh)):
        raise InvalidValueError(f"a GRU of width {width} has {3 * width} rows in all its weights")
    z_first = [_z_first(w) for w in (weight_ih, weight_hh, bias_ih, bias_hh)]
    return [z_first[0].T, z_first[1].T, np.stack(z_first[2:])]


def _z_first(rows: np.ndarray) -> np.ndarray:
    """Put the gates r, z, n of (3 D, ...) into the order z, r, n."""
    r, z, n = np.split(rows, 3)
    return np.concatenate([z, r, n])


def _check(weight: np.ndarray, dimensions: int) -> None:
    if np.ndim(weight) != dimensions:
        raise InvalidValueError(f"expected {dimensions} dimensions, got {np.ndim(weight)}")
