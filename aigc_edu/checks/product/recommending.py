"""Checks of the exercises of the chapter *Recommending by sound*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.dsp import midi_to_hz
from aigc_edu.teaching.exercises import exercise, written

RATE = 16_000

# ---------------------------------------------------------------- the nearest


@exercise("recommending-nearest")
def nearest(answer: Callable[[np.ndarray, np.ndarray, int], Sequence[int]]) -> str | None:
    """``answer(seed, library, k)``: numbers of the k rows most alike by the cosine, best first."""
    rng = np.random.default_rng(3)
    library = rng.normal(size=(9, 5)) * rng.uniform(0.2, 5, (9, 1))
    seed = 0.5 * library[4] + 0.3 * rng.normal(size=5)
    for k in (3, 5):
        got = np.asarray(list(written(answer(seed.copy(), library.copy(), k))), float)
        right = np.argsort(-_cosine(seed, library))[:k].astype(float)
        mistakes = _nearest_mistakes(seed, library, k)
        hint = hint_for(got, right, mistakes, f"they are {right.astype(int).tolist()}.")
        if hint:
            return f"With k = {k}: {hint}"
    return None


def _cosine(seed: np.ndarray, library: np.ndarray) -> np.ndarray:
    return library @ seed / (np.linalg.norm(library, axis=1) * np.linalg.norm(seed))


def _nearest_mistakes(
    seed: np.ndarray, library: np.ndarray, k: int
) -> Iterator[tuple[str, np.ndarray]]:
    alike = _cosine(seed, library)
    far = np.linalg.norm(library - seed, axis=1)
    for hint, row in (
        ("the largest cosine comes first: these are the least alike.", np.argsort(alike)[:k]),
        ("these come worst first.", np.argsort(-alike)[:k][::-1]),
        ("without the lengths the loud rows win: divide by them.", np.argsort(-library @ seed)[:k]),
        ("these are the nearest by distance; lengths must not count.", np.argsort(far)[:k]),
        ("return the numbers of the rows, not their cosines.", np.sort(alike)[::-1][:k]),
    ):
        yield hint, row.astype(float)


# ---------------------------------------------------------------- average precision


@exercise("recommending-average")
def average(answer: Callable[[list[bool]], float]) -> str | None:
    """``answer(relevant)``: the average precision of a whole list, the best result first."""
    for row in ([0, 1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 1], [0, 0, 1, 0], [1, 1]):
        hits = [bool(hit) for hit in row]
        got = np.array(float(written(answer([*hits]))))
        right = np.array(_average(row))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, right, _average_mistakes(row), rest)
        if hint:
            return f"For {row}: {hint}"
    return None


def _average(row: Sequence[int]) -> float:
    hits = np.cumsum(row)
    places = np.arange(1, len(row) + 1)
    return float((hits / places)[np.array(row) > 0].mean())


def _average_mistakes(row: Sequence[int]) -> Iterator[tuple[str, np.ndarray]]:
    hits, places, found = np.cumsum(row), np.arange(1, len(row) + 1), np.array(row) > 0
    precisions = hits / places
    for hint, wrong in (
        ("take the precision where a relevant one stands, not everywhere.", precisions.mean()),
        (
            "divide by the number of relevant ones, not of results.",
            precisions[found].sum() / len(row),
        ),
        ("that is the sum; the mean over the relevant ones is wanted.", precisions[found].sum()),
        (
            "places are counted from 1: the first result has the place 1.",
            np.mean(
                [h / p for h, p, f in zip(hits, places - 1, found, strict=True) if f and p] or [0.0]
            ),
        ),
        (
            "that is the precision of the whole list: the order doesn't count in it.",
            hits[-1] / len(row),
        ),
        (
            "one over the first hit's place: the later ones count, too.",
            1 / (1 + int(np.argmax(found))),
        ),
    ):
        yield hint, np.array(wrong)


# ---------------------------------------------------------------- four embeddings

HEARS = ("timbre", "pitch", "loudness", "nothing")
KEYS, LEVELS, TIMBRES = (50, 55, 60, 65, 70), (0.05, 0.15, 0.45), (0.25, 0.45, 0.65, 0.85)


def note(timbre: float, key: int, level: float, seed: int = 0) -> np.ndarray:
    """Return a note of half a second: harmonics that fall by ``timbre`` from one to the next.

    Parameters
    ----------
    timbre
        0 ... 1, the larger the brighter.
    key
        A MIDI number.
    level
        The peak.
    seed
        Of the phases, which no ear hears.
    """
    k, t = np.arange(1, 16)[:, None], np.arange(RATE // 2) / RATE
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, (15, 1))
    waves = timbre**k * np.sin(2 * np.pi * k * float(midi_to_hz(key)) * t + phase)
    x = waves.sum(axis=0) * np.minimum(1, t / 0.02) * np.minimum(1, (0.5 - t) / 0.05)
    return level * x / np.abs(x).max()


class Ear:
    """An embedding that hears one thing of a sound: (N,) at 16 kHz to a row of eight numbers."""

    def __init__(self, hears: str, seed: int = 0) -> None:
        self.hears, self.turn = hears, np.random.default_rng(seed).normal(size=(8, 8))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the row, float64 (8,)."""
        x = np.asarray(x, float)
        power = np.abs(np.fft.rfft(x * np.hanning(len(x)))) ** 2
        f = np.fft.rfftfreq(len(x), 1 / RATE)
        first = f[np.argmax(np.where(f < 600, power, 0))]
        value = {
            "loudness": np.log(np.abs(x).max()) / 1.1,
            "pitch": 4 * np.log2(first / 200),
            "timbre": 2.5 * np.log2((f * power).sum() / power.sum() / first),
            "nothing": 3 * np.sin(1e4 * float(np.abs(x).sum())),
        }[self.hears]
        return self.turn @ np.exp(-0.5 * (np.arange(8) - 4 - value) ** 2)


