"""Statistics of listening tests: means with intervals, who is left out, chance, and how many.

Chapter: chapters/06-product/02-listening-tests.ipynb

References
----------
- Student 1908, "The probable error of a mean", Biometrika 6 (1): the interval of a mean.
- ITU-R Recommendation BS.1534-3 (2015), *Method for the subjective assessment of intermediate
  quality level of audio systems*: MUSHRA, and who is left out.
- Cohen 1988, *Statistical power analysis for the behavioral sciences*, second edition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.listening_files import Answer

LEAST = 90.0  # a hidden reference that is rated lower was not recognised
SHARE = 0.15  # of the trials: who doesn't recognise it more often is left out
MOST = 100_000  # listeners or trials, above which nobody asks for a test


@dataclass(frozen=True)
class Score:
    """A mean and where it may lie.

    Attributes
    ----------
    mean, low, high
        The mean, and the ends of its interval; NaN for the ends where there is a single value.
    count
        Of how many values.
    """

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.mean:.1f} ({self.low:.1f} to {self.high:.1f})"


def mean_interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> Score:
    """Return the mean of independent values and Student's interval for it.

    The mean plus and minus t s / sqrt(n), where s is the standard deviation (with n - 1) and t the
    quantile of Student's distribution with n - 1 degrees of freedom.

    Parameters
    ----------
    values
        Shape (n,), n >= 1, finite. They must not depend on each other: give one number a listener.
    level
        Of the interval, between 0 and 1.
    """
    x = np.asarray(values, np.float64)
    if x.ndim != 1 or not len(x) or not np.isfinite(x).all() or not 0 < level < 1:
        raise InvalidValueError(
            f"expected finite values (n,) and a level in (0, 1), got {x.shape}, {level}"
        )
    if len(x) == 1:
        return Score(float(x[0]), math.nan, math.nan, 1)
    half = stats.t.ppf((1 + level) / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return Score(float(x.mean()), float(x.mean() - half), float(x.mean() + half), len(x))


def mean_ratings(answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Return each listener's mean value for each version: by version, then by listener.

    Both in the order in which they come.
    """
    cells: dict[str, dict[str, list[float]]] = {}
    for one in answers:
        cells.setdefault(one.condition, {}).setdefault(one.listener, []).append(one.value)
    return {v: {who: float(np.mean(x)) for who, x in own.items()} for v, own in cells.items()}


def score_versions(answers: Sequence[Answer], level: float = 0.95) -> dict[str, Score]:
    """Return the mean rating of each version, with an interval over *listeners*.

    A listener's ratings depend on each other, so each listener gives one number: the mean over the
    trials. Of a single listener the interval is one over the trials, and says nothing of others.

    Raises
    ------
    InvalidValueError
        If there are no answers.
    """
    if not answers:
        raise InvalidValueError("there are no answers to score")
    if len({one.listener for one in answers}) > 1:
        means = mean_ratings(answers)
        return {name: mean_interval([*own.values()], level) for name, own in means.items()}
    names = dict.fromkeys(one.condition for one in answers)
    return {v: mean_interval([a.value for a in answers if a.condition == v], level) for v in names}


def compare_versions(answers: Sequence[Answer], one: str, other: str, level: float = 0.95) -> Score:
    """Return by how much one version is rated above another, listener by listener.

    The differences within listeners: who rates everything low does so for both. The interval is
    narrower than those of the two means, and it is the one that answers "is it better?".

    Raises
    ------
    InvalidValueError
        If nobody has rated both.
    """
    means = mean_ratings(answers)
    both = [who for who in means.get(one, {}) if who in means.get(other, {})]
    if not both:
        raise InvalidValueError(f"nobody has rated both {one!r} and {other!r}")
    return mean_interval([means[one][who] - means[other][who] for who in both], level)


def post_screen(
    answers: Sequence[Answer], least: float = LEAST, share: float = SHARE
) -> tuple[list[Answer], dict[str, float]]:
    """Leave out listeners who don't recognise the hidden reference (ITU-R BS.1534-3).

    Parameters
    ----------
    answers
        Of a MUSHRA test; the hidden reference's have ``condition == against``.
    least
        A hidden reference that is rated lower is missed.
    share
        Who misses more than this share of them is left out.

    Returns
    -------
    tuple
        The answers of the others, and the share missed by each who is left out.

    Raises
    ------
    InvalidValueError
        If a listener has not rated the hidden reference at all.
    """
    missed: dict[str, list[bool]] = {one.listener: [] for one in answers}
    for one in answers:
        if one.condition == one.against:
            missed[one.listener].append(one.value < least)
    without = [who for who, found in missed.items() if not found]
    if without:
        raise InvalidValueError(f"{', '.join(without)} did not rate the hidden reference")
    shares = {who: float(np.mean(found)) for who, found in missed.items()}
    out = {who: value for who, value in shares.items() if value > share}
    return [one for one in answers if one.listener not in out], out


