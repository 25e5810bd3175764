"""The figure of truncated backpropagation against the gradients of a real SampleRNN."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from test_interactive_browser import TOLERANCE, largest_difference, opened  # noqa: F401

from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.truncation import FAST, LENGTH, SLOW, reach, spoken

FIGURE = FIGURES["truncation"]


def taught(chunk: int, time: int, length: int = 256) -> tuple[int, list[int]]:
    """Return the first sample that a loss's gradient reaches, and its steps in each tier."""
    torch.manual_seed(0)
    model = SampleRNN(SampleRNNConfig(frame_sizes=(SLOW, FAST), width=8, embedding=4))
    codes = torch.randint(256, (1, length + 1))
    seen, plain = [], model.real

    def real(codes):
        seen.append(plain(codes).requires_grad_())
        return seen[-1]

    model.real = real
    states, first, steps = None, length, []
    for begin, heard, wanted, *_ in model.chunks(chunk, codes):
        only = torch.full_like(wanted, -1)
        if begin <= time < begin + chunk:
            only[0, time - begin] = wanted[0, time - begin]
        loss, states = model.chunk_loss(states, begin, heard, only)
        if (only >= 0).any():
            loss.backward()
            break
        states = tuple(state.detach() for state in states)
    assert all(x.grad is None for x in seen[:-2]), "nothing goes back beyond the border"
    for size, x in zip((SLOW, FAST), seen[-2:], strict=True):
        (there,) = x.grad[0].nonzero(as_tuple=True)
        first = min(first, begin - size + 1 + int(there[0]))
        steps.append(len({int(n) // size for n in there}))
    return first, steps


@pytest.mark.parametrize("chunk", [32, 64, 256])
@pytest.mark.parametrize("time", [0, 15, 16, 31, 32, 100, 130, 255])
def test_it_reaches_as_far_as_a_real_gradient(chunk, time):
    first, steps = taught(chunk, time)
    begin = time // chunk * chunk
    assert first == begin - SLOW + 1 and reach(time, chunk) == max(0, first)
    assert steps == [1 + (time - begin) // size for size in (SLOW, FAST)]
    if 100 <= time:
        curves = FIGURE.curves(chunk=32, time=100 + 90 * ((time - 100) // 90))
        assert curves["steps"].tolist() == taught(32, 100 + 90 * ((time - 100) // 90))[1]


def test_what_is_reached_is_loud_and_the_rest_is_quiet():
    values = {"chunk": 512, "time": 1900}
    x, whole = FIGURE.samples(**values), FIGURE.samples(**values, heard="word")
    first = reach(1900, 512)
    assert first == 1536 - 15 and np.array_equal(x[first:1901], whole[first:1901])
    assert np.allclose(x[: first - 40], 0.1 * whole[: first - 40])
    assert np.array_equal(whole, spoken()) and len(whole) == LENGTH


def test_just_behind_a_border_a_loss_teaches_little():
    back = FIGURE.curves(chunk=512, time=1900)["back"]
    whole = FIGURE.curves(chunk=LENGTH, time=1900)
    assert np.array_equal(whole["back"], whole["whole"])
    assert back.max() == np.log2(512 + 15) and back[512 // 16] == np.log2(31)


def test_the_page_says_and_shows_the_same(opened):  # noqa: F811
    here = opened(FIGURE)
    for chunk in (0, 4, 6):
        for time in (0, 20, 44):
            for heard in (0, 1):
                got = here.move(look=True, chunk=chunk, time=time, heard=heard)
                assert largest_difference(FIGURE, got) < TOLERANCE
                values = FIGURE.settings(**got["values"])
                assert got["reading"] == FIGURE.reading(values, FIGURE.curves(**values))
    assert not here.errors
