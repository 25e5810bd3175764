"""The checks of the chapter Recommending by sound name the mistake that was made."""

import numpy as np
import pytest

from aigc_edu.checks.product.recommending import HEARS, PATIENTS, Ear, note
from aigc_edu.teaching import check


def cosine(seed, library):
    return library @ seed / np.linalg.norm(library, axis=1) / np.linalg.norm(seed)


def nearest(seed, library, k):
    return np.argsort(-cosine(seed, library))[:k]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s, x, k: np.argsort(cosine(s, x))[:k], "least alike"),
        (lambda s, x, k: nearest(s, x, k)[::-1], "worst first"),
        (lambda s, x, k: np.argsort(-x @ s)[:k], "divide by them"),
        (lambda s, x, k: np.argsort(np.linalg.norm(x - s, axis=1))[:k], "by distance"),
        (lambda s, x, k: np.sort(cosine(s, x))[::-1][:k], "not their cosines"),
        (lambda s, x, k: nearest(s, x, k + 1), "shape"),
        (lambda s, x, k: [0] * k, "they are"),
        (lambda s, x, k: ..., "not written yet"),
    ],
)
def test_nearest_names_the_mistake(answer, hint):
    assert check("recommending-nearest", nearest).passed
    assert hint in check("recommending-nearest", answer).hint


def precisions(hits):
    return np.cumsum(hits) / np.arange(1, len(hits) + 1)


def average(hits):
    return precisions(hits)[np.array(hits)].mean()


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda r: precisions(r).mean(), "not everywhere"),
        (lambda r: precisions(r)[np.array(r)].sum() / len(r), "number of relevant ones"),
        (lambda r: precisions(r)[np.array(r)].sum(), "that is the sum"),
        (
            lambda r: np.mean(
                [h / n for n, (h, hit) in enumerate(zip(np.cumsum(r), r, strict=True)) if hit and n]
                or [0]
            ),
            "counted from 1",
        ),
        (lambda r: np.mean(r), "order doesn't count"),
        (lambda r: 1 / (1 + np.argmax(r)), "later ones count"),
        (lambda r: 0.123, "not 0.1230"),
        (lambda r: ..., "not written yet"),
    ],
)
def test_average_names_the_mistake(answer, hint):
    assert check("recommending-average", average).passed
    assert hint in check("recommending-average", answer).hint


def hears(embed):
    def turn(a, b):
        u, v = embed(a), embed(b)
        return 1 - u @ v / np.linalg.norm(u) / np.linalg.norm(v)

    def rows(change):
        return np.mean([turn(note(0.5, 60, 0.2, s), change(s)) for s in range(3)])

    if rows(lambda s: note(0.5, 60, 0.2, 100 + s)) > 0.1:
        return "nothing"
    turned = {
        "timbre": rows(lambda s: note(0.85, 60, 0.2, s)),
        "pitch": rows(lambda s: note(0.5, 67, 0.2, s)),
        "loudness": rows(lambda s: note(0.5, 60, 0.02, s)),
    }
    return max(turned, key=turned.get)


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("timbre", "pitch", "one thing at a time"),
        ("loudness", "timbre", "one thing at a time"),
        ("nothing", "timbre", "Play one note twice"),
        ("pitch", "rhythm", "return one of"),
        ("pitch", None, "not written yet"),
    ],
)
def test_hears_names_the_mistake(found, instead, hint):
    def wrong(embed):
        return instead if embed.hears == found else embed.hears

    assert hint in check("recommending-hears", wrong).hint


def test_what_they_hear_is_found_by_changing_one_thing():
    assert check("recommending-hears", hears).passed
    assert sorted(hears(ear) for ear in PATIENTS.values()) == sorted(HEARS)
    assert Ear("timbre")(note(0.5, 60, 0.2)).shape == (8,)


def chosen(seed, library, count, variety, pool=np.max, sign=-1, again=False, last=False):
    wanted, row = library @ seed, []
    while len(row) < count:
        known = pool(library @ library[row[-1:] if last else row].T, axis=1) if row else 0
        value = (1 - variety) * wanted + sign * variety * known
        if row and not again:
            value[row] = -9
        row.append(int(np.argmax(value)))
    return row


@pytest.mark.parametrize(
    ("told", "hint"),
    [
        ({"again": True}, "chosen again"),
        ({"sign": 1}, "subtract"),
        ({"pool": np.mean}, "not with their mean"),
        ({"pool": np.min}, "not with the least"),
        ({"last": True}, "not with the last one"),
    ],
)
def test_playlist_names_the_mistake(told, hint):
    assert check("recommending-playlist", chosen).passed
    assert hint in check("recommending-playlist", lambda *a: chosen(*a, **told)).hint


def test_playlist_knows_weights_and_placeholders():
    assert (
        "1 - variety"
        in check("recommending-playlist", lambda s, x, n, v: chosen(s, x, n, 1 - v)).hint
    )
    assert (
        "these are the nearest ones"
        in check("recommending-playlist", lambda s, x, n, v: np.argsort(-(x @ s))[:n]).hint
    )
    assert "not written yet" in check("recommending-playlist", lambda *a: ...).hint
