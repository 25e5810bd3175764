"""Checks of the exercises of the chapter *Dubbing*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aigc_edu import dsp
from aigc_edu.audio import resample
from aigc_edu.checks._compare import hint_for, one_of
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- how fast


@exercise("dub-plan")
def plan(answer: Callable[[float, float, float, float], tuple[float, float, float]]) -> str | None:
    """``answer(natural, most, faster, stretch)``: speed, stretch, and seconds too long."""
    for natural, most, faster, stretch in (
        (1.0, 1.2, 1.3, 1.1),
        (1.2, 1.0, 1.3, 1.1),
        (1.4, 1.0, 1.3, 1.1),
        (2.0, 1.0, 1.3, 1.1),
        (3.0, 2.0, 1.2, 1.0),
    ):
        got = np.array([float(written(x)) for x in written(answer(natural, most, faster, stretch))])
        right = _plan(natural, most, faster, stretch)
        rest = f"it should be {np.round(right, 3)}, not {np.round(got, 3)}."
        hint = hint_for(got, right, _plan_mistakes(natural, most, faster, stretch), rest)
        if hint:
            return f"For {natural:g} s of speech in {most:g} s: {hint}"
    return None


def _plan(natural: float, most: float, faster: float, stretch: float) -> np.ndarray:
    speed = min(max(natural / most, 1.0), faster)
    left = natural / speed
    squeeze = max(min(most / left, 1.0), 1 / stretch)
    return np.array([speed, squeeze, max(0.0, left * squeeze - most)])


Triple = tuple[float, float, float]


def _plan_mistakes(
    natural: float, most: float, faster: float, stretch: float
) -> Iterator[tuple[str, np.ndarray]]:
    right = _plan(natural, most, faster, stretch)
    if natural <= most:
        found = _needless(natural, most)
    else:
        speed, squeeze, over = right
        found = [
            *_wrong_ways(speed, squeeze, over),
            *_wrong_limits(natural, most, faster, stretch),
            *_wrong_rests(natural, most, speed, squeeze),
        ]
    for hint, wrong in found:
        if not np.allclose(wrong, right):
            yield hint, np.array(wrong)


def _needless(natural: float, most: float) -> list[tuple[str, Triple]]:
    spare = "time to spare is no negative lateness: 0 seconds too long."
    return [
        ("it fits already: change nothing.", (natural / most, 1.0, 0.0)),
        (spare, (1.0, 1.0, natural - most)),
    ]


def _wrong_ways(speed: float, squeeze: float, over: float) -> list[tuple[str, Triple]]:
    shorter = "the stretch is a factor for the duration: below 1 is shorter."
    return [
        ("speed is natural / most: above 1 is faster.", (1 / speed, squeeze, over)),
        (shorter, (speed, 1 / squeeze, over)),
    ]


def _wrong_limits(
    natural: float, most: float, faster: float, stretch: float
) -> list[tuple[str, Triple]]:
    speed, squeeze, over = _plan(natural, most, faster, stretch)
    left, all_of_it = natural / speed, max(most / natural, 1 / stretch)
    late = max(0.0, left - most)
    sound_first = (min(max(natural / stretch / most, 1.0), faster), all_of_it, over)
    return [
        ("the voice may speak only so much faster.", (natural / most, 1.0, 0.0)),
        ("the sound may be squeezed, too, after the voice.", (speed, 1.0, late)),
        ("only so much is squeezed, 1 / stretch at least.", (speed, most / left, 0.0)),
        ("squeeze what the voice has left, not the whole line.", (speed, all_of_it, over)),
        ("the voice first, then the sound: it sounds better.", sound_first),
    ]


def _wrong_rests(
    natural: float, most: float, speed: float, squeeze: float
) -> list[tuple[str, Triple]]:
    left, in_seconds = natural / speed * squeeze, "what is too long is a time in seconds, "
    return [
        (f"{in_seconds}what is left after both.", (speed, squeeze, natural - most)),
        (f"{in_seconds}not a share.", (speed, squeeze, left / most)),
        ("what is still too long has to be told.", (speed, squeeze, 0.0)),
    ]


# ---------------------------------------------------------------- where it goes on


@exercise("dub-alike")
def alike(answer: Callable[[np.ndarray, np.ndarray, Sequence[int]], int]) -> str | None:
    """``answer(goal, x, places)``: at which place x is most like the goal."""
    random = np.random.default_rng(6)
    for trial in range(6):
        goal, x = random.normal(size=80), 0.4 * random.normal(size=1200)
        places = list(range(300, 700, 20))
        right = places[int(random.integers(5, len(places) - 5))]
        x[right : right + 80] += goal  # the like, but not the same
        loud, louder = (places[0], places[-1]) if trial % 2 else (places[-1], places[0])
        x[loud : loud + 80] = 4 * random.normal(size=80) + 3 * goal  # loud, and a little alike
        x[louder : louder + 80] = 9 * random.normal(size=80) - 4 * goal
        got = int(written(answer(goal.copy(), x.copy(), list(places))))
        if got != right:
            return _alike_hint(got, right, goal, x, places)
    return None


def _alike_hint(
    got: int, right: int, goal: np.ndarray, x: np.ndarray, places: Sequence[int]
) -> str:
    rows = np.stack([x[p : p + len(goal)] for p in places])
    if 0 <= got < len(places) and places[got] == right:
        return "that is the number of the place in the list: return the place itself."
    if got not in places:
        return f"return one of the places, not {got}."
    if got == places[int(np.argmax(rows @ goal))]:
        return (
            "a sum of products is large where x is loud. Take the squared difference, or divide by "
            "the size of the piece."
        )
    off = ((rows - goal) ** 2).sum(axis=1)
    if got == places[int(np.argmax(off))]:
        return "that is where they differ most: take the smallest difference."
    if got == places[int(np.argmin(np.abs(rows[:, 0] - goal[0])))]:
        return "one sample doesn't tell: compare the whole piece."
    if got == places[int(np.argmin(np.abs((rows - goal).sum(axis=1))))]:
        return "differences of both signs cancel each other: square them first."
    return f"the most alike is {right}, not {got}."


# ---------------------------------------------------------------- how it was shortened

WAYS = ("none", "cut", "tape", "overlap")
RATE = 16_000
_BANDWIDTHS = (120.0, 150.0, 200.0)


def shortened(way: str, factor: float = 0.8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return three sung vowels, and the same shortened in a way.

    Parameters
    ----------
    way
        ``"cut"``: its end is gone; ``"tape"``: played faster; ``"overlap"``: frames laid closer,
        as WSOLA does; ``"none"``.
    factor
        For the duration, below 1.
    seed
        Of the pitches.
    """
    random = np.random.default_rng(seed)
    parts = []
    for formants in ((700, 1150, 2500), (350, 2100, 2900), (400, 800, 2400)):
        f0 = 120 * 2 ** random.uniform(0, 0.5) * np.ones(round(0.3 * RATE))
        parts.append(dsp.vowel(formants, f0, 0.3, RATE, _BANDWIDTHS))
    x = np.concatenate(parts)
    wanted = round(factor * len(x))
    if way == "cut":
        return x, x[:wanted]
    if way == "tape":
        return x, resample(x, 1000, round(1000 * factor)).astype(float)[:wanted]
    if way == "overlap":
        return x, dsp.retime(x, np.array([len(x)]), np.array([wanted]))
    return x, x.copy()


