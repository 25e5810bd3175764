"""The checks of *Reading and levelling* and *Cutting and joining*: right answers, mistakes."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile as sf

from aigc_edu import audio
from aigc_edu.teaching import check

# ---------------------------------------------------------------- the header of a WAV file


def header(
    content,
    *,
    first=12,
    fixed=False,
    even=True,
    order=(0, 1, 2, 3),
    little="<",
    rate_of=lambda rate, channels, bits: rate,
    bits_of=lambda bits: bits,
    frames_of=lambda length, channels, bits: length // (channels * bits // 8),
):
    """Read a WAV file's header, with any of the ways to go wrong."""
    place, facts = first, None
    while place + 8 <= len(content):
        name = content[place : place + 4]
        (length,) = struct.unpack("<I", content[place + 4 : place + 8])
        if name == b"fmt ":
            fields = content[place + 8 : place + 24]
            _, channels, rate, _, _, bits = struct.unpack(little + "HHIIHH", fields)
            _, channels, _, _, _, bits = struct.unpack("<HHIIHH", fields)
            facts = channels, rate, bits
        if name == b"data" and facts:
            if fixed:
                length = len(content) - 44
            channels, rate, bits = facts
            frames = frames_of(length, channels, bits)
            found = channels, rate_of(rate, channels, bits), bits_of(bits), frames
            return tuple(found[i] for i in order)
        place += 8 + length + (length % 2 if even else 0)
    raise IndexError("no data")


def at_fixed_places(content):
    """Take the facts from where they stand in a plain file."""
    channels, rate = struct.unpack("<HI", content[22:28])
    (bits,) = struct.unpack("<H", content[34:36])
    (length,) = struct.unpack("<I", content[40:44])
    return channels, rate, bits, length // (channels * bits // 8)


def after_44(content):
    channels, rate, bits, _ = header(content)
    return channels, rate, bits, (len(content) - 44) // (channels * bits // 8)


def by_soundfile(content):
    with sf.SoundFile(io.BytesIO(content)) as file:
        bits = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24}[file.subtype]
        return [file.channels, file.samplerate, bits, file.frames]


def head(**mistake):
    return lambda content: header(content, **mistake)


# ---------------------------------------------------------------- loudness


def lufs(z):
    return -0.691 + 10 * np.log10(z)


def gated(z, *, below=10.0, from_all=False, offset=0.0, first=True):
    loud = z[lufs(z) >= -70] if first else z
    gate = lufs((z if from_all else loud).mean()) - below
    return lufs(loud[lufs(loud) > gate].mean()) + offset


def in_decibels(z):
    loud = lufs(z)[lufs(z) >= -70]
    return loud[loud > loud.mean() - 10].mean()


def at_last_in_decibels(z):
    loud = lufs(z)[lufs(z) >= -70]
    return loud[loud > lufs((10 ** ((loud + 0.691) / 10)).mean()) - 10].mean()


def with_lists(z):
    """The same with plain Python."""
    loud = [float(v) for v in z if lufs(v) >= -70]
    gate = lufs(sum(loud) / len(loud)) - 10
    kept = [v for v in loud if lufs(v) > gate]
    return lufs(sum(kept) / len(kept))


# ---------------------------------------------------------------- what is wrong with a take


def diagnose(x, *, cut=lambda x: audio.clipped(x).mean() > 0.001, rest=None, turned=None):
    """Name a take's fault, with any of the ways to go wrong."""
    rest = rest or (lambda x: np.abs(x[:, :1000].mean(axis=1)).max() > 0.03 * np.abs(x).max())
    turned = turned or (lambda x: np.sum(x[0] * x[1]) < 0)
    if cut(x):
        return "clipped"
    if rest(x):
        return "offset"
    return "opposite" if turned(x) else "fine"


def by_library(x):
    return diagnose(x, turned=lambda x: audio.correlation(*x) < -0.5)


def by_median(x):
    return diagnose(x, rest=lambda x: np.abs(np.median(x, axis=1)).max() > 0.04 * np.abs(x).max())


def taken(**mistake):
    return lambda x: diagnose(x, **mistake)


# ---------------------------------------------------------------- hard joints


def joints(x, count, *, late=0, steps=False, apart=25, turn=False):
    d = np.diff(x, prepend=x[0])
    e = np.zeros(len(x))
    e[1:-1] = np.abs(d[1:-1] - (d[:-2] + d[2:]) / 2)
    e, found = (np.abs(d) if steps else e), []
    for _ in range(count):
        place = int(np.argmax(e))
        found.append(place + late)
        e[max(0, place - apart) : place + apart + 1] = 0
    return found if turn else sorted(found)


