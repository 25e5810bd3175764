"""Checks of the exercises of the chapter *Formats and saving*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from aigc_edu.checks._compare import hint_for, named_mistake, one_of
from aigc_edu.dsp.noise_shaping import keenness
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- the best taps


@exercise("formats-taps")
def taps(answer: Callable[[np.ndarray, int], np.ndarray]) -> str | None:
    """``answer(keen, order)``: the taps that minimise the mean of ``keen |C|^2``."""
    bins = np.linspace(0, 1, 257)
    ears = keenness(22_050 * bins)
    for name, keen in (("ears", ears), ("a slope", 1 + 9 * bins), ("all alike", np.ones(257))):
        for order in (1, 3, 6):
            got = np.asarray(written(answer(keen.copy(), order)), float)
            right = _taps(_autocorrelation(keen), order)
            rest = f"they should be {np.round(right, 3)}, not {np.round(got, 3)}."
            hint = hint_for(got, right, _taps_mistakes(keen, order), rest)
            if hint:
                return f"For {order} taps and the keenness {name!r}: {hint}"
    return None


def _autocorrelation(keen: np.ndarray) -> np.ndarray:
    return np.fft.irfft(keen)


def _taps(r: np.ndarray, order: int, first: int = 1, sign: float = -1.0) -> np.ndarray:
    lags = np.arange(order)
    return np.linalg.solve(r[np.abs(lags[:, None] - lags)], sign * r[lags + first])


def _taps_mistakes(keen: np.ndarray, order: int) -> Iterator[tuple[str, np.ndarray]]:
    r = _autocorrelation(keen)
    right = _taps(r, order)
    if order > 1:  # with one tap, or where all is alike, some mistakes do no harm
        yield "they stand the wrong way round: the tap of the last error comes first.", right[::-1]
    yield "the sign: the best prediction is taken away, R c = -r.", -right
    yield (
        "the right-hand side begins with lag 1, r[1]: lag 0 is the error itself.",
        _taps(r, order, 0),
    )
    yield "that is right, but for the 1 before it, which isn't fed back.", np.append(1, right)
    for hint, other in (
        ("the weights are powers already: no root.", np.sqrt(keen)),
        ("the weights are powers already: no square.", keen**2),
        ("the noise belongs where ears are less keen, not where they are keenest.", 1 / keen),
        ("irfft makes r of all weights, from 0 Hz to the top: leave none out.", keen[:-1]),
    ):
        yield hint, _taps(_autocorrelation(other), order)
    both = np.correlate(keen, keen, "full")[len(keen) - 1 :]
    yield "r is no correlation of the weights: it is their inverse DFT.", _taps(both, order)
    yield "r[1:] alone isn't enough: it is divided by R, not by r[0].", -r[1 : order + 1] / r[0]


# ---------------------------------------------------------------- how late


@exercise("formats-delay")
def delay(answer: Callable[[np.ndarray, np.ndarray], int]) -> str | None:
    """``answer(x, y)``: by how many samples y comes later than x."""
    for seed, (late, more) in enumerate(((1105, 1362), (0, 0), (37, 37), (-64, 500), (576, -90))):
        x, y = _late(seed, late, more)
        got = np.array(float(written(answer(x.copy(), y.copy()))))
        rest = f"it should be {late}, not {got:g}."
        hint = hint_for(
            got, np.array(float(late)), _delay_mistakes(len(x), len(y), late), rest, 0.1
        )
        if hint:
            where = f"comes {abs(late)} samples too {'late' if late > 0 else 'early'}"
            return f"For a copy that {where if late else 'is in its place'}: {hint}"
    return None


def _late(seed: int, late: int, more: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a sound (N,) and a copy (N + more,) that comes later, with the error of a codec."""
    random = np.random.default_rng(seed)
    x = np.convolve(random.normal(size=4000), np.hanning(9), "same")
    x *= 1 + np.sin(np.arange(4000) / 300)
    x *= 0.5 / np.abs(x).max()
    y = np.zeros(4000 + more)
    begin, end = max(0, late), min(4000 + more, 4000 + late)
    y[begin:end] = x[begin - late : end - late]
    return x, 0.95 * y + 0.01 * random.normal(size=len(y))


