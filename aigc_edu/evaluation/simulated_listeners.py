"""Listeners who are made up, to try out a listening test and its statistics before asking people.

Chapter: chapters/06-product/02-listening-tests.ipynb

What comes of them says nothing about sounds: the ratings that they differ around are put in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation.listening_files import Answer


def simulated_ratings(
    truth: Mapping[str, float],
    items: Sequence[str],
    listeners: int,
    seed: int = 0,
    *,
    reference: str = "reference",
    taste: float = 8.0,
    noise: float = 8.0,
    careless: int = 0,
) -> list[Answer]:
    """Return ratings of a MUSHRA test by listeners who are made up.

    Parameters
    ----------
    truth
        The mean rating of each version, 0 ... 100, the reference among them.
    items
        What is heard in the trials.
    listeners
        How many who listen with care: they know the reference (92 to 100), and rate the others
        around the truth.
    seed
        Of everything that is drawn.
    reference
        Which version it is.
    taste
        Standard deviation of what a listener adds to all versions but the reference.
    noise
        Standard deviation of a single rating.
    careless
        How many more listeners rate at random; they come last.

    Raises
    ------
    InvalidValueError
        If there is no such reference, no item or no listener.
    """
    if reference not in truth or not items or listeners + careless < 1:
        raise InvalidValueError("expected the reference's rating, an item and a listener or more")
    random, answers = np.random.default_rng(seed), []
    for who in range(listeners + careless):
        mine = taste * random.normal() if who < listeners else None
        for trial, item in enumerate(items, start=1):
            for version, mean in truth.items():
                value = _rating(random, mean, mine, noise, version == reference)
                names = f"L{who:02}", trial, item, version, reference
                answers.append(Answer("made-up", "mushra", *names, value))
    return answers


def _rating(
    random: np.random.Generator, mean: float, mine: float | None, noise: float, known: bool
) -> float:
    """Return a whole number, 0 ... 100; ``mine`` is None for who rates at random."""
    if mine is None:
        value = random.uniform(0, 100)
    elif known:
        value = random.uniform(92, 100)
    else:
        value = mean + mine + noise * random.normal()
    return float(np.clip(np.round(value), 0, 100))


def simulated_choices(
    heard: float, trials: int, listeners: int = 1, seed: int = 0, kind: str = "abx"
) -> list[Answer]:
    """Return answers of an ABX test by listeners who hear a difference now and then.

    Parameters
    ----------
    heard
        Share of the trials, 0 ... 1, in which a listener hears it; in the others they guess, so
        that they are right in ``heard + (1 - heard) / 2`` of all.
    trials, listeners
        How many.
    seed
        Of everything that is drawn.
    kind
        ``"abx"`` or ``"ab"``, where to hear is to prefer the first version.
    """
    if not 0 <= heard <= 1 or trials < 1 or listeners < 1 or kind not in ("abx", "ab"):
        raise InvalidValueError(f"{heard} of {trials} trials by {listeners} listeners, {kind!r}?")
    random = np.random.default_rng(seed)
    hits = random.uniform(size=(listeners, trials)) < heard + (1 - heard) / 2
    return [
        Answer("made-up", kind, f"L{who:02}", trial + 1, "item", "one", "other", float(right))
        for who, row in enumerate(hits)
        for trial, right in enumerate(row)
    ]