def by_third_difference(x, count):
    third = np.abs(np.diff(x, 3))
    peaks = [n for n in range(2, len(third) - 2) if third[n] == third[n - 2 : n + 3].max()]
    return np.sort(sorted(peaks, key=lambda n: -third[n])[:count]) + 2


def joined(**mistake):
    return lambda x, count: joints(x, count, **mistake)


# ---------------------------------------------------------------- windows


def windows(x, length, hop, *, extra=0, front=False, step=None, count=None):
    many = 1 + -(-max(0, len(x) - length) // hop) if count is None else count(len(x), length, hop)
    many += extra
    missing = max(0, (many - 1) * hop + length - len(x))
    padded = np.pad(x, (missing, 0) if front else (0, missing))
    return np.array([padded[m * hop : m * hop + length] for m in range(many)])


def slid(x, length, hop):
    right = windows(x, length, hop)
    if len(right) > 1:
        right[-1] = x[-length:]
    return right


# ---------------------------------------------------------------- crossfades


def gains(u, rho, *, root=np.sqrt, middle=2.0, sign=1, turn=False):
    D = (1 - u) ** 2 + u**2 + sign * middle * rho * u * (1 - u)
    pair = (1 - u) / root(D), u / root(D)
    return pair[::-1] if turn else pair


def fade(**mistake):
    return lambda u, rho: gains(u, rho, **mistake)


def cosine(u, rho):
    return np.cos(np.pi * u / 2), np.sin(np.pi * u / 2)


def cosine_for_any(u, rho):
    a, b = cosine(u, rho)
    root = np.sqrt(1 + 2 * rho * a * b)
    return (1 - u, u) if rho == 1 else (a / root, b / root)


# ---------------------------------------------------------------- splits


def split(speakers, seed, *, shares=(8, 1, 1), shuffle=True, order=(0, 1, 2)):
    names = np.unique(speakers)
    names = np.random.default_rng(seed).permutation(names) if shuffle else names
    held = [max(1, round(len(names) * share / 10)) for share in shares[1:]]
    groups = names[sum(held) :], names[: held[0]], names[held[0] : sum(held)]
    return tuple(np.flatnonzero(np.isin(speakers, groups[i])) for i in order)


def parts(**mistake):
    return lambda speakers, seed: split(speakers, seed, **mistake)


def by_clip(speakers, seed):
    order = np.random.default_rng(seed).permutation(len(speakers))
    tenth = len(speakers) // 10
    return order[2 * tenth :], order[:tenth], order[tenth : 2 * tenth]


def one_voice_in_two(speakers, seed):
    train, validation, test = split(speakers, seed)
    return np.setdiff1d(train, train[-1:]), np.append(validation, train[-1]), test


def changed(how):
    return lambda speakers, seed: how(*split(speakers, seed), speakers)


def unseeded(speakers, seed):
    return split(speakers, next(DRAWS))


DRAWS = iter(range(10**6))

RIGHT = {
    "preparing-header": [header, by_soundfile, lambda c: np.array(header(c), np.uint32)],
    "preparing-loudness": [gated, with_lists, lambda z: np.array([gated(z)])[0]],
    "preparing-diagnose": [diagnose, by_library, by_median],
    "preparing-joints": [joints, by_third_difference, lambda *v: np.array(joints(*v), np.int32)],
    "preparing-windows": [
        windows,
        audio.split_windows,
        lambda *v: windows(*v).astype(np.float32),
        lambda *v: windows(*v).tolist(),
    ],
    "preparing-fade": [gains, lambda *v: np.array(gains(*v)), lambda *v: list(gains(*v))],
    "preparing-mask": [
        lambda loss, mask: loss[mask].mean(),
        lambda loss, mask: np.where(mask, loss, 0).sum() / mask.sum(),
        lambda loss, mask: np.mean(loss, where=mask),
        lambda loss, mask: np.float32(np.ma.array(loss, mask=~mask).mean()),
    ],
    "preparing-split": [
        split,
        lambda *v: [part.tolist() for part in split(*v)],
        lambda *v: tuple(part[::-1].astype(np.int32) for part in split(*v)),
    ],
}

MISTAKES = [
    ("preparing-diagnose", taken(cut=lambda x: np.abs(x).max() >= 1), "one sample at full scale"),
    ("preparing-diagnose", taken(cut=lambda x: (x >= 1).sum() > 2), "then made 20 dB softer"),
    ("preparing-diagnose", taken(cut=lambda x: False), "was cut off at full scale is 'clipped'"),
    ("preparing-diagnose", taken(rest=lambda x: False), "the mean of the pause"),
    ("preparing-diagnose", taken(rest=lambda x: x[:, :1000].mean() > 0.01), "may be negative"),
    (
        "preparing-diagnose",
        taken(rest=lambda x: abs(x[0, :1000].mean()) > 0.01),
        "look at both channels",
    ),
    ("preparing-diagnose", taken(turned=lambda x: False), "sum of their products is negative"),
    (
        "preparing-diagnose",
        taken(turned=lambda x: np.abs(x.sum(axis=0)).max() < 0.01 * np.abs(x).max()),
        "their correlation is still near -1",
    ),
    ("preparing-diagnose", lambda x: "noisy", "Return one of the words"),
    ("preparing-diagnose", lambda x: 1, "Return one of the words"),
    ("preparing-diagnose", lambda x: "opposite", "A clean take is 'fine'"),
    ("preparing-joints", joined(late=-1), "the last sample before the joint"),
    ("preparing-joints", joined(late=1), "one sample late"),
    ("preparing-joints", joined(steps=True), "these are the largest steps"),
    ("preparing-joints", joined(apart=0), "count one joint several times"),
    ("preparing-joints", joined(turn=True), "sort the places"),
    ("preparing-joints", joined(late=40), "is at sample"),
    ("preparing-joints", lambda x, count: joints(x, count + 1), "whole numbers are asked for"),
    ("preparing-header", at_fixed_places, "takes one chunk for another"),
    ("preparing-header", after_44, "all that is behind byte 44"),
    ("preparing-header", head(even=False), "begins at an even place"),
    ("preparing-header", head(fixed=True), "all that is behind byte 44"),
    ("preparing-header", head(first=0), "stops with IndexError"),
    ("preparing-header", head(little=">"), "the lowest is first"),
    ("preparing-header", head(order=(1, 0, 2, 3)), "the order is not"),
    ("preparing-header", head(order=(0, 1, 2)), "four numbers are asked for"),
    ("preparing-header", head(bits_of=lambda b: b // 8), "you return bytes a sample"),
    ("preparing-header", head(rate_of=lambda r, c, b: r * c * b // 8), "bytes a second"),
    ("preparing-header", head(frames_of=lambda n, c, b: n), "in bytes"),
    ("preparing-header", head(frames_of=lambda n, c, b: 8 * n), "in bits"),
    ("preparing-header", head(frames_of=lambda n, c, b: n * 8 // b), "samples of all channels"),
    ("preparing-header", head(frames_of=lambda n, c, b: n // c), "not by the channels alone"),
    ("preparing-header", head(frames_of=lambda n, c, b: 7), "it should be (3, 44100, 16, 300)"),
    ("preparing-loudness", lambda z: lufs(z.mean()), "You leave nothing out"),
    ("preparing-loudness", lambda z: lufs(z[lufs(z) >= -70].mean()), "second gate is missing"),
    ("preparing-loudness", in_decibels, "You average decibels"),
    ("preparing-loudness", at_last_in_decibels, "but then you average decibels"),
    ("preparing-loudness", lambda z: gated(z, from_all=True), "measured from all blocks"),
    ("preparing-loudness", lambda z: gated(z, offset=0.691), "is missing at the end"),
    ("preparing-loudness", lambda z: gated(z, offset=-0.691), "subtracted twice"),
    ("preparing-loudness", lambda z: gated(z, offset=2 * 0.691), "wrong sign"),
    ("preparing-loudness", lambda z: 2 * gated(z) + 0.691, "belongs to amplitudes"),
    ("preparing-loudness", lambda z: gated(z, below=20.0), "20 LU below"),
    ("preparing-loudness", lambda z: gated(z) + 5, "your function returns"),
    ("preparing-loudness", lambda z: np.nan, "your function returns nan"),
    (
        "preparing-windows",
        lambda x, n, h: audio.split_windows(x, n, h, pad=len(x) < n),
        "the end of x is lost",
    ),
    ("preparing-windows", lambda *v: windows(*v, extra=1), "nothing but padding"),
    (
        "preparing-windows",
        lambda x, n, h: windows(x, n, h, count=lambda N, n, h: -(-N // h)),
        "Stop as soon as one reaches the end",
    ),
    ("preparing-windows", lambda *v: windows(*v, front=True), "not in front"),
    ("preparing-windows", lambda x, n, h: windows(x, n, n), "the distance is the hop"),
    ("preparing-windows", lambda *v: windows(*v).T, "turned round"),
    ("preparing-windows", slid, "moved back"),
    ("preparing-windows", lambda *v: windows(*v)[:, 1:], "should have the shape (5, 6)"),
    ("preparing-windows", lambda *v: 2 * windows(*v), "window 0 should be"),
    ("preparing-fade", fade(turn=True), "exchanged"),
    ("preparing-fade", lambda u, rho: (1 - u, u), "equal gain, whatever the correlation"),
    ("preparing-fade", fade(root=lambda v: v), "divide by the square root"),
    ("preparing-fade", fade(middle=1.0), "counts twice"),
    ("preparing-fade", fade(middle=0.0), "holds for rho = 0 only"),
    ("preparing-fade", lambda u, rho: gains(u, rho, sign=-1 if rho < 1 else 1), "wrong sign"),
    ("preparing-fade", fade(root=lambda v: 1 / np.sqrt(v)), "instead of divided"),
    ("preparing-fade", cosine, "equal power"),
    ("preparing-fade", cosine_for_any, "not in the ratio"),
    ("preparing-fade", lambda u, rho: (1 - u**2, u), "the power is"),
    ("preparing-fade", lambda u, rho: (u, u, u), "two arrays"),
    ("preparing-mask", lambda loss, mask: loss.mean(), "the padding counts as well"),
    ("preparing-mask", lambda loss, mask: np.where(mask, loss, 0).mean(), "size of the whole"),
    (
        "preparing-mask",
        lambda loss, mask: np.mean([row[m].mean() for row, m in zip(loss, mask, strict=True)]),
        "the weight of a long one",
    ),
    ("preparing-mask", lambda loss, mask: loss[mask].sum(), "this is the sum"),
    ("preparing-mask", lambda loss, mask: loss[mask].sum() / len(loss), "number of clips"),
    ("preparing-mask", lambda loss, mask: loss[~mask].mean(), "over the padding"),
    ("preparing-mask", lambda loss, mask: (loss * mask).sum() / mask.sum(), "NaN times 0 is NaN"),
    ("preparing-mask", lambda loss, mask: 7.0, "your function returns 7"),
    ("preparing-split", by_clip, "you divide the clips"),
    ("preparing-split", one_voice_in_two, "1 speakers are in more than one part"),
    ("preparing-split", parts(shuffle=False), "every seed gives the same split"),
    ("preparing-split", unseeded, "two calls with one seed differ"),
    ("preparing-split", parts(order=(2, 1, 0)), "training, which comes first"),
    ("preparing-split", parts(shares=(4, 3, 3)), "a tenth each"),
    ("preparing-split", parts(order=(0, 1)), "three arrays are asked for"),
    ("preparing-split", changed(lambda a, b, c, s: (a, b, c[:0])), "a part is empty"),
    ("preparing-split", changed(lambda a, b, c, s: (a[3:], b, c)), "3 of"),
    ("preparing-split", changed(lambda a, b, c, s: (np.append(a, a[0]), b, c)), "listed twice"),
    ("preparing-split", changed(lambda a, b, c, s: (s[a], s[b], s[c])), "these are names"),
    ("preparing-split", changed(lambda a, b, c, s: (a + 10**6, b, c)), "belong to no clip"),
    (
        "preparing-split",
        changed(lambda *v: tuple(np.isin(np.arange(len(v[3])), part) for part in v[:3])),
        "these are masks",
    ),
]


@pytest.mark.parametrize(("name", "answer"), [(k, a) for k, rows in RIGHT.items() for a in rows])
def test_right_answers_pass(name, answer):
    verdict = check(name, answer)
    assert verdict.passed, verdict.hint


@pytest.mark.parametrize(("name", "answer", "named"), MISTAKES)
def test_each_mistake_is_named(name, answer, named):
    verdict = check(name, answer)
    assert not verdict.passed
    assert named in verdict.hint, verdict.hint


@pytest.mark.parametrize("name", RIGHT)
def test_stubs_are_not_written_yet(name):
    assert "not written yet" in check(name, lambda *arguments: ...).hint
