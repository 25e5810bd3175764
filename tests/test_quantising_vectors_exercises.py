"""The checks of the chapter Quantising vectors name the mistake that was made."""

import numpy as np
import pytest
import torch

from aigc_edu.checks.tokens.quantising_vectors_coders import ALIVE, FAULTS, SIZE, Coder, patients
from aigc_edu.nn import perplexity
from aigc_edu.teaching import check

# ---------------------------------------------------------------- moving averages


def gathered(entries, rows):
    codes = torch.cdist(rows, entries).argmin(dim=1)
    chosen = torch.nn.functional.one_hot(codes, len(entries)).to(rows)
    return chosen.sum(dim=0), chosen.T @ rows


def follow(entries, use, total, rows, gamma):
    counts, sums = gathered(entries, rows)
    use = gamma * use + (1 - gamma) * counts
    total = gamma * total + (1 - gamma) * sums
    return total / use[:, None], use, total


def swapped_gamma(entries, use, total, rows, gamma):
    return follow(entries, use, total, rows, 1 - gamma)


def means(entries, use, total, rows, gamma):
    counts, sums = gathered(entries, rows)
    _, use, _ = follow(entries, use, total, rows, gamma)
    total = gamma * total + (1 - gamma) * sums / counts.clamp(min=1)[:, None]
    return total / use[:, None], use, total


def only_chosen(entries, use, total, rows, gamma):
    counts, _ = gathered(entries, rows)
    _, new_use, new_total = follow(entries, use, total, rows, gamma)
    use = torch.where(counts > 0, new_use, use)
    total = torch.where(counts[:, None] > 0, new_total, total)
    return total / use[:, None], use, total


def averaged_entries(entries, use, total, rows, gamma):
    counts, sums = gathered(entries, rows)
    _, use, total = follow(entries, use, total, rows, gamma)
    mean = sums / counts.clamp(min=1)[:, None]
    return gamma * entries + (1 - gamma) * mean, use, total


def by_old_use(entries, use, total, rows, gamma):
    _, new_use, new_total = follow(entries, use, total, rows, gamma)
    return new_total / use[:, None], new_use, new_total


def by_counts(entries, use, total, rows, gamma):
    counts, _ = gathered(entries, rows)
    _, new_use, new_total = follow(entries, use, total, rows, gamma)
    return new_total / counts.clamp(min=1)[:, None], new_use, new_total


def unmoved(entries, use, total, rows, gamma):
    return entries, *follow(entries, use, total, rows, gamma)[1:]


def forgetful(entries, use, total, rows, gamma):
    counts, sums = gathered(entries, rows)
    return sums / counts.clamp(min=1)[:, None], counts, sums


def undamped(entries, use, total, rows, gamma):
    counts, sums = gathered(entries, rows)
    use, total = gamma * use + counts, gamma * total + sums
    return total / use[:, None], use, total


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (swapped_gamma, "what the old numbers keep"),
        (means, "not their means"),
        (only_chosen, "shrink, too"),
        (averaged_entries, "not averaged themselves"),
        (by_old_use, "by the new use"),
        (by_counts, "not by this batch's"),
        (unmoved, "have to move"),
        (forgetful, "without the averages' memory"),
        (undamped, "1 - gamma is missing"),
        (lambda *given: follow(*given)[0], "three things"),
        (lambda *given: (follow(*given)[0].T, *follow(*given)[1:]), "shapes should be"),
        (lambda *given: [2 * x for x in follow(*given)], "others than those"),
        (lambda *given: (..., ..., ...), "not written yet"),
    ],
)
def test_follow_names_the_mistake(answer, hint):
    assert check("vectors-follow", follow).passed
    assert hint in check("vectors-follow", answer).hint


# ---------------------------------------------------------------- finite scalar quantisation


def bounded(z, levels, even=0.5, wider=1.001):
    base = np.array(levels)
    half, shift = wider * (base - 1) / 2, np.where(base % 2 == 0, even, 0)
    with np.errstate(divide="ignore"):
        return half * np.tanh(z + np.arctanh(shift / half)) - shift