def _delay_mistakes(n: int, m: int, late: int) -> Iterator[tuple[str, np.ndarray]]:
    size = 2 ** int(np.ceil(np.log2(n + m)))
    sign = ("the sign: later is positive. Which of the two do you shift?", -late)
    if late < 0:  # one that comes late came out right before
        sign = ("a copy can come early as well: keep the sign.", -late)
    for hint, wrong in (
        sign,
        ("a correlation of all lags begins at -(len(x) - 1): take that off.", late + n - 1),
        ("a correlation of all lags begins at -(len(y) - 1): take that off.", m - 1 - late),
        ("a negative lag stands at the end of a circular correlation.", late % size),
        ("a negative lag stands at the end of a circular correlation.", late % (n + m - 1)),
        ("lengths don't tell it: a codec adds samples behind the sound, too.", m - n),
        ("there is more than one lag: find the one of the largest correlation.", 0),
    ):
        yield hint, np.array(float(wrong))


# ---------------------------------------------------------------- a filter in blocks


@exercise("formats-blocks")
def blocks(answer: Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]]) -> str | None:
    """``answer(h)`` makes an object that filters one block after the other by h."""
    random = np.random.default_rng(3)
    h = random.normal(size=8)
    for sizes in ((500,), (100, 400), (64, 5, 1, 2, 300, 128)):
        x = random.normal(size=sum(sizes))
        parts = np.split(x, np.cumsum(sizes)[:-1])
        one = written(answer(h.copy()))
        got = [np.asarray(written(one(part.copy())), float) for part in parts]
        hint = _blocks_hint(h, parts, got)
        if hint:
            return f"Blocks of {', '.join(map(str, sizes))} samples: {hint}"
    first, second = answer(h.copy()), answer(h.copy())
    first(x)
    if not np.allclose(second(x), np.convolve(x, h)[: len(x)]):
        return "two filters share one memory. Make it in __init__, on self."
    return None


def _blocks_hint(h: np.ndarray, parts: list[np.ndarray], got: list[np.ndarray]) -> str | None:
    for part, y in zip(parts, got, strict=True):
        if y.shape != part.shape:
            full = y.shape == (len(part) + len(h) - 1,)
            tail = " The tail belongs to the next block." if full else ""
            return f"a block of {len(part)} samples gives {y.shape}, not {part.shape}.{tail}"
    y, x = np.concatenate(got), np.concatenate(parts)
    right = np.convolve(x, h)[: len(x)]
    if np.allclose(y, right):
        return None
    hint = named_mistake(y, _blocks_mistakes(h, parts))
    first = int(np.flatnonzero(~np.isclose(y, right))[0])
    return hint or f"sample {first} should be {right[first]:.4f}, not {y[first]:.4f}."