def count_hits(answers: Sequence[Answer]) -> tuple[int, int]:
    """Return how many answers of an ABX test are right, or prefer the first version, of how many.

    Raises
    ------
    InvalidValueError
        If these are ratings.
    """
    if any(one.kind == "mushra" for one in answers) or not answers:
        raise InvalidValueError("expected answers of an ABX or AB test")
    return sum(one.value == 1 for one in answers), len(answers)


def chance(hits: int, trials: int, sided: str = "greater", share: float = 0.5) -> float:
    """Return how probable it is that someone who guesses does as well, or better.

    The binomial test: the sum of C(n, k) p^k (1 - p)^(n - k) over k = hits ... n. With
    ``sided="two-sided"`` all outcomes count that are no more probable than this one: for AB, where
    either version may win.

    Parameters
    ----------
    hits, trials
        Right answers, and all, 0 <= hits <= trials, trials >= 1.
    sided
        ``"greater"`` or ``"two-sided"``.
    share
        Of right answers by guessing.
    """
    if sided not in ("greater", "two-sided") or not 0 <= hits <= trials or trials < 1:
        raise InvalidValueError(f"{hits} of {trials} hits, {sided!r}: that is no binomial test")
    return float(stats.binomtest(hits, trials, share, alternative=sided).pvalue)


def trials_needed(
    share: float, power: float = 0.8, level: float = 0.05, guessed: float = 0.5
) -> int:
    """Return how many ABX trials show that someone hears a difference.

    The least number of trials in which :func:`chance` is at most ``level`` with the probability
    ``power``, for a listener who is right in ``share`` of them. (With a few more trials the power
    can be a little less again, since right answers are counted in whole numbers.)

    Parameters
    ----------
    share
        Of right answers, above ``guessed``, at most 1.
    power, level
        Both between 0 and 1.
    guessed
        Share of right answers by guessing.

    Raises
    ------
    InvalidValueError
        If nothing can be heard, or more than 100,000 trials would be needed.
    """
    if not 0 < guessed < share <= 1 or not 0 < power < 1 or not 0 < level < 1:
        raise InvalidValueError(f"a share of {share} with a power of {power} can't be shown")
    for first, last in ((1, 1000), (1001, MOST)):
        n = np.arange(first, last + 1)
        most = stats.binom.isf(level, n, guessed)  # more hits than these are seldom guessed
        enough = stats.binom.sf(most, n, share) >= power
        if enough.any():
            return int(n[enough.argmax()])
    raise InvalidValueError(f"a share of {share} needs more than {MOST:,} trials")


def listeners_needed(
    difference: float, spread: float, power: float = 0.8, level: float = 0.05
) -> int:
    """Return how many listeners show a difference between two versions that they all rate.

    The least number for which Student's two-sided test of the differences has the power.

    Parameters
    ----------
    difference
        Of the two means, not 0.
    spread
        Standard deviation over listeners of their own differences, above 0.
    power, level
        Both between 0 and 1.

    Raises
    ------
    InvalidValueError
        If there is no difference or spread, or more than 100,000 listeners would be needed.
    """
    sizes = math.isfinite(difference) and difference != 0 and 0 < spread < math.inf
    if not sizes or not 0 < power < 1 or not 0 < level < 1:
        raise InvalidValueError(f"a difference of {difference} with a spread of {spread}?")
    low, high = 1, 2  # n = low is too few; double high until it is enough, then halve between
    while _power(high, difference / spread, level) < power:
        low, high = high, 2 * high
        if high > MOST:
            raise InvalidValueError(f"{difference} points need more than {MOST:,} listeners")
    while high - low > 1:
        middle = (low + high) // 2
        found = _power(middle, difference / spread, level) >= power
        low, high = (low, middle) if found else (middle, high)
    return high


def _power(n: int, effect: float, level: float) -> float:
    """Return the power of Student's two-sided test with n differences of a size in deviations."""
    limit, off = stats.t.isf(level / 2, n - 1), abs(effect) * math.sqrt(n)
    # The mean over all spreads that may be found. (SciPy's nct is NaN for some large effects.)
    found = np.sqrt(stats.chi2.ppf((np.arange(4000) + 0.5) / 4000, n - 1) / (n - 1))
    return float(np.mean(stats.norm.sf(limit * found - off) + stats.norm.cdf(-limit * found - off)))
