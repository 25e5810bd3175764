"""The checks of the chapter *Training SampleRNN* name the mistake that was made."""

import pytest
import torch
from torch.nn import functional as F

from aigc_edu.models.conditioning import IGNORED
from aigc_edu.models.samplernn import SampleRNN, SampleRNNConfig
from aigc_edu.teaching import check


def reach(t, chunk, frame):
    return max(0, t // chunk * chunk - frame + 1)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda t, c, f: t // c * c - f + 1, "not below 0"),
        (lambda t, c, f: t // c * c, "where the chunk begins"),
        (lambda t, c, f: max(0, t // c * c - f), "one too far"),
        (lambda t, c, f: max(0, t - c + 1), "don't go back a chunk"),
        (lambda t, c, f: max(0, t - c), "don't go back a chunk"),
        (lambda t, c, f: 0, "only the states reach"),
        (lambda t, c, f: t - reach(t, c, f) + 1, "how many samples"),
        (lambda t, c, f: t // c, "number of the chunk"),
        (lambda t, c, f: t, "at t = 200 the first sample is 177, not 200"),
        (lambda t, c, f: ..., "not written yet"),
    ],
)
def test_reach_names_the_mistake(answer, hint):
    assert check("samplernn-reach", reach).passed
    assert check("samplernn-reach", lambda *a: torch.tensor(reach(*a))).passed
    assert hint in check("samplernn-reach", answer).hint


def cut(codes, chunk, frame, early=0, fill=128, last=IGNORED, full=True):
    missing = -(len(codes) - 1) % chunk
    wanted = F.pad(codes[1:], (0, missing), value=last)
    heard = F.pad(codes[:-1], (frame - 1 + early, missing), value=fill)
    pairs = []
    for b in range(0, len(wanted), chunk):
        pairs.append((heard[b : b + frame - 1 + early + chunk], wanted[b : b + chunk]))
    if not full:
        h, w = pairs[-1]
        pairs[-1] = h, w[w != IGNORED]
    return pairs


def each(change):
    return lambda *a: [change(h, w, a[2]) for h, w in cut(*a)]


def silent_before(heard, wanted, frame):
    heard = heard.clone()
    heard[: frame - 1] = 128
    return heard, wanted


def in_place(codes, chunk, frame):
    pairs = [(h.clone(), w.clone()) for h, w in cut(codes, chunk, frame)]
    codes[0] = 3
    return pairs


def not_filled(codes, chunk, frame):
    pairs = cut(codes, chunk, frame)
    heard, wanted = pairs[-1]
    return [*pairs[:-1], (heard[: len(heard) - int((wanted == IGNORED).sum())], wanted)]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: cut(*a)[:-1], "the last one may not be full"),
        (each(lambda h, w, f: (h[f - 1 :], w)), "frame before the chunk is missing"),
        (each(silent_before), "chunk 1: before a chunk in the middle there is no silence"),
        (lambda *a: cut(*a, early=1), "one code too many"),
        (lambda *a: cut(*a, fill=0), "code 0 is the lowest amplitude"),
        (lambda *a: cut(*a, last=128), "scored as silence"),
        (lambda *a: cut(*a, last=0), "must be IGNORED"),
        (lambda *a: cut(*a, full=False), "fill the last chunk up"),
        (not_filled, "fill what is heard up"),
        (each(lambda h, w, f: (h, h[f - 1 :])), "they aren't shifted"),
        (each(lambda h, w, f: (h + 1, w)), "heard must end with"),
        (each(lambda h, w, f: (h, w + 1)), "wanted are the next codes"),
        (in_place, "argument has been changed"),
        (lambda *a: 3, "list of pairs"),
        (lambda *a: [1, 2, 3], "list of pairs"),
        (lambda *a: ..., "not written yet"),
    ],
)
def test_chunks_name_the_mistake(answer, hint):
    assert check("samplernn-chunks", cut).passed
    assert hint in check("samplernn-chunks", answer).hint


def test_the_right_chunks_are_those_of_the_library():
    model = SampleRNN(SampleRNNConfig(frame_sizes=(8, 2), width=4, embedding=4))
    codes = torch.randint(256, (38,))
    for (_, heard, wanted, *_), (mine, next_codes) in zip(
        model.chunks(16, codes[None]), cut(codes, 16, 8), strict=True
    ):
        assert torch.equal(heard[0], mine) and torch.equal(wanted[0], next_codes)


def whole(losses, counts):
    return (losses * counts).sum() / counts.sum()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda x, n: x.mean(), "aren't equally long"),
        (lambda x, n: x[n > 0].mean(), "is not enough"),
        (lambda x, n: (x * n).sum(), "that is the sum"),
        (lambda x, n: (x * n).sum() / (512 * len(n)), "that are scored"),
        (lambda x, n: x.sum() / n.sum(), "means already"),
        (lambda x, n: (x * n / n).mean(), "don't divide by its count"),
        (lambda x, n: 1.0, "give 2.594"),
        (lambda x, n: ..., "not written yet"),
    ],
)
def test_mean_names_the_mistake(answer, hint):
    assert check("samplernn-mean", whole).passed
    assert check("samplernn-mean", lambda x, n: float(whole(x, n))).passed
    assert hint in check("samplernn-mean", answer).hint


def extra(trained, used, chunk):
    return (used - trained).reshape(-1, chunk).mean(dim=1)


def first(flags):
    found = flags.nonzero().flatten().tolist()
    return found[0] if found else -1


def breaks(trained, used, chunk, limit):
    return first(extra(trained, used, chunk) > limit)


def one_more(*given):
    at = breaks(*given)
    return at if at == -1 else at + 1


def position(trained, used, chunk, limit):
    at = breaks(trained, used, chunk, limit)
    return at if at == -1 else chunk * at


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: breaks(*a) or -1, "0 is false in Python"),
        (lambda a, b, c, x: int((extra(a, b, c) > x).int().argmax()), "return -1"),
        (lambda a, b, c, x: first((b - a).reshape(-1, c).amax(1) > x), "the chunk's *mean*"),
        (lambda a, b, c, x: first(extra(a, b, c).abs() > x), "it is chunk 4, not 2"),
        (lambda a, b, c, x: breaks(b, a, c, x), "you return -1"),
        (lambda a, b, c, x: 3, "costs *more* in use"),
        (one_more, "counted from 0"),
        (position, "number of a position"),
        (lambda a, b, c, x: first(extra(a, b, c) > 4.4 * x), "*first*"),
        (lambda a, b, c, x: first(extra(a, b, c) > 0.05), "*mean*"),
        (lambda *a: ..., "not written yet"),
        (lambda *a: None, "not written yet"),
    ],
)
def test_breaks_names_the_mistake(answer, hint):
    assert check("samplernn-breaks", breaks).passed
    assert hint in check("samplernn-breaks", answer).hint
