"""Small networks on their way into a page, where a script runs them without a server.

Chapter: chapters/04-adversarial/04-wavegan-generation.ipynb

A network is exported as its layers in their order, an ``nn.Sequential``. The layers of `KNOWN` can
be exported. Another one describes itself by a method ``in_page()`` that returns its entry, such as
``{"kind": "pixel_norm", "epsilon": 1e-8}``; ``js/network.js`` must know the kind.

Weights travel as whole numbers of a few bits, each output's with a scale of its own; scales and
biases travel as 32-bit floats. `Exported.network` has the very weights that the page gets, so page
and PyTorch can be held against each other, and so can the network before and after the rounding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from aigc_edu.errors import InvalidValueError

BITS = 10  # of a weight: 1.7 bytes in base64
Entry = dict[str, Any]


@dataclass(frozen=True)
class Exported:
    """A network as a page gets it.

    Parameters
    ----------
    network
        The layers, with the rounded weights: PyTorch's side of the comparison.
    inputs
        Length I of the vector that goes in.
    layers
        An entry for each layer, in order.
    bits
        Of a weight.
    weights
        The weights' whole numbers, one bit behind the other, in base64.
    floats
        Scales and biases in base64: float32, lowest byte first.
    """

    network: nn.Sequential
    inputs: int
    layers: tuple[Entry, ...]
    bits: int
    weights: str
    floats: str

    def data(self) -> Entry:
        """Return what the script has to know, ready for JSON."""
        names = ("inputs", "layers", "bits", "weights", "floats")
        return {name: getattr(self, name) for name in names}

    @property
    def size(self) -> int:
        """Bytes in a page."""
        return len(json.dumps(self.data(), separators=(",", ":")))

    def run(self, vectors: np.ndarray) -> np.ndarray:
        """Return what the rounded network makes of vectors (B, I): float64, (B, ...)."""
        x = torch.as_tensor(np.asarray(vectors), dtype=torch.float32)
        with torch.inference_mode():
            return self.network(x).double().numpy()


def export(network: nn.Module, bits: int = BITS) -> Exported:
    """Return a network in its form for a page.

    Parameters
    ----------
    network
        Takes vectors (B, I), I the inputs of its first layer, which is an ``nn.Linear``. Its own
        weights stay as they are.
    bits
        Of a weight, 4 to 16. With b bits the error of a weight is at most 1 / (2^b - 2) of the
        largest weight of the same output.

    Raises
    ------
    InvalidValueError
        If a layer is not known, or has options that the page's script doesn't have.
    """
    if not 4 <= bits <= 16:
        raise InvalidValueError(f"a weight has 4 to 16 bits, not {bits}")
    layers = layers_of(network)
    if not layers or not isinstance(layers[0], nn.Linear):
        raise InvalidValueError("the first layer must be an nn.Linear, which takes a vector")
    entries, copies, codes, floats = [], [], [], []
    for number, layer in enumerate(layers):
        entries.append(_entry(layer, number))
        copies.append(_rounded(layer, bits, codes, floats))
    return Exported(
        network=nn.Sequential(*copies).eval(),
        inputs=layers[0].in_features,
        layers=tuple(entries),
        bits=bits,
        weights=_base64(_packed(np.concatenate(codes), bits)),
        floats=_base64(np.concatenate(floats).astype("<f4")),
    )


def layers_of(network: nn.Module) -> list[nn.Module]:
    """Return the layers of a network in their order, nested sequences laid out flat.

    Raises
    ------
    InvalidValueError
        If one of them is not known and doesn't describe itself.
    """
    if type(network) is nn.Sequential:
        return [layer for part in network for layer in layers_of(part)]
    if hasattr(network, "in_page") or _known(network):
        return [network]
    known = ", ".join(kind.__name__ for kind in KNOWN)
    raise InvalidValueError(
        f"no page can run {type(network).__name__}. A network is an nn.Sequential of {known}, or "
        "of layers that have a method in_page()"
    )


def _known(layer: nn.Module) -> Callable[[Any], Entry] | None:
    """Return what writes a layer's entry; a subclass with a forward of its own is another layer."""
    for kind, write in KNOWN.items():
        if isinstance(layer, kind) and type(layer).forward is kind.forward:
            return write
    return None


# ---------------------------------------------------------------- what is written of a layer


def _entry(layer: nn.Module, number: int) -> Entry:
    """Return a layer's entry, naming the layer where it can't be had."""
    try:
        return layer.in_page() if hasattr(layer, "in_page") else _known(layer)(layer)
    except InvalidValueError as error:
        raise InvalidValueError(f"layer {number}, {layer}: {error}") from None


def _linear(layer: nn.Linear) -> Entry:
    return {
        "kind": "linear",
        "in": layer.in_features,
        "out": layer.out_features,
        "bias": layer.bias is not None,
    }