PATIENTS = {name: Ear(HEARS[n], n) for name, n in zip("ABCD", (1, 3, 0, 2), strict=True)}


@exercise("recommending-hears")
def hears(answer: Callable[[Callable[[np.ndarray], np.ndarray]], str]) -> str | None:
    """``answer(embed)`` says what an embedding hears, by sounds that differ in one thing."""
    for seed in range(2):
        for right in HEARS:
            got = written(answer(Ear(right, 10 + seed)))
            if got != right:
                return _hears_hint(right, got)
    return None


def _hears_hint(right: str, got: object) -> str:
    if got not in HEARS:
        return one_of(HEARS, got)
    if right == "nothing":
        return (
            f'one whose rows are as good as random was taken for "{got}". Play one note twice, '
            "with other phases: what hears something gives nearly the same row."
        )
    return (
        f'one that hears "{right}" was taken for "{got}". Change one thing at a time, and see by '
        "which change the row turns most."
    )


# ---------------------------------------------------------------- a playlist


@exercise("recommending-playlist")
def playlist(
    answer: Callable[[np.ndarray, np.ndarray, int, float], Sequence[int]],
) -> str | None:
    """``answer(seed, library, count, variety)``: numbers of rows, chosen one by one."""
    rng = np.random.default_rng(8)
    library = np.repeat(rng.normal(size=(5, 6)), 3, axis=0) + 0.15 * rng.normal(size=(15, 6))
    library /= np.linalg.norm(library, axis=1, keepdims=True)
    seed = library[0] + 0.4 * library[4]
    seed /= np.linalg.norm(seed)
    for variety in (0.0, 0.4, 0.7):
        got = np.asarray(list(written(answer(seed.copy(), library.copy(), 5, variety))), float)
        right = np.array(_playlist(seed, library, 5, variety), float)
        mistakes = _playlist_mistakes(seed, library, 5, variety)
        hint = hint_for(got, right, mistakes, f"it should be {right.astype(int).tolist()}.")
        if hint:
            return f"With a variety of {variety}: {hint}"
    return None


def _playlist(
    seed: np.ndarray, library: np.ndarray, count: int, variety: float, **told: str
) -> list[int]:
    wanted, chosen = library @ seed, []
    pool = {"max": np.max, "mean": np.mean, "min": np.min}[told.get("pool", "max")]
    sign = 1 if told.get("sign") else -1
    while len(chosen) < count:
        known = np.zeros(len(library))
        if chosen:
            last = chosen[-1:] if told.get("last") else chosen
            known = pool(library @ library[last].T, axis=1)
        value = (1 - variety) * wanted + sign * variety * known
        if not told.get("again"):
            value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    return chosen


def _playlist_mistakes(
    seed: np.ndarray, library: np.ndarray, count: int, variety: float
) -> Iterator[tuple[str, np.ndarray]]:
    order = np.argsort(-(library @ seed))[:count]
    yield "these are the nearest ones: subtract what is like the chosen ones.", order.astype(float)
    for hint, told in (
        ("what was chosen before must not be chosen again.", {"again": "yes"}),
        ("what is like the chosen ones costs something: subtract it.", {"sign": "yes"}),
        ("compare with the most alike of the chosen ones, not with their mean.", {"pool": "mean"}),
        ("compare with the most alike of the chosen ones, not with the least.", {"pool": "min"}),
        ("compare with all that were chosen, not with the last one.", {"last": "yes"}),
    ):
        yield hint, np.array(_playlist(seed, library, count, variety, **told), float)
    yield (
        "the weight of the seed is 1 - variety.",
        np.array(_playlist(seed, library, count, 1 - variety), float),
    )
