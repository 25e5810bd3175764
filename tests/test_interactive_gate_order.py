"""The figure of a GRU laid from PyTorch into Keras, against PyTorch itself."""

from __future__ import annotations

import importlib
import itertools

import numpy as np
import torch
from torch import nn

from aigc_edu.nn.keras_layout import gru_layout
from aigc_edu.teaching.interactive import FIGURES

# The package has a function of the same name.
figure = importlib.import_module("aigc_edu.teaching.interactive.gate_order")
SETTINGS = list(
    itertools.product(
        map("".join, itertools.permutations("rzn")), ("transposed", "as it is"), ("input", "state")
    )
)
RIGHT = ("zrn", "transposed", "input")


def test_the_right_setting_is_the_librarys_layout():
    own = figure.weights()
    expected = gru_layout(own["w"], own["u"], own["b"], own["c"])
    for got, wanted in zip(figure.laid(*RIGHT), expected, strict=True):
        assert np.array_equal(got, wanted)


def test_it_sounds_as_pytorchs_gru():
    own = figure.weights()
    rnn = nn.GRU(3, 6, batch_first=True).double()
    with torch.no_grad():
        for weight, name in zip(rnn.parameters(), "wubc", strict=True):
            weight.copy_(torch.from_numpy(own[name]))
        clicks = torch.zeros(1, figure.LENGTH, 3, dtype=torch.float64)
        for when, bell in figure._TUNE:
            clicks[0, when : when + 2, bell] = 1
        heard = rnn(clicks)[0][0, :, 1::2].sum(-1).numpy()
    expected = figure._GAIN * np.diff(heard, prepend=0.0)
    assert np.abs(figure.run(*RIGHT) - expected).max() < 1e-12
    assert np.abs(expected).max() > 0.2


def test_one_setting_of_24_is_right_and_the_biases_are_hardest_to_hear():
    off = {s: float(figure._curves(*s, "keras")["level"][0]) for s in SETTINGS}
    assert len(off) == 24 and [s for s, level in off.items() if level == -200] == [RIGHT]
    order = sorted(off, key=off.get)
    assert order[1] == ("zrn", "transposed", "state")
    assert -30 < off[order[1]] < -12 and off[order[2]] > -3


def test_it_says_what_is_right_and_how_wrong_the_rest_is():
    shown = FIGURES["gate_order"]
    keys = ("order", "state", "bias")
    assert "gives what PyTorch gives" in shown.describe(**dict(zip(keys, RIGHT, strict=True)))
    assert "dB against" in shown.describe()
    difference = shown.samples(**dict(zip(keys, RIGHT, strict=True)), heard="difference")
    assert not difference.any()
