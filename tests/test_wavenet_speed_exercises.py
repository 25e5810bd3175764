"""The checks of the chapter *Generating fast* name the mistake that was made."""

import pytest
import torch

from aigc_edu.teaching import check


def ring_step(x_t, ring, t, now, past, write_first=False, write=True):
    slot = t % len(ring)
    if write_first:
        ring[slot] = x_t
    oldest = ring[slot]
    if write:
        ring[slot] = x_t
    return now * x_t + past * oldest


def shift(x_t, ring, t, now, past):
    ring.append(x_t)
    return now * x_t + past * ring.pop(0)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: ring_step(*a, write_first=True), "before you read"),
        (lambda *a: ring_step(*a, write=False), "never"),
        (lambda x, r, t, now, past: ring_step(x, r, t, past, now), "weights are swapped"),
        (shift, "slot t % d"),
        (lambda x, r, t, now, past: ring_step(x, r, t + 1, now, past), "slot t % d"),
        (lambda x, r, t, now, past: r.append(x) or 0.0, "keep its length"),
        (lambda x, r, t, now, past: ring_step(x, r, 2 * t, now, past), "y[2] should be"),
    ],
)
def test_ring_buffer_names_the_mistake(answer, hint):
    assert check("wavenet-ring-buffer", ring_step).passed
    assert hint in check("wavenet-ring-buffer", answer).hint


def differing(wrong, right, least=1e-3):
    return (wrong - right).abs().amax(dim=0) > least * right.abs().max()


def begins(differ):
    return int(differ.nonzero()[0, 0])


def broken(wrong, right):
    return begins(differing(wrong, right)) + 1


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda w, r: begins(differing(w, r, 0)) + 1, "by rounding"),
        (lambda w, r: begins((w != r).any(0)), "by rounding"),
        (lambda w, r: begins(differing(w, r)), "how many slots should it have"),
        (lambda w, r: begins(differing(w, r)) + 2, "one too many"),
        (lambda w, r: int((w - r).abs().amax(0).argmax()), "where the difference is largest"),
        (lambda w, r: begins(((w - r).abs() > 1e-3).flatten()), "which *column*"),
        (lambda w, r: int(differing(w, r).sum()), "how many columns"),
        (
            lambda w, r: int((w.argmax(0) != r.argmax(0)).to(torch.uint8).argmax()),
            "stays the same for long",
        ),
        (lambda w, r: 7, "the dilations are [2, 8, 4, 16, 32]"),
    ],
)
def test_the_broken_ring_names_the_mistake(answer, hint):
    assert check("speed-broken-ring", broken).passed
    assert hint in check("speed-broken-ring", answer).hint


def in_blocks(x, product, d, block=8, lag=None, least=True):
    """Return the products of x[t - lag], in blocks of ``block`` steps or, if fewer, of d."""
    size = min(d, block) if least else block
    late = torch.cat([torch.zeros(d if lag is None else lag, x.shape[1]), x])
    return torch.cat([product(late[t : t + size]) for t in range(0, len(x), size)])[: len(x)]


def only_known(x, product, d):
    """Leave the zeros out, and multiply the rest in blocks."""
    size, zeros = min(d, 8), 0 * product(x[:1])
    rows = [product(x[t : t + size]) for t in range(0, len(x) - d, size)]
    return torch.cat([zeros.expand(d, -1), *rows])[: len(x)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, p, d: in_blocks(x, p, 1, lag=d), "the matrix is read 40 times"),
        (lambda x, p, d: in_blocks(x, p, d, least=False), "aren't known yet"),
        (lambda x, p, d: in_blocks(x, p, d, block=16), "more than 8 at once"),
        (lambda x, p, d: in_blocks(x, p, d, lag=0), "the present input"),
        (lambda x, p, d: in_blocks(x, p, d, lag=d - 1), "off by one"),
        (lambda x, p, d: in_blocks(x, p, d, lag=d + 1), "off by one"),
        (lambda x, p, d: in_blocks(x, p, d)[d:], "first d rows are missing"),
        (lambda x, p, d: in_blocks(x.roll(d, 0), p, d, lag=0), "come round to the front"),
        (lambda x, p, d: in_blocks(x.roll(-d, 0).clone(), p, d, lag=0), "row t should be"),
        (lambda x, p, d: torch.stack([p(x[t]) for t in range(40)]), "product takes rows"),
        (lambda x, p, d: in_blocks(x, lambda rows: rows, d), "not multiplied"),
    ],
)
def test_blocks_name_the_mistake(answer, hint):
    assert check("speed-blocks", in_blocks).passed
    assert check("speed-blocks", only_known).passed
    assert hint in check("speed-blocks", answer).hint
