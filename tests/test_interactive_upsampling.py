"""The figure of upsampling against the transposed convolution itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.upsampling import phase_gains, weights

FIGURE = FIGURES["upsampling"]
WAYS = ("random", "equal", "balanced", "repeat", "lowpass")
STRIDES = (4, 5, 8, 10, 16)
all_settings = st.fixed_dictionaries({c.name: st.sampled_from(c.values) for c in FIGURE.controls})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stride", STRIDES)
def test_a_constant_becomes_the_gains_of_the_phases(way, stride):
    w = torch.from_numpy(weights(stride, 25, way, 1))
    ones = torch.ones(1, 1, 60, dtype=torch.float64)
    y = F.conv_transpose1d(ones, w[None, None], stride=stride)[0, 0].numpy()
    gains = phase_gains(w.numpy(), stride)
    start = stride * (len(w) // stride + 1)  # where all copies overlap; phase 0
    assert np.allclose(y[start : start + 3 * stride], np.tile(gains, 3))
    assert gains.mean() == pytest.approx(1), "the tone keeps its level"


def test_repeating_is_an_ordinary_convolution_of_the_repeated_signal():
    x, w = np.random.default_rng(0).standard_normal(20), weights(4, 25, "random", 2)
    both = F.conv_transpose1d(
        torch.from_numpy(x)[None, None],
        torch.from_numpy(weights(4, 25, "repeat", 2))[None, None],
        stride=4,
    )[0, 0].numpy()
    assert np.allclose(both, np.convolve(np.repeat(x, 4), w / 4))


@settings(deadline=None)
@given(values=all_settings)
def test_a_line_stands_where_phases_differ_and_only_there(values):
    gains = FIGURE.curves(**values)["gains"]
    told = FIGURE.describe(**values)
    pattern = np.abs(np.fft.fft(gains))[1] / len(gains)  # of the first harmonic
    if np.ptp(gains) < 1e-3:
        assert told.endswith("stands no line.")
    elif pattern > 0.01:
        assert "dB below the tone" in told


@pytest.mark.parametrize("stride", STRIDES)
def test_the_line_is_as_loud_as_it_is_said_to_be(stride):
    values = FIGURE.settings(stride=stride)
    y = FIGURE.samples(**values)[4000:12_000]  # half a second, whole swings of 220 and f_s / s
    lines = 2 * np.abs(np.fft.rfft(y)) / len(y)
    below = 20 * np.log10(lines[110] / lines[8000 // stride])
    told = float(FIGURE.describe(**values).split("a line ")[1].split(" dB")[0])
    assert told == pytest.approx(below, abs=1.6)


def test_the_repairs_leave_the_weaker_images_the_stronger_they_are():
    def image(way: str) -> float:
        curves = FIGURE.curves(**FIGURE.settings(way=way, stride=4))
        near = np.abs(curves["frequency"] - 3.78) < 0.02
        return curves["level"][near].max()

    assert image("lowpass") < image("repeat") - 10 < image("balanced") - 20


def test_what_swings_around_a_positive_value_is_heard_around_zero():
    for way in WAYS:
        y = FIGURE.samples(**FIGURE.settings(way=way))
        assert abs(y[1000:-1000].mean()) < 0.02