PATIENTS = {
    name: shortened(way, seed=3)
    for name, way in zip("ABC", ("tape", "overlap", "cut"), strict=True)
}


@exercise("dub-way")
def way(answer: Callable[[np.ndarray, np.ndarray], str]) -> str | None:
    """``answer(x, y)``: how y was made of x, one of WAYS."""
    for name in WAYS:
        for factor, seed in ((0.8, 1), (0.88, 2)):
            x, y = shortened(name, factor, seed)
            got = written(answer(x.copy(), y.copy()))
            if got != name:
                return _way_hint(got, name)
    return None


def _way_hint(got: object, name: str) -> str:
    if got not in WAYS:
        return one_of(WAYS, got)
    told = {
        "none": "its length is the same.",
        "cut": "what is left is the beginning of x, sample for sample.",
        "tape": "its pitch is higher, by as much as it is shorter.",
        "overlap": "it is shorter, its end is there, and its pitch has stayed.",
    }
    return f"You found {got!r} where it was {name!r}: {told[name]}"


# ---------------------------------------------------------------- one gain for all


@exercise("dub-gain")
def gain(answer: Callable[[Sequence[np.ndarray], float, float], float]) -> str | None:
    """``answer(clips, gain, ceiling)``: the factor for all, the wanted one or what peaks allow."""
    random = np.random.default_rng(1)
    for wanted, sizes in ((2.0, (0.6, 0.8, 0.5)), (2.0, (0.1, 0.3, 0.2)), (4.0, (0.3, 0.05))):
        clips = [s * np.sign(random.normal(size=50)) * random.random(50) for s in sizes]
        for clip, size in zip(clips, sizes, strict=True):
            clip[7] = -size  # the highest peak goes down
        got = np.array(float(written(answer([c.copy() for c in clips], wanted, 0.9))))
        right = min(wanted, 0.9 / max(sizes))
        rest = f"it should be {right:.4f}, not {got:.4f}."
        hint = hint_for(got, np.array(right), _gain_mistakes(clips, wanted, 0.9), rest)
        if hint:
            return f"For peaks of {', '.join(map(str, sizes))} and a gain of {wanted:g}: {hint}"
    return None


def _gain_mistakes(
    clips: Sequence[np.ndarray], wanted: float, ceiling: float
) -> Iterator[tuple[str, np.ndarray]]:
    peaks = np.array([np.abs(c).max() for c in clips])
    tops = np.array([c.max() for c in clips])
    for hint, wrong in (
        ("nothing may pass the ceiling: look at the highest peak.", wanted),
        ("peaks go down, too: take the largest magnitude.", min(wanted, ceiling / tops.max())),
        ("no more than the wanted gain: it is only ever lowered.", ceiling / peaks.max()),
        (
            "the highest peak of all clips counts, not the first clip's.",
            min(wanted, ceiling / peaks[0]),
        ),
        (
            "the highest peak of all clips counts, not the softest one's.",
            min(wanted, ceiling / peaks.min()),
        ),
        (
            "the highest peak of all clips counts, not the mean.",
            min(wanted, ceiling / peaks.mean()),
        ),
        ("the gained peak may reach the ceiling, not 1.", min(wanted, 1 / peaks.max())),
    ):
        if not np.isclose(wrong, min(wanted, ceiling / peaks.max())):
            yield hint, np.array(wrong)