def fsq(z, levels, bound=bounded, rounding=np.round):
    numbers = rounding(bound(z, levels))
    return numbers, (numbers + np.array(levels) // 2) @ np.cumprod([1, *levels[:-1]])


def outside_only(z, levels):
    base = np.array(levels)
    return 1.001 * (base - 1) / 2 * np.tanh(z) - np.where(base % 2 == 0, 0.5, 0)


def with_places(places):
    """Return an answer whose digits have other places."""

    def answer(z, levels):
        numbers, _ = fsq(z, levels)
        return numbers, (numbers + np.array(levels) // 2) @ places(levels)

    return answer


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda z, n: fsq(z, n, rounding=lambda x: x), "not rounded yet"),
        (lambda z, n: fsq(z, n, rounding=np.floor), "always goes down"),
        (lambda z, n: fsq(z, n, bound=lambda z, n: z), "no bounds"),
        (lambda z, n: fsq(z, n, bound=lambda z, n: bounded(z, n, 0)), "shifted by delta"),
        (lambda z, n: fsq(z, n, bound=outside_only), "inside of the tangent"),
        (lambda z, n: fsq(z, n, bound=lambda z, n: bounded(z, n, wider=1)), "a factor of 1.001"),
        (lambda z, n: (fsq(z, n)[0] + np.array(n) // 2, fsq(z, n)[1]), "less L // 2"),
        (
            lambda z, n: (fsq(z, n)[0], fsq(z, n)[0] @ np.cumprod([1, *n[:-1]])),
            "digits begin with 0",
        ),
        (with_places(lambda n: np.cumprod([1, *n[:0:-1]])[::-1]), "the first digit counts ones"),
        (with_places(np.cumprod), "of the levels before it"),
        (with_places(np.ones_like), "sum of the digits"),
        (with_places(lambda n: n[0] ** np.arange(len(n))), "not powers of the first"),
        (lambda z, n: fsq(z, n)[0], "two things"),
        (lambda z, n: (fsq(z, n)[0].T, fsq(z, n)[1]), "shape should be"),
        (lambda z, n: (fsq(z, n)[0], fsq(z, n)[1] + 7), "the codes are others"),
        (lambda z, n: (..., ...), "not written yet"),
    ],
)
def test_fsq_names_the_mistake(answer, hint):
    assert check("vectors-fsq", fsq).passed
    assert hint in check("vectors-fsq", answer).hint


# ---------------------------------------------------------------- tokens as bits


def digits(codes, bits):
    return np.array(codes)[..., None] >> np.arange(bits)[::-1] & 1


def packed(x):
    return np.packbits(x.astype(np.uint8)).tobytes()


def pack(codes, bits):
    return packed(digits(codes.T, bits))


def unpack(data, bits, shape):
    n, length = shape
    found = np.unpackbits(np.frombuffer(data, np.uint8))[: n * length * bits]
    return (found.reshape(length, n, bits) @ (1 << np.arange(bits)[::-1])).T


def filled_in_front(codes, bits):
    flat = digits(codes.T, bits).ravel()
    return packed(np.pad(flat, (-len(flat) % 8, 0)))


@pytest.mark.parametrize(
    ("writing", "hint"),
    [
        (lambda codes, bits: packed(digits(codes, bits)), "codes.T"),
        (lambda codes, bits: packed(digits(codes.T, bits)[..., ::-1]), "highest bit"),
        (filled_in_front, "stand at its end"),
        (lambda codes, bits: packed(digits(codes.T, 8 * -(-bits // 8))), "share bytes"),
        (lambda codes, bits: list(pack(codes, bits)), "should return bytes"),
        (lambda codes, bits: pack(codes, bits) + b"!", "bytes, not"),
        (lambda codes, bits: bytes(len(pack(codes, bits))), "others than ours"),
        (lambda codes, bits: ..., "not written yet"),
    ],
)
def test_packing_names_the_mistake_in_writing(writing, hint):
    assert check("vectors-packing", pack, unpack).passed
    assert hint in check("vectors-packing", writing, unpack).hint


@pytest.mark.parametrize(
    ("reading", "hint"),
    [
        (lambda data, bits, shape: unpack(data, bits, shape).T, "return the shape"),
        (lambda data, bits, shape: unpack(data, bits, shape).T.reshape(shape), "the order wrong"),
        (lambda data, bits, shape: 0 * unpack(data, bits, shape), "doesn't give back"),
        (lambda data, bits, shape: ..., "not written yet"),
    ],
)
def test_packing_names_the_mistake_in_reading(reading, hint):
    assert hint in check("vectors-packing", pack, reading).hint


# ---------------------------------------------------------------- four coders


def fault(coder, rows):
    codes = coder.encode(rows)
    if perplexity(codes[0], SIZE) < SIZE / 4:
        return "dead"
    first, both = ((rows - coder.decode(codes[:n])).square().mean() for n in (1, 2))
    if first > (rows - rows.mean(dim=0)).square().mean():
        return "swapped"
    return "again" if both > first else "none"


@pytest.mark.parametrize(
    ("found", "instead", "hint"),
    [
        ("dead", "none", "codes alone"),
        ("swapped", "none", "first book alone"),
        ("again", "none", "must not make it worse"),
        ("none", "again", "a healthy coder"),
        ("none", "ill", "return one of"),
        ("none", None, "not written yet"),
    ],
)
def test_fault_names_the_mistake(found, instead, hint):
    def wrong(coder, rows):
        right = fault(coder, rows)
        return instead if right == found else right

    assert hint in check("vectors-fault", wrong).hint


def test_the_fault_of_a_coder_cannot_be_read():
    assert not check("vectors-fault", lambda coder, rows: getattr(coder, "fault", "ill")).passed


def test_the_faults_are_found_by_codes_and_errors():
    assert check("vectors-fault", fault).passed
    random = torch.Generator().manual_seed(9)
    rows = torch.randn(700, 5, generator=random) @ torch.randn(5, 20, generator=random)
    found = [fault(coder, rows[:200]) for coder in patients(rows).values()]
    assert sorted(found) == sorted(FAULTS)
    dead = Coder(rows, "dead")
    assert all(len(codes.unique()) <= ALIVE for codes in dead.encode(rows))
    healthy = Coder(rows)
    codes = healthy.encode(rows)
    assert torch.isfinite(dead.decode(dead.encode(rows))).all()
    one, two = ((rows - healthy.decode(codes[:n])).square().mean() for n in (1, 2))
    assert two < one < rows.var()