def _blocks_mistakes(h: np.ndarray, parts: list[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    x, m = np.concatenate(parts), len(h)
    alone = np.concatenate([np.convolve(part, h)[: len(part)] for part in parts])
    yield "each block begins as if silence came before it: keep the last samples.", alone
    yield (
        "the filter looks ahead: y[n] takes x[n], x[n - 1] and so on, nothing later.",
        np.concatenate([np.convolve(part, h, "same")[: len(part)] for part in parts]),
    )
    yield "the filter stands the wrong way round.", np.convolve(x, h[::-1])[: len(x)]
    for short, hint in (
        (m, "len(h) - 1 samples of the past are needed, one more shifts all."),
        (m - 2, "one sample of the past is missing: len(h) - 1 are needed."),
    ):
        yield hint, _with_past(h, parts, short)
    yield (
        "a block shorter than the memory must not empty it: keep what was there before, too.",
        _forgetful(h, parts),
    )


def _with_past(h: np.ndarray, parts: list[np.ndarray], keep: int) -> np.ndarray:
    """Filter with a past of so many samples, from which outputs are cut off at the front."""
    past, made = np.zeros(keep), []
    for part in parts:
        both = np.concatenate([past, part])
        y = np.convolve(both, h)[len(h) - 1 :][: len(part)]
        made.append(np.pad(y, (0, len(part) - len(y))))
        past = both[len(both) - keep :]
    return np.concatenate(made)


def _forgetful(h: np.ndarray, parts: list[np.ndarray]) -> np.ndarray:
    """Filter with the past of the last block alone, filled up with silence."""
    keep, past, made = len(h) - 1, np.zeros(len(h) - 1), []
    for part in parts:
        both = np.concatenate([past, part])
        made.append(np.convolve(both, h)[keep : keep + len(part)])
        last = part[-keep:]
        past = np.pad(last, (keep - len(last), 0))
    return np.concatenate(made)


# ---------------------------------------------------------------- what went wrong while saving

FAULTS = ("none", "late", "clipped", "rounded", "blocks")
RATE = 24_000


class Saver:
    """Saves a sound, in a way that may have a fault, and hands back what is read again.

    Parameters
    ----------
    fault
        ``"none"``; ``"late"``: the delay of a codec was left in; ``"clipped"``: what passed full
        scale was cut off; ``"rounded"``: to few bits, without dither; ``"blocks"``: something was
        begun anew in every block.
    seed
        Of the small error that even a good lossy format leaves.
    """

    def __init__(self, fault: str, seed: int = 0) -> None:
        self.fault, self.seed = fault, seed

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Save x (N,), with a peak of 0.2 or more, and return what comes back, in [-1, 1]."""
        random = np.random.default_rng(self.seed)
        x = np.asarray(x, float)
        if self.fault == "late":
            x = np.pad(x, (int(random.integers(500, 1500)), 400))
        if self.fault == "clipped":
            x = np.clip(x, *(np.array([-0.4, 0.4]) * np.abs(x).max()))
        if self.fault == "blocks":
            size = int(random.integers(2000, 5000))
            x = x * np.minimum(1, (np.arange(len(x)) % size + 1) / 24)
        if self.fault == "rounded":
            return np.round(x * 24) / 24
        error = 0.002 * random.normal(size=len(x))
        return np.clip(x if self.fault == "clipped" else x + error, -1, 1)


PATIENTS = {name: Saver(FAULTS[n], n + 1) for name, n in zip("ABCDE", (3, 1, 4, 0, 2), strict=True)}


@exercise("formats-fault")
def fault(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(source, saved)`` names what went wrong, by comparing the two."""
    for seed in range(3):
        source = _source(seed)
        for number, right in enumerate(FAULTS):
            got = written(answer(source.copy(), Saver(right, 10 * seed + number)(source)))
            if got != right:
                return _fault_hint(right, got)
    return None


def _source(seed: int) -> np.ndarray:
    """Return chords in bursts, two seconds at :data:`RATE`."""
    random = np.random.default_rng(seed)
    t = np.arange(2 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * f * t + f) for f in random.uniform(100, 1500, 6))
    swell = 0.1 + np.abs(np.sin(2 * np.pi * random.uniform(0.7, 1.2) * t)) ** 3
    x = chord * swell + 0.02 * random.normal(size=len(t))
    return 0.7 * x / np.abs(x).max()


def _fault_hint(right: str, got: object) -> str:
    if got not in FAULTS:
        return one_of(FAULTS, got)
    clue = {
        "late": "It has more samples than the source, and fits it after a shift.",
        "clipped": "Many of its samples on end have the very same largest value.",
        "rounded": "Count its different values.",
        "blocks": "Its error is silent but for short bursts, at equal distances.",
        "none": "Its error is a soft, even noise, as any lossy format leaves.",
    }[right]
    return f'the fault "{right}" was called "{got}". {clue}'
