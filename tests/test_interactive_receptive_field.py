"""The figure of receptive fields against the layers themselves: gradients through real stacks."""

from __future__ import annotations

import base64
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from aigc_edu.nn import CausalConv1d, receptive_field
from aigc_edu.teaching.interactive import FIGURES, sources
from aigc_edu.teaching.interactive.convolution import dilations, reaching

FIGURE = FIGURES["receptive_field"]
PATTERNS = ("double", "anew", "constant", "triple")
BEFORE = 20  # inputs before the window, and more: they must stay without a gradient

each_pattern = pytest.mark.parametrize("pattern", PATTERNS)
each_kernel = pytest.mark.parametrize("kernel", [2, 3])
all_settings = st.fixed_dictionaries({c.name: st.sampled_from(c.values) for c in FIGURE.controls})


def with_gradient(spread: list[int], kernel: int, output: int = 0) -> np.ndarray:
    """Return where a stack of layers with positive weights has a gradient of one output.

    Shape (layers + 1, T): row 0 are the inputs, the others the layers' outputs.
    """
    torch.manual_seed(0)
    layers = [CausalConv1d(1, 1, kernel, d, bias=False) for d in spread]
    for layer in layers:  # no two paths may cancel
        nn.init.uniform_(layer.weight, 0.5, 1.0)
    length = 1 + (kernel - 1) * sum(spread) + BEFORE
    rows = [torch.ones(1, 1, length, requires_grad=True)]
    for layer in layers:
        rows.append(layer(rows[-1]))
        rows[-1].retain_grad()
    rows[-1][0, 0, length - 1 + output].backward()
    return np.stack([row.grad[0, 0].numpy() != 0 for row in rows])


# ---------------------------------------------------------------- what is reached


def test_the_dilations_are_those_that_the_menu_names():
    assert dilations("double", 6) == [1, 2, 4, 8, 16, 32]
    assert dilations("anew", 6) == [1, 2, 4, 8, 1, 2]
    assert dilations("constant", 3) == [1, 1, 1]
    assert dilations("triple", 5) == [1, 3, 9, 27, 81]


@each_pattern
@each_kernel
@pytest.mark.parametrize("layers", [1, 2, 4, 5, 8])
def test_the_nodes_with_a_path_are_those_with_a_gradient(pattern, kernel, layers):
    spread = dilations(pattern, layers)
    nodes, gradient = reaching(spread, kernel), with_gradient(spread, kernel)
    assert nodes.shape == (layers + 1, receptive_field(kernel, spread))
    assert np.array_equal(nodes, gradient[:, BEFORE:])
    assert not gradient[:, :BEFORE].any(), "nothing before the window reaches the output"


@each_pattern
@each_kernel
@pytest.mark.parametrize(("layers", "output"), [(1, 0), (3, -15), (4, 0), (6, -7), (8, -1)])
def test_the_picture_shows_the_gradients_last_columns(pattern, kernel, layers, output):
    values = {"layers": layers, "pattern": pattern, "kernel": kernel, "output": output}
    seen = FIGURE.curves(**FIGURE.settings(**values))["reached"]
    gradient = with_gradient(dilations(pattern, layers), kernel, output)
    both = min(seen.shape[1], gradient.shape[1])
    assert np.array_equal(seen[:, -both:], gradient[:, -both:])
    assert not seen[:, :-both].any()


@each_pattern
@each_kernel
def test_r_and_the_count_are_those_of_the_layers(pattern, kernel):
    curves = FIGURE.curves(**FIGURE.settings(pattern=pattern, kernel=kernel))
    for layers in range(1, 9):
        r = receptive_field(kernel, dilations(pattern, layers))
        assert curves["field"][layers - 1] == r
        assert curves["constant"][layers - 1] == receptive_field(kernel, [1] * layers)
        here = FIGURE.curves(**FIGURE.settings(layers=layers, pattern=pattern, kernel=kernel))
        gaps = r - 2**layers if (pattern, kernel) == ("triple", 2) else 0
        assert here["never"] == [gaps], "two choices in each layer, and all sums differ"


