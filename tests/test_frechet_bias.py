"""The Fréchet distance of few clips, and the line that takes its bias away."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_edu.errors import InvalidValueError
from aigc_edu.evaluation import frechet_distance, frechet_without_bias


def sets(n, off=0.0, dimensions=4, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(off, 1, (n, dimensions)), random.normal(0, 1, (8_000, dimensions))


@pytest.mark.parametrize("off", [0.0, 0.1])
def test_it_is_near_what_sets_without_end_would_have(off):
    true = 4 * off**2
    found = np.array([frechet_without_bias(*sets(60, off, seed=s), seed=s) for s in range(12)])
    plain = np.array([frechet_distance(*sets(60, off, seed=s)) for s in range(12)])
    assert abs(found.mean() - true) < 0.5 * (plain.mean() - true)
    assert plain.mean() > true + 0.1


def test_the_same_seed_gives_the_same_and_too_few_clips_are_refused():
    x, y = sets(40)
    assert frechet_without_bias(x, y, seed=1) == frechet_without_bias(x, y, seed=1)
    for wrong in ({"x": x[:19]}, {"sizes": 1}, {"repeats": 0}):
        with pytest.raises(InvalidValueError, match="too few"):
            frechet_without_bias(**{"x": x, "y": y, **wrong})