def _convolution(layer: nn.Conv1d | nn.Conv2d) -> Entry:
    _plain(layer)
    if set(layer.stride) != {1}:
        raise InvalidValueError("a convolution has the stride 1")
    spans = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
    if layer.padding == "same":
        before = [span // 2 for span in spans]
        after = [span - left for span, left in zip(spans, before, strict=True)]
    else:
        before = after = [0] * len(spans) if layer.padding == "valid" else list(layer.padding)
    return {
        "kind": f"conv{len(spans)}d",
        "in": layer.in_channels,
        "out": layer.out_channels,
        "taps": list(layer.kernel_size),
        "dilation": list(layer.dilation),
        "before": list(before),
        "after": list(after),
        "bias": layer.bias is not None,
    }


def _transposed(layer: nn.ConvTranspose1d) -> Entry:
    _plain(layer)
    if layer.dilation != (1,):
        raise InvalidValueError("a transposed convolution has the dilation 1")
    return {
        "kind": "transposed",
        "in": layer.in_channels,
        "out": layer.out_channels,
        "taps": layer.kernel_size[0],
        "stride": layer.stride[0],
        "padding": layer.padding[0],
        "more": layer.output_padding[0],
        "bias": layer.bias is not None,
    }


def _plain(layer: nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d) -> None:
    if layer.groups != 1 or layer.padding_mode != "zeros":
        raise InvalidValueError("a convolution has one group, and zeros beyond its ends")


def _upsample(layer: nn.Upsample) -> Entry:
    if layer.mode != "nearest" or layer.scale_factor is None:
        raise InvalidValueError("upsampling repeats by a scale_factor, mode 'nearest'")
    factors = layer.scale_factor
    factors = list(factors) if isinstance(factors, Sequence) else [factors]
    if any(factor != int(factor) or factor < 1 for factor in factors):
        raise InvalidValueError(f"upsampling repeats whole times, not {factors}")
    return {"kind": "repeat", "times": [int(factor) for factor in factors]}


def _unflatten(layer: nn.Unflatten) -> Entry:
    if layer.dim != 1:
        raise InvalidValueError("it must unflatten dimension 1")
    return {"kind": "reshape", "shape": [int(size) for size in layer.unflattened_size]}


def _flatten(layer: nn.Flatten) -> Entry:
    if (layer.start_dim, layer.end_dim) != (1, -1):
        raise InvalidValueError("it must flatten all but the batch")
    return {"kind": "reshape", "shape": [-1]}


def _leaky(layer: nn.LeakyReLU) -> Entry:
    return {"kind": "leaky_relu", "slope": layer.negative_slope}


KNOWN: dict[type[nn.Module], Callable[[Any], Entry]] = {
    nn.Linear: _linear,
    nn.Conv1d: _convolution,
    nn.Conv2d: _convolution,
    nn.ConvTranspose1d: _transposed,
    nn.ZeroPad1d: lambda layer: {"kind": "zeros", "around": list(layer.padding)},
    nn.Upsample: _upsample,
    nn.Unflatten: _unflatten,
    nn.Flatten: _flatten,
    nn.ReLU: lambda layer: {"kind": "leaky_relu", "slope": 0},
    nn.LeakyReLU: _leaky,
    nn.Tanh: lambda layer: {"kind": "tanh"},
    nn.Identity: lambda layer: {"kind": "reshape", "shape": []},
}


# ---------------------------------------------------------------- weights


def _rounded(
    layer: nn.Module, bits: int, codes: list[np.ndarray], floats: list[np.ndarray]
) -> nn.Module:
    """Return a copy with rounded weights; append its numbers to the two streams."""
    copy = deepcopy(layer).to("cpu", torch.float32).requires_grad_(False).eval()
    weight = getattr(copy, "weight", None)
    if weight is None:
        return copy
    across = 1 if isinstance(layer, nn.ConvTranspose1d) else 0  # the outputs' dimension
    rows = weight.transpose(0, across).flatten(1)  # (out, all that one output sums)
    whole, scales = _quantised(rows, bits)
    values = (whole * scales[:, None]).view(weight.transpose(0, across).shape)
    copy.weight = nn.Parameter(values.transpose(0, across).contiguous(), requires_grad=False)
    codes.append(whole.numpy().astype(np.int64).ravel())
    floats.append(scales.numpy())
    if copy.bias is not None:
        floats.append(copy.bias.numpy())
    return copy


def _quantised(rows: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Return whole numbers (out, n) of up to 2^(bits - 1) - 1 in float32, and scales (out,)."""
    most = 2 ** (bits - 1) - 1
    scales = (rows.abs().amax(dim=1) / most).clamp_min(1e-30)
    return (rows / scales[:, None]).round().clamp(-most, most), scales


def _packed(codes: np.ndarray, bits: int) -> np.ndarray:
    """Return whole numbers, 2^(bits - 1) added, one behind the other: bytes, lowest bit first."""
    raised = (codes + 2 ** (bits - 1)).astype("<u2")
    each = np.unpackbits(raised.view(np.uint8).reshape(-1, 2), axis=1, bitorder="little")
    return np.packbits(each[:, :bits].ravel(), bitorder="little")


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.tobytes()).decode("ascii")
