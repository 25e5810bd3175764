"""The figure of padding against PyTorch's layers, and what TensorFlow's formula says of Keras's."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from aigc_edu.models.wavegan.network import Transposed
from aigc_edu.teaching.interactive import FIGURES

# The package has a function of the same name.
figure = importlib.import_module("aigc_edu.teaching.interactive.same_padding")
FIGURE = FIGURES["same_padding"]
all_settings = st.fixed_dictionaries({c.name: st.sampled_from(c.values) for c in FIGURE.controls})


def of_torch(way: str, length: int, kernel: int, stride: int) -> np.ndarray:
    """Return which inputs (rows) each output (columns) of PyTorch's layer hears."""
    each = torch.eye(length)[:, None]
    half = -(-(kernel - stride) // 2)
    ones = torch.ones(1, 1, kernel)
    if way == "down":
        return F.conv1d(each, ones, None, stride, half)[:, 0].numpy() > 0
    layer = Transposed(1, 1, kernel, stride)
    odd = layer.output_padding[0]
    return F.conv_transpose1d(each, ones, None, stride, layer.padding[0], odd)[:, 0].numpy() > 0


@settings(deadline=None)
@given(values=all_settings)
def test_pytorchs_layer_hears_what_the_figure_shows(values):
    shape = values["way"], values["length"], values["kernel"], values["stride"]
    curves = FIGURE.curves(**values)
    told, chosen = of_torch(*shape), int(curves["torch"][3])
    assert curves["torch"][2] == told.shape[1]
    shown = curves["torch_hears"]
    inside = shown[(shown >= 0) & (shown < values["length"])]
    assert np.array_equal(np.flatnonzero(told[:, chosen]), inside)


@pytest.mark.parametrize(
    ("shape", "expected"),
    # Measured with Keras 3.15.1, on PyTorch and on TensorFlow: zeros before, outputs.
    [
        (("down", 32, 25, 4), (10, 8)),
        (("down", 12, 5, 2), (1, 6)),
        (("down", 16, 8, 4), (2, 4)),
        (("down", 17, 25, 4), (12, 5)),
        (("up", 8, 25, 4), (10, 32)),
        (("up", 6, 9, 2), (3, 12)),
        (("up", 4, 7, 4), (1, 16)),
    ],
)
def test_keras_pads_as_it_was_measured(shape, expected):
    way, length, kernel, stride = shape
    before, after, outputs = figure.around(way, "keras", length, kernel, stride)
    assert (before, outputs) == expected
    assert after in (before, before + 1), "what is more stands at the end"


@settings(deadline=None)
@given(values=all_settings)
def test_the_frameworks_agree_where_as_much_stands_on_either_side(values):
    curves = FIGURE.curves(**values)
    whole = values["length"] % values["stride"] == 0 or values["way"] == "up"
    even = (values["kernel"] - values["stride"]) % 2 == 0
    if whole:
        same = np.array_equal(curves["torch_hears"], curves["keras_hears"])
        shifted = np.array_equal(curves["torch_hears"] + 1, curves["keras_hears"])
        assert same if even else (shifted or values["way"] == "up")
    assert (curves["late"][0] == 0) == even


@pytest.mark.parametrize(("kernel", "stride", "behind"), [(25, 4, 341), (8, 4, 0), (5, 2, 31)])
def test_five_layers_up_are_as_late_as_the_figure_says(kernel, stride, behind):
    assert figure.late(kernel, stride) == behind
    x = y = torch.zeros(1, 1, 40)
    x[..., 20] = 1
    w = torch.rand(1, 1, kernel, generator=torch.Generator().manual_seed(0))
    for _ in range(5):
        wide = F.conv_transpose1d(x, w, stride=stride), F.conv_transpose1d(y, w, stride=stride)
        cut = [
            figure.around("up", name, x.shape[-1], kernel, stride)[0] for name in ("torch", "keras")
        ]
        size = stride * x.shape[-1]
        x, y = (z[..., start : start + size] for z, start in zip(wide, cut, strict=True))
    loud = x[0, 0] > 1e-3 * x.max()
    at = torch.nonzero(loud)[:, 0]
    torch.testing.assert_close(y[0, 0, at + behind], x[0, 0, at])
    if kernel > 5:
        assert ("in time" in FIGURE.describe(kernel=kernel, stride=stride)) == (behind == 0)
