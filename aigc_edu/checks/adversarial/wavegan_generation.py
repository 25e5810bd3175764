"""Checks of the exercises of the chapter *Generating with WaveGAN*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from aigc_edu.checks._compare import Mistakes, hint_for
from aigc_edu.teaching.exercises import exercise, written

# ---------------------------------------------------------------- along the sphere

Arc = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
_A, _B = np.array([2.0, 0.5, -1.0, 0.25]), np.array([-0.5, 1.5, 0.75, 2.0])
_TIMES = (0.0, 0.25, 0.5, 0.9, 1.0)


def _angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.arccos(a @ b / (np.linalg.norm(a) * np.linalg.norm(b))))


def _arc(a: np.ndarray, b: np.ndarray, t: float, w: float | None = None) -> np.ndarray:
    """Return the point at t; another angle than that between a and b makes it wrong."""
    w = _angle(a, b) if w is None else w
    return (np.sin((1 - t) * w) * a + np.sin(t * w) * b) / np.sin(w)


def _wrong_arcs() -> Iterator[tuple[str, Arc]]:
    """Yield hints, and walks that these mistakes make."""
    yield (
        "that is the straight line; the weights are sines of parts of the angle.",
        lambda a, b, t: (1 - t) * a + t * b,
    )
    yield (
        "divide by the sine of the whole angle.",
        lambda a, b, t: _arc(a, b, t) * np.sin(_angle(a, b)),
    )
    yield "at t = 0 the walk is at a: you have exchanged a and b.", lambda a, b, t: _arc(b, a, t)
    yield (
        "a and b keep their lengths; you walk between vectors of length 1.",
        lambda a, b, t: _arc(a / np.linalg.norm(a), b / np.linalg.norm(b), t),
    )
    yield from _wrong_angles()


def _wrong_angles() -> Iterator[tuple[str, Arc]]:
    """Yield what these mistakes about the angle make."""
    yield (
        "the angle is in radians, as np.sin takes it; yours is in degrees.",
        lambda a, b, t: _arc(a, b, t, np.degrees(_angle(a, b))),
    )
    yield (
        "the cosine is that of the angle only after dividing by both lengths.",
        lambda a, b, t: _arc(a, b, t, np.arccos(np.clip(a @ b, -1, 1))),
    )
    yield (
        "take the arc cosine: the angle, not its cosine, is divided up.",
        lambda a, b, t: _arc(a, b, t, np.cos(_angle(a, b))),
    )


@exercise("wavegan-arc")
def arc(answer: Arc) -> str | None:
    """``answer(a, b, t)`` returns the point at t of the way along the sphere, (Z,)."""
    got = np.array([np.asarray(written(answer(_A.copy(), _B.copy(), t)), float) for t in _TIMES])
    right = np.array([_arc(_A, _B, t) for t in _TIMES])
    rest = f"halfway between {_A.tolist()} and {_B.tolist()} lies {right[2].round(3).tolist()}, "
    return hint_for(got, right, _arc_mistakes(), rest + f"not {got[2].round(3).tolist()}.")


def _arc_mistakes() -> Mistakes:
    for hint, rule in _wrong_arcs():
        yield hint, np.array([rule(_A, _B, t) for t in _TIMES])


# ---------------------------------------------------------------- the inception score

Score = Callable[[np.ndarray], float]


def _cases() -> list[np.ndarray]:
    random = np.random.default_rng(4)
    soft = np.exp(2 * random.standard_normal((6, 3)))
    even = np.full((4, 5), 0.2)
    return [soft / soft.sum(axis=1, keepdims=True), np.eye(4)[[0, 1, 1, 3]], even]


def _gains(p: np.ndarray, mean: np.ndarray | float, log: Callable = np.log) -> np.ndarray:
    """Return the sum over the labels of each clip, (n,)."""
    p = np.maximum(p, 1e-12)
    return (p * log(p / mean)).sum(axis=1)


def _inception(p: np.ndarray) -> float:
    return float(np.exp(_gains(p, _mean(p)).mean()))


def _mean(p: np.ndarray) -> np.ndarray:
    return np.maximum(p.mean(axis=0), 1e-12)


def _wrong_scores() -> Iterator[tuple[str, Score]]:
    """Yield hints, and scores that these mistakes give."""
    yield "that is the exponent: the score is exp of it.", lambda p: _gains(p, _mean(p)).mean()
    yield (
        "take the natural logarithm, since exp undoes it.",
        lambda p: np.exp(_gains(p, _mean(p), np.log2).mean()),
    )
    yield (
        "p-bar is the mean over the clips (axis 0): a number for each label.",
        lambda p: np.exp(_gains(p, p.mean()).mean()),  # as the mean over the labels gives
    )
    yield (
        "that is the certainty alone; divide by p-bar in the logarithm.",
        lambda p: np.exp(_gains(p, 1.0).mean()),
    )
    yield from _wrong_means()


def _wrong_means() -> Iterator[tuple[str, Score]]:
    """Yield what these mistakes about the means give."""
    yield (
        "the mean over the clips comes before exp, not after.",
        lambda p: np.exp(_gains(p, _mean(p))).mean(),
    )
    yield (
        "sum over the labels, and take the mean over the clips only.",
        lambda p: np.exp(_gains(p, _mean(p)).mean() / p.shape[1]),
    )
    yield (
        "divide by the number of clips: you have the sum over them.",
        lambda p: np.exp(_gains(p, _mean(p)).sum()),
    )


@exercise("wavegan-inception")
def inception(answer: Score) -> str | None:
    """``answer(p)`` returns the score of probabilities (n, labels), a number."""
    cases = _cases()
    with np.errstate(all="ignore"):
        got = np.array([float(written(answer(p.copy()))) for p in cases])
    right = np.array([_inception(p) for p in cases])
    if np.isfinite(got[0]) and not np.isfinite(got).all():
        return "a probability of 0 gives no number: 0 times the logarithm of 0 must count as 0."
    named = ((hint, np.array([float(rule(p)) for p in cases])) for hint, rule in _wrong_scores())
    rest = f"for {cases[0].round(2).tolist()} it is {right[0]:.4f}, not {got[0]:.4f}."
    return hint_for(got, right, named, rest, tolerance=1e-4)


# ---------------------------------------------------------------- which is which

_KINDS = ("network", "copies", "one hit")
_RIGHT = {"A": "copies", "B": "network", "C": "one hit"}
_WHY = {
    "copies": "its clips lie nearer to training hits than held-out hits do.",
    "one hit": "its clips of a label hardly differ: the spread is nearly 0.",
    "network": "its clips differ, and none is a training hit.",
}


@exercise("wavegan-diagnosis")
def diagnosis(answer: Mapping[str, str]) -> str | None:
    """``answer`` says of A, B and C which of the three generators each is."""
    if not isinstance(answer, Mapping) or set(answer) != set(_RIGHT):
        return "the dictionary has the entries A, B and C."
    said = {name: str(written(answer[name])) for name in _RIGHT}
    unknown = sorted(set(said.values()) - set(_KINDS))
    if unknown:
        return f"each is one of {', '.join(map(repr, _KINDS))}; {unknown[0]!r} is none of them."
    if len(set(said.values())) < len(_RIGHT):
        return "each of the three kinds is there once."
    for name, right in _RIGHT.items():
        if said[name] != right:
            return f"{name} is not {said[name]!r}. Look at its row: {_WHY[right]}"
    return None
