"""All positions of a WaveNet at once, in the order that costs least: (T, B, C).

Chapter: chapters/03-autoregressive/02-wavenet-training.ipynb

With the channels last, each layer is two matrix products over all positions: filter and gate
together over what the taps see, residual and skip together over z. :meth:`WaveNet.forward`
computes the same logits, convolution by convolution as in the paper's figure 4, and is there to be
read; this is what training runs. Symbols as in ``network.py``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def training_logits(
    model: nn.Module, codes: Tensor, condition: Tensor | None = None, local: Tensor | None = None
) -> Tensor:
    """Return the logits of the next code at every position, as :meth:`WaveNet.forward` does.

    Inside ``torch.autocast`` everything is computed in its type (bfloat16), not only the products:
    the sums and the gates between them take as long. Otherwise in the weights' own type.

    Parameters
    ----------
    model
        A :class:`WaveNet`.
    codes, condition, local
        As for :meth:`WaveNet.forward`; codes (B, T).

    Returns
    -------
    Tensor
        Shape (T, B, q). The last layer's residual, which leads nowhere, is left out.
    """
    kind = codes.device.type
    dtype = model.input.weight.dtype
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
    h = model.embed_condition(condition, len(codes), local)
    x = _embedded(codes.t(), model.input.weight.to(dtype))  # (T, B, C)
    total = 0.0
    for layer in model.layers:
        z = _gated(layer, x, h, len(codes))
        if layer is model.layers[-1]:
            return _head(model, total + _product(z, [layer.skip]))
        out = _product(z, [layer.residual, layer.skip])  # (T, B, C + S)
        x, total = x + out[..., : x.shape[2]], total + out[..., x.shape[2] :]
    raise AssertionError("a WaveNet has at least one layer")


def _embedded(codes: Tensor, tables: Tensor) -> Tensor:
    """Map codes (T, B) through k tables (k, q, C), oldest tap first, to (T, B, C)."""
    x = F.embedding(codes, tables[-1])
    for back in range(1, min(len(tables), len(codes))):
        past = F.embedding(codes[:-back], tables[-1 - back])
        x = x + F.pad(past, (0, 0, 0, 0, back, 0))
    return x


def _gated(layer: nn.Module, x: Tensor, h: Tensor | None, batch: int) -> Tensor:
    """Return z (T, B, C) for x (T, B, C) and h (B, E, F)."""
    weight = torch.cat([layer.filter.weight, layer.gate.weight]).to(x.dtype)  # (2C, C, k)
    both = F.linear(_taps(layer, x), weight.transpose(1, 2).flatten(1))  # (T, B, 2C)
    shift = layer.shift(h, batch).to(x.dtype)  # (F, B, 2C)
    filtered, gate = (both + _stretched(shift, layer.hop, len(x))).chunk(2, dim=2)
    return torch.tanh(filtered) * torch.sigmoid(gate)


def _taps(layer: nn.Module, x: Tensor) -> Tensor:
    """Put side by side what the taps see at each position of x (T, B, C): (T, B, k C)."""
    dilation, kernel = layer.filter.dilation[0], layer.filter.kernel_size[0]
    parts = [x]
    for back in range(dilation, kernel * dilation, dilation):
        before = x.new_zeros(min(back, len(x)), *x.shape[1:])  # nothing precedes the first sample
        parts.insert(0, torch.cat([before, x[: max(0, len(x) - back)]]))
    return torch.cat(parts, dim=2)


def _stretched(frames: Tensor, hop: int, length: int) -> Tensor:
    """Repeat each frame of (F, B, C) ``hop`` times, and the last up to ``length``: (T, B, C).

    A single frame is left as it is, (1, B, C): it is broadcast.
    """
    count = -(-length // hop)
    if len(frames) == 1:
        return frames
    if len(frames) < count:
        last = frames[-1:].expand(count - len(frames), -1, -1)
        frames = torch.cat([frames, last])
    spread = frames[:count, None].expand(-1, hop, -1, -1)  # (F, hop, B, C)
    return spread.reshape(count * hop, *frames.shape[1:])[:length]


def _product(x: Tensor, layers: list[nn.Conv1d]) -> Tensor:
    """Apply convolutions of one tap to x (T, B, C), as one product; their outputs side by side."""
    weight = torch.cat([layer.weight for layer in layers])[:, :, 0]
    bias = torch.cat([layer.bias for layer in layers])
    return F.linear(x, weight.to(x.dtype), bias.to(x.dtype))


def _head(model: nn.Module, total: Tensor) -> Tensor:
    """Map the sum of the skips (T, B, S) to logits (T, B, q)."""
    for part in model.head:
        total = _product(total, [part]) if isinstance(part, nn.Conv1d) else part(total)
    return total
