"""Who is ahead on a list, by how much, whether that could be chance, and where each one fails.

Chapter: chapters/06-product/04-listening-bench.ipynb
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from aigc_edu.bench.results import REAL, ListResults
from aigc_edu.bench.scores import MEASURES
from aigc_edu.evaluation.digits import difference_interval
from aigc_edu.evaluation.listening import Score, mean_interval


def ahead(found: ListResults, one: str, other: str, measure: str | None = None) -> Score:
    """Return how much better one row is than another, with its 95 % interval.

    Shares are compared by Newcombe's interval. Of other measures, the differences are taken sound
    by sound, since both had the same to do, and Student's interval is that of their mean.

    Parameters
    ----------
    found
        Results on a list.
    one, other
        Rows.
    measure
        By default the one that ranks.

    Returns
    -------
    Score
        Positive where ``one`` is better, whichever way the measure goes. If 0 lies in the interval,
        the list can't tell the two apart. All NaN where nothing could be measured of both.
    """
    name = measure or found.measure
    sign = 1 if MEASURES[name].more_is_better else -1
    a, b = (found.sheets[row].numbers[name] for row in (one, other))
    if MEASURES[name].share:
        low, high = difference_interval(int(a.sum()), len(a), int(b.sum()), len(b))
        ends = sorted((sign * low, sign * high))
        return Score(sign * float(a.mean() - b.mean()), *ends, min(len(a), len(b)))
    both = np.isfinite(a) & np.isfinite(b)
    if not both.any():
        return Score(math.nan, math.nan, math.nan, 0)
    return mean_interval(sign * (a - b)[both])


def failures(found: ListResults, row: str) -> str:
    """Return in words where a row is worst: its items, and what was heard instead of them."""
    measure, sheet = found.measure, found.sheets[row]
    values, items = sheet.numbers[measure], np.array(found.items[row])
    if np.isnan(values).any():
        return f"nothing to measure in {int(np.isnan(values).sum())} of {len(values)}"
    means = {item: float(values[items == item].mean()) for item in dict.fromkeys(items)}
    sign = 1 if MEASURES[measure].more_is_better else -1
    worst = min(means, key=lambda item: sign * means[item])
    called = found.names.get(worst, worst)
    if not MEASURES[measure].share:
        return f"worst at {called}: {means[worst]:.1f}{_unit(measure)}"
    if means[worst] == 1:
        return "no item fails"
    missed = [h for h, i, x in zip(sheet.heard, items, values, strict=True) if i == worst and not x]
    count = int((items == worst).sum())
    taken = ", ".join(f"{word} ({n})" for word, n in Counter(missed).most_common(3))
    return f"worst at {called}: {len(missed)} of {count} missed, taken for {taken}"


def verdict(found: ListResults) -> str:
    """Return in words who is ahead on a list, and whether the list is long enough to say so."""
    first, second, *_ = [*found.models, None, None]
    if first is None:
        return "Nobody competes: all are copies."
    text = f"{first} {'comes first' if second else 'is alone'}: {text_of(found, first)}."
    if second:
        lead = ahead(found, first, second)
        text += f" {second} has {text_of(found, second)}: a lead of {amount(lead, found.measure)}"
        text += "." if is_safe(lead, found.measure) else ", which could be chance."
    if REAL in found.sheets and found.score(REAL).count and found.measure != "spectrum":
        text += f" Recordings: {text_of(found, REAL)}."
    return text


def text_of(found: ListResults, row: str, measure: str | None = None) -> str:
    """Return a mean and its interval in words, such as ``94 % (85 to 98)``."""
    name = measure or found.measure
    score = found.score(row, name)
    if not score.count:
        return "nothing to measure"
    scale = 100 if MEASURES[name].share else 1
    digits = 0 if scale == 100 or MEASURES[name].unit == "%" else 1
    low, mean, high = (f"{scale * x:.{digits}f}" for x in (score.low, score.mean, score.high))
    ends = f" ({low} to {high})" if np.isfinite(score.low) else ""
    return f"{mean}{_unit(name)}{ends}"


def amount(lead: Score, measure: str) -> str:
    """Return a lead with its unit and its interval; that of a share in points."""
    scale, digits = _scale(measure)
    unit = " points" if MEASURES[measure].share else _unit(measure)
    if not lead.count:
        return "unknown size"
    mean, low, high = (f"{scale * x:.{digits}f}" for x in (lead.mean, lead.low, lead.high))
    return f"{mean}{unit}" + (f" ({low} to {high})" if np.isfinite(lead.low) else "")


def is_safe(lead: Score, measure: str) -> bool:
    """Return whether a lead's interval lies above 0, to the digits that :func:`amount` gives."""
    scale, digits = _scale(measure)
    return round(scale * lead.low, digits) > 0


def _scale(measure: str) -> tuple[int, int]:
    """Return what a lead is multiplied by, and to how many decimals it is given."""
    return (100, 0) if MEASURES[measure].share else (1, 1)


def _unit(measure: str) -> str:
    told = "%" if MEASURES[measure].share else MEASURES[measure].unit
    return f" {told}" if told else ""
