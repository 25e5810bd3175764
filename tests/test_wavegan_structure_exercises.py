"""The checks of the chapter on WaveGAN's structure name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.adversarial.wavegan_structure import FAULTS, Judge, Shuffle
from aigc_edu.models.wavegan import Generator, WaveGANConfig
from aigc_edu.nn import shifted
from aigc_edu.teaching import check


def table(length, d, latent, k=25, s=4, bias=1):
    channels, first = [16 * d, 8 * d, 4 * d, 2 * d, d, 1], length // s**5
    rows = [(16 * d, first, 16 * d * first * (latent + bias))]
    for n in range(5):
        a, b = channels[n : n + 2]
        rows.append((b, first * s ** (n + 1), k * a * b + bias * b))
    return rows


def test_the_table_is_the_library_s():
    network = Generator(WaveGANConfig(length=3072, width=3, latent=7))
    layers = [network.dense, *network.layers]
    counted = [sum(p.numel() for p in layer.parameters()) for layer in layers]
    assert counted == [row[2] for row in table(3072, 3, 7)]


def columns(change, which):
    """Return an answer with one column of the right table changed."""

    def answer(length, d, latent):
        rows = [list(row) for row in table(length, d, latent)]
        new = change(*zip(*rows, strict=True), length)
        for row, value in zip(rows, new, strict=True):
            row[which] = value
        return rows

    return answer


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *given: table(*given)[1:], "six rows"),
        (columns(lambda c, t, p, length: c[::-1], 0), "order of the critic"),
        (columns(lambda c, t, p, length: [n + 1 for n in c], 0), "halved by each layer"),
        (columns(lambda c, t, p, length: [length // 2 ** (5 - n) for n in range(6)], 1), "not two"),
        (columns(lambda c, t, p, length: [2 * n for n in t], 1), "four times as many"),
        (lambda *given: table(*given, bias=0), "has biases"),
        (columns(lambda c, t, p, length: [p[0] - c[0], *p[1:]], 2), "the dense layer has"),
        (columns(lambda c, t, p, length: [*p[:3], 7, *p[4:]], 2), "layer 3 has"),
    ],
)
def test_table_names_the_mistake(answer, hint):
    assert check("wavegan-table", table).passed
    assert hint in check("wavegan-table", answer).hint


def comb(period, taps, scale=1.0):
    w, middle = np.zeros(taps), (taps - 1) // 2
    places = np.flatnonzero((np.arange(taps) - middle) % period == 0)
    w[places] = -scale / len(places)
    w[middle] += 1
    return w


@pytest.mark.parametrize("period", [4, 16, 64])
def test_the_comb_takes_away_just_the_multiples(period):
    w = comb(period, 512)
    gain = np.abs(np.fft.rfft(w, 4096))
    assert gain[:: 4096 // period].max() < 1e-12
    between = gain[4096 // period // 2 :: 4096 // period]
    assert between.min() > 0.85 and between.max() < 1.15


def from_the_first(period, taps):
    w = np.zeros(taps)
    w[::period] = -1 / len(w[::period])
    w[(taps - 1) // 2] += 1
    return w


def without_the_middle(period, taps):
    w, middle = np.zeros(taps), (taps - 1) // 2
    places = np.flatnonzero((np.arange(taps) - middle) % period == 0)
    w[places] = -1 / (len(places) - 1)
    w[middle] = 1
    return w


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda p, k: np.eye(k)[(k - 1) // 2] - comb(p, k), "keeps what repeats"),
        (without_the_middle, "the middle included"),
        (lambda p, k: comb(p, k, len(range((k - 1) // 2 % p, k, p))), "divided by their number"),
        (from_the_first, "counted from the middle"),
        (lambda p, k: np.eye(k)[(k - 1) // 2] - 1 / k, "all taps"),
        (lambda p, k: comb(p, k)[1:], "the shape should be"),
        (lambda p, k: -comb(p, k), "1 in the middle"),
    ],
)
def test_comb_names_the_mistake(answer, hint):
    assert check("wavegan-comb", comb).passed
    assert hint in check("wavegan-comb", answer).hint


def fault(layer, tries=60):
    x = (1 + torch.rand(1, 1, 12)).expand(3, 1, 12)
    seen = [layer(x) for _ in range(tries)]
    if all(torch.equal(y, x) for y in seen):
        return "never"
    if any((y != y[:1]).any() for y in seen):
        return "apart"
    return "zeros" if any((y == 0).any() for y in seen) else "none"


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda layer: "broken", "return one of"),
        (lambda layer: "none", "you didn't notice"),
        (lambda layer: fault(layer, 1), 'was called "never"'),
        (lambda layer: {"apart": "none"}.get(fault(layer), fault(layer)), "all the same"),
        (lambda layer: {"zeros": "none"}.get(fault(layer), fault(layer)), "mirror image"),
    ],
)
def test_shuffle_names_the_mistake(answer, hint):
    assert check("wavegan-shuffle", fault).passed
    assert hint in check("wavegan-shuffle", answer).hint


def test_the_faulty_shuffles_do_what_their_names_say():
    x = 1 + torch.rand(2, 1, 12)
    for name in FAULTS:
        torch.manual_seed(0)
        layer = Shuffle(name)
        seen = [layer(x) for _ in range(40)]
        moved = [[n for n in range(-2, 3) if torch.equal(y, shifted(x, n))] for y in seen]
        if name == "never":
            assert moved == [[0]] * 40
        elif name == "none":
            assert all(moved) and len({m[0] for m in moved}) == 5
        else:
            assert not all(moved)
    mirrored = [y for y in seen if (y == 0).any()]
    assert mirrored and all((y[:, :, 3:-3] != 0).all() for y in mirrored)


def alone(critic, x):
    scores = critic(x)
    for i in range(len(x)):
        other = x.clone()
        other[i] = torch.randn_like(x[i])
        moved = (critic(other) - scores).abs() > 1e-6
        moved[i] = False
        if moved.any():
            return False
    return True


def only_the_first_hears(critic, x):
    other = x.clone()
    other[2:] = 0
    return bool((critic(other) - critic(x))[0].abs() < 1e-6)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda critic, x: False, "False of a plain critic"),
        (lambda critic, x: True, "batch normalisation"),
        (lambda critic, x: critic.way == "alone", "normalised within each clip"),
        (lambda critic, x: critic.way != "batch", "spread of the batch"),
        (lambda critic, x: critic.way not in ("batch", "spread"), "Try all pairs"),
    ],
)
def test_alone_names_the_mistake(answer, hint):
    assert check("wavegan-alone", alone).passed
    assert not check("wavegan-alone", only_the_first_hears).passed
    assert hint in check("wavegan-alone", answer).hint


def test_the_judges_do_what_they_are_said_to():
    for way in ("alone", "layer", "batch", "spread", "before"):
        torch.manual_seed(3)
        judge, x = Judge(way), torch.randn(3, 128)
        judge(x)
        assert alone(judge, x) == (way in ("alone", "layer")), way