@given(values=all_settings)
def test_the_lines_lead_from_the_output_to_all_that_is_reached(values):
    curves = FIGURE.curves(**values)
    layers, columns = values["layers"], curves["reached"].shape[1]
    lines = list(zip(curves["to_layer"], curves["to_time"], curves["from_time"], strict=True))
    found = {(layers, values["output"])}
    for layer in range(layers, 0, -1):
        found |= {(layer - 1, at) for to, end, at in lines if to == layer and (to, end) in found}
    rows, places = np.nonzero(curves["reached"])
    drawn = set(zip(rows.tolist(), (places - columns + 1).tolist(), strict=True))
    assert {(layer, at) for layer, at in found if at > -columns} == drawn
    assert all(end - at in range(3 * 3**7) for _, end, at in lines), "none comes from the future"
    assert len(lines) == len(set(lines)) == values["kernel"] * sum(layer > 0 for layer, _ in drawn)


# ---------------------------------------------------------------- what is heard and said


@settings(deadline=None)  # the first call decodes the word
@given(values=all_settings)
def test_what_is_heard_is_the_word_up_to_the_output(values):
    end, r = 1932 + values["output"], receptive_field(values["kernel"], spread_of(values))
    x = FIGURE.samples(**values)
    assert not x[:100].any() and not x[-100:].any(), "the players' fades fall into silence"
    heard, length = x[100:-100], end if values["heard"] == "word" else min(r, end)
    stretch = sources.word()[end - length : end]
    if values["heard"] == "reached":
        window = FIGURE.samples(**values | {"heard": "window"})[100:-100]
        reached = reaching(spread_of(values), values["kernel"])[0, -length:]
        assert np.array_equal(heard, np.where(reached, window, 0))
    else:
        fade = min(40, length // 4)  # at least half of it is as it was
        middle = slice(fade, length - fade)
        assert np.array_equal(heard[middle], stretch[middle])
        assert (np.abs(heard) <= np.abs(stretch)).all() and (heard * stretch >= 0).all()
        assert heard.any()


def spread_of(values: dict) -> list[int]:
    return dilations(values["pattern"], values["layers"])


def test_the_page_carries_as_much_of_the_word_as_is_heard():
    code = FIGURE.data()["word"]
    numbers = np.frombuffer(base64.b64decode(code, validate=True), "<i2") / 32768
    assert np.array_equal(numbers, sources.word()[:1932])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {},
            "R = 1 + (2 − 1)(1 + 2 + 4 + 8) = 16 samples, 2 ms at 8,000 a second; "
            "every one of them reaches the output.",
        ),
        (
            {"layers": 2, "pattern": "triple"},
            "R = 1 + (2 − 1)(1 + 3) = 5 samples, 0.63 ms at 8,000 a second; "
            "1 of them never reaches it.",
        ),
        (
            {"layers": 8, "output": -4},
            "R = 1 + (2 − 1)(1 + 2 + 4 + 8 + 16 + 32 + 64 + 128) = 256 samples, 32 ms at 8,000 a "
            "second; every one of them reaches the output. The picture shows the last 60 of them.",
        ),
        (
            {"layers": 7, "pattern": "triple", "kernel": 3},
            "R = 1 + (3 − 1)(1 + 3 + 9 + 27 + 81 + 243 + 729) = 2,187 samples, 273 ms at 8,000 a "
            "second; every one of them reaches the output. "
            "The picture shows the last 64 of them, the sound the last 1,932.",
        ),
    ],
)
def test_the_sentence_is_the_formula_with_its_numbers(values, said):
    assert FIGURE.describe(**values) == f"{FIGURE.alt} {said}"


def test_the_whole_window_is_in_the_picture_or_the_sentence_says_how_much_of_it():
    parts = range(1, 9), PATTERNS, (2, 3), range(-15, 1)
    for layers, pattern, kernel, output in itertools.product(*parts):
        if layers > 5 and output not in (-15, 0):
            continue
        values = {"layers": layers, "pattern": pattern, "kernel": kernel, "output": output}
        r = receptive_field(kernel, dilations(pattern, layers))
        seen = FIGURE.curves(**FIGURE.settings(**values))["reached"].shape[1] + output
        assert (f"The picture shows the last {seen}" in FIGURE.describe(**values)) == (seen < r)
