"""The figure of the clocks against the network: what each sample hears of, and when tiers move."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.models.samplernn.stream import SampleRNNStream
from aigc_edu.teaching.interactive import FIGURES
from aigc_edu.teaching.interactive.clocks import frame_sizes, reads, ways

FIGURE = FIGURES["clocks"]
SIZES = FIGURE.controls[1].values
each_size = pytest.mark.parametrize("sizes", SIZES)


def network(sizes: str) -> SampleRNN:
    torch.manual_seed(0)
    config = SampleRNNConfig(levels=16, frame_sizes=frame_sizes(sizes), width=12, embedding=4)
    return SampleRNN(config).double()


def reaching(call, codes: torch.Tensor) -> set[int]:
    """Return which codes move what a call makes of them."""
    with torch.no_grad():
        base, found = call(codes), set()
        for s in range(codes.shape[1]):
            other = codes.clone()
            other[0, s] = (other[0, s] + 7) % 16
            if not torch.equal(call(other), base):
                found.add(s)
    return found


@each_size
def test_the_ways_are_those_of_the_network(sizes):
    slow, fast = frame_sizes(sizes)
    model, codes = network(sizes), torch.randint(0, 16, (1, 64))
    with torch.no_grad():
        for tier in model.tiers:  # no state: what is left is what the figure calls 1, 2 and 4
            for name, weight in tier.rnn.named_parameters():
                weight.zero_() if name == "weight_hh_l0" else None
                weight[12:24].fill_(-100.0) if name == "bias_ih_l0" else None
    for time in (0, 3, 21, 32, 47, 63):
        way = ways(time, slow, fast)
        direct = {s for s in range(64) if 0 < way[s] < 8}
        assert reaching(lambda c, t=time: model(c)[0, :, t], codes) == direct
        assert set(np.flatnonzero(way)) == set(range(time + 1))


@each_size
def test_every_code_that_has_come_is_heard_and_none_that_has_not(sizes):
    model, codes = network(sizes), torch.randint(0, 16, (1, 64))
    for time in (0, 21, 63):
        heard = set(np.flatnonzero(FIGURE.curves(time=time, sizes=sizes, heard="all")["ways"]))
        assert reaching(lambda c, t=time: model(c)[0, :, t], codes) == heard


@each_size
def test_tiers_move_and_outputs_are_used_as_in_the_stream(sizes, monkeypatch):
    model, codes = network(sizes), torch.randint(0, 16, (1, 64))
    stream, moved = SampleRNNStream(model, 1), []
    monkeypatch.setattr(stream, "_move", lambda i, tier: moved.append(i))
    monkeypatch.setattr(stream, "_samples", lambda above: torch.zeros(1, 16))
    slow, fast = frame_sizes(sizes)
    stream.said = [torch.zeros(1, r, 12) for r in (slow // fast, fast)]
    for t in range(64):
        moved.clear()
        stream.step(codes[:, t])
        curves = FIGURE.curves(time=t, sizes=sizes, heard="all")
        assert moved == list(np.flatnonzero(curves["moves"][:2]))
        assert curves["used"][1] == t % stream.said[1].shape[1]
        first, last = reads(fast, t)
        assert curves["used"][0] == last // fast % stream.said[0].shape[1]
        assert curves["read"].tolist() == [[*reads(slow, t)], [first, last], [t - fast + 1, t]]


def test_the_sentence_tells_what_the_picture_shows():
    said = FIGURE.describe(time=21, sizes="16 4")
    assert "Code 21 has come; the sample tier moves. Sample 22 hears codes 18 to 21" in said
    assert "codes 17 to 20 by output 2 of 4 of the fast tier" in said
    assert "codes 1 to 16 by output 2 of 4 of the slow one" in said
    all_move = FIGURE.describe(time=32, sizes="32 8")
    assert "the sample tier, the fast tier and the slow tier move." in all_move
    assert "silence and code 0 by output 3 of 4" in FIGURE.describe(time=10, sizes="16 4")


def test_each_tier_ticks_at_its_rate():
    for heard, every in (("slow tier", 16), ("fast tier", 4)):
        x = FIGURE.samples(time=0, sizes="16 4", heard=heard).reshape(32, 1600)
        loudest = np.abs(x).max(axis=1)  # a tick dies away until the next
        begins = np.diff(loudest, prepend=0) > 0.01
        assert np.flatnonzero(begins).tolist() == list(range(0, 32, every))


@each_size
def test_at_full_pace_the_clocks_are_tones(sizes):
    x = FIGURE.samples(time=5, sizes=sizes, heard="pace")
    spectrum = np.abs(np.fft.rfft(x)) / len(x) * 2
    lines = np.flatnonzero(spectrum > 0.03) * 16_000 / len(x)
    assert lines.tolist() == sorted(8000 / size for size in frame_sizes(sizes))
