"""The checks of the chapter on SampleRNN's structure name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.autoregressive.samplernn_structure import LEAKS, Leaking
from aigc_edu.teaching import check


def used(sizes, t):
    return [t % slow // fast for slow, fast in zip(sizes, (*sizes[1:], 1), strict=True)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s, t: [n + 1 for n in used(s, t)], "the first output is 0"),
        (lambda s, t: used(s, t)[::-1], "from the slowest"),
        (lambda s, t: used(s, t + 1), "has moved already"),
        (lambda s, t: used(s, t - 1), "about t + 1"),
        (lambda s, t: [t % size for size in s], "samples since the tier moved"),
        (lambda s, t: [t // fast for fast in (*s[1:], 1)], "start anew"),
        (lambda s, t: [t % (a // b) for a, b in zip(s, (*s[1:], 1), strict=True)], "*below* moves"),
        (lambda s, t: [t // size for size in s], "how often"),
        (lambda s, t: [0], "2 frame tiers"),
        (lambda s, t: [7, 9], "it should be [1, 1]"),
    ],
)
def test_clocks_names_the_mistake(answer, hint):
    assert check("samplernn-clocks", used).passed
    assert hint in check("samplernn-clocks", answer).hint


def told(h, U, d):
    return torch.einsum("jde,ne->njd", U, h) + d


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda h, U, d: told(h, U, d).transpose(0, 1).flatten(0, 1), "order of time"),
        (lambda h, U, d: told(h, U.transpose(1, 2), d).flatten(0, 1), "turned"),
        (lambda h, U, d: told(h, U, 0 * d).flatten(0, 1), "missing"),
        (lambda h, U, d: told(h, U, d[:1]).flatten(0, 1), "constant of its own"),
        (lambda h, U, d: told(h, U[:1], d[:1]).repeat(1, 3, 1).flatten(0, 1), "matrix of its own"),
        (lambda h, U, d: told(h, U, d).flatten(1), "rows of their own"),
        (lambda h, U, d: told(h, U, d), "one axis"),
        (lambda h, U, d: h, "the shape should be"),
        (lambda h, U, d: -told(h, U, d).flatten(0, 1), "the row n r + j"),
    ],
)
def test_upsample_names_the_mistake(answer, hint):
    assert check("samplernn-upsample", lambda h, U, d: told(h, U, d).flatten(0, 1)).passed
    assert hint in check("samplernn-upsample", answer).hint


@torch.no_grad()
def furthest(network, slow, moments=None):
    """Return how far ahead logits hear at most, of all moments or of some."""
    length = 3 * slow
    random = torch.Generator().manual_seed(0)
    codes = torch.randint(0, 16, (1, length), generator=random).expand(length, -1)
    changed = (codes + 7 * torch.eye(length, dtype=torch.long)) % 16
    moved = (network(changed) != network(codes)).any(dim=1).nonzero().tolist()
    return max(s - t for s, t in moved if moments is None or t in moments)


def leak(network, sizes, moments=None):
    ahead = furthest(network, sizes[0], moments)
    return "none" if ahead == 0 else {1: "sample", sizes[1]: "fast"}.get(ahead, "slow")


@pytest.mark.parametrize("where", LEAKS)
def test_a_leaking_network_hears_as_far_ahead_as_it_should(where):
    ahead = {"none": 0, "slow": 16, "fast": 4, "sample": 1}[where]
    assert furthest(Leaking(where, (16, 4), 5), 16) == ahead


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda net, s: leak(net, s, {s[0] - 1}), "just before its next move"),
        (lambda net, s: leak(net, s).replace("fast", "sample"), "a whole fast frame ahead"),
        (lambda net, s: leak(net, s).replace("sample", "none"), "one code ahead, at every t"),
        (lambda net, s: leak(net, s).replace("none", "sample"), "may."),
        (lambda net, s: "none", "for every network"),
        (lambda net, s: "leak", "is none of them"),
    ],
)
def test_leak_names_the_mistake(answer, hint):
    assert check("samplernn-leak", leak).passed
    assert hint.lower() in check("samplernn-leak", answer).hint.lower()


def coding(x, k):
    y = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log1p(255)
    share = (x - x.min()) / (x.max() - x.min())
    means = {"mu-law": (y + 1) / 2 * 255, "linear": (x + 1) * 128, "min-max": share * 256}
    return min(means, key=lambda name: np.abs(k - means[name]).mean())


def by_ends(x, k):
    if k.min() == 0 and k.max() == 255:
        return "min-max"
    return coding(x, k)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, k: coding(x, k).replace("mu-law", "linear"), "not equal steps"),
        (lambda x, k: coding(x, k).replace("linear", "min-max"), "whatever the clip"),
        (lambda x, k: coding(x, k).replace("min-max", "linear"), "smallest sample of the clip"),
        (lambda x, k: "even", "is none of them"),
    ],
)
def test_coding_names_the_mistake(answer, hint):
    assert check("samplernn-coding", coding).passed
    assert hint in check("samplernn-coding", answer).hint
