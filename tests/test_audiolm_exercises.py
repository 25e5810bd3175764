"""The checks of the chapter AudioLM name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.tokens.audiolm import Counting, small_network
from aigc_edu.checks.tokens.audiolm_broken import FAULTS, PATIENTS, Broken, digits_in, voice_of
from aigc_edu.models.audiolm import START, Vocabulary
from aigc_edu.models.audiolm.sampling import Sampling, write_on
from aigc_edu.teaching import check

# ---------------------------------------------------------------- what tokens know


def shares(tokens, labels):
    rows, columns = (np.unique(one, return_inverse=True)[1] for one in (tokens, labels))
    p = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(p, (rows, columns), 1 / len(tokens))
    return p, np.outer(p.sum(axis=1), p.sum(axis=0))


def information(tokens, labels):
    p, outer = shares(tokens, labels)
    seen = p > 0
    return np.sum(p[seen] * np.log2(p[seen] / outer[seen]))


def logs(tokens, labels):
    p, outer = shares(tokens, labels)
    return np.log2(p[p > 0] / outer[p > 0])


def counted(tokens, labels):
    p, outer = shares(tokens, labels)
    n, seen = len(tokens), p > 0
    return np.sum(n * p[seen] * np.log2(n * p[seen] / (n * n * outer[seen])))


def entropy(values):
    p = np.unique(values, return_counts=True)[1] / len(values)
    return -np.sum(p * np.log2(p))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda s, x: information(s, x) * np.log(2), "to the base 2"),
        (lambda s, x: -information(s, x), "sign"),
        (lambda s, x: logs(s, x).sum(), "by how often it occurs"),
        (lambda s, x: logs(s, x).mean(), "the mean over pairs"),
        (lambda s, x: information(s, x) * len(s), "shares, not counts"),
        (counted, "in the logarithm, too"),
        (lambda s, x: entropy(1000 * s + x), "entropy of the pairs"),
        (lambda s, x: entropy(s) if len(set(s)) > 4 else information(s, x), "of the tokens"),
        (lambda s, x: entropy(x) if len(set(s)) > 4 else information(s, x), "of the labels"),
        (lambda s, x: entropy(x) - information(s, x), "don't tell"),
        (lambda s, x: np.nan, "not NaN"),
        (lambda s, x: -np.inf, "add 0"),
        (lambda s, x: 7.0, "not 7.0000"),
        (lambda s, x: ..., "not written yet"),
    ],
)
def test_information_names_the_mistake(answer, hint):
    assert check("audiolm-information", information).passed
    assert hint in check("audiolm-information", answer).hint


def test_information_of_equal_and_of_independent_things():
    random = np.random.default_rng(0)
    labels, others = random.integers(0, 4, (2, 40_000))
    assert information(labels, labels) == pytest.approx(2, abs=0.01)
    assert information(labels, others) == pytest.approx(0, abs=0.01)


# ---------------------------------------------------------------- one vocabulary


def lows(sizes, first, count):
    return np.array([1 + sum(sizes[: first + i]) for i in range(count)])[:, None]


def row(codes, sizes, first):
    return (codes + lows(sizes, first, len(codes))).T.ravel()


def own_sizes(codes, sizes, first):
    return np.array(sizes[first : first + len(codes)])[:, None]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda c, k, f: c.T.ravel(), "an offset of its own"),
        (lambda c, k, f: c.T.ravel() + 1, "none has the id 0"),
        (lambda c, k, f: row(c, k, f) - 1, "START's"),
        (lambda c, k, f: row(c, k, f).reshape(-1, len(c)).T.ravel(), "time by time"),
        (
            lambda c, k, f: (c + 1 + max(k) * (f + np.arange(len(c)))[:, None]).T.ravel(),
            "leaves gaps",
        ),
        (lambda c, k, f: row(c, k, f) - sum(k[:f]), "count from stream 0"),
        (lambda c, k, f: (c + lows(k, f, len(c)) + own_sizes(c, k, f)).T.ravel(), "its own"),
        (lambda c, k, f: row(c, k, f)[:-1], "the shape should be"),
        (lambda c, k, f: row(c, k, f) + 5, "it should be ["),
        (lambda c, k, f: ..., "not written yet"),
    ],
)
def test_row_names_the_mistake(answer, hint):
    assert check("audiolm-row", row).passed
    assert hint in check("audiolm-row", answer).hint


def test_a_row_is_the_library_s_and_no_two_tokens_share_an_id():
    sizes = (5, 7, 3, 9)
    codes = np.stack([np.arange(3) % n for n in sizes[1:]])
    flat = Vocabulary(sizes).flatten(torch.from_numpy(codes), 1)
    assert row(codes, sizes, 1).tolist() == flat.tolist()
    every = [i for j, n in enumerate(sizes) for i in row(np.arange(n)[None], sizes, j)]
    assert len(set(every)) == sum(sizes) and START not in every


# ---------------------------------------------------------------- writing on


def write(network, row, due):
    caches, new, found = network.new_caches(), row[None], []
    for low, high in due:
        logits = network(new, caches=caches)[0, -1]
        new = (logits[low:high].argmax() + low)[None, None]
        found.append(new[0])
    return torch.cat(found)


def uncached(network, row, due):
    whole = row
    for low, high in due:
        logits = network(whole[None])[0, -1]
        whole = torch.cat([whole, logits[low:high].argmax()[None] + low])
    return whole[len(row) :]


def whole_row_into_the_cache(network, row, due):
    caches, whole = network.new_caches(), row
    for low, high in due:
        logits = network(whole[None], caches=caches)[0, -1]
        whole = torch.cat([whole, logits[low:high].argmax()[None] + low])
    return whole[len(row) :]


def new_caches_each_time(network, row, due):
    new, found = row[None], []
    for low, high in due:
        logits = network(new, caches=network.new_caches())[0, -1]
        new = (logits[low:high].argmax() + low)[None, None]
        found.append(new[0])
    return torch.cat(found)


def of_all(network, row, due):
    caches, new, found = network.new_caches(), row[None], []
    for _ in due:
        new = network(new, caches=caches)[0, -1].argmax()[None, None]
        found.append(new[0])
    return torch.cat(found)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (uncached, "the network was given"),
        (whole_row_into_the_cache, "see each id once"),
        (new_caches_each_time, "the same caches each time"),
        (of_all, "is due"),
        (lambda n, r, d: torch.cat([r, write(n, r, d)]), "the new ids only"),
        (lambda n, r, d: write(n, r, d)[:-1], "return 12 ids"),
        (
            lambda n, r, d: write(n, r, d) - torch.tensor([low for low, _ in d]),
            "from the slice's beginning",
        ),
        (lambda n, r, d: torch.tensor([low for low, _ in d]), "is wrong"),
        (lambda n, r, d: ..., "not written yet"),
    ],
)
def test_write_names_the_mistake(answer, hint):
    assert check("audiolm-write", write).passed
    assert hint in check("audiolm-write", answer).hint


def test_writing_is_the_library_s_at_temperature_0():
    network, row = small_network(3), torch.tensor([4, 9, 15])
    due = [(1, 8), (8, 14)] * 6
    counted = Counting(network)
    with torch.no_grad():
        mine = write(counted, row, due)
    chances = torch.rand(len(due), dtype=torch.float64)
    assert torch.equal(mine, write_on(network, row, due, chances, 0.0, Sampling()))
    assert counted.given == len(row) + len(due) - 1


# ---------------------------------------------------------------- four models


def broken(prompt, made):
    words = digits_in(made)
    if words.count(-1) > len(words) / 2:
        return "babble"
    if len(set(words)) == 1:
        return "stuck"
    return "none" if voice_of(made) == voice_of(prompt) else "stranger"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("babble", "stranger", "Ask for the digits first"),
        ("stuck", "none", "all the same"),
        ("stranger", "none", "whose voice the prompt is"),
        ("none", "stuck", "a digit may come twice"),
        ("none", "fine", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_broken_names_the_mistake(found, instead, hint):
    def wrong(prompt, made):
        right = broken(prompt, made)
        return instead if right == found else right

    assert hint in check("audiolm-broken", wrong).hint


def test_the_faults_are_found():
    assert check("audiolm-broken", broken).passed
    assert sorted(broken(*one()) for one in PATIENTS.values()) == sorted(FAULTS)
    prompt, made = Broken("none", 7)()
    assert len(prompt) == 16_000 and len(made) == 24_000 and np.abs(made).max() <= 1
