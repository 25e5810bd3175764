"""The figure of causal flow against the layers themselves."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from aigc_edu.nn import CausalConv1d
from aigc_edu.teaching.interactive import FIGURES, sources
from aigc_edu.teaching.interactive.causal_flow import flow

FIGURE = FIGURES["causal_flow"]
WEIGHTS = {"smooth": (0.25, 0.5, 0.25), "ends": (0.5, 0.0, 0.5), "change": (-0.5, 1.0, -0.5)}
FIRST, END = 1912, 1959
all_settings = st.fixed_dictionaries({c.name: st.sampled_from(c.values) for c in FIGURE.controls})


def stacked(x: np.ndarray, layers: int, weights: str, both_sides: bool) -> np.ndarray:
    """Return what PyTorch's layers write, (layers + 1, T)."""
    rows = [torch.from_numpy(x)[None, None]]
    w = torch.tensor(WEIGHTS[weights], dtype=torch.float64)[None, None]
    for d in (2**n for n in range(layers)):
        layer = CausalConv1d(1, 1, 3, d, bias=False).double()
        layer.weight.data = w.flip(2)
        rows.append(F.conv1d(rows[-1], w, padding=d, dilation=d) if both_sides else layer(rows[-1]))
    return torch.cat(rows).detach().numpy()[:, 0]


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("layers", [1, 2, 4])
def test_the_rows_are_those_of_real_layers(weights, layers):
    x = np.random.default_rng(0).standard_normal(60)
    for mode, both_sides in (("causal", False), ("whole", True)):
        assert np.allclose(flow(x, layers, weights, mode), stacked(x, layers, weights, both_sides))


@pytest.mark.parametrize("weights", WEIGHTS)
def test_step_by_step_is_what_a_real_layer_says_before_the_future_comes(weights):
    x, layers = np.random.default_rng(1).standard_normal(40), 3
    live = flow(x, layers, weights, "live")
    rows = [x] + [np.zeros(40) for _ in range(layers)]
    for t in range(40):  # what isn't written yet is 0 in the rows
        for n in range(1, layers + 1):
            below = np.pad(rows[n - 1] * (np.arange(40) <= t), 8)
            taps = below[t + 8 + 2 ** (n - 1) * np.array([1, 0, -1])]
            rows[n][t] = taps @ np.array(WEIGHTS[weights])
    assert np.allclose(live, rows)


def test_only_the_causal_stack_is_the_same_live():
    """Cut the input off at t: what was written up to t stays, if the stack is causal."""
    x = np.random.default_rng(2).standard_normal(50)
    for mode, stays in (("causal", True), ("live", True), ("whole", False)):
        cut = flow(x[:30], 3, "smooth", mode)
        assert np.allclose(cut, flow(x, 3, "smooth", mode)[:, :30]) == stays


@settings(deadline=None)
@given(values=all_settings)
def test_picture_and_sentence_show_the_same_step(values):
    curves, t, mode = FIGURE.curves(**values), values["time"], values["mode"]
    rows = flow(sources.word()[:END], values["layers"], values["weights"], mode)
    assert np.array_equal(curves["written"], rows[:, FIRST + t])
    weights = np.array(WEIGHTS[values["weights"]])
    assert np.allclose(curves["read"] @ weights, curves["written"][1:]), "it writes what it reads"
    assert (curves["steps"].max() > t) == (mode != "causal")
    assert curves["there"].all() == (mode == "whole" or t == 31)
    assert not curves["values"][curves["there"] == 0].any()
    said = FIGURE.describe(**values)
    assert ("isn't there yet" in said) == (mode == "live")
    assert ("None of them lies ahead" in said) == (mode == "causal")


def test_the_sound_ends_at_the_step_and_the_page_has_enough_of_the_word():
    x = FIGURE.samples(**FIGURE.settings(time=5))
    assert len(x) == FIRST + 5 + 1 + 200 and not x[:100].any() and not x[-100:].any()
    code = base64.b64decode(FIGURE.data()["word"], validate=True)
    assert np.array_equal(np.frombuffer(code, "<i2") / 32768, sources.word()[:END])
    last = flow(sources.word(), 4, "smooth", "whole")[:, FIRST + 31]
    held = FIGURE.curves(**FIGURE.settings(time=31, layers=4, mode="whole"))["written"]
    assert np.array_equal(held, last), "what lies ahead of the picture is there, too"


def test_broken_it_is_softer_and_has_more_hiss_against_its_hum():
    """As the chapter says of zeros on both sides, step by step."""

    def bands(mode: str) -> tuple[float, float]:
        y = FIGURE.samples(**FIGURE.settings(mode=mode))
        power, f = np.abs(np.fft.rfft(y)) ** 2, np.fft.rfftfreq(len(y), 1 / 8000)
        return tuple(10 * np.log10(power[band].sum()) for band in (f < 1000, f > 1000))

    whole, live = bands("whole"), bands("live")
    assert live[0] < whole[0] - 5
    assert live[1] - live[0] > whole[1] - whole[0] + 10
